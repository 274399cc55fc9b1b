#include "sync/mutex.h"

#include "observe/watch.h"
#include "sync/check.h"
#include "sync/memory.h"
#include "sync/thread.h"

/*
 * Relaxed, here and below: the holder reads what it wrote itself, and any other thread reads 0 or
 * the number of another. So it orders nothing that the lock does not order.
 */
static unsigned long holder_of(const struct mutex *mutex)
{
    return atomic_load_explicit(&mutex->holder, memory_order_relaxed);
}

void mutex_init(struct mutex *mutex, const char *name)
{
    memory_check(pthread_mutex_init(&mutex->lock, NULL), "lock", name);
    atomic_init(&mutex->holder, 0);
    mutex->name = name;
}

void mutex_destroy(struct mutex *mutex)
{
    CHECK_CALLER(holder_of(mutex) == 0, "mutex_destroy: a thread holds the lock");
    CHECK_CALL(pthread_mutex_destroy(&mutex->lock));
}

void mutex_lock(struct mutex *mutex)
{
    watch_want_lock(mutex, mutex->name);
    CHECK_CALL(pthread_mutex_lock(&mutex->lock));
    atomic_store_explicit(&mutex->holder, thread_number(), memory_order_relaxed);
    watch_hold_lock(mutex);
}

void mutex_unlock(struct mutex *mutex)
{
    CHECK_CALLER(holder_of(mutex) != 0, "mutex_unlock: the lock is not locked");
    CHECK_CALLER(holder_of(mutex) == thread_number(),
                 "mutex_unlock: another thread holds the lock");
    watch_release_lock(mutex);
    atomic_store_explicit(&mutex->holder, 0, memory_order_relaxed);
    CHECK_CALL(pthread_mutex_unlock(&mutex->lock));
}
