#include "simple_channel.h"

#include "sync/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void simple_channel_init(struct simple_channel *channel, size_t item_size,
                         size_t capacity)
{
    *channel =
        (struct simple_channel){.item_size = item_size, .capacity = capacity};
    channel->ring = memory_for_items("channel", "simple", capacity, item_size);
    pthread_mutex_init(&channel->lock, NULL);
    pthread_cond_init(&channel->not_empty, NULL);
    pthread_cond_init(&channel->not_full, NULL);
}

void simple_channel_destroy(struct simple_channel *channel)
{
    /* The last call may still hold the lock: take it once, after that call. */
    pthread_mutex_lock(&channel->lock);
    pthread_mutex_unlock(&channel->lock);
    pthread_cond_destroy(&channel->not_full);
    pthread_cond_destroy(&channel->not_empty);
    pthread_mutex_destroy(&channel->lock);
    free(channel->ring);
}

int simple_channel_send(struct simple_channel *channel, const void *item)
{
    int error = 0;

    pthread_mutex_lock(&channel->lock);
    while (channel->count == channel->capacity && !channel->is_closed)
        pthread_cond_wait(&channel->not_full, &channel->lock);
    if (channel->is_closed) {
        error = EPIPE;
    } else {
        size_t at = (channel->oldest + channel->count++) % channel->capacity;

        memcpy(channel->ring + at * channel->item_size, item,
               channel->item_size);
        pthread_cond_signal(&channel->not_empty);
    }
    pthread_mutex_unlock(&channel->lock);
    return error;
}

int simple_channel_receive(struct simple_channel *channel, void *item)
{
    int error = 0;

    pthread_mutex_lock(&channel->lock);
    while (channel->count == 0 && !channel->is_closed)
        pthread_cond_wait(&channel->not_empty, &channel->lock);
    if (channel->count == 0) {
        error = EPIPE;
    } else {
        memcpy(item, channel->ring + channel->oldest * channel->item_size,
               channel->item_size);
        channel->oldest = (channel->oldest + 1) % channel->capacity;
        channel->count--;
        pthread_cond_signal(&channel->not_full);
    }
    pthread_mutex_unlock(&channel->lock);
    return error;
}

void simple_channel_close(struct simple_channel *channel)
{
    pthread_mutex_lock(&channel->lock);
    channel->is_closed = true;
    pthread_cond_broadcast(&channel->not_empty);
    pthread_cond_broadcast(&channel->not_full);
    pthread_mutex_unlock(&channel->lock);
}
