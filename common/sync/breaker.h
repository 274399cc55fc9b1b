/*
 * A circuit breaker: once N calls in a row have failed it opens, and calls fail at once, which
 * spares both sides. After a while it is half open and lets one call through, the probe, whose
 * outcome closes it or opens it again. After Michael Nygard, "Release It!", 2007.
 *
 * Unlike sony/gobreaker, only failures in a row count, and never expire; one call probes; a call
 * can be given up, and then counts as neither; and no value stands for a default: with an open_ns
 * of 0 or less, it is half open at once.
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
    int failures; /* this many in a row open it */
    int64_t open_ns;
    void (*on_change)(void *context, enum breaker_state from, enum breaker_state to);
    void *context;
    struct mutex lock;
    /* Guarded by lock. */
    enum breaker_state state;
    uint64_t changes;    /* how often the state has changed */
    int failed_in_a_row; /* while it is closed */
    int64_t opened_ns;   /* when it last opened */
    bool has_probe;      /* half open: the probe is under way */
};

/*
 * Makes a closed breaker that opens after `failures` calls, at least 1, have failed in a row, and
 * stays open for open_ns. The thread that changes the state calls on_change, which may be NULL,
 * under the lock: on_change must not use the breaker. The caller owns the struct and destroys it.
 * One thread, before any other uses the breaker.
 */
void breaker_init(struct breaker *breaker, int failures, int64_t open_ns,
                  void (*on_change)(void *context, enum breaker_state from, enum breaker_state to),
                  void *context);

/* Frees what init took. No thread may be in a call on the breaker, or come later. */
void breaker_destroy(struct breaker *breaker);

/*
 * Asks permission to call. Returns 0 and a pass: make the call, then return the pass exactly once,
 * with breaker_leave() or breaker_forget(). Or returns ECONNREFUSED: the breaker is open, or the
 * probe is under way. The first thread that asks after open_ns makes it half open. Any thread.
 */
int breaker_enter(struct breaker *breaker, uint64_t *pass);

/*
 * Returns the pass, and tells whether the call succeeded. That counts only if the state has not
 * changed since: a call that was under way then tells about the time before. Any thread.
 */
void breaker_leave(struct breaker *breaker, uint64_t pass, bool succeeded);

/*
 * Returns the pass of a call that was given up: it counts neither as a success nor as a failure. If
 * it was the probe, the next call that asks becomes the probe. Any thread.
 */
void breaker_forget(struct breaker *breaker, uint64_t pass);

/* Returns "closed", "open" or "half-open"; for any other value "unknown". Any thread. */
const char *breaker_state_name(enum breaker_state state);

#endif
