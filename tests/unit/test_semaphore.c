#include "unit.h"

#include "sync/semaphore.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static void init(struct semaphore *semaphore, size_t permits)
{
    semaphore_init(semaphore, "test", permits);
}

/* A thread that enters. */
struct visitor {
    struct background_call call;
    struct semaphore *semaphore;
    struct cancel *cancel;
};

static int enter(void *argument)
{
    struct visitor *visitor = argument;

    return semaphore_acquire(visitor->semaphore, visitor->cancel);
}

/* Starts a thread that must wait, behind those that wait already. */
static void start_waiting(struct visitor *visitor, struct semaphore *semaphore,
                          struct cancel *cancel)
{
    size_t before = count_waiting(&semaphore->permits);

    visitor->semaphore = semaphore;
    visitor->cancel = cancel;
    background_start(&visitor->call, enter, visitor);
    wait_until_waiting(&semaphore->permits, before + 1);
}

TEST(as_many_enter_as_there_are_permits)
{
    for (size_t permits = 1; permits <= 5; permits++) {
        struct semaphore semaphore;

        init(&semaphore, permits);
        for (size_t i = 0; i < permits; i++)
            assert_int_equal(semaphore_acquire(&semaphore, NULL), 0);
        assert_int_equal(semaphore_try_acquire(&semaphore), EAGAIN);
        semaphore_release(&semaphore);
        assert_int_equal(semaphore_try_acquire(&semaphore), 0);
        assert_int_equal(semaphore_try_acquire(&semaphore), EAGAIN);
        semaphore_destroy(&semaphore);
    }
}

#define PERMITS 3

struct room {
    struct semaphore semaphore;
    atomic_int inside, peak, entered, next;
};

static void *come_and_go(void *argument)
{
    struct room *room = argument;
    int me = atomic_fetch_add(&room->next, 1);
    struct cancel cancel;

    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    for (int i = 0; i < 500; i++) {
        int error = (i + me) % 5 == 0
                        ? semaphore_try_acquire(&room->semaphore)
                        : semaphore_acquire(&room->semaphore, i % 2 == 0 ? &cancel : NULL);
        int inside, peak = atomic_load(&room->peak);

        if (error != 0)
            continue;
        inside = atomic_fetch_add(&room->inside, 1) + 1;
        while (inside > peak && !atomic_compare_exchange_weak(&room->peak, &peak, inside))
            continue;
        if (i % 50 == 0)
            clock_sleep_ns(20 * NS_PER_US);
        atomic_fetch_add(&room->entered, 1);
        atomic_fetch_sub(&room->inside, 1);
        semaphore_release(&room->semaphore);
    }
    cancel_destroy(&cancel);
    return NULL;
}

TEST(never_more_than_the_permits_are_inside)
{
    struct room room = {0};

    init(&room.semaphore, PERMITS);
    run_threads(8, come_and_go, &room);
    assert_between(atomic_load(&room.peak), 1, PERMITS);
    assert_between(atomic_load(&room.entered), 8 * 400, 8 * 500);
    /* All permits are back. */
    for (int i = 0; i < PERMITS; i++)
        assert_int_equal(semaphore_try_acquire(&room.semaphore), 0);
    semaphore_destroy(&room.semaphore);
}

TEST(those_who_wait_enter_in_their_order)
{
    struct semaphore semaphore;
    struct cancel cancel;
    struct visitor visitors[8];

    init(&semaphore, 1);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    assert_int_equal(semaphore_acquire(&semaphore, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(visitors); i++)
        start_waiting(&visitors[i], &semaphore, i % 2 == 0 ? &cancel : NULL);
    for (size_t i = 0; i < COUNT_OF(visitors); i++) {
        semaphore_release(&semaphore);
        /* Handed over: nobody can come between. */
        assert_int_equal(semaphore_try_acquire(&semaphore), EAGAIN);
        assert_int_equal(background_join(&visitors[i].call), 0);
        for (size_t later = i + 1; later < COUNT_OF(visitors); later++)
            assert_false(atomic_load(&visitors[later].call.has_returned));
    }
    cancel_destroy(&cancel);
    semaphore_destroy(&semaphore);
}

TEST(a_cancelled_wait_takes_no_permit_and_holds_up_nobody)
{
    struct semaphore semaphore;
    struct cancel cancel;
    struct visitor cancelled, behind;

    init(&semaphore, 1);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    assert_int_equal(semaphore_acquire(&semaphore, NULL), 0);
    start_waiting(&cancelled, &semaphore, &cancel);
    start_waiting(&behind, &semaphore, NULL);
    cancel_with(&cancel, EINTR);
    assert_int_equal(background_join(&cancelled.call), ECANCELED);
    assert_false(atomic_load(&behind.call.has_returned));
    semaphore_release(&semaphore);
    assert_int_equal(background_join(&behind.call), 0);
    semaphore_release(&semaphore);
    assert_int_equal(semaphore_try_acquire(&semaphore), 0);
    cancel_destroy(&cancel);
    semaphore_destroy(&semaphore);
}

TEST(one_that_was_cancelled_before_does_not_enter)
{
    struct semaphore semaphore;
    struct cancel cancel;

    init(&semaphore, 1);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    cancel_with(&cancel, EINTR);
    for (int i = 0; i < 100; i++)
        assert_int_equal(semaphore_acquire(&semaphore, &cancel), ECANCELED);
    assert_int_equal(semaphore_try_acquire(&semaphore), 0);
    cancel_destroy(&cancel);
    semaphore_destroy(&semaphore);
}

TEST(a_wait_ends_at_the_deadline)
{
    int64_t deadline_ns = clock_now_ns() + 30 * NS_PER_MS;
    struct semaphore semaphore;
    struct cancel cancel;

    init(&semaphore, 1);
    assert_int_equal(semaphore_try_acquire(&semaphore), 0);
    cancel_init(&cancel, NULL, deadline_ns);
    assert_int_equal(semaphore_acquire(&semaphore, &cancel), ECANCELED);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(cancel_reason(&cancel), ETIMEDOUT);
    cancel_destroy(&cancel);
    semaphore_destroy(&semaphore);
}

struct counter {
    struct semaphore *semaphore;
    long count; /* guarded by the one permit */
};

static void *count(void *argument)
{
    struct counter *counter = argument;

    for (int i = 0; i < 1000; i++) {
        semaphore_acquire(counter->semaphore, NULL);
        counter->count++;
        semaphore_release(counter->semaphore);
    }
    return NULL;
}

/* ThreadSanitizer judges, too. */
TEST(who_enters_sees_what_was_written_before_the_permit_came_back)
{
    struct semaphore semaphore;
    struct counter counter = {.semaphore = &semaphore};

    init(&semaphore, 1);
    run_threads(4, count, &counter);
    assert_int_equal(counter.count, 4 * 1000);
    semaphore_destroy(&semaphore);
}

static void *release(void *argument)
{
    semaphore_release(argument);
    return NULL;
}

/* ThreadSanitizer and AddressSanitizer judge: the release has hardly returned. */
TEST(it_can_be_destroyed_once_the_last_permit_came_back)
{
    for (int i = 0; i < 300; i++) {
        struct semaphore semaphore;
        pthread_t thread;

        init(&semaphore, 1);
        assert_int_equal(semaphore_acquire(&semaphore, NULL), 0);
        assert_int_equal(thread_start_joinable(&thread, release, &semaphore, "test"), 0);
        assert_int_equal(semaphore_acquire(&semaphore, NULL), 0);
        semaphore_destroy(&semaphore);
        memset(&semaphore, 0xff, sizeof semaphore);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

static int acquire_once_and_release(void *times)
{
    struct semaphore semaphore;

    semaphore_init(&semaphore, "test", 2);
    semaphore_acquire(&semaphore, NULL);
    for (int i = 0; i < *(int *)times; i++)
        semaphore_release(&semaphore);
    return 0;
}

static int let_nobody_in(void *unused)
{
    struct semaphore semaphore;

    semaphore_init(&semaphore, "test", 0);
    return 0;
}

TEST(misuse_says_where_and_aborts)
{
    assert_int_equal(run_child(acquire_once_and_release, &(int){1}).status, 0);
    assert_aborts(acquire_once_and_release, &(int){2}, "sync/semaphore.c:");
    assert_aborts(let_nobody_in, NULL, "no thread could ever enter");
}

static int let_too_many_in(void *unused)
{
    struct semaphore semaphore;

    semaphore_init(&semaphore, "calls", SIZE_MAX / 2);
    return 0;
}

TEST(without_memory_the_program_ends_with_one_line)
{
    struct child child;

    if (!malloc_can_fail())
        skip();
    child = run_child(let_too_many_in, NULL);
    assert_int_equal(child.status, 1);
    assert_int_equal(count_lines(child.err), 1);
    assert_non_null(strstr(child.err, "no memory for channel \"calls\": "));
}
