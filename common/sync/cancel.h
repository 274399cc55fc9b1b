/*
 * The cancellation half of Go's context: one signal that stops many threads, given once, with a
 * reason, or by a deadline. Cancelling one cancels all below it in its tree, and none above.
 *
 * It is a channel that is closed on cancellation, so a wait that can be cancelled is a select over
 * this channel and another one. Each wait looks at the deadline itself: no thread keeps the time.
 * (Go's runtime does, so its Done channel is closed at the deadline.) So a select with a
 * cancellation is channel_select_cancellable() (sync/channel_select.h). Do not select over
 * `cancelled` yourself: that select would sleep past the deadline.
 *
 * What a wait returns when it ends without its work done:
 *
 *     the wait                          its own deadline   cancelled, or the cancellation's
 *                                       is over            deadline is over, also before
 *     channel_send_until,
 *     channel_receive_until,            ETIMEDOUT          (they know of none)
 *     channel_select_until
 *     channel_send_cancellable,
 *     channel_receive_cancellable,
 *     channel_select_cancellable,       (they have none)   ECANCELED
 *     semaphore_acquire,
 *     token_bucket_take (see there),
 *     error_group_go
 *     cancel_sleep_until                0: it has slept    ECANCELED
 *
 * ECANCELED has a reason, which cancel_reason() returns: ETIMEDOUT if the cancellation's deadline
 * was over, else what cancel_with() was told. (In Go a wait returns the reason itself, and a
 * context carries values, too.) A closed channel is EPIPE in each of them, and never a
 * cancellation.
 */
#ifndef SYNC_CANCEL_H
#define SYNC_CANCEL_H

#include "sync/channel.h"

#include <stdatomic.h>
#include <stdint.h>

struct cancel {
    struct channel cancelled; /* closed on cancellation; nothing is ever sent */
    int64_t deadline_ns;      /* the earliest of its own and those above it, or DEADLINE_NEVER */
    atomic_int reason;        /* 0 until it is cancelled; written once, under the tree's lock */
    int64_t cancelled_ns;     /* when it was cancelled; readable once the reason is not 0 */
    /* Guarded by the tree's lock. */
    struct cancel *parent, *first_child, *next, *previous;
};

/*
 * Makes a cancellation below the parent, which must outlive it; NULL: below none. If the parent is
 * or gets cancelled, so is this one, for the same reason, unless its own deadline was over earlier:
 * then that is its end, even if no thread has looked at the clock in between. (In Go, the first of
 * the two that is noticed.) If the deadline is over, it is cancelled from the start. The deadline
 * is in nanoseconds on the clock of clock_now_ns(); DEADLINE_NEVER: only the parent's, if it has
 * one. The caller owns the struct and destroys it; it must not be moved. Any thread.
 */
void cancel_init(struct cancel *cancel, struct cancel *parent, int64_t deadline_ns);

/*
 * Returns the deadline that is timeout_ns from now. 0: there is no timeout, DEADLINE_NEVER. (In Go
 * a timeout of 0 is over at once.) A negative one is over already; one beyond what the clock can
 * count is DEADLINE_NEVER, too. Any thread.
 */
int64_t deadline_after(int64_t timeout_ns);

/*
 * Takes it out of the tree, and cancels nothing. No cancellation may be below it any more, and no
 * thread may be in a wait with it or come later. Any thread.
 */
void cancel_destroy(struct cancel *cancel);

/*
 * Cancels it and all below it, then wakes the threads that wait with one of them. The reason is an
 * errno value: ECANCELED, the work is not wanted any more; ETIMEDOUT, it took too long; EINTR, a
 * signal. The first reason stays. Any thread, but not in a signal handler.
 */
void cancel_with(struct cancel *cancel, int reason);

/* Returns why it was cancelled; 0: it was not, and its deadline is not over. Any thread. */
int cancel_reason(struct cancel *cancel);

/*
 * Sleeps until wake_ns, in nanoseconds on the clock of clock_now_ns() or DEADLINE_NEVER, and
 * returns 0; or returns ECANCELED as soon as it is cancelled, at once if it was before. If wake_ns
 * is behind the deadline it sleeps until the deadline: a caller that wants to fail at once compares
 * the two. Any thread.
 */
int cancel_sleep_until(struct cancel *cancel, int64_t wake_ns);

/*
 * The same; for the timeline it is this kind of wait, and the watch says "waiting for NAME". The
 * name must outlive the wait.
 */
int cancel_sleep_noted(struct cancel *cancel, int64_t wake_ns, enum timeline_wait wait,
                       const char *name);

/*
 * Send and receive as channel_send() and channel_receive(), or return ECANCELED, and then nothing
 * was sent or received. If it was cancelled before, they return ECANCELED even if the channel is
 * ready: a bare select would draw lots between the two. cancel may be NULL. Any thread.
 */
int channel_send_cancellable(struct channel *channel, const void *item, struct cancel *cancel);
int channel_receive_cancellable(struct channel *channel, void *item, struct cancel *cancel);

#endif
