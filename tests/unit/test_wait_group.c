#include "unit.h"

#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Long enough for threads to get where they will block; a test that needs more only sees less. */
#define SETTLE_NS (30 * NS_PER_MS)

TEST(a_wait_at_zero_returns)
{
    struct wait_group group;

    wait_group_init(&group, "test");
    wait_group_wait(&group);
    wait_group_wait(&group);
    wait_group_destroy(&group);
}

struct job {
    struct wait_group *group;
    int64_t sleep_ns;
    int written; /* before done, without a lock */
};

static void *write_and_be_done(void *argument)
{
    struct job *job = argument;

    clock_sleep_ns(job->sleep_ns);
    job->written = 42;
    wait_group_done(job->group);
    return NULL;
}

/* ThreadSanitizer judges the second half of the claim. */
TEST(a_wait_is_for_all_and_sees_what_they_wrote)
{
    struct wait_group group;
    struct job jobs[20];

    wait_group_init(&group, "test");
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        jobs[i] = (struct job){&group, (int64_t)i * NS_PER_MS, 0};
        wait_group_add(&group, 1);
        assert_int_equal(thread_start(write_and_be_done, &jobs[i], "test"), 0);
    }
    wait_group_wait(&group);
    for (size_t i = 0; i < COUNT_OF(jobs); i++)
        assert_int_equal(jobs[i].written, 42);
    wait_group_destroy(&group);
}

static atomic_int returned;

static void *wait_and_count(void *argument)
{
    wait_group_wait(argument);
    atomic_fetch_add(&returned, 1);
    return NULL;
}

TEST(every_waiter_returns_and_none_before_the_last_done)
{
    struct wait_group group;
    pthread_t threads[10];

    atomic_store(&returned, 0);
    wait_group_init(&group, "test");
    wait_group_add(&group, 2);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(thread_start_joinable(&threads[i], wait_and_count, &group, "test"), 0);
    clock_sleep_ns(SETTLE_NS);
    wait_group_done(&group);
    clock_sleep_ns(SETTLE_NS);
    assert_int_equal(atomic_load(&returned), 0);
    wait_group_done(&group);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&returned), COUNT_OF(threads));
    wait_group_destroy(&group);
}

static void wait_until_waited_for(struct wait_group *group)
{
    bool is_waited_for = false;

    while (!is_waited_for) {
        clock_sleep_ns(NS_PER_MS);
        spin_lock(&group->lock);
        is_waited_for = group->waiting != NULL;
        spin_unlock(&group->lock);
    }
}

TEST(a_wait_that_is_over_is_not_held_back_by_a_later_add)
{
    struct wait_group group;
    pthread_t waiter;

    atomic_store(&returned, 0);
    wait_group_init(&group, "test");
    wait_group_add(&group, 1);
    assert_int_equal(thread_start_joinable(&waiter, wait_and_count, &group, "test"), 0);
    wait_until_waited_for(&group); /* a later one would be held back */
    /* So close together that the waiter mostly has not run in between. */
    wait_group_done(&group);
    wait_group_add(&group, 1);
    assert_int_equal(pthread_join(waiter, NULL), 0);
    assert_int_equal(atomic_load(&returned), 1);
    wait_group_done(&group);
    wait_group_destroy(&group);
}

TEST(batches_add_up_and_down)
{
    struct wait_group group;
    pthread_t waiter;

    atomic_store(&returned, 0);
    wait_group_init(&group, "test");
    wait_group_add(&group, 5);
    wait_group_add(&group, 0);
    wait_group_add(&group, 3);
    assert_int_equal(thread_start_joinable(&waiter, wait_and_count, &group, "test"), 0);
    wait_group_add(&group, -7);
    clock_sleep_ns(SETTLE_NS);
    assert_int_equal(atomic_load(&returned), 0);
    wait_group_add(&group, -1);
    assert_int_equal(pthread_join(waiter, NULL), 0);
    wait_group_destroy(&group);
}

TEST(a_group_can_be_used_again_after_zero)
{
    struct wait_group group;

    wait_group_init(&group, "test");
    for (int round = 0; round < 50; round++) {
        struct job jobs[3];

        wait_group_add(&group, (int)COUNT_OF(jobs));
        for (size_t i = 0; i < COUNT_OF(jobs); i++) {
            jobs[i] = (struct job){&group, 0, 0};
            assert_int_equal(thread_start(write_and_be_done, &jobs[i], "test"), 0);
        }
        wait_group_wait(&group);
        for (size_t i = 0; i < COUNT_OF(jobs); i++)
            assert_int_equal(jobs[i].written, 42);
    }
    wait_group_destroy(&group);
}

static void *be_done(void *argument)
{
    wait_group_done(argument);
    return NULL;
}

/* ThreadSanitizer and AddressSanitizer judge: the last done has hardly returned. */
TEST(a_group_can_be_freed_right_after_its_wait)
{
    for (int i = 0; i < 2000; i++) {
        struct wait_group *group = malloc(sizeof *group);

        assert_non_null(group);
        wait_group_init(group, "test");
        wait_group_add(group, 1);
        assert_int_equal(thread_start(be_done, group, "test"), 0);
        wait_group_wait(group);
        wait_group_destroy(group);
        memset(group, 0xFF, sizeof *group);
        free(group);
    }
}

static int be_done_too_often(void *unused)
{
    struct wait_group group;

    wait_group_init(&group, "test");
    wait_group_add(&group, 1);
    wait_group_done(&group);
    wait_group_done(&group);
    return 0;
}

TEST(a_negative_count_aborts)
{
    assert_aborts(be_done_too_often, NULL, "negative count");
}

static int destroy_too_early(void *unused)
{
    struct wait_group group;

    wait_group_init(&group, "test");
    wait_group_add(&group, 1);
    wait_group_destroy(&group);
    return 0;
}

TEST(destroying_above_zero_aborts)
{
    assert_aborts(destroy_too_early, NULL, "the count is not zero");
}
