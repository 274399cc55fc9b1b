/*
 * A mutex is pthread's, with three things added. It has a name, and each thread notes for the watch
 * which lock it wants and which it holds, so that a wait can be explained ("waiting for the lock
 * "results", held by article 2"). And its calls are checked: a pthread lock call fails only through
 * a programmer's error; then these print where, and abort.
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include "observe/watch.h"
#include "sync/check.h"

#include <pthread.h>

struct mutex {
    pthread_mutex_t lock;
    const char *name;
};

/* For static ones, which nobody has to destroy. */
#define MUTEX_UNLOCKED(called)                              \
    {                                                       \
        .lock = PTHREAD_MUTEX_INITIALIZER, .name = (called) \
    }

/*
 * Makes an unlocked mutex. The caller owns the struct, and destroys it; the name is not copied and
 * must outlive it. One thread, before any other uses it.
 */
static inline void mutex_init(struct mutex *mutex, const char *name)
{
    CHECK_CALL(pthread_mutex_init(&mutex->lock, NULL));
    mutex->name = name;
}

/* Once it is unlocked, and nobody will come for it any more. */
static inline void mutex_destroy(struct mutex *mutex)
{
    CHECK_CALL(pthread_mutex_destroy(&mutex->lock));
}

/* Waits until no thread holds it, and takes it. Any thread that does not hold it already. */
static inline void mutex_lock(struct mutex *mutex)
{
    watch_want_lock(mutex, mutex->name);
    CHECK_CALL(pthread_mutex_lock(&mutex->lock));
    watch_hold_lock(mutex);
}

/* Gives it back: what was written under it can be read by whoever takes it next. The holder. */
static inline void mutex_unlock(struct mutex *mutex)
{
    watch_release_lock(mutex);
    CHECK_CALL(pthread_mutex_unlock(&mutex->lock));
}

#endif
