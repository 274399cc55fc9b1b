/*
 * A pthread mutex with two additions. It has a name, and each thread notes for the watch which lock
 * it wants and which locks it holds, so that the watch can explain a wait: waiting for the lock
 * "results", held by article 2. And its calls are checked: a call on a pthread mutex fails only
 * through a programmer's error, and then these print where, and abort.
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
 * Makes an unlocked mutex. The caller owns the struct and destroys it. The name is not copied and
 * must outlive the mutex. One thread calls this, before any other uses the mutex.
 */
void mutex_init(struct mutex *mutex, const char *name);

/* Frees what init took. The mutex must be unlocked, and no thread may use it any more. */
void mutex_destroy(struct mutex *mutex);

/* Waits until no thread holds the mutex, and takes it. Any thread that does not hold it already. */
void mutex_lock(struct mutex *mutex);

/*
 * Gives the mutex back. The next thread that takes it can read what this one wrote. The thread that
 * holds it.
 */
void mutex_unlock(struct mutex *mutex);

#endif
