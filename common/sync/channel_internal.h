/*
 * What channel.c shares with channel_select.c alone: how a thread waits in the queues of channels.
 * A select waits in several places at once, of which one may be served; and at a deadline the
 * thread itself ends its wait. Hence the claim: a thread that wants to serve such a wait must first
 * win its claim. From then on the waiter's places in other queues are dead.
 */
#ifndef SYNC_CHANNEL_INTERNAL_H
#define SYNC_CHANNEL_INTERNAL_H

#include "sync/channel.h"
#include "sync/sleeper.h"

#include <stdatomic.h>

/* One waiting thread, on its own stack. */
struct channel_waiter {
    struct sleeper sleeper;
    bool needs_claim;             /* it is a select, or has a deadline */
    atomic_bool is_claimed;       /* set by the thread that serves it, or itself at its deadline */
    struct channel_place *served; /* which place was; NULL: none. Written before the wake-up */
    int error;                    /* how it ended, 0 or EPIPE. Written before the wake-up */
    struct timeline_event note;   /* of the wait; filled in only while a timeline is recorded */
};

/* Its place in a queue. */
struct channel_place {
    struct channel_waiter *waiter;
    const void *send; /* the item to send, or NULL: it waits to receive */
    void *receive;
    /* Guarded by the channel's lock. */
    struct channel_queue *queue; /* NULL once it has left */
    struct channel_place *next, *previous;
};

/* The thread that will wait. Once the waiter stands in no queue, it destroys the sleeper. */
void channel_waiter_init(struct channel_waiter *waiter, bool needs_claim);

/*
 * Ends the wait at its deadline. Returns true if no thread has claimed the waiter, or will: the
 * caller must take its places from their queues. Otherwise returns false once it is served.
 */
bool channel_waiter_give_up(struct channel_waiter *waiter);

/*
 * The caller of the next three holds the channel's lock.
 *
 * Sends *send or, if that is NULL, receives to *receive, if that is possible now, and serves the
 * thread that has waited for it. Returns 0, EPIPE, or EAGAIN.
 */
int channel_transfer_now(struct channel *channel, const void *send, void *receive);

/* Puts the place, whose waiter, send and receive are set, at the end of the right queue. */
void channel_enqueue(struct channel *channel, struct channel_place *place);

/* Takes the place out of its queue, if it is still in one. */
void channel_leave_queue(struct channel_place *place);

/* If a timeline is recorded: the waiter's wait to send or to receive is to be noted there. */
void channel_note_wait(struct channel_waiter *waiter, const struct channel *channel, bool sends);

/* For the watch, which calls it when all threads are asleep: so it needs no lock. */
watch_describe *channel_description(bool sends);

/*
 * Waits until the channel, into which nothing is ever sent, is closed: EPIPE; or ETIMEDOUT at the
 * deadline. For the timeline it is this kind of wait; for the watch "waiting for NAME", a name that
 * outlives the wait. Any thread.
 */
int channel_await_close(struct channel *channel, int64_t deadline_ns, enum timeline_wait wait,
                        const char *name);

#endif
