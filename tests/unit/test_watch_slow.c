/*
 * The watch needs no patience to be right: here it is built again, with a thread that is slower
 * than the watch between any two of its notes, with ticks that take no time, and without memory
 * for records, where a test wants it so. It takes the place of the library's.
 */
#include "unit.h"

#include "observe/watch.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"
#include "system/system.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than it takes the watch to be sure. */
#define PAUSE_NS NS_PER_S

static _Thread_local bool is_slow;
static atomic_bool is_memory_full;

static void pause_if_slow(void)
{
    if (is_slow)
        clock_sleep_ns(PAUSE_NS);
}

static void *allocate(size_t count, size_t size)
{
    return atomic_load(&is_memory_full) ? NULL : calloc(count, size);
}

static int wait_or_change(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ns);

#undef atomic_store_explicit
#define atomic_store_explicit(object, value, order) \
    ((void)atomic_exchange_explicit(object, value, order), pause_if_slow())
#define calloc(count, size) allocate(count, size)
#define system_condition_wait_until wait_or_change
#include "observe/watch.c"
#undef system_condition_wait_until

static struct wait_group done;
static struct mutex lock = MUTEX_UNLOCKED("results");

static void end_stalled(void)
{
    _exit(3);
}

/* Runs in a thread of its own, and is alive all the time, while main is asleep. */
static void *(*alive)(void *unused);

static int run_watched(void *unused)
{
    wait_group_init(&done, "test");
    wait_group_add(&done, 1);
    watch_start("test", end_stalled);
    if (thread_start(alive, NULL, "alive") != 0)
        return 100;
    wait_group_wait(&done);
    watch_stop();
    return 0;
}

static void assert_ended_well(struct child child)
{
    assert_string_equal(child.err, "");
    assert_int_equal(child.status, 0);
}

static void assert_stays_awake(void *(*run)(void *unused))
{
    alive = run;
    assert_ended_well(run_child(run_watched, NULL));
}

static void *want_lock_slowly(void *unused)
{
    is_slow = true;
    watch_want_lock(&lock, lock.name);
    is_slow = false;
    pthread_mutex_lock(&lock.lock);
    atomic_store_explicit(&lock.holder, thread_number(), memory_order_relaxed);
    watch_hold_lock(&lock);
    mutex_unlock(&lock);
    wait_group_done(&done);
    return NULL;
}

TEST(who_is_slow_to_note_which_free_lock_it_wants_is_not_asleep)
{
    assert_stays_awake(want_lock_slowly);
}

static void *take_lock_slowly(void *unused)
{
    watch_want_lock(&lock, lock.name);
    pthread_mutex_lock(&lock.lock);
    atomic_store_explicit(&lock.holder, thread_number(), memory_order_relaxed);
    is_slow = true;
    watch_hold_lock(&lock);
    is_slow = false;
    mutex_unlock(&lock);
    wait_group_done(&done);
    return NULL;
}

TEST(who_is_slow_to_note_that_it_has_its_lock_is_not_asleep)
{
    assert_stays_awake(take_lock_slowly);
}

static void *give_lock_back_slowly(void *unused)
{
    mutex_lock(&lock);
    is_slow = true;
    mutex_unlock(&lock);
    is_slow = false;
    wait_group_done(&done);
    return NULL;
}

TEST(who_is_slow_to_give_its_lock_back_is_not_asleep)
{
    assert_stays_awake(give_lock_back_slowly);
}

/* One that is asleep whenever the watch looks, and between any two looks was awake. */
static struct watch_thread *restless;
static int changes_left = 1000;

/* The watch's wait for the next tick. */
static int wait_or_change(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ns)
{
    unsigned long long sum;

    if (restless == NULL || changes_left == 0 || !are_all_asleep_but(NULL, &sum))
        return system_condition_wait_until(condition, mutex, deadline_ns);
    if (--changes_left == 0)
        wait_group_done(&done);
    change_state(restless, AWAKE);
    change_state(restless, ASLEEP);
    return ETIMEDOUT;
}

static int run_beside_restless(void *unused)
{
    restless = watch_thread_create("restless");
    restless->describe = describe_lock;
    restless->object = "no lock";
    change_state(restless, ASLEEP);
    wait_group_init(&done, "test");
    wait_group_add(&done, 1);
    watch_start("test", end_stalled);
    wait_group_wait(&done);
    watch_stop();
    return changes_left;
}

TEST(what_changes_between_any_two_looks_is_no_stall)
{
    assert_ended_well(run_child(run_beside_restless, NULL));
}

static void *never_run(void *unused)
{
    return unused;
}

/* A thread that the watch knew nothing of could always be the one that wakes the others. */
static int stall_without_memory(void *unused)
{
    wait_group_init(&done, "test");
    wait_group_add(&done, 1);
    if (watch_start("test", end_stalled) != 0)
        return 100;
    atomic_store(&is_memory_full, true);
    if (thread_start(never_run, NULL, "unknown") != ENOMEM || threads_alive() != 0)
        return 101;
    wait_group_wait(&done);
    return 102;
}

TEST(a_thread_that_there_is_no_memory_to_note_is_not_started_and_a_stall_is_found)
{
    struct child child = run_child(stall_without_memory, NULL);

    assert_int_equal(child.status, 3);
    assert_non_null(strstr(child.err, "\n  main: waiting for wait group \"test\""));
}
