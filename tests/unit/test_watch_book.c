/*
 * The watch's book is true: no thread is noted as asleep that is not. Here the watch is built
 * again, so that a test can read the book. It takes the place of the library's.
 */
#include "unit.h"

#include "observe/watch.h"
#include "sync/cancel.h"
#include "sync/channel_internal.h"
#include "sync/channel_select.h"
#include "sync/semaphore.h"
#include "sync/sleeper.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"
#include "system/system.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* How often the watch has looked. */
static atomic_int looks_begun;

static int count_tick(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ns);

#define system_condition_wait_until count_tick
#include "observe/watch.c"
#undef system_condition_wait_until

/* The watch's wait for the next tick, which here comes every millisecond. */
static int count_tick(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t unused)
{
    atomic_fetch_add(&looks_begun, 1);
    return system_condition_wait_until(condition, mutex, clock_after_ns(NS_PER_MS));
}

static void describe_nothing(const void *object, char *text, size_t size)
{
    snprintf(text, size, "waiting for nothing");
}

static bool is_noted_asleep(void)
{
    return self == NULL || is_asleep(self);
}

/* Gives the test's own thread a record, if it has none. */
static void open_book(void)
{
    if (watch_self() == NULL)
        watch_thread_begin(watch_thread_create("test"));
    assert_non_null(watch_self());
}

TEST(a_thread_that_was_woken_between_two_waits_is_awake)
{
    struct sleeper sleeper;

    open_book();
    sleeper_init(&sleeper);
    assert_int_equal(sleeper_wait(&sleeper, 0, describe_nothing, NULL), ETIMEDOUT);
    sleeper_wake(&sleeper);
    assert_int_equal(sleeper_wait(&sleeper, DEADLINE_NEVER, describe_nothing, NULL), 0);
    assert_false(is_noted_asleep());
    sleeper_destroy(&sleeper);
}

TEST(a_thread_that_gives_up_after_it_was_served_is_awake)
{
    struct channel_waiter waiter;

    open_book();
    channel_waiter_init(&waiter, true);
    assert_int_equal(sleeper_wait(&waiter.sleeper, 0, describe_nothing, NULL), ETIMEDOUT);
    assert_false(atomic_exchange(&waiter.is_claimed, true));
    sleeper_wake(&waiter.sleeper);
    assert_false(channel_waiter_give_up(&waiter));
    assert_false(is_noted_asleep());
    sleeper_destroy(&waiter.sleeper);
}

/* Waits with a deadline whose waker claims the thread before the deadline, and wakes it after. */

enum kind { RECEIVE, SELECT, CANCELLABLE, ACQUIRE, KINDS };

struct late_wait {
    enum kind kind;
    struct channel channel;
    struct semaphore semaphore;
    struct cancel cancel;
    int64_t deadline_ns;
    _Atomic(struct watch_thread *) thread;
    bool was_noted_asleep; /* after the wait */
};

static int wait_late(void *argument)
{
    struct late_wait *late = argument;
    const struct channel_case cases[] = {{.channel = &late->cancel.cancelled},
                                         {.channel = &late->channel}};
    size_t chosen = 99;
    int error = -1;

    atomic_store(&late->thread, watch_self());
    switch (late->kind) {
    case RECEIVE:
        error = channel_receive_until(&late->channel, NULL, late->deadline_ns);
        break;
    case SELECT:
        error = channel_select_until(cases, COUNT_OF(cases), &chosen, late->deadline_ns);
        break;
    case CANCELLABLE:
        error = channel_receive_cancellable(&late->channel, NULL, &late->cancel);
        break;
    default:
        error = semaphore_acquire(&late->semaphore, &late->cancel);
    }
    late->was_noted_asleep = is_noted_asleep();
    return error;
}

/* Claims the waiting thread, as a thread that serves it. Returns NULL if it has not come, or has
   given up. */
static struct channel_place *claim(struct channel *channel)
{
    struct channel_place *place;

    spin_lock(&channel->lock);
    place = channel->senders.first != NULL ? channel->senders.first : channel->receivers.first;
    if (place != NULL && !atomic_exchange(&place->waiter->is_claimed, true))
        channel_leave_queue(place);
    else
        place = NULL;
    spin_unlock(&channel->lock);
    return place;
}

/* Makes a wait of so long, and serves it after its end. Returns whether it could claim it. */
static bool serve_after_deadline(enum kind kind, int64_t duration_ns)
{
    struct late_wait late = {.kind = kind};
    struct channel *channel = kind == ACQUIRE ? &late.semaphore.permits : &late.channel;
    struct channel_place *place = NULL;
    struct background_call call;

    channel_init(&late.channel, "test", 1, 0);
    semaphore_init(&late.semaphore, "test", 1);
    assert_int_equal(semaphore_try_acquire(&late.semaphore), 0);
    late.deadline_ns = clock_after_ns(duration_ns);
    cancel_init(&late.cancel, NULL, kind < CANCELLABLE ? DEADLINE_NEVER : late.deadline_ns);
    background_start(&call, wait_late, &late);
    while (place == NULL && !atomic_load(&call.has_returned)) {
        clock_sleep_ns(50 * NS_PER_US);
        place = claim(channel);
    }
    if (place != NULL) {
        /* It gives up now, and is asleep; if it comes later, less is seen. */
        clock_sleep_ns(late.deadline_ns - clock_now_ns() + 2 * NS_PER_MS);
        assert_false(is_asleep(atomic_load(&late.thread)));
        place->waiter->error = 0;
        place->waiter->served = place;
        sleeper_wake(&place->waiter->sleeper);
    }
    assert_int_equal(background_join(&call),
                     place != NULL ? 0 : (kind < CANCELLABLE ? ETIMEDOUT : ECANCELED));
    assert_false(late.was_noted_asleep);
    cancel_destroy(&late.cancel);
    semaphore_destroy(&late.semaphore);
    channel_destroy(&late.channel);
    return place != NULL;
}

TEST(a_thread_that_is_served_after_its_deadline_is_awake_all_the_time)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        int64_t duration_ns = 5 * NS_PER_MS;

        /* On a busy machine the wait may be over before this thread comes. */
        while (!serve_after_deadline(kind, duration_ns) && duration_ns < FAR_NS)
            duration_ns *= 2;
        assert_true(duration_ns < FAR_NS);
    }
}

/* The same without a hand in it: a sender who sweeps around the receiver's deadline. */

#define SWEEPS 200

struct sweep {
    struct channel channel;
    _Atomic int64_t deadline_ns; /* 0: the sender has seen it */
    atomic_bool is_over;
    int noted_asleep;
};

static void *receive_at_deadlines(void *argument)
{
    struct sweep *sweep = argument;
    const struct channel_case cases[] = {{.channel = &sweep->channel}, {0}};
    size_t chosen;

    for (int i = 0; i < SWEEPS; i++) {
        int64_t deadline_ns = clock_now_ns() + 200 * NS_PER_US;

        atomic_store(&sweep->deadline_ns, deadline_ns);
        if (i % 2 == 0)
            channel_receive_until(&sweep->channel, NULL, deadline_ns);
        else
            channel_select_until(cases, COUNT_OF(cases), &chosen, deadline_ns);
        sweep->noted_asleep += is_noted_asleep();
    }
    atomic_store(&sweep->is_over, true);
    return NULL;
}

TEST(a_send_around_a_deadline_leaves_the_receiver_awake)
{
    struct sweep sweep = {.noted_asleep = 0};
    pthread_t receiver;
    char item = 0;

    channel_init(&sweep.channel, "test", 1, 0);
    assert_int_equal(thread_start_joinable(&receiver, receive_at_deadlines, &sweep, "test"), 0);
    for (int i = 0; !atomic_load(&sweep.is_over); i++) {
        int64_t deadline_ns = atomic_exchange(&sweep.deadline_ns, 0);

        if (deadline_ns == 0)
            clock_sleep_ns(NS_PER_US);
        else
            clock_sleep_ns(deadline_ns - clock_now_ns() + (i % 40 - 30) * 5 * NS_PER_US);
        if (deadline_ns != 0)
            channel_try_send(&sweep.channel, &item);
    }
    assert_int_equal(pthread_join(receiver, NULL), 0);
    assert_int_equal(sweep.noted_asleep, 0);
    channel_destroy(&sweep.channel);
}

/* What the book says of a wait that is none. */

TEST(a_wait_that_is_over_at_once_is_not_noted)
{
    unsigned long noted;
    struct wait_group group;
    struct channel channel;
    struct cancel cancel;
    const struct channel_case cases[] = {{.channel = &channel}, {.channel = &channel}};
    char item = 0;
    size_t chosen;

    open_book();
    wait_group_init(&group, "test");
    channel_init(&channel, "test", 1, 1);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    noted = atomic_load(&self->state);
    wait_group_wait(&group);
    assert_int_equal(channel_receive_until(&channel, NULL, 0), ETIMEDOUT);
    assert_int_equal(channel_select_until(cases, COUNT_OF(cases), &chosen, 0), ETIMEDOUT);
    assert_int_equal(channel_try_receive(&channel, NULL), EAGAIN);
    assert_int_equal(channel_send(&channel, &item), 0);
    assert_int_equal(channel_send_until(&channel, &item, 0), ETIMEDOUT);
    assert_int_equal(channel_select(cases, COUNT_OF(cases), &chosen), 0);
    assert_int_equal(channel_send(&channel, &item), 0);
    assert_int_equal(channel_receive(&channel, NULL), 0);
    assert_int_equal(atomic_load(&self->state), noted);
    cancel_destroy(&cancel);
    wait_group_destroy(&group);
    channel_destroy(&channel);
}

/* Threads that have ended. */

static size_t count_gone(void)
{
    size_t count = 0;

    for (const struct watch_thread *thread = atomic_load(&newest); thread != NULL;
         thread = thread->next)
        count += strcmp(thread->name, "gone") == 0;
    return count;
}

static void *end_at_once(void *unused)
{
    return unused;
}

static void run_and_end(void *(*run)(void *argument), void *argument)
{
    pthread_t thread;

    assert_int_equal(thread_start_joinable(&thread, run, argument, "gone"), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

TEST(the_records_of_threads_that_have_ended_are_freed)
{
    unsigned long long before = 0, after = 0;

    open_book();
    for (int i = 0; i < 200; i++)
        run_and_end(end_at_once, NULL);
    assert_true(count_gone() >= 200);
    assert_true(are_all_asleep_but(self, &before));
    assert_int_equal(look(self, 0, &after), 1);
    /* At most the newest is left. What the others added to the sum stays. */
    assert_true(count_gone() <= 1);
    assert_true(after == before);
    assert_int_equal(look(self, 1, &after), 2);
}

TEST(the_watch_frees_the_records_while_threads_are_awake)
{
    int64_t deadline_ns = clock_after_ns(FAR_NS);
    int looked;

    assert_int_equal(watch_start("test", abort), 0);
    for (int i = 0; i < 20; i++)
        run_and_end(end_at_once, NULL);
    looked = atomic_load(&looks_begun);
    while (atomic_load(&looks_begun) < looked + 2 && clock_now_ns() < deadline_ns)
        clock_sleep_ns(NS_PER_MS);
    watch_stop();
    assert_true(count_gone() <= 1);
}

static void *keep_lock(void *lock)
{
    watch_hold_lock(lock);
    return NULL;
}

TEST(the_record_of_a_thread_that_has_kept_a_lock_stays)
{
    unsigned long long sum;
    int lock;

    open_book();
    run_and_end(keep_lock, &lock);
    run_and_end(end_at_once, NULL);
    look(self, 0, &sum);
    assert_string_equal(find_holder(&lock)->name, "gone");
}
