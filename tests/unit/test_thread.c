#define _GNU_SOURCE /* pthread_getattr_np */
#include "unit.h"

#include "system/clock.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
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

static void a_thread_runs_with_its_argument(void **state)
{
    atomic_int counter = 0;

    (void)state;
    assert_int_equal(thread_start("test", add_one, &counter), 0);
    wait_for_all();
    assert_int_equal(atomic_load(&counter), 1);
}

static void *return_argument(void *argument)
{
    return argument;
}

static void a_joinable_thread_hands_back_its_return(void **state)
{
    int something;
    void *returned = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(thread_start_joinable(&thread, "test", return_argument, &something), 0);
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

static void a_started_thread_is_detached_and_has_a_small_stack(void **state)
{
    struct attributes read;

    (void)state;
    assert_int_equal(thread_start("test", read_attributes, &read), 0);
    wait_for_all();
    assert_int_equal(read.error, 0);
    assert_int_equal(read.detach_state, PTHREAD_CREATE_DETACHED);
    /* A sanitizer adds to it what it needs itself; the system's default is 8 MiB. */
    assert_in_range(read.stack_size, THREAD_STACK_SIZE, 1024 * 1024);
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
    wait_group_init(&hold);
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

static void a_thread_has_a_copy_of_its_name(void **state)
{
    char *name = malloc(THREAD_NAME_SIZE);

    (void)state;
    hold_threads();
    strcpy(name, "article 7");
    assert_int_equal(thread_start(name, wait_on_hold, NULL), 0);
    memset(name, '#', THREAD_NAME_SIZE);
    free(name);
    wait_until_arrived(1);
    assert_true(has_thread_named("article 7"));
    let_threads_go();
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    hold_threads();
    assert_int_equal(
        thread_start("a name that is longer than THREAD_NAME_SIZE by far", wait_on_hold, NULL), 0);
    wait_until_arrived(1);
    assert_true(has_thread_named("a name that is "));
    let_threads_go();
}

static void two_hundred_threads_are_counted_while_they_live(void **state)
{
    enum { COUNT = 200 };
    size_t started = threads_started();

    (void)state;
    hold_threads();
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(thread_start("test", wait_on_hold, NULL), 0);
        assert_int_equal(threads_alive(), i + 1);
    }
    wait_until_arrived(COUNT);
    assert_int_equal(threads_alive(), COUNT);
    let_threads_go();
    assert_int_equal(threads_started() - started, COUNT);
}

static void a_thousand_threads_run_one_after_the_other(void **state)
{
    size_t started = threads_started();
    atomic_int counter = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(thread_start("test", add_one, &counter), 0);
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
static void what_threads_wrote_is_readable_once_none_is_alive(void **state)
{
    int slots[50] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        assert_int_equal(thread_start("test", write_slot, &slots[i]), 0);
    wait_for_all();
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        assert_int_equal(slots[i], 42);
}

/* Starts threads that stay until one is refused; the limit may be another process's doing too. */
static int start_until_refused(void *unused)
{
    const struct rlimit few = {10, 10};
    size_t started = threads_started(), alive_then = 0;
    int error = 0, refused;

    (void)unused;
    if (!become_ordinary_user() || setrlimit(RLIMIT_NPROC, &few) != 0)
        return 1;
    hold_threads();
    if (threads_refused(&alive_then) != 0)
        return 2;
    for (int i = 0; i < 20 && error == 0; i++)
        error = thread_start("test", wait_on_hold, NULL);
    started = threads_started() - started;
    refused = threads_refused(&alive_then);
    if (started >= 10 || threads_alive() != started || alive_then != started || refused != error)
        return 3;
    let_threads_go();
    return threads_refused(&alive_then) == error && alive_then == started ? error : 4;
}

static void a_refused_start_is_told_and_kept_with_how_many_there_were(void **state)
{
    struct child child = run_child(start_until_refused, NULL);

    (void)state;
    assert_int_equal(child.status, EAGAIN);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_runs_with_its_argument),
        cmocka_unit_test(a_joinable_thread_hands_back_its_return),
        cmocka_unit_test(a_started_thread_is_detached_and_has_a_small_stack),
        cmocka_unit_test(a_thread_has_a_copy_of_its_name),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(two_hundred_threads_are_counted_while_they_live),
        cmocka_unit_test(a_thousand_threads_run_one_after_the_other),
        cmocka_unit_test(what_threads_wrote_is_readable_once_none_is_alive),
        cmocka_unit_test(a_refused_start_is_told_and_kept_with_how_many_there_were),
    };

    return UNIT_RUN(tests, argc, argv);
}
