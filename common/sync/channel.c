#include "sync/channel.h"

#include "sync/channel_internal.h"
#include "sync/check.h"
#include "sync/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void channel_init(struct channel *channel, const char *name, size_t item_size, size_t capacity)
{
    CHECK_CALLER(item_size > 0, "channel_init: an item has at least one byte");
    *channel = (struct channel){.item_size = item_size, .capacity = capacity};
    snprintf(channel->name, sizeof channel->name, "%s", name);
    if (capacity > 0)
        channel->ring = memory_for_items("channel", name, capacity, item_size);
    spinlock_init(&channel->lock);
}

void channel_destroy(struct channel *channel)
{
    /* A call that is returning may still hold the lock: taking it once waits for that. */
    spin_lock(&channel->lock);
    CHECK_CALLER(channel->senders.first == NULL && channel->receivers.first == NULL,
                 "channel_destroy: a thread is waiting");
    spin_unlock(&channel->lock);
    free(channel->ring);
}

size_t channel_high_water(struct channel *channel)
{
    size_t high_water;

    spin_lock(&channel->lock);
    high_water = channel->high_water;
    spin_unlock(&channel->lock);
    return high_water;
}

/* The queues of waiting threads. */

/*
 * Waiting threads yield, so on one processor they take turns, in an order that never changes by
 * itself. If all senders run and then all receivers, one thread of each side moves what the buffer
 * holds; the others find it full or empty and queue behind that thread. A thread that sleeps loses
 * its turn and gets another one. So one in 256 of the threads that queue behind another sleeps at
 * once. Where senders and receivers have come to alternate, no thread is behind another, and the
 * order stays.
 */
#define SHUFFLE_EVERY 256

void channel_enqueue(struct channel *channel, struct channel_place *place)
{
    struct channel_queue *queue = place->send != NULL ? &channel->senders : &channel->receivers;

    place->queue = queue;
    place->next = NULL;
    place->previous = queue->last;
    if (queue->last != NULL) {
        queue->last->next = place;
        if (++queue->came_behind % SHUFFLE_EVERY == 0)
            place->waiter->sleeper.patience = 0;
    } else {
        queue->first = place;
    }
    queue->last = place;
}

void channel_leave_queue(struct channel_place *place)
{
    struct channel_queue *queue = place->queue;

    if (queue == NULL)
        return;
    if (place->previous != NULL)
        place->previous->next = place->next;
    else
        queue->first = place->next;
    if (place->next != NULL)
        place->next->previous = place->previous;
    else
        queue->last = place->previous;
    place->queue = NULL;
}

/*
 * Removes the first place that can still be served, and returns it or NULL. The caller must serve
 * it.
 */
static struct channel_place *claim_first(struct channel_queue *queue)
{
    struct channel_place *place;

    while ((place = queue->first) != NULL) {
        channel_leave_queue(place);
        /* A thread that waits in this one place, without a deadline, needs no claim: nobody else
           can serve it once it has left the queue, under the lock. */
        if (!place->waiter->needs_claim || !atomic_exchange(&place->waiter->is_claimed, true))
            break;
        /* Another channel has served this thread, or it has given up; it just has not come to
           leave this queue. */
    }
    return place;
}

/* Wakes the thread. The last touch of the place and its waiter: the thread may return at once. */
static void serve(struct channel_place *place, int error)
{
    place->waiter->error = error;
    place->waiter->served = place;
    sleeper_wake(&place->waiter->sleeper);
}

/* The items. */

/* A memcpy of a size that the compiler knows is two instructions; any other is a call. */
static void copy_item(const struct channel *channel, void *to, const void *from)
{
    if (to == NULL)
        return;
    if (channel->item_size == sizeof(int))
        memcpy(to, from, sizeof(int));
    else if (channel->item_size == sizeof(void *))
        memcpy(to, from, sizeof(void *));
    else if (channel->item_size == 2 * sizeof(void *))
        memcpy(to, from, 2 * sizeof(void *));
    else
        memcpy(to, from, channel->item_size);
}

static unsigned char *ring_at(const struct channel *channel, size_t index)
{
    return channel->ring + index * channel->item_size;
}

static void ring_put(struct channel *channel, const void *item)
{
    size_t free_one = channel->oldest + channel->count;

    if (free_one >= channel->capacity)
        free_one -= channel->capacity;
    copy_item(channel, ring_at(channel, free_one), item);
    if (++channel->count > channel->high_water)
        channel->high_water = channel->count;
}

static void ring_take(struct channel *channel, void *item)
{
    copy_item(channel, item, ring_at(channel, channel->oldest));
    if (++channel->oldest == channel->capacity)
        channel->oldest = 0;
    channel->count--;
}

static int send_now(struct channel *channel, const void *item)
{
    struct channel_place *receiver;

    if (channel->is_closed)
        return EPIPE;
    receiver = claim_first(&channel->receivers);
    if (receiver != NULL) {
        copy_item(channel, receiver->receive, item);
        serve(receiver, 0);
        return 0;
    }
    if (channel->count == channel->capacity)
        return EAGAIN;
    ring_put(channel, item);
    return 0;
}

static int receive_now(struct channel *channel, void *item)
{
    bool is_buffered = channel->count > 0;
    struct channel_place *sender;

    /* First in, first out: an item in the ring is older than what a waiting sender holds. */
    if (is_buffered)
        ring_take(channel, item);
    sender = claim_first(&channel->senders);
    if (sender != NULL) {
        if (is_buffered)
            ring_put(channel, sender->send);
        else
            copy_item(channel, item, sender->send);
        serve(sender, 0);
    }
    if (is_buffered || sender != NULL)
        return 0;
    return channel->is_closed ? EPIPE : EAGAIN;
}

int channel_transfer_now(struct channel *channel, const void *send, void *receive)
{
    return send != NULL ? send_now(channel, send) : receive_now(channel, receive);
}

/* Waiting. */

void channel_waiter_init(struct channel_waiter *waiter, bool needs_claim)
{
    sleeper_init(&waiter->sleeper);
    waiter->needs_claim = needs_claim;
    atomic_init(&waiter->is_claimed, false);
    waiter->served = NULL;
}

bool channel_waiter_give_up(struct channel_waiter *waiter)
{
    if (!atomic_exchange(&waiter->is_claimed, true))
        return true;
    sleeper_wait(&waiter->sleeper, DEADLINE_NEVER, NULL, NULL);
    return false;
}

static void describe_send(const void *object, char *text, size_t size)
{
    const struct channel *channel = object;

    if (channel->is_semaphore)
        snprintf(text, size, "waiting for semaphore \"%s\" (%zu of %zu permits taken)",
                 channel->name, channel->count, channel->capacity);
    else if (channel->capacity == 0)
        snprintf(text, size, "sending to channel \"%s\" (no buffer)", channel->name);
    else
        snprintf(text, size, "sending to channel \"%s\" (full: %zu of %zu)", channel->name,
                 channel->count, channel->capacity);
}

static void describe_receive(const void *object, char *text, size_t size)
{
    const struct channel *channel = object;

    snprintf(text, size, "receiving from channel \"%s\" (empty, not closed)", channel->name);
}

watch_describe *channel_description(bool sends)
{
    return sends ? describe_send : describe_receive;
}

_Static_assert(CHANNEL_NAME_SIZE <= TIMELINE_NAME_SIZE, "a channel's name fits");

void channel_note_wait(struct channel_waiter *waiter, const struct channel *channel, bool sends)
{
    if (!timeline_is_on())
        return;
    waiter->note = (struct timeline_event){
        .kind = TIMELINE_WAITS,
        .wait = !sends                  ? TIMELINE_RECEIVE
                : channel->is_semaphore ? TIMELINE_SEMAPHORE
                                        : TIMELINE_SEND,
        .object = channel,
        .count = (int)channel->count,
        .capacity = (int)channel->capacity,
    };
    memcpy(waiter->note.name, channel->name, sizeof channel->name);
    waiter->sleeper.note = &waiter->note;
}

/* Waits at the place, which stands in the queue. The caller gave the channel's lock back. */
static inline int wait_at(struct channel *channel, struct channel_place *place, int64_t deadline_ns,
                          watch_describe *describe, const void *object)
{
    struct channel_waiter *waiter = place->waiter;

    /* Once served, this thread does not touch the channel any more: it may be destroyed. */
    if (sleeper_wait(&waiter->sleeper, deadline_ns, describe, object) == ETIMEDOUT &&
        channel_waiter_give_up(waiter)) {
        spin_lock(&channel->lock);
        channel_leave_queue(place);
        spin_unlock(&channel->lock);
    }
    sleeper_destroy(&waiter->sleeper);
    /* Served after the deadline, before it could give up: it counts as served. */
    return waiter->served != NULL ? waiter->error : ETIMEDOUT;
}

/* The caller holds the channel's lock; this gives it back. */
static int wait_in_queue(struct channel *channel, const void *send, void *receive,
                         int64_t deadline_ns)
{
    struct channel_waiter waiter;
    struct channel_place place = {.waiter = &waiter, .send = send, .receive = receive};

    channel_waiter_init(&waiter, deadline_ns != DEADLINE_NEVER);
    channel_enqueue(channel, &place);
    if (timeline_is_on())
        channel_note_wait(&waiter, channel, send != NULL);
    spin_unlock(&channel->lock);
    return wait_at(channel, &place, deadline_ns, channel_description(send != NULL), channel);
}

/* The object is the name of what it waits for. */
static void describe_sleep(const void *name, char *text, size_t size)
{
    snprintf(text, size, "waiting for %s", (const char *)name);
}

int channel_await_close(struct channel *channel, int64_t deadline_ns, enum timeline_wait wait,
                        const char *name)
{
    struct channel_waiter waiter;
    struct channel_place place = {.waiter = &waiter};

    spin_lock(&channel->lock);
    if (channel->is_closed) {
        spin_unlock(&channel->lock);
        return EPIPE;
    }
    channel_waiter_init(&waiter, deadline_ns != DEADLINE_NEVER);
    channel_enqueue(channel, &place);
    channel_note_wait(&waiter, channel, false);
    if (waiter.sleeper.note != NULL) {
        waiter.note.wait = (uint8_t)wait;
        snprintf(waiter.note.name, sizeof waiter.note.name, "%s", name);
    }
    spin_unlock(&channel->lock);
    return wait_at(channel, &place, deadline_ns, describe_sleep, name);
}

/* The caller holds the lock and has looked with this outcome; this waits or gives the lock back. */
static inline int wait_or_return(struct channel *channel, int error, const void *send,
                                 void *receive, int64_t deadline_ns)
{
    if (error == EAGAIN)
        return wait_in_queue(channel, send, receive, deadline_ns);
    spin_unlock(&channel->lock);
    return error;
}

int channel_send_until(struct channel *channel, const void *item, int64_t deadline_ns)
{
    spin_lock(&channel->lock);
    return wait_or_return(channel, send_now(channel, item), item, NULL, deadline_ns);
}

int channel_receive_until(struct channel *channel, void *item, int64_t deadline_ns)
{
    spin_lock(&channel->lock);
    return wait_or_return(channel, receive_now(channel, item), NULL, item, deadline_ns);
}

int channel_send(struct channel *channel, const void *item)
{
    return channel_send_until(channel, item, DEADLINE_NEVER);
}

int channel_receive(struct channel *channel, void *item)
{
    return channel_receive_until(channel, item, DEADLINE_NEVER);
}

int channel_try_send(struct channel *channel, const void *item)
{
    int error;

    spin_lock(&channel->lock);
    error = send_now(channel, item);
    spin_unlock(&channel->lock);
    return error;
}

int channel_try_receive(struct channel *channel, void *item)
{
    int error;

    spin_lock(&channel->lock);
    error = receive_now(channel, item);
    spin_unlock(&channel->lock);
    return error;
}

void channel_close(struct channel *channel)
{
    struct channel_place *place;

    spin_lock(&channel->lock);
    CHECK_CALLER(!channel->is_closed, "channel_close: the channel is closed already");
    channel->is_closed = true;
    /* In one critical section: the first thread woken may come at once to destroy the channel.
       Receivers first, as in Go: a select may wait in both queues. */
    while ((place = claim_first(&channel->receivers)) != NULL)
        serve(place, EPIPE);
    while ((place = claim_first(&channel->senders)) != NULL)
        serve(place, EPIPE);
    spin_unlock(&channel->lock);
}
