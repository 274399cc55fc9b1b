/*
 * A channel as one would write it first: a ring of items, one mutex, and two condition variables,
 * for those who wait for an item and for those who wait for room. To be read beside sync/channel.h,
 * which means the same by the same names; there is no channel without a buffer here, no deadline
 * and no select.
 */
#ifndef SIMPLE_CHANNEL_H
#define SIMPLE_CHANNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct simple_channel {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t not_empty, not_full;
    bool is_closed;
    unsigned char *ring;
    size_t item_size, capacity, oldest, count;
};

/* An open, empty channel; capacity is at least 1. Returns 0 or ENOMEM. One thread. */
int simple_channel_init(struct simple_channel *channel, size_t item_size, size_t capacity);

/* Once no thread will call it any more; one that learned of its end may still be returning. */
void simple_channel_destroy(struct simple_channel *channel);

/* Copies *item into the channel, waiting for room. Any thread. Returns 0 or EPIPE. */
int simple_channel_send(struct simple_channel *channel, const void *item);

/* Copies the oldest item to *item, waiting for one. Any thread. Returns 0, or EPIPE at the end. */
int simple_channel_receive(struct simple_channel *channel, void *item);

/* No more sends. What is in the ring can still be received. Any thread, once. */
void simple_channel_close(struct simple_channel *channel);

#endif
