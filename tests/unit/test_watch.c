#define _GNU_SOURCE
#include "unit.h"

#include "observe/watch.h"
#include "sync/channel.h"
#include "sync/channel_select.h"
#include "sync/error_group.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a lesson ends with when it is stalled. */
#define STALLED 3

#define HEADING "test: stalled: all threads are asleep, and nobody can wake one\n"

static void end_stalled(void)
{
    _exit(STALLED);
}

/* The child stalls, says this, and ends with what on_stall ends it with. */
static void assert_stalls(int (*run)(void *argument), void *argument, const char *expected)
{
    struct child child = run_child(run, argument);

    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, STALLED);
    assert_string_equal(child.err, expected);
    assert_string_equal(child.out, "");
}

/*
 * The children. What their threads wait for is static: it outlives them all. In a child, a status
 * other than that of a stall says what went wrong.
 */
enum { WAS_AWAKE = 10, NOT_STARTED };

static struct wait_group never;
static atomic_int ready;

static void start(const char *name, void *(*run)(void *argument), void *argument)
{
    if (thread_start(run, argument, "%s", name) != 0)
        _exit(NOT_STARTED);
}

/* For threads that must have got somewhere before others start. */
static void wait_until_ready(int count)
{
    while (atomic_load(&ready) < count)
        clock_sleep_ns(NS_PER_MS);
}

static void be_ready(void)
{
    atomic_fetch_add(&ready, 1);
}

static void start_watch(void)
{
    wait_group_init(&never, "test");
    wait_group_add(&never, 2);
    watch_start("test", end_stalled);
}

#define NEVER "waiting for wait group \"test\" (2 not done)\n"

/* The last thing that main does in a child. */
static int wait_for_ever(void)
{
    wait_group_wait(&never);
    return WAS_AWAKE;
}

static int stall_alone(void *unused)
{
    start_watch();
    return wait_for_ever();
}

TEST(main_alone_in_a_wait_group_is_stalled)
{
    assert_stalls(stall_alone, NULL, HEADING "  main: " NEVER);
}

static int wait_for_never(void *unused)
{
    return wait_for_ever();
}

static int stall_in_an_error_group(void *unused)
{
    struct error_group group;

    start_watch();
    error_group_init(&group, NULL);
    for (int i = 1; i <= 2; i++)
        error_group_go(&group, wait_for_never, NULL, "worker %d", i);
    error_group_wait(&group);
    return WAS_AWAKE;
}

TEST(an_error_group_has_the_name_of_its_first_thread)
{
    assert_stalls(stall_in_an_error_group, NULL,
                  HEADING
                  "  main: waiting for wait group \"error group of worker 1\" (2 not done)\n"
                  "  worker 1: " NEVER "  worker 2: " NEVER);
}

static void say_and_end(void)
{
    fputs("on_stall\n", stderr);
    _exit(77);
}

static int stall_with_words(void *unused)
{
    wait_group_init(&never, "test");
    wait_group_add(&never, 2);
    watch_start("test", say_and_end);
    return wait_for_ever();
}

TEST(on_stall_comes_after_the_explanation_and_says_how_it_ends)
{
    struct child child = run_child(stall_with_words, NULL);

    assert_int_equal(child.status, 77);
    assert_string_equal(child.err, HEADING "  main: " NEVER "on_stall\n");
}

/* Different waits. */

static struct channel results, jobs, ends[2];
static struct mutex lock = MUTEX_UNLOCKED("results");

static void *send_for_ever(void *channel)
{
    int item = 0;

    while (channel_send(channel, &item) == 0)
        continue;
    return NULL;
}

static void *receive_for_ever(void *channel)
{
    channel_receive(channel, NULL);
    return NULL;
}

static void *select_for_ever(void *unused)
{
    int item = 0;
    struct channel_case cases[] = {{.channel = &ends[1], .send = &item},
                                   {.channel = NULL},
                                   {.channel = &ends[0]},
                                   {.channel = &ends[1], .send = &item}};
    size_t chosen;

    channel_select(cases, COUNT_OF(cases), &chosen);
    return NULL;
}

static void *wait_in_group(void *group)
{
    be_ready();
    wait_group_wait(group);
    return NULL;
}

static void *hold_and_wait(void *mutex)
{
    mutex_lock(mutex);
    be_ready();
    wait_group_wait(&never);
    return NULL;
}

static void *want(void *mutex)
{
    mutex_lock(mutex);
    mutex_unlock(mutex);
    return NULL;
}

static int stall_in_different_waits(void *unused)
{
    channel_init(&results, "results", sizeof(int), 0);
    channel_init(&jobs, "jobs", sizeof(int), 2);
    channel_init(&ends[0], "first end", sizeof(int), 0);
    channel_init(&ends[1], "other end", sizeof(int), 0);
    start_watch();
    start("article 1", send_for_ever, &results);
    start("submitter", send_for_ever, &jobs);
    start("collector", receive_for_ever, &ends[0]);
    start("chooser", select_for_ever, NULL);
    start("holder", hold_and_wait, &lock);
    wait_until_ready(1);
    start("article 2", want, &lock);
    start("article 3", want, &lock);
    return wait_for_ever();
}

TEST(every_thread_is_named_with_what_it_waits_for)
{
    assert_stalls(
        stall_in_different_waits, NULL,
        HEADING "  main: " NEVER "  article 1: sending to channel \"results\" (no buffer)\n"
                "  submitter: sending to channel \"jobs\" (full: 2 of 2)\n"
                "  collector: receiving from channel \"first end\" (empty, not closed)\n"
                "  chooser: selecting among channels \"other end\", \"first end\"\n"
                "  holder: " NEVER "  article 2: waiting for the lock \"results\", held by holder\n"
                "  article 3: waiting for the lock \"results\", held by holder\n");
}

static int stall_in_own_lock(void *unused)
{
    start_watch();
    mutex_lock(&lock);
    mutex_lock(&lock);
    return WAS_AWAKE;
}

TEST(a_lock_that_is_taken_twice_is_held_by_itself)
{
    assert_stalls(stall_in_own_lock, NULL,
                  HEADING "  main: waiting for the lock \"results\", held by itself\n");
}

static void *hold_and_end(void *mutex)
{
    mutex_lock(mutex);
    be_ready();
    return NULL;
}

static int stall_behind_ended_holder(void *unused)
{
    start_watch();
    start("forgetful", hold_and_end, &lock);
    wait_until_ready(1);
    mutex_lock(&lock);
    return WAS_AWAKE;
}

TEST(a_lock_is_held_by_a_thread_that_has_ended)
{
    assert_stalls(stall_behind_ended_holder, NULL,
                  HEADING "  main: waiting for the lock \"results\", held by forgetful\n");
}

/* The most that are noted, so that the last one is found, too. */
static struct mutex locks[] = {MUTEX_UNLOCKED("first"), MUTEX_UNLOCKED("second"),
                               MUTEX_UNLOCKED("third"), MUTEX_UNLOCKED("fourth")};

static void *hold_all_and_wait(void *unused)
{
    for (size_t i = 0; i < COUNT_OF(locks); i++)
        mutex_lock(&locks[i]);
    /* Given back and taken again: a place that got free is used again. */
    for (size_t i = 1; i < COUNT_OF(locks); i++)
        mutex_unlock(&locks[i]);
    for (size_t i = 1; i < COUNT_OF(locks); i++)
        mutex_lock(&locks[i]);
    be_ready();
    wait_group_wait(&never);
    return NULL;
}

static int stall_behind_holder_of_four(void *unused)
{
    start_watch();
    start("holder", hold_all_and_wait, NULL);
    wait_until_ready(1);
    start("one", want, &locks[1]);
    start("two", want, &locks[3]);
    mutex_lock(&locks[0]);
    return WAS_AWAKE;
}

TEST(the_holder_of_four_locks_is_found_by_each)
{
    assert_stalls(stall_behind_holder_of_four, NULL,
                  HEADING "  main: waiting for the lock \"first\", held by holder\n"
                          "  holder: " NEVER
                          "  one: waiting for the lock \"second\", held by holder\n"
                          "  two: waiting for the lock \"fourth\", held by holder\n");
}

/* Many threads, and those that are no more. */

static int stall_many(void *argument)
{
    const int *count = argument;
    char name[THREAD_NAME_SIZE];

    start_watch();
    for (int i = 1; i <= *count; i++) {
        snprintf(name, sizeof name, "article %d", i);
        start(name, wait_in_group, &never);
    }
    return wait_for_ever();
}

/* The lines of main and so many others. */
static void assert_lists(int threads, int listed, const char *more)
{
    char expected[4096] = HEADING "  main: " NEVER;

    for (int i = 1; i <= listed; i++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
                 "  article %d: " NEVER, i);
    strcat(expected, more);
    assert_stalls(stall_many, &threads, expected);
}

TEST(twenty_four_threads_are_listed)
{
    assert_lists(23, 23, "");
}

TEST(more_than_twenty_four_threads_are_counted)
{
    assert_lists(24, 23, "  and 1 more thread\n");
    assert_lists(29, 23, "  and 6 more threads\n");
}

static void *end_at_once(void *unused)
{
    be_ready();
    return NULL;
}

static int stall_after_others_have_ended(void *unused)
{
    start_watch();
    for (int i = 0; i < 3; i++)
        start("gone", end_at_once, NULL);
    start("left", wait_in_group, &never);
    wait_until_ready(4);
    return wait_for_ever();
}

TEST(threads_that_have_ended_are_no_hope)
{
    assert_stalls(stall_after_others_have_ended, NULL, HEADING "  main: " NEVER "  left: " NEVER);
}

static int stall_after_refused_start(void *unused)
{
    const struct rlimit none = {1, 1};

    start_watch();
    start("left", wait_in_group, &never);
    wait_until_ready(1);
    if (!become_ordinary_user() || setrlimit(RLIMIT_NPROC, &none) != 0 ||
        thread_start(end_at_once, NULL, "refused") != EAGAIN)
        return WAS_AWAKE;
    return wait_for_ever();
}

TEST(a_thread_that_could_not_be_started_is_no_hope)
{
    assert_stalls(stall_after_refused_start, NULL, HEADING "  main: " NEVER "  left: " NEVER);
}

/* Words without an end. */

#define LONG_WORD "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

static struct mutex long_lock = MUTEX_UNLOCKED(LONG_WORD LONG_WORD LONG_WORD);
static struct channel many[CHANNEL_SELECT_MAX];

static void *select_among_many(void *unused)
{
    struct channel_case cases[CHANNEL_SELECT_MAX];
    size_t chosen;

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        cases[i] = (struct channel_case){.channel = &many[i]};
    channel_select(cases, COUNT_OF(cases), &chosen);
    return NULL;
}

static int stall_with_long_names(void *unused)
{
    for (size_t i = 0; i < COUNT_OF(many); i++)
        channel_init(&many[i], LONG_WORD, sizeof(int), 0);
    start_watch();
    start(LONG_WORD, hold_and_wait, &long_lock);
    wait_until_ready(1);
    start("wanter", want, &long_lock);
    start("chooser", select_among_many, NULL);
    return wait_for_ever();
}

TEST(long_names_are_cut_and_a_line_stays_a_line)
{
    char expected[2048], select[1024] = "selecting among channels";

    for (int i = 0; i < 10; i++)
        snprintf(select + strlen(select), sizeof select - strlen(select), "%s \"%.*s\"",
                 i > 0 ? "," : "", CHANNEL_NAME_SIZE - 1, LONG_WORD);
    snprintf(expected, sizeof expected,
             HEADING "  main: " NEVER "  %.*s: " NEVER "  wanter: %.*s, held by %.*s\n"
                     "  chooser: %.*s\n",
             WATCH_NAME_SIZE - 1, LONG_WORD, WATCH_TEXT_SIZE - 1,
             "waiting for the lock \"" LONG_WORD LONG_WORD LONG_WORD "\"", WATCH_NAME_SIZE - 1,
             LONG_WORD, WATCH_TEXT_SIZE - 1, select);
    assert_stalls(stall_with_long_names, NULL, expected);
}

/* Starting, stopping, and doing without. */

TEST(a_stop_where_nothing_runs_does_nothing)
{
    watch_stop();
    watch_start("test", end_stalled);
    watch_stop();
    watch_stop();
}

static int stall_under_second_watch(void *unused)
{
    for (int i = 0; i < 20; i++) {
        watch_start("other", say_and_end);
        watch_stop();
    }
    start_watch();
    return wait_for_ever();
}

TEST(a_watch_that_is_started_again_watches)
{
    assert_stalls(stall_under_second_watch, NULL, HEADING "  main: " NEVER);
}

/* A thread that nobody made a record for does all that can make a thread sleep. */
static void *do_without_record(void *unused)
{
    struct channel_case cases[] = {{.channel = &ends[0]}, {.channel = &ends[1]}};
    size_t chosen;

    if (watch_self() != NULL)
        return NULL;
    be_ready();
    for (int i = 0; i < 6; i++)
        mutex_lock(i < 4 ? &locks[i] : i == 4 ? &lock : &long_lock);
    for (int i = 0; i < 6; i++)
        mutex_unlock(i < 4 ? &locks[i] : i == 4 ? &lock : &long_lock);
    channel_receive(&results, NULL);
    channel_select(cases, COUNT_OF(cases), &chosen);
    wait_group_wait(&never);
    watch_thread_begin(NULL);
    watch_sleep(NULL, NULL);
    watch_wake(NULL);
    watch_thread_end(NULL);
    be_ready();
    return NULL;
}

/* Awake all the time: of who receives the watch knows nothing. */
static void send_awake(struct channel *channel)
{
    int item = 0;

    while (channel_try_send(channel, &item) == EAGAIN)
        clock_sleep_ns(NS_PER_MS);
}

static int run_without_record(void *with_watch)
{
    pthread_t thread;

    channel_init(&results, "results", sizeof(int), 0);
    channel_init(&ends[0], "first end", sizeof(int), 0);
    channel_init(&ends[1], "other end", sizeof(int), 0);
    wait_group_init(&never, "test");
    wait_group_add(&never, 1);
    if (*(bool *)with_watch)
        watch_start("test", end_stalled);
    mutex_lock(&long_lock);
    pthread_create(&thread, NULL, do_without_record, NULL);
    wait_until_ready(1);
    /* Into each of its waits; if it comes later, less is seen. */
    clock_sleep_ns(30 * NS_PER_MS);
    mutex_unlock(&long_lock);
    clock_sleep_ns(30 * NS_PER_MS);
    send_awake(&results);
    clock_sleep_ns(30 * NS_PER_MS);
    send_awake(&ends[1]);
    clock_sleep_ns(30 * NS_PER_MS);
    wait_group_done(&never);
    pthread_join(thread, NULL);
    watch_stop();
    return atomic_load(&ready) == 2 ? 0 : WAS_AWAKE;
}

TEST(a_thread_without_a_record_waits_like_any)
{
    bool without = false, with = true;

    assert_int_equal(run_child(run_without_record, &without).status, 0);
    assert_int_equal(run_child(run_without_record, &with).status, 0);
}

static int stall_with_names_from_outside(void *unused)
{
    static struct channel channel;

    start_watch();
    channel_init(&channel, "a\nb\xC2\x9B\xE2\x80\xAE", sizeof(int), 0);
    start("\x1B[2J\xC3", receive_for_ever, &channel);
    return wait_for_ever();
}

TEST(names_are_shown_and_obeyed_by_no_terminal)
{
    assert_stalls(stall_with_names_from_outside, NULL,
                  HEADING "  main: " NEVER "  \\u001B[2J\\xC3: receiving from channel "
                          "\"a\\nb\\u009B\\u202E\" (empty, not closed)\n");
}
