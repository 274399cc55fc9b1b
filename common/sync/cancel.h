/*
 * What Go's context is, as far as it cancels: something that many threads can be told to stop by.
 * It is told once, with a reason; a deadline tells it by itself. Cancellations form a tree: one
 * that is cancelled cancels all below it, and nothing above.
 *
 * It is a channel that is closed on cancellation, so that a wait that can be cancelled is a select
 * over that channel and another one. Each wait looks at the deadline itself: there is no thread
 * that keeps the time.
 *
 * Waits that were cancelled return ECANCELED; why, says cancel_reason().
 */
#ifndef SYNC_CANCEL_H
#define SYNC_CANCEL_H

#include "sync/channel.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cancel {
    struct channel cancelled; /* closed on cancellation; nothing is ever sent */
    int64_t deadline_ns;      /* the earliest of its own and those above it, or DEADLINE_NEVER */
    atomic_int reason;        /* 0 until it is cancelled; written once, under the tree's lock */
    int64_t cancelled_ns;     /* when that was; to be read by who knows of the reason */
    bool is_closed;           /* the channel is; guarded by the tree's lock, as those below */
    struct cancel *parent, *first_child, *next, *previous;
};

/*
 * Makes a cancellation below the parent, which must outlive it; NULL: below none. It is cancelled
 * at once if the parent is, and later if the parent is, for the parent's reason. The deadline is
 * absolute on the monotonic clock; DEADLINE_NEVER: none but the parent's. The caller owns the
 * struct, and destroys it; it must not be moved. Any thread.
 */
void cancel_init(struct cancel *cancel, struct cancel *parent, int64_t deadline_ns);

/*
 * The deadline that is timeout_ns from now, in nanoseconds on the clock; 0: DEADLINE_NEVER. Any
 * thread.
 */
int64_t deadline_after(int64_t timeout_ns);

/*
 * Takes it out of the tree. No thread may be in a wait with it or come later, and none may be below
 * it. Any thread.
 */
void cancel_destroy(struct cancel *cancel);

/*
 * Cancels it and all below it, for a reason, an errno value: ECANCELED, the work is not wanted any
 * more; ETIMEDOUT, it took too long; EINTR, a signal. The first reason stays. Wakes everyone who
 * waits with it or below, once all are cancelled. Any thread; not a signal's handler.
 */
void cancel_with(struct cancel *cancel, int reason);

/* Why it was cancelled, or 0: it was not, and its deadline is not over. Any thread. */
int cancel_reason(struct cancel *cancel);

/*
 * Sleeps until the time, absolute on the monotonic clock. Returns 0, or ECANCELED as soon as it is
 * cancelled, at once if it was before. DEADLINE_NEVER: waits for nothing else. Any thread.
 */
int cancel_sleep_until(struct cancel *cancel, int64_t wake_ns);

/*
 * Send and receive that can be cancelled: as channel_send() and channel_receive(), or ECANCELED,
 * and then nothing was sent or received. Where it was cancelled before, that comes first, though
 * the channel be ready: a bare select would draw lots between the two. Any thread.
 */
int channel_send_cancellable(struct channel *channel, const void *item, struct cancel *cancel);
int channel_receive_cancellable(struct channel *channel, void *item, struct cancel *cancel);

#endif
