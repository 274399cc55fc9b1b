/*
 * What channel.c shares with channel_select.c, and with nobody else: how a thread waits in the
 * queues of channels. A send or a receive waits in one place, a select in several at once, of which
 * one may be served; and at a deadline the thread itself ends its wait. Hence the claim: whoever
 * wants to serve a select, or one with a deadline, must first win its claim, and the places in
 * other queues are dead from then on.
 */
#ifndef SYNC_CHANNEL_INTERNAL_H
#define SYNC_CHANNEL_INTERNAL_H

#include "sync/channel.h"
#include "sync/check.h"
#include "sync/sleeper.h"

#include <stdatomic.h>

/* One waiting thread, on its own stack. */
struct channel_waiter {
    struct sleeper sleeper;
    bool needs_claim;             /* it is a select, or has a deadline */
    atomic_bool is_claimed;       /* set by the one that serves it, or by itself at its deadline */
    struct channel_place *served; /* which place it was; written before the wake-up, or NULL */
    int error;                    /* how it ended: 0 or EPIPE; likewise */
};

/* Its place in a queue. */
struct channel_place {
    struct channel_waiter *waiter;
    const void *send; /* the item to send, or NULL: it waits to receive */
    void *receive;
    struct channel_queue *queue; /* NULL once it has left; guarded by the channel's lock */
    struct channel_place *next, *previous; /* likewise */
};

void channel_waiter_init(struct channel_waiter *waiter, bool needs_claim);

/*
 * At its deadline, by the thread that waits. Returns true if nobody has claimed it: nobody will,
 * and it must leave its queues. Otherwise it is being served: returns false once that is done.
 */
bool channel_waiter_give_up(struct channel_waiter *waiter);

/* The thread that waits, once it stands in no queue. */
void channel_waiter_destroy(struct channel_waiter *waiter);

/* Inline: every item pays for both, twice. */

static inline void channel_lock(struct channel *channel)
{
    lock_politely(&channel->lock);
}

static inline void channel_unlock(struct channel *channel)
{
    CHECK_CALL(pthread_spin_unlock(&channel->lock));
}

/*
 * These three need the channel's lock.
 *
 * Sends *send or, if that is NULL, receives to *receive, if it is possible now, and serves who has
 * waited for that. Returns 0, EPIPE, or EAGAIN.
 */
int channel_transfer_now(struct channel *channel, const void *send, void *receive);

/* Puts the place, whose waiter, send and receive are set, at the end of the right queue. */
void channel_enqueue(struct channel *channel, struct channel_place *place);

/* Takes it out, if it is still in. */
void channel_leave_queue(struct channel_place *place);

#endif
