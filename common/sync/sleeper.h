/*
 * One wait of one thread for one wake-up, under channels and wait groups, on the waiting thread's
 * stack. The waker needs its address and no lock of an object. So a thread can wait for several
 * objects at once, and an object may be destroyed before its last waiter has noticed that it is
 * awake. As Rust's thread::park and the notes of Go's runtime.
 *
 * A thread first yields its processor a few times. That costs far less than being put to sleep and
 * woken by the kernel, and mostly the other side is ready by then.
 */
#ifndef SYNC_SLEEPER_H
#define SYNC_SLEEPER_H

#include "observe/timeline.h"
#include "observe/watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often a waiting thread yields its processor before it sleeps. */
#define SLEEPER_PATIENCE 32

/* The deadline of a wait that has none. */
#define DEADLINE_NEVER INT64_MAX

struct sleeper {
    atomic_int state;            /* one of sleeper.c's enum state */
    int patience;                /* how often it yields first; may be lowered before the wait */
    bool has_lock;               /* lock and woken exist; only the waiting thread touches this */
    pthread_mutex_t lock;        /* held while a thread falls asleep, and while another wakes it */
    pthread_cond_t woken;        /* signalled when is_woken becomes true */
    bool is_woken;               /* guarded by lock */
    struct watch_thread *thread; /* whose sleep the watch knows of, or NULL */
    /* What the timeline says of the wait; NULL: nothing. Set before any other thread can know of
       the sleeper, under the lock of the object that the note is about. */
    const struct timeline_event *note;
    int waker; /* timeline_self() of the thread that wakes it, if there is a note */
    int64_t woken_ns;
};

/* Before any other thread can know of the sleeper. The thread that will wait. */
void sleeper_init(struct sleeper *sleeper);

/*
 * Frees what a wait took, once no thread can come to wake it: after sleeper_wait() has returned 0,
 * none will. The thread that called init.
 */
void sleeper_destroy(struct sleeper *sleeper);

/*
 * Returns 0 once the thread is woken, before or during the wait, or ETIMEDOUT at the deadline, in
 * nanoseconds on the clock of clock_now_ns(). After that the wake-up may still come: the caller
 * takes the sleeper from where wakers find it, or waits again. describe is for watch_sleep(); NULL:
 * the waker is on its way, so the thread counts as awake. The thread that called init.
 */
int sleeper_wait(struct sleeper *sleeper, int64_t deadline_ns, watch_describe *describe,
                 const void *object);

/*
 * Wakes the thread, which can then read what the caller wrote before. At most once, and the last
 * touch of the sleeper: it may be gone right after. Any thread.
 */
void sleeper_wake(struct sleeper *sleeper);

#endif
