#include "sync/channel_select.h"

#include "sync/cancel.h"
#include "sync/channel_internal.h"
#include "sync/check.h"
#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* With the case of a cancellation. */
#define CASES_MAX (CHANNEL_SELECT_MAX + 1)

/* The channels of a select, each once, in the order of their addresses. */
struct channel_set {
    struct channel *channels[CASES_MAX];
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
        spin_lock(&set->channels[i]->lock);
}

static void unlock_all(const struct channel_set *set)
{
    for (size_t i = set->count; i > 0; i--)
        spin_unlock(&set->channels[i - 1]->lock);
}

/*
 * Returns a random number below limit. Each thread has a generator of its own: a shared one would
 * need a lock.
 */
static size_t draw(size_t limit)
{
    static atomic_uint threads;
    static _Thread_local uint32_t state;

    /*
     * Marsaglia's xorshift, which must not start at 0. The factor makes the first few threads
     * differ, the clock the runs: lots that are the same in every run would not be lots.
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

/* Puts the cases in a random order. With only a random start, the first possible case behind a row
   of impossible ones would be chosen more often. */
static void shuffle(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t other = draw(i + 1);

        order[i] = order[other];
        order[other] = i;
    }
}

/* Tries the cases in this order. Returns EAGAIN if none is possible. The caller holds all locks. */
static int select_now(const struct channel_case *cases, const size_t *order, size_t count,
                      size_t *chosen)
{
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

/* Collects the channels of the cases, leaving out one case (or none: NULL). */
static void collect_channels(struct channel_set *set, const struct channel_case *cases,
                             size_t count, const struct channel_case *left_out)
{
    set->count = 0;
    for (size_t i = 0; i < count; i++)
        if (cases[i].channel != NULL && &cases[i] != left_out)
            add_channel(set, cases[i].channel);
}

static void check_count(size_t count)
{
    CHECK_CALLER(count <= CHANNEL_SELECT_MAX, "channel_select: too many cases");
}

int channel_try_select(const struct channel_case *cases, size_t count, size_t *chosen)
{
    size_t order[CASES_MAX];
    struct channel_set set;
    int error;

    check_count(count);
    shuffle(order, count);
    collect_channels(&set, cases, count, NULL);
    lock_all(&set);
    error = select_now(cases, order, count, chosen);
    unlock_all(&set);
    return error;
}

/* What a waiting select waits for; a cancellation is left out. */
struct selection {
    const struct channel_case *cases;
    size_t count;
};

static bool is_in_front(const struct selection *selection, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (selection->cases[i].channel == selection->cases[at].channel)
            return true;
    return false;
}

/* The only case; or NULL: there are several, or it has no channel. */
static const struct channel_case *only_case(const struct selection *selection)
{
    return selection->count == 1 && selection->cases[0].channel != NULL ? selection->cases : NULL;
}

/* Lists each channel once, in the order of the cases: " "jobs", "results"". */
static void list_channels(const struct selection *selection, char *text, size_t size)
{
    size_t used = 0;
    const char *comma = "";

    text[0] = '\0';
    for (size_t i = 0; i < selection->count && used < size; i++) {
        const struct channel *channel = selection->cases[i].channel;

        if (channel == NULL || is_in_front(selection, i))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s \"%s\"", comma, channel->name);
        comma = ",";
    }
}

/* For the watch. The object is a selection. */
static void describe_select(const void *object, char *text, size_t size)
{
    const struct selection *selection = object;
    const struct channel_case *only = only_case(selection);
    char list[WATCH_TEXT_SIZE];

    if (only != NULL) {
        channel_description(only->send != NULL)(only->channel, text, size);
        return;
    }
    list_channels(selection, list, sizeof list);
    snprintf(text, size, "selecting among channels%s", list);
}

/* The caller holds all locks. */
static void note_wait(struct channel_waiter *waiter, const struct selection *selection)
{
    const struct channel_case *only = only_case(selection);

    if (only != NULL) {
        channel_note_wait(waiter, only->channel, only->send != NULL);
    } else if (timeline_is_on()) {
        char list[1 + TIMELINE_NAME_SIZE] = " ";

        waiter->note = (struct timeline_event){.kind = TIMELINE_WAITS, .wait = TIMELINE_SELECT};
        list_channels(selection, list, sizeof list);
        memcpy(waiter->note.name, list + 1, sizeof waiter->note.name);
        waiter->sleeper.note = &waiter->note;
    }
}

/* The first `named` cases are what watch and timeline say that the thread waits for. */
static int select_until(const struct channel_case *cases, size_t count, size_t named,
                        size_t *chosen, int64_t deadline_ns)
{
    const struct selection selection = {cases, named};
    struct channel_waiter waiter;
    struct channel_place places[CASES_MAX];
    size_t order[CASES_MAX];
    struct channel_set set;
    int error;

    shuffle(order, count);
    collect_channels(&set, cases, count, NULL);
    lock_all(&set);
    error = select_now(cases, order, count, chosen);
    if (error != EAGAIN) {
        unlock_all(&set);
        return error;
    }
    /* All locks are still held: a thread that makes a case possible now finds this one waiting. */
    channel_waiter_init(&waiter, true);
    for (size_t i = 0; i < count; i++) {
        /* In this order, too: of two cases in one queue, only the first can be served. */
        const struct channel_case *one = &cases[order[i]];
        struct channel_place *place = &places[order[i]];

        *place =
            (struct channel_place){.waiter = &waiter, .send = one->send, .receive = one->receive};
        if (one->channel != NULL)
            channel_enqueue(one->channel, place);
    }
    note_wait(&waiter, &selection);
    unlock_all(&set);

    /* Its place in the queue where it was served is gone, and that channel may be, too: a thread
       that learned of the outcome may have destroyed it. */
    if (sleeper_wait(&waiter.sleeper, deadline_ns, describe_select, &selection) == 0 ||
        !channel_waiter_give_up(&waiter))
        collect_channels(&set, cases, count, &cases[waiter.served - places]);
    lock_all(&set);
    for (size_t i = 0; i < count; i++)
        channel_leave_queue(&places[i]);
    unlock_all(&set);
    sleeper_destroy(&waiter.sleeper);
    if (waiter.served == NULL)
        return ETIMEDOUT;
    *chosen = (size_t)(waiter.served - places);
    return waiter.error;
}

int channel_select_until(const struct channel_case *cases, size_t count, size_t *chosen,
                         int64_t deadline_ns)
{
    check_count(count);
    return select_until(cases, count, count, chosen, deadline_ns);
}

int channel_select(const struct channel_case *cases, size_t count, size_t *chosen)
{
    return channel_select_until(cases, count, chosen, DEADLINE_NEVER);
}

int channel_select_cancellable(const struct channel_case *cases, size_t count, size_t *chosen,
                               struct cancel *cancel)
{
    struct channel_case all[CASES_MAX];
    size_t which = 0;
    int error;

    check_count(count);
    if (cancel == NULL)
        return channel_select(cases, count, chosen);
    if (cancel_reason(cancel) != 0)
        return ECANCELED;
    for (size_t i = 0; i < count; i++)
        all[i] = cases[i];
    all[count] = (struct channel_case){.channel = &cancel->cancelled};
    error = select_until(all, count + 1, count, &which, cancel->deadline_ns);
    if (error == ETIMEDOUT)
        cancel_reason(cancel); /* cancels it: the deadline is over */
    if (error == ETIMEDOUT || which == count)
        return ECANCELED;
    *chosen = which;
    return error;
}
