/*
 * A circuit breaker: once so many calls in a row have failed it opens, and calls fail at once
 * instead of slowly, which spares both sides. After a while it is half open: one call, the probe,
 * is let through; if that succeeds it closes, otherwise it opens again. After Michael Nygard,
 * "Release It!", 2007.
 *
 *     error = breaker_enter(&breaker, &pass);
 *     if (error == 0) {
 *         error = call();
 *         if (error == ECANCELED)
 *             breaker_forget(&breaker, pass);
 *         else
 *             breaker_leave(&breaker, pass, error == 0);
 *     }
 */
#ifndef SYNC_BREAKER_H
#define SYNC_BREAKER_H

#include "sync/mutex.h"

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker {
    int failures; /* so many in a row open it */
    int64_t open_ns;
    void (*on_change)(void *context, enum breaker_state from, enum breaker_state to);
    void *context;
    struct mutex lock;
    enum breaker_state state; /* guarded by lock, as all below */
    uint64_t changes;         /* how often the state has changed */
    int failed_in_a_row;      /* while it is closed */
    int64_t opened_ns;        /* when it last opened */
    bool has_probe;           /* half open: the probe is under way */
};

/*
 * Makes a closed breaker that opens after failures, at least 1, in a row, and stays open for
 * open_ns. on_change, which may be NULL, is called at each change of its state, in their order, by
 * the thread that causes it and under the lock: it must not use the breaker. The caller owns the
 * struct, and destroys it. One thread, before any other uses it.
 */
void breaker_init(struct breaker *breaker, int failures, int64_t open_ns,
                  void (*on_change)(void *context, enum breaker_state from, enum breaker_state to),
                  void *context);

/* Once no thread is in a call on it, or comes later. */
void breaker_destroy(struct breaker *breaker);

/*
 * Asks for leave to make a call. Any thread. Returns 0 and a pass: make it, and then give the pass
 * back, once, by one of the two below; or ECONNREFUSED: do not, it is open, or the probe is under
 * way. There is no timer: it is half open when somebody asks, open_ns after it opened or later.
 */
int breaker_enter(struct breaker *breaker, uint64_t *pass);

/*
 * Tells how the call went. A pass is good until the state changes: what a call tells that was under
 * way when the breaker opened is about the time before, and counts neither for nor against. Any
 * thread.
 */
void breaker_leave(struct breaker *breaker, uint64_t pass, bool succeeded);

/*
 * The call was given up and tells nothing: it counts neither way, and does not end a row of
 * failures. If it was the probe, the next one who asks becomes it. Any thread.
 */
void breaker_forget(struct breaker *breaker, uint64_t pass);

/* "closed", "open" or "half-open". Any thread. */
const char *breaker_state_name(enum breaker_state state);

#endif
