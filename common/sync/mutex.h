/*
 * A pthread mutex with a name, from which each thread notes for the watch which lock it wants and
 * which it holds: waiting for the lock "results", held by article 2. A call that only a
 * programmer's error can make wrong prints where, and aborts.
 *
 * Unlike Go's, which any goroutine may unlock, a lock belongs to the thread that took it.
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct mutex {
    pthread_mutex_t lock;
    atomic_ulong holder; /* its thread_number(); 0: no thread holds it */
    const char *name;
    /* For the timeline: the thread that gave it back last, and when. Guarded by lock. */
    int released_by;
    int64_t released_ns;
};

/* The initial value of a static mutex, which needs no mutex_init() and no mutex_destroy(). */
#define MUTEX_UNLOCKED(called)                              \
    {                                                       \
        .lock = PTHREAD_MUTEX_INITIALIZER, .name = (called) \
    }

/*
 * Makes an unlocked mutex. The caller owns the struct and destroys it. The name is not copied, and
 * must outlive the mutex. One thread, before any other uses the mutex. Ends the process without
 * memory.
 */
void mutex_init(struct mutex *mutex, const char *name);

/*
 * Frees what init took. No thread may use the mutex any more; a locked one aborts. Not for a static
 * one, which needs none.
 */
void mutex_destroy(struct mutex *mutex);

/*
 * Waits until no thread holds the mutex, and takes it. A thread that holds it already waits for
 * itself for ever, as in Go; once all others sleep, too, the watch says: held by itself. Any
 * thread.
 */
void mutex_lock(struct mutex *mutex);

/*
 * Gives it back: the next thread that takes it can read what this one wrote. Only the holder may
 * call it: a call by another thread, or on an unlocked mutex, aborts.
 */
void mutex_unlock(struct mutex *mutex);

#endif
