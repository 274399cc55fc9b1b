/*
 * A channel as one would write it first: a ring of items, one mutex, and two
 * condition variables, for threads that wait for an item and for threads that
 * wait for room. Read it beside sync/channel.h, whose names mean the same
 * there. It lacks a channel without a buffer, a deadline, and a select.
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

/* Makes an open, empty channel; capacity is at least 1. One thread. */
void simple_channel_init(struct simple_channel *channel, size_t item_size,
                         size_t capacity);

/*
 * Frees the ring, once no thread will call the channel any more. A thread that
 * learned of its end may still be returning.
 */
void simple_channel_destroy(struct simple_channel *channel);

/* Copies *item in, waiting for room. Any thread. Returns 0 or EPIPE. */
int simple_channel_send(struct simple_channel *channel, const void *item);

/*
 * Copies the oldest item to *item, waiting for one. Any thread. Returns 0, or
 * EPIPE once the channel is closed and empty.
 */
int simple_channel_receive(struct simple_channel *channel, void *item);

/* No more sends. What is in the ring can still be received. Any thread. */
void simple_channel_close(struct simple_channel *channel);

#endif
