#include "unit.h"

#include "sync/mutex.h"
#include "sync/thread.h"

#include <pthread.h>

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

/* Misuse, of a mutex that was made and of a static one. */

enum misuse { UNLOCK_UNLOCKED, UNLOCK_TWICE, UNLOCK_ANOTHERS, UNLOCK_OF_ENDED, DESTROY_LOCKED };

static struct mutex misused;

static void *take(void *unused)
{
    mutex_lock(&misused);
    return NULL;
}

static void *give_back(void *unused)
{
    mutex_unlock(&misused);
    return NULL;
}

/* The second gets the stack of the first, and with it all addresses. */
static void run_one_thread(void *(*run)(void *argument))
{
    pthread_t thread;

    if (thread_start_joinable(&thread, run, NULL, "test") == 0)
        pthread_join(thread, NULL);
}

static int misuse(void *argument)
{
    enum misuse misuse = *(const enum misuse *)argument;

    if (misuse >= UNLOCK_TWICE && misuse != UNLOCK_OF_ENDED)
        mutex_lock(&misused);
    if (misuse == UNLOCK_TWICE)
        mutex_unlock(&misused);
    if (misuse == UNLOCK_OF_ENDED)
        run_one_thread(take);
    if (misuse == UNLOCK_ANOTHERS || misuse == UNLOCK_OF_ENDED)
        run_one_thread(give_back);
    else if (misuse == DESTROY_LOCKED)
        mutex_destroy(&misused);
    else
        mutex_unlock(&misused);
    return 0;
}

TEST(misuse_says_where_and_aborts)
{
    static const char *const texts[] = {
        [UNLOCK_UNLOCKED] = ": mutex_unlock: the lock is not locked\n",
        [UNLOCK_TWICE] = ": mutex_unlock: the lock is not locked\n",
        [UNLOCK_ANOTHERS] = ": mutex_unlock: another thread holds the lock\n",
        [UNLOCK_OF_ENDED] = ": mutex_unlock: another thread holds the lock\n",
        [DESTROY_LOCKED] = ": mutex_destroy: a thread holds the lock\n",
    };
    static const struct mutex as_static = MUTEX_UNLOCKED("static");

    for (enum misuse one = 0; one < COUNT_OF(texts); one++) {
        misused = as_static;
        assert_aborts(misuse, &one, texts[one]);
        mutex_init(&misused, "made");
        assert_aborts(misuse, &one, texts[one]);
        assert_aborts(misuse, &one, "sync/mutex.c:");
        mutex_destroy(&misused);
    }
}
