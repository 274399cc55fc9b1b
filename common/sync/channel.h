/*
 * Go's channel: a queue of items of one size, between any number of senders and receivers. Items
 * are copied, and leave in the order in which they were sent. A sender waits while the buffer is
 * full, a receiver while it is empty. With capacity 0 they wait for each other.
 *
 * A thread that finds one of the other side waiting copies the item, variable to variable, and
 * wakes it: no thread is woken for nothing. As in Go's runtime (runtime/chan.go), after Hoare's
 * "Communicating Sequential Processes".
 *
 * Unlike Go's:
 * - A closed channel is an error of the call. A send returns EPIPE, where Go's panics, and a
 *   receive leaves the item alone, where Go's stores a zero.
 * - A second close aborts; from Go's panic a program can recover.
 * - Its owner destroys it, and an item has at least one byte: Go's struct{} has none.
 * - A channel is never nil, except in a case of a select.
 */
#ifndef SYNC_CHANNEL_H
#define SYNC_CHANNEL_H

#include "sync/sleeper.h"
#include "sync/spinlock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a channel's name, its NUL included. A longer name is cut. */
#define CHANNEL_NAME_SIZE 32

struct channel_place;

/* Waiting threads, the longest waiting first. */
struct channel_queue {
    struct channel_place *first, *last;
    unsigned came_behind; /* how many came while another thread was waiting */
};

struct channel {
    char name[CHANNEL_NAME_SIZE];
    size_t item_size, capacity;
    struct spinlock lock; /* guards all below */
    bool is_closed;
    bool is_semaphore;   /* its items are the permits taken: words about it say so */
    unsigned char *ring; /* room for capacity items, count of which are taken, from oldest on */
    size_t oldest, count, high_water;
    struct channel_queue senders, receivers; /* one of them is empty, except with selects */
};

/*
 * Makes an open, empty channel. The watch calls it by the name, which is copied. item_size is in
 * bytes, at least 1. The caller owns the struct and destroys it; it must not be moved. One thread,
 * before any other uses the channel. Ends the process if there is no memory for the buffer.
 */
void channel_init(struct channel *channel, const char *name, size_t item_size, size_t capacity);

/*
 * Frees what init took, and drops the items that no thread has received. No thread may be in a call
 * on the channel, or come later; but a call whose outcome another thread has learned (it received
 * the item, or got EPIPE) may still be returning. So the thread that receives the last item, or is
 * the last to learn of the close, may destroy it. A select is in a call on all its channels until
 * it returns, except on the one of the case that it did if that stands in no other case.
 */
void channel_destroy(struct channel *channel);

/* Returns the most items that its buffer has held at once so far. Any thread. */
size_t channel_high_water(struct channel *channel);

/* Copies *item into the channel, waiting for room or a receiver. Any thread. Returns 0 or EPIPE. */
int channel_send(struct channel *channel, const void *item);

/*
 * Copies the oldest item to *item, waiting for one; a NULL item drops it. The receiver can read
 * what the sender wrote before it sent. Any thread. Returns 0, or EPIPE, and leaves *item alone,
 * once the channel is closed and drained.
 */
int channel_receive(struct channel *channel, void *item);

/*
 * Ends sending. Waiting threads get EPIPE, and what a sender waited to send was not sent. Items in
 * the buffer can still be received. A select that waits in both directions gets it by its receive.
 * Any thread, once: a second close aborts, because the thread that closes must know that all
 * senders are done.
 */
void channel_close(struct channel *channel);

/* Send and receive without waiting: they return EAGAIN where the others would wait. Any thread. */
int channel_try_send(struct channel *channel, const void *item);
int channel_try_receive(struct channel *channel, void *item);

/*
 * Send and receive that wait at most until the deadline, in nanoseconds on the clock of
 * clock_now_ns(), and then return ETIMEDOUT. They do what is possible at once even if the deadline
 * is over. Any thread.
 */
int channel_send_until(struct channel *channel, const void *item, int64_t deadline_ns);
int channel_receive_until(struct channel *channel, void *item, int64_t deadline_ns);

#endif
