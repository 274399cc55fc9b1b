#define _GNU_SOURCE /* pthread_getattr_np */
#include "unit.h"

#include "observe/watch.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void wait_for_all(void)
{
    while (threads_alive() > 0)
        clock_sleep_ns(10 * NS_PER_US);
}

static void *add_one(void *argument)
{
    atomic_fetch_add_explicit((atomic_int *)argument, 1, memory_order_relaxed);
    return NULL;
}

TEST(a_thread_runs_with_its_argument)
{
    atomic_int counter = 0;

    assert_int_equal(thread_start(add_one, &counter, "test"), 0);
    wait_for_all();
    assert_int_equal(atomic_load(&counter), 1);
}

static void *return_argument(void *argument)
{
    return argument;
}

TEST(a_joinable_thread_hands_back_its_return)
{
    int something;
    void *returned = NULL;
    pthread_t thread;

    assert_int_equal(thread_start_joinable(&thread, return_argument, &something, "test"), 0);
    assert_int_equal(pthread_join(thread, &returned), 0);
    assert_ptr_equal(returned, &something);
    assert_int_equal(threads_alive(), 0);
}

struct attributes {
    int error, detach_state;
    size_t stack_size;
};

static void *read_attributes(void *argument)
{
    struct attributes *read = argument;
    pthread_attr_t attributes;

    read->error = pthread_getattr_np(pthread_self(), &attributes);
    if (read->error == 0) {
        pthread_attr_getdetachstate(&attributes, &read->detach_state);
        pthread_attr_getstacksize(&attributes, &read->stack_size);
        pthread_attr_destroy(&attributes);
    }
    return NULL;
}

TEST(a_started_thread_is_detached_and_has_a_small_stack)
{
    struct attributes read;

    assert_int_equal(thread_start(read_attributes, &read, "test"), 0);
    wait_for_all();
    assert_int_equal(read.error, 0);
    assert_int_equal(read.detach_state, PTHREAD_CREATE_DETACHED);
    /* A sanitizer adds to it what it needs itself; the system's default is 8 MiB. */
    assert_between(read.stack_size, THREAD_STACK_SIZE, 1024 * 1024);
}

/* Threads that have come to where they are held, and what holds them: no zero, no way on. */
static atomic_size_t arrived;
static struct wait_group hold;

static void *wait_on_hold(void *argument)
{
    atomic_fetch_add(&arrived, 1);
    wait_group_wait(&hold);
    return argument;
}

static void hold_threads(void)
{
    atomic_store(&arrived, 0);
    wait_group_init(&hold, "test");
    wait_group_add(&hold, 1);
}

static void let_threads_go(void)
{
    wait_group_done(&hold);
    wait_for_all();
    wait_group_destroy(&hold);
}

static void wait_until_arrived(size_t count)
{
    while (atomic_load(&arrived) < count)
        clock_sleep_ns(NS_PER_MS);
}

/* Whether a thread of this process has the name, as a debugger sees it. */
static bool has_thread_named(const char *name)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    bool found = false;

    assert_non_null(tasks);
    while ((task = readdir(tasks)) != NULL) {
        char path[300], comm[32] = "";
        FILE *file;

        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fgets(comm, sizeof comm, file) != NULL)
            comm[strcspn(comm, "\n")] = '\0';
        found = found || strcmp(comm, name) == 0;
        fclose(file);
    }
    closedir(tasks);
    return found;
}

TEST(a_thread_has_a_copy_of_its_name)
{
    char *name = malloc(THREAD_NAME_SIZE);

    hold_threads();
    strcpy(name, "article 7");
    assert_int_equal(thread_start(wait_on_hold, NULL, "%s", name), 0);
    memset(name, '#', THREAD_NAME_SIZE);
    free(name);
    wait_until_arrived(1);
    assert_true(has_thread_named("article 7"));
    let_threads_go();
}

TEST(a_long_name_is_cut)
{
    hold_threads();
    assert_int_equal(
        thread_start(wait_on_hold, NULL, "a name that is longer than THREAD_NAME_SIZE by far"), 0);
    wait_until_arrived(1);
    assert_true(has_thread_named("a name that is "));
    let_threads_go();
}

TEST(two_hundred_threads_are_counted_while_they_live)
{
    enum { COUNT = 200 };
    size_t started = threads_started();

    hold_threads();
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(thread_start(wait_on_hold, NULL, "test"), 0);
        assert_int_equal(threads_alive(), i + 1);
    }
    wait_until_arrived(COUNT);
    assert_int_equal(threads_alive(), COUNT);
    let_threads_go();
    assert_int_equal(threads_started() - started, COUNT);
}

TEST(a_thousand_threads_run_one_after_the_other)
{
    size_t started = threads_started();
    atomic_int counter = 0;

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(thread_start(add_one, &counter, "test"), 0);
        wait_for_all();
    }
    assert_int_equal(atomic_load(&counter), 1000);
    assert_int_equal(threads_started() - started, 1000);
}

static void *write_slot(void *argument)
{
    *(int *)argument = 42;
    return NULL;
}

/* ThreadSanitizer is the judge here: nothing else orders the writes before the reads. */
TEST(what_threads_wrote_is_readable_once_none_is_alive)
{
    int slots[50] = {0};

    for (size_t i = 0; i < COUNT_OF(slots); i++)
        assert_int_equal(thread_start(write_slot, &slots[i], "test"), 0);
    wait_for_all();
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        assert_int_equal(slots[i], 42);
}

/* Names. */

struct named {
    char name[THREAD_NAME_SIZE];
    bool is_the_same; /* at a second look, and its own, not another thread's */
};

static void *read_name(void *argument)
{
    struct named *named = argument;
    const char *name = thread_name();

    snprintf(named->name, sizeof named->name, "%s", name);
    named->is_the_same = thread_name() == name && strcmp(name, named->name) == 0;
    return NULL;
}

TEST(a_thread_knows_its_name)
{
    struct named named[20];

    for (size_t i = 0; i < COUNT_OF(named); i++)
        assert_int_equal(thread_start(read_name, &named[i], "%s %zu of %d", "worker", i, 20), 0);
    wait_for_all();
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        char expected[THREAD_NAME_SIZE];

        snprintf(expected, sizeof expected, "worker %zu of 20", i);
        assert_string_equal(named[i].name, expected);
        assert_true(named[i].is_the_same);
    }
}

TEST(it_knows_more_of_a_long_name_than_the_kernel_but_not_all)
{
    struct named named;

    assert_int_equal(thread_start(read_name, &named, "%s", "a name that is longer than its room"),
                     0);
    wait_for_all();
    assert_string_equal(named.name, "a name that is longer than its ");
    assert_int_equal(strlen(named.name), THREAD_NAME_SIZE - 1);
}

TEST(a_joinable_thread_knows_its_name)
{
    struct named named;
    pthread_t thread;

    assert_int_equal(thread_start_joinable(&thread, read_name, &named, "number %d", 7), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    wait_for_all();
    assert_string_equal(named.name, "number 7");
}

TEST(main_is_called_main_and_a_foreign_thread_thread)
{
    struct named named;
    pthread_t thread;

    assert_string_equal(thread_name(), "main");
    assert_int_equal(pthread_create(&thread, NULL, read_name, &named), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(named.name, "thread");
    assert_true(named.is_the_same);
}

/* Copies. */

struct copied {
    max_align_t aligned;
    const void *original;
    atomic_int *sum;
    int value;
    unsigned char bytes[1000];
};

static void *check_and_add(void *argument)
{
    const struct copied *copied = argument;
    bool is_right =
        argument != copied->original && (uintptr_t)argument % _Alignof(max_align_t) == 0;

    for (size_t i = 0; i < sizeof copied->bytes; i++)
        is_right = is_right && copied->bytes[i] == copied->value;
    atomic_fetch_add(copied->sum, is_right ? copied->value : 1000000);
    return NULL;
}

/* AddressSanitizer judges whether all are freed, ThreadSanitizer that no thread shares its copy. */
TEST(each_thread_has_a_copy_of_its_argument)
{
    atomic_int sum = 0;
    struct copied copied = {.original = &copied, .sum = &sum};

    for (copied.value = 1; copied.value <= 100; copied.value++) {
        memset(copied.bytes, copied.value, sizeof copied.bytes);
        assert_int_equal(
            thread_start_copy(check_and_add, &copied, sizeof copied, "number %d", copied.value), 0);
    }
    wait_for_all();
    assert_int_equal(atomic_load(&sum), 5050);
}

static atomic_int last_byte;

static void *read_byte(void *argument)
{
    atomic_store(&last_byte, *(unsigned char *)argument);
    return NULL;
}

TEST(a_copy_may_be_a_byte_or_nothing)
{
    assert_int_equal(thread_start_copy(read_byte, "x", 1, "byte"), 0);
    wait_for_all();
    assert_int_equal(atomic_load(&last_byte), 'x');
    atomic_store(&last_byte, 0);
    hold_threads();
    assert_int_equal(thread_start_copy(wait_on_hold, "", 0, "nothing"), 0);
    wait_until_arrived(1);
    let_threads_go();
}

/* In a child: it is a failed start that is kept. */
static int copy_too_much(void *unused)
{
    size_t alive = 7;
    int error = thread_start_copy(add_one, "", SIZE_MAX, "too much");

    if (error == ENOMEM && threads_refused(&alive) == ENOMEM && alive == 0 && malloc_can_fail())
        error = thread_start_copy(add_one, "", SIZE_MAX / 2, "too much");
    return threads_started() == 0 && threads_alive() == 0 ? error : 1;
}

TEST(without_memory_for_a_copy_nothing_is_started)
{
    struct child child = run_child(copy_too_much, NULL);

    assert_int_equal(child.status, ENOMEM);
    assert_string_equal(child.err, "");
}

/* Starts threads that stay until one is refused; the limit may be another process's doing too. */
static int start_until_refused(void *unused)
{
    const struct rlimit few = {10, 10};
    size_t started = threads_started(), alive_then = 0;
    int error = 0, refused;

    if (!become_ordinary_user() || setrlimit(RLIMIT_NPROC, &few) != 0)
        return 1;
    hold_threads();
    if (threads_refused(&alive_then) != 0 || watch_start("test", abort) != 0)
        return 2;
    for (int i = 0; i < 20 && error == 0; i++)
        error = thread_start(wait_on_hold, NULL, "test");
    started = threads_started() - started;
    refused = threads_refused(&alive_then);
    if (started >= 10 || threads_alive() != started || alive_then != started || refused != error)
        return 3;
    /* Beside them there are main, the watch, and what a sanitizer keeps. */
    if (threads_in_process_when_refused() < started + 2)
        return 5;
    let_threads_go();
    watch_stop();
    return threads_refused(&alive_then) == error && alive_then == started ? error : 4;
}

TEST(a_refused_start_is_told_and_kept_with_how_many_there_were)
{
    struct child child = run_child(start_until_refused, NULL);

    assert_int_equal(child.status, EAGAIN);
}
