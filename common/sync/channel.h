/*
 * Go's channel: a queue of items of one size, between any number of senders and receivers. Items
 * are copied, in the order in which they were sent. A sender waits while the buffer is full, a
 * receiver while it is empty; with capacity 0 there is no buffer, and each waits for the other.
 *
 * One lock, a ring of items, and two queues of waiting threads. Whoever finds the other side
 * waiting hands the item over, variable to variable, and wakes it: nobody is woken for nothing, and
 * nobody has to look again. The idea is that of Go's runtime (runtime/chan.go), after Hoare's
 * "Communicating Sequential Processes".
 *
 * Errors: EPIPE, the channel is closed (and, for a receiver, drained).
 */
#ifndef SYNC_CHANNEL_H
#define SYNC_CHANNEL_H

#include "sync/sleeper.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a channel's name, its NUL included. */
#define CHANNEL_NAME_SIZE 32

struct channel_place;

/* Waiting threads, the longest waiting first. */
struct channel_queue {
    struct channel_place *first, *last;
    unsigned came_behind; /* how many have found another one waiting */
};

struct channel {
    char name[CHANNEL_NAME_SIZE];
    size_t item_size, capacity;
    pthread_spinlock_t lock; /* taken politely, see sleeper.h; guards all below */
    bool is_closed;
    unsigned char *ring; /* capacity items, those at oldest and behind it are taken */
    size_t oldest, count, deepest;
    struct channel_queue senders, receivers; /* one of them is empty, but for selects */
};

/*
 * Makes an open, empty channel. The caller owns the struct, and destroys it; it must not be moved.
 * The name, which is copied, tells a reader what waits for what. item_size is at least 1. One
 * thread, before any other uses it. Returns 0, or ENOMEM if there is no memory for the buffer, so
 * never with capacity 0; then there is nothing to destroy.
 */
int channel_init(struct channel *channel, const char *name, size_t item_size, size_t capacity);

/*
 * Frees what init took, and the items nobody received. No thread may be in a call on the channel,
 * or come later, but for one case: a call that another thread has learned the outcome of (it got
 * the item, or EPIPE) may still be returning. So whoever receives the last item, or learns last
 * that the channel is closed, may destroy it. A select is in a call on all its channels; done with
 * one of them, it touches the others until it returns, and that one too if it stands in two cases.
 */
void channel_destroy(struct channel *channel);

/* The most items that its buffer has held so far. Any thread. */
size_t channel_deepest(struct channel *channel);

/* Copies *item into the channel, waiting for room or a receiver. Any thread. Returns 0 or EPIPE. */
int channel_send(struct channel *channel, const void *item);

/*
 * Copies the oldest item to *item, waiting for one; NULL drops it. What the sender wrote before
 * sending can be read. Any thread. Returns 0, or EPIPE once the channel is closed and drained; then
 * *item is left alone.
 */
int channel_receive(struct channel *channel, void *item);

/*
 * No more sends. Wakes everyone who waits: they get EPIPE, and what a sender was still waiting to
 * send was not sent. Items in the buffer can still be received. Any thread, once: a second close
 * aborts, for whoever closes must know that all senders are done.
 */
void channel_close(struct channel *channel);

/* The same, without waiting. Return EAGAIN where the others would wait. */
int channel_try_send(struct channel *channel, const void *item);
int channel_try_receive(struct channel *channel, void *item);

/*
 * The same, waiting no longer than until the deadline, absolute on the monotonic clock
 * (clock_now_ns() + what you grant). What is possible at once is done even if it is over. Return
 * ETIMEDOUT: then nothing was sent, nothing received.
 */
int channel_send_until(struct channel *channel, const void *item, int64_t deadline_ns);
int channel_receive_until(struct channel *channel, void *item, int64_t deadline_ns);

#endif
