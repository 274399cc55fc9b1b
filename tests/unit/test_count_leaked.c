#include "unit.h"

#include "observe/watch.h"
#include "sync/channel.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/*
 * Each test is a child, because a thread that sleeps for ever stays until the process ends. What
 * its threads use is static. It prints what watch_count_leaked() tells, and its status is what that
 * returned.
 */
static struct channel items, other;
static struct wait_group group;
static struct mutex lock = MUTEX_UNLOCKED("the lock");
static atomic_int steps;

static void start(const char *name, void *(*run)(void *argument), void *argument)
{
    if (thread_start(run, argument, "%s", name) != 0)
        _exit(100);
}

static void print(const char *name, const char *wait)
{
    printf("%s: %s\n", name, wait);
}

static void init(void)
{
    channel_init(&items, "items", sizeof(int), 0);
    channel_init(&other, "other", sizeof(int), 1);
    wait_group_init(&group, "test");
}

static void *receive(void *channel)
{
    channel_receive(channel, NULL);
    atomic_fetch_add(&steps, 1);
    return NULL;
}

static void *send_two(void *channel)
{
    channel_send(channel, &(int){1});
    channel_send(channel, &(int){2});
    return NULL;
}

static void *wait_for_group(void *unused)
{
    wait_group_wait(&group);
    return NULL;
}

static void *take_lock(void *unused)
{
    mutex_lock(&lock);
    mutex_unlock(&lock);
    return NULL;
}

/* In a call for a while, then gone. */
static void *nap(void *unused)
{
    for (int i = 0; i < 5; i++) {
        clock_sleep_ns(20 * NS_PER_MS);
        atomic_fetch_add(&steps, 1);
    }
    return NULL;
}

static void *nap_and_send(void *channel)
{
    nap(NULL);
    channel_send(channel, &(int){1});
    atomic_fetch_add(&steps, 1);
    return NULL;
}

static int leak_nothing(void *unused)
{
    return (int)watch_count_leaked(print);
}

static int leak_three(void *unused)
{
    init();
    wait_group_add(&group, 2);
    start("first", receive, &items);
    start("second", wait_for_group, NULL);
    start("third", send_two, &other);
    return (int)watch_count_leaked(print);
}

static int leak_none_at_work(void *unused)
{
    for (int i = 0; i < 3; i++)
        start("at work", nap, NULL);
    if (watch_count_leaked(print) != 0)
        return 100;
    /* Each has ended, though none was waited for. */
    return threads_alive() == 0 ? atomic_load(&steps) : 101;
}

static int leak_none_that_will_be_woken(void *unused)
{
    init();
    start("receiver", receive, &items);
    start("sender", nap_and_send, &items);
    return watch_count_leaked(print) == 0 ? atomic_load(&steps) : 100;
}

static int leak_one_of_two(void *unused)
{
    init();
    start("one", receive, &items);
    start("two", receive, &items);
    start("sender", nap_and_send, &items);
    return watch_count_leaked(NULL) == 1 && watch_count_leaked(NULL) == 1 ? atomic_load(&steps)
                                                                          : 100;
}

static int leak_one_that_wants_our_lock(void *unused)
{
    watch_start("test", NULL); /* gives us a record, in which the lock is noted */
    watch_stop();
    mutex_lock(&lock);
    start("locked out", take_lock, NULL);
    return (int)watch_count_leaked(print);
}

static int leak_and_wake(void *unused)
{
    init();
    for (int i = 0; i < 5; i++)
        start("sleeper", receive, &items);
    if (watch_count_leaked(NULL) != 5)
        return 100;
    channel_close(&items);
    if (watch_count_leaked(NULL) != 0)
        return 101;
    return atomic_load(&steps);
}

static void assert_leaks(int (*run)(void *argument), int status, const char *expected)
{
    struct child child = run_child(run, NULL);

    assert_int_equal(child.signal, 0);
    assert_string_equal(child.err, "");
    assert_string_equal(child.out, expected);
    assert_int_equal(child.status, status);
}

TEST(without_threads_there_is_nothing_to_wait_for)
{
    assert_leaks(leak_nothing, 0, "");
}

TEST(who_sleeps_for_ever_is_named_with_what_it_waits_for)
{
    struct child child = run_child(leak_three, NULL);

    assert_int_equal(child.status, 3);
    assert_int_equal(count_lines(child.out), 3);
    assert_non_null(
        strstr(child.out, "first: receiving from channel \"items\" (empty, not closed)\n"));
    assert_non_null(
        strstr(child.out, "second: waiting for wait group \"test\" (2 not done)\n"));
    assert_non_null(strstr(child.out, "third: sending to channel \"other\" (full: 1 of 1)\n"));
}

TEST(who_is_at_work_is_waited_for)
{
    assert_leaks(leak_none_at_work, 15, "");
}

TEST(who_will_be_woken_is_waited_for)
{
    assert_leaks(leak_none_that_will_be_woken, 7, "");
}

TEST(of_two_the_one_that_is_not_woken_is_left)
{
    assert_leaks(leak_one_of_two, 7, "");
}

TEST(a_lock_of_the_caller_is_for_ever)
{
    struct child child = run_child(leak_one_that_wants_our_lock, NULL);

    assert_int_equal(child.status, 1);
    assert_non_null(strstr(child.out, "locked out: "));
    assert_non_null(strstr(child.out, "the lock"));
}

TEST(who_was_named_can_be_woken_yet)
{
    assert_leaks(leak_and_wake, 5, "");
}
