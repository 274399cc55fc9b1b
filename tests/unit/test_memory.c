#define _GNU_SOURCE /* RTLD_NEXT */
#include "unit.h"

#include "observe/log.h"
#include "sync/error_group.h"
#include "sync/memory.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/token_bucket.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* The system's calls that make an object. This program's own ones come before the system's. */
static bool is_memory_full;

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    void *symbol = dlsym(RTLD_NEXT, "pthread_mutex_init");
    int (*init)(pthread_mutex_t *, const pthread_mutexattr_t *);

    memcpy(&init, &symbol, sizeof init);
    return is_memory_full ? ENOMEM : init(mutex, attributes);
}

int pthread_attr_init(pthread_attr_t *attributes)
{
    void *symbol = dlsym(RTLD_NEXT, "pthread_attr_init");
    int (*init)(pthread_attr_t *);

    memcpy(&init, &symbol, sizeof init);
    return is_memory_full ? ENOMEM : init(attributes);
}

/* The child that runs this ends with status 1 and this one line. */
static void assert_ends_with(int (*run)(void *unused), const char *line)
{
    struct child child = run_child(run, NULL);

    assert_string_equal(child.err, line);
    assert_int_equal(child.signal, 0);
    assert_int_equal(child.status, 1);
    assert_string_equal(child.out, "shown before\n");
}

static void fill_memory(void)
{
    log_init("program");
    printf("shown before\n");
    is_memory_full = true;
}

static int make_mutex(void *unused)
{
    struct mutex mutex;

    fill_memory();
    mutex_init(&mutex, "results");
    return 0;
}

static int make_error_group(void *unused)
{
    struct error_group group;

    fill_memory();
    error_group_init(&group, NULL);
    return 0;
}

static int make_token_bucket(void *unused)
{
    struct token_bucket bucket;

    fill_memory();
    token_bucket_init(&bucket, 1, 1);
    return 0;
}

static int sleep_for_ever(void *unused)
{
    struct wait_group group;

    fill_memory();
    wait_group_init(&group, "test");
    wait_group_add(&group, 1);
    wait_group_wait(&group);
    return 0;
}

static int sleep_for_a_while(void *unused)
{
    struct channel channel;

    fill_memory();
    channel_init(&channel, "test", 1, 0);
    channel_receive_until(&channel, NULL, clock_now_ns() + FAR_NS);
    return 0;
}

TEST(without_memory_for_an_object_a_line_says_which_and_ends_the_process)
{
#define NO_MEMORY " could not be made: Cannot allocate memory\n"
    assert_ends_with(make_mutex, "program: the lock \"results\"" NO_MEMORY);
    assert_ends_with(make_error_group, "program: the lock \"error group\"" NO_MEMORY);
    assert_ends_with(make_token_bucket, "program: the lock \"token bucket\"" NO_MEMORY);
    assert_ends_with(sleep_for_ever,
                     "program: the condition variable of thread \"main\"" NO_MEMORY);
    assert_ends_with(sleep_for_a_while,
                     "program: the condition variable of thread \"main\"" NO_MEMORY);
}

static int make_a_channel_too_large(void *unused)
{
    struct channel channel;

    fill_memory();
    channel_init(&channel, "jobs", 1000, SIZE_MAX / 2);
    return 0;
}

TEST(without_memory_for_items_a_line_says_how_many_and_ends_the_process)
{
    char line[128];

    snprintf(line, sizeof line,
             "program: no memory for channel \"jobs\": %zu items of 1000 bytes\n", SIZE_MAX / 2);
    assert_ends_with(make_a_channel_too_large, line);
}

static void *count(void *number)
{
    ++*(int *)number;
    return NULL;
}

static int do_nothing(void *unused)
{
    return 0;
}

TEST(without_memory_for_what_a_thread_starts_with_the_start_fails)
{
    struct error_group group;
    pthread_t thread;
    int number = 0;
    size_t alive;

    error_group_init(&group, NULL);
    is_memory_full = true;
    assert_int_equal(thread_start(count, &number, "test"), ENOMEM);
    assert_int_equal(thread_start_copy(count, &number, sizeof number, "test"), ENOMEM);
    assert_int_equal(thread_start_joinable(&thread, count, &number, "test"), ENOMEM);
    assert_int_equal(error_group_go(&group, do_nothing, NULL, "test"), ENOMEM);
    is_memory_full = false;
    assert_int_equal(threads_refused(&alive), ENOMEM);
    assert_int_equal(threads_alive(), 0);
    assert_int_equal(error_group_wait(&group), ENOMEM);
    error_group_destroy(&group);
    assert_int_equal(number, 0);
}
