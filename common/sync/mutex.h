/*
 * A pthread mutex with a name, from which each thread notes for the watch which lock it wants and
 * which it holds: waiting for the lock "results", held by article 2. Its calls are checked: one
 * that fails, which only a programmer's error can cause, prints where, and aborts.
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include <pthread.h>

struct mutex {
    pthread_mutex_t lock;
    const char *name;
};

/* The initial value of a static mutex, which needs no mutex_init() and no mutex_destroy(). */
#define MUTEX_UNLOCKED(called)                              \
    {                                                       \
        .lock = PTHREAD_MUTEX_INITIALIZER, .name = (called) \
    }

/*
 * Makes an unlocked mutex. The caller owns the struct and destroys it. The name is not copied, and
 * must outlive the mutex. One thread, before any other uses the mutex.
 */
void mutex_init(struct mutex *mutex, const char *name);

/* Frees what init took. The mutex must be unlocked, and no thread may use it any more. */
void mutex_destroy(struct mutex *mutex);

/* Waits until no thread holds the mutex, and takes it. Any thread that does not hold it already. */
void mutex_lock(struct mutex *mutex);

/* Gives it back: the next thread that takes it can read what this one wrote. Its holder. */
void mutex_unlock(struct mutex *mutex);

#endif
