#include "sync/mutex.h"

#include "observe/timeline.h"
#include "observe/watch.h"
#include "sync/check.h"
#include "sync/memory.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <stdio.h>

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
    mutex->released_by = TIMELINE_NOBODY;
    mutex->released_ns = 0;
}

void mutex_destroy(struct mutex *mutex)
{
    CHECK_CALLER(holder_of(mutex) == 0, "mutex_destroy: a thread holds the lock");
    CHECK_CALL(pthread_mutex_destroy(&mutex->lock));
}

/* Notes that the thread wants the lock, or, as the holder, that it has it or is to give it back. */
static void note(const struct mutex *mutex, enum timeline_kind kind)
{
    struct timeline_event event = {.kind = (uint8_t)kind, .object = mutex, .wait = TIMELINE_LOCK};

    if (kind == TIMELINE_HOLDS) {
        event.other = mutex->released_by;
        event.other_ns = mutex->released_ns;
    }
    snprintf(event.name, sizeof event.name, "%s", mutex->name);
    timeline_note(&event);
}

void mutex_lock(struct mutex *mutex)
{
    bool is_noted = timeline_is_on();

    watch_want_lock(mutex, mutex->name);
    if (is_noted)
        note(mutex, TIMELINE_WAITS);
    CHECK_CALL(pthread_mutex_lock(&mutex->lock));
    if (is_noted)
        note(mutex, TIMELINE_HOLDS);
    atomic_store_explicit(&mutex->holder, thread_number(), memory_order_relaxed);
    watch_hold_lock(mutex);
}

void mutex_unlock(struct mutex *mutex)
{
    CHECK_CALLER(holder_of(mutex) != 0, "mutex_unlock: the lock is not locked");
    CHECK_CALLER(holder_of(mutex) == thread_number(),
                 "mutex_unlock: another thread holds the lock");
    if (timeline_is_on()) {
        note(mutex, TIMELINE_RELEASES);
        mutex->released_by = timeline_self();
        mutex->released_ns = clock_now_ns();
    }
    watch_release_lock(mutex);
    atomic_store_explicit(&mutex->holder, 0, memory_order_relaxed);
    CHECK_CALL(pthread_mutex_unlock(&mutex->lock));
}
