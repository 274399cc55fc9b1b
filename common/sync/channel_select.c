#include "sync/channel_select.h"

#include "sync/channel_internal.h"
#include "sync/check.h"
#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

/* The channels of a select, each once, in the order of their addresses. */
struct channel_set {
    struct channel *channels[CHANNEL_SELECT_MAX];
    size_t count;
};

static void add_channel(struct channel_set *set, struct channel *channel)
{
    size_t at = set->count;

    while (at > 0 && (uintptr_t)set->channels[at - 1] > (uintptr_t)channel)
        at--;
    if (at > 0 && set->channels[at - 1] == channel)
        return;
    for (size_t i = set->count; i > at; i--)
        set->channels[i] = set->channels[i - 1];
    set->channels[at] = channel;
    set->count++;
}

static void lock_all(const struct channel_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        channel_lock(set->channels[i]);
}

static void unlock_all(const struct channel_set *set)
{
    for (size_t i = set->count; i > 0; i--)
        channel_unlock(set->channels[i - 1]);
}

/* Each thread has a generator of its own: a shared one would be a race or a lock. Below limit. */
static size_t draw(size_t limit)
{
    static atomic_uint threads;
    static _Thread_local uint32_t state;

    /*
     * Marsaglia's xorshift, which must not start at 0; the factor spreads the first few threads,
     * and the clock the runs: the same lots in every run would be none.
     */
    if (state == 0)
        state = ((atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) ^
                  (uint32_t)clock_now_ns()) *
                 2654435769U) |
                1;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (size_t)(((uint64_t)state * limit) >> 32);
}

/* A random order, not a random start: behind impossible cases a start would favour the next one. */
static void shuffle(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t other = draw(i + 1);

        order[i] = order[other];
        order[other] = i;
    }
}

/* With all locks held. Returns EAGAIN if no case is possible now. */
static int select_now(const struct channel_case *cases, size_t count, size_t *chosen)
{
    size_t order[CHANNEL_SELECT_MAX];

    shuffle(order, count);
    for (size_t i = 0; i < count; i++) {
        const struct channel_case *one = &cases[order[i]];
        int error = one->channel == NULL
                        ? EAGAIN
                        : channel_transfer_now(one->channel, one->send, one->receive);

        if (error != EAGAIN) {
            *chosen = order[i];
            return error;
        }
    }
    return EAGAIN;
}

/* The channels of the cases, but for the one case that is left out, or NULL. */
static void collect_channels(struct channel_set *set, const struct channel_case *cases,
                             size_t count, const struct channel_case *left_out)
{
    CHECK_CALLER(count <= CHANNEL_SELECT_MAX, "channel_select: too many cases");
    set->count = 0;
    for (size_t i = 0; i < count; i++)
        if (cases[i].channel != NULL && &cases[i] != left_out)
            add_channel(set, cases[i].channel);
}

int channel_try_select(const struct channel_case *cases, size_t count, size_t *chosen)
{
    struct channel_set set;
    int error;

    collect_channels(&set, cases, count, NULL);
    lock_all(&set);
    error = select_now(cases, count, chosen);
    unlock_all(&set);
    return error;
}

/* For the watch. The channels are those of a channel_set. */
static void describe_select(const void *object, char *text, size_t size)
{
    const struct channel_set *set = object;
    size_t used = (size_t)snprintf(text, size, "selecting among channels");

    for (size_t i = 0; i < set->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s \"%s\"", i > 0 ? "," : "",
                                 set->channels[i]->name);
}

int channel_select_until(const struct channel_case *cases, size_t count, size_t *chosen,
                         int64_t deadline_ns)
{
    struct channel_waiter waiter;
    struct channel_place places[CHANNEL_SELECT_MAX];
    struct channel_set set;
    int error;

    collect_channels(&set, cases, count, NULL);
    lock_all(&set);
    error = select_now(cases, count, chosen);
    if (error != EAGAIN) {
        unlock_all(&set);
        return error;
    }
    /* All locks are still held: what becomes possible from here on finds this thread waiting. */
    channel_waiter_init(&waiter, true);
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct channel_place){
            .waiter = &waiter, .send = cases[i].send, .receive = cases[i].receive};
        if (cases[i].channel != NULL)
            channel_enqueue(cases[i].channel, &places[i]);
    }
    unlock_all(&set);

    /* Where it was served it stands no more; and whoever learned of that may have destroyed that
       channel. */
    if (sleeper_wait(&waiter.sleeper, deadline_ns, describe_select, &set) == 0 ||
        !channel_waiter_give_up(&waiter))
        collect_channels(&set, cases, count, &cases[waiter.served - places]);
    lock_all(&set);
    for (size_t i = 0; i < count; i++)
        channel_leave_queue(&places[i]);
    unlock_all(&set);
    channel_waiter_destroy(&waiter);
    if (waiter.served == NULL)
        return ETIMEDOUT;
    *chosen = (size_t)(waiter.served - places);
    return waiter.error;
}

int channel_select(const struct channel_case *cases, size_t count, size_t *chosen)
{
    return channel_select_until(cases, count, chosen, DEADLINE_NEVER);
}
