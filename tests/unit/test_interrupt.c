#include "unit.h"

#include "lesson/interrupt.h"
#include "news/llm_meters.h"
#include "observe/log.h"
#include "sync/cancel.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define FIRST "test: interrupted: shutting down; a second signal ends it now\n"
#define LAST "test: interrupted: 0 of 3 articles done, 0 of 9 LLM calls\n"

enum { WRONG = 100 };

/* Of a child: what its threads use outlives them. */
static struct llm_meters meters;
static struct cancel cancel;

/* In a child: ends it if something is wrong. */
static void check(bool is_right)
{
    if (!is_right)
        _exit(WRONG);
}

static void begin(void)
{
    log_init("test");
    interrupt_init(&meters, 3);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    check(interrupt_cancels(&cancel) == 0 && cancel_reason(&cancel) == 0);
}

/* Returns the signal that has cancelled, or 0. */
static int finish(void)
{
    interrupt_cancels_no_more();
    return interrupt_signal();
}

/* Sends the signal, and waits until the waiting thread has cancelled. */
static void interrupt(int signal_number)
{
    kill(getpid(), signal_number);
    check(cancel_sleep_until(&cancel, DEADLINE_NEVER) == ECANCELED);
    check(cancel_reason(&cancel) == EINTR);
}

/* Sends the signal three times, and nothing is cancelled. */
static void interrupt_in_vain(int signal_number)
{
    for (int i = 0; i < 3; i++)
        kill(getpid(), signal_number);
    check(cancel_sleep_until(&cancel, clock_now_ns() + 100 * NS_PER_MS) == 0);
}

static int interrupt_once(void *signal_number)
{
    begin();
    interrupt(*(int *)signal_number);
    return finish();
}

static int interrupt_twice(void *signal_numbers)
{
    const int *numbers = signal_numbers;

    begin();
    interrupt(numbers[0]);
    kill(getpid(), numbers[1]);
    pause();
    return WRONG;
}

static int interrupt_never(void *unused)
{
    begin();
    return finish();
}

static int end_what_never_began(void *unused)
{
    return finish();
}

/* Afterwards a signal ends the program, as it did before. */
static int interrupt_afterwards(void *unused)
{
    begin();
    check(finish() == 0);
    kill(getpid(), SIGTERM);
    return WRONG;
}

static int ignore_one(void *unused)
{
    int first;

    signal(SIGINT, SIG_IGN); /* as nohup does, before the program starts */
    begin();
    interrupt_in_vain(SIGINT);
    interrupt(SIGHUP);
    first = finish();
    kill(getpid(), SIGINT); /* yet */
    return first;
}

/* The signal is meant for one of the other threads, and wakes the others all the same. */
static atomic_int woken;

static void *work(void *unused)
{
    if (cancel_sleep_until(&cancel, DEADLINE_NEVER) == ECANCELED)
        atomic_fetch_add(&woken, 1);
    return NULL;
}

static int wake_all(void *unused)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];

    begin();
    for (int i = 0; i < THREADS; i++)
        check(thread_start_joinable(&threads[i], work, NULL, "worker") == 0);
    interrupt(SIGINT);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    check(finish() == SIGINT);
    return atomic_load(&woken);
}

/* A user's signal wakes the waiting thread, and is nothing to it. */
static int send_user_signal(void *unused)
{
    begin();
    interrupt_in_vain(SIGUSR1);
    return finish();
}

static int interrupt_two_runs(void *unused)
{
    for (int i = 0; i < 2; i++) {
        begin();
        interrupt(SIGTERM);
        check(finish() == SIGTERM);
        cancel_destroy(&cancel);
    }
    return 0;
}

static void assert_ends(int (*run)(void *argument), void *argument, int status, int signal_number,
                        const char *expected)
{
    struct child child = run_child(run, argument);

    assert_string_equal(child.out, "");
    assert_string_equal(child.err, expected);
    assert_int_equal(child.signal, signal_number);
    if (signal_number == 0)
        assert_int_equal(child.status, status);
}

TEST(the_first_signal_cancels_and_is_told)
{
    static int signals[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < COUNT_OF(signals); i++)
        assert_ends(interrupt_once, &signals[i], signals[i], 0, FIRST);
}

TEST(the_second_signal_ends_it)
{
    static int pairs[][2] = {{SIGINT, SIGINT}, {SIGINT, SIGTERM}, {SIGTERM, SIGHUP}};

    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        assert_ends(interrupt_twice, pairs[i], 0, pairs[i][1], FIRST LAST);
}

TEST(without_a_signal_nothing_is_cancelled)
{
    assert_ends(interrupt_never, NULL, 0, 0, "");
    assert_ends(end_what_never_began, NULL, 0, 0, "");
}

TEST(afterwards_a_signal_ends_it_as_before)
{
    assert_ends(interrupt_afterwards, NULL, 0, SIGTERM, LAST);
}

TEST(what_was_ignored_stays_ignored)
{
    assert_ends(ignore_one, NULL, SIGHUP, 0, FIRST);
}

TEST(all_threads_are_woken)
{
    assert_ends(wake_all, NULL, 8, 0, FIRST);
}

TEST(a_users_signal_cancels_nothing)
{
    assert_ends(send_user_signal, NULL, 0, 0, "");
}

TEST(each_run_can_be_interrupted)
{
    assert_ends(interrupt_two_runs, NULL, 0, 0, FIRST FIRST);
}
