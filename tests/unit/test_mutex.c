#include "unit.h"

#include "sync/mutex.h"
#include "sync/thread.h"

#include <pthread.h>

/*
 * ThreadSanitizer has its own word on a misused mutex, and comes before the check that is tested
 * here. It still reports races.
 */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_mutex_bugs=0:report_destroy_locked=0";
}

#define THREADS 8
#define TIMES 5000

struct counter {
    struct mutex *lock;
    long count; /* guarded by lock */
};

static void *count(void *argument)
{
    struct counter *counter = argument;

    for (int i = 0; i < TIMES; i++) {
        mutex_lock(counter->lock);
        counter->count++;
        mutex_unlock(counter->lock);
    }
    return NULL;
}

TEST(one_thread_at_a_time_is_behind_a_lock)
{
    struct mutex lock;
    struct counter counter = {.lock = &lock};

    mutex_init(&lock, "counter");
    run_threads(THREADS, count, &counter);
    assert_int_equal(counter.count, (long)THREADS * TIMES);
    mutex_destroy(&lock);
}

static struct mutex static_lock = MUTEX_UNLOCKED("static");

TEST(a_static_mutex_is_ready_for_use)
{
    struct counter counter = {.lock = &static_lock};

    assert_string_equal(static_lock.name, "static");
    run_threads(THREADS, count, &counter);
    assert_int_equal(counter.count, (long)THREADS * TIMES);
}

TEST(locks_are_independent_of_each_other)
{
    struct mutex locks[6]; /* more than the watch notes */

    for (size_t i = 0; i < COUNT_OF(locks); i++)
        mutex_init(&locks[i], "one of six");
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(locks); i++)
            mutex_lock(&locks[i]);
        for (size_t i = 0; i < COUNT_OF(locks); i++)
            mutex_unlock(&locks[i]);
    }
    for (size_t i = 0; i < COUNT_OF(locks); i++)
        mutex_destroy(&locks[i]);
}

TEST(the_name_is_kept_and_not_copied)
{
    static const char name[] = "results";
    struct mutex lock;

    mutex_init(&lock, name);
    assert_ptr_equal(lock.name, name);
    mutex_destroy(&lock);
}

/* A mutex whose errors the system must find. */
static void init_checked(struct mutex *lock)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&lock->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    lock->name = "checked";
}

static int lock_twice(void *unused)
{
    struct mutex lock;

    init_checked(&lock);
    mutex_lock(&lock);
    mutex_lock(&lock);
    return 0;
}

static int unlock_unlocked(void *unused)
{
    struct mutex lock;

    init_checked(&lock);
    mutex_unlock(&lock);
    return 0;
}

static int destroy_locked(void *unused)
{
    struct mutex lock;

    mutex_init(&lock, "locked");
    mutex_lock(&lock);
    mutex_destroy(&lock);
    return 0;
}

TEST(a_call_that_fails_says_where_and_aborts)
{
    assert_aborts(lock_twice, NULL,
                  ": pthread_mutex_lock(&mutex->lock): Resource deadlock avoided\n");
    assert_aborts(unlock_unlocked, NULL,
                  ": pthread_mutex_unlock(&mutex->lock): Operation not permitted\n");
    assert_aborts(destroy_locked, NULL,
                  ": pthread_mutex_destroy(&mutex->lock): Device or resource busy\n");
    assert_aborts(destroy_locked, NULL, "sync/mutex.c:");
}
