/*
 * One wait of one thread for one wake-up, under channels and wait groups. It lives on the waiting
 * thread's stack, and whoever wakes it needs nothing but its address: not the lock of the thing
 * that is waited for. So a thread may wait for several things at once (channel_select), and a
 * thing may be gone before its last waiter has noticed that it is awake.
 *
 * A wait is polite before it is asleep: to yield the processor a few times costs far less than to
 * be put to sleep and woken by the kernel, and mostly the other side needs no more than that. The
 * idea of a one-shot parker is that of Rust's thread::park and Go's runtime notes.
 */
#ifndef SYNC_SLEEPER_H
#define SYNC_SLEEPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often a polite wait yields the processor before it sleeps. */
#define SLEEPER_PATIENCE 32

/* The deadline of a wait that has none. */
#define DEADLINE_NEVER INT64_MAX

struct watch_thread;

struct sleeper {
    atomic_int state;            /* one of sleeper.c's enum state */
    int patience;                /* how often it yields first; may be lowered until the wait */
    bool has_lock;               /* touched by the waiting thread alone; lock and woken exist */
    pthread_mutex_t lock;        /* of the way into sleep and out of it */
    pthread_cond_t woken;        /* signalled when is_woken becomes true */
    bool is_woken;               /* guarded by lock */
    struct watch_thread *thread; /* whose sleep the watch knows of, or NULL */
};

/* The thread that will wait, before anyone else can know of the sleeper. */
void sleeper_init(struct sleeper *sleeper);

/*
 * Once nobody can come to wake it any more; sleeper_wait() returning 0 implies that. The thread
 * that called init.
 */
void sleeper_destroy(struct sleeper *sleeper);

/*
 * Returns 0 once woken, before or during the wait, or ETIMEDOUT at the deadline, which is absolute
 * on the monotonic clock. After ETIMEDOUT the wake-up may still come: the caller must take the
 * sleeper from where wakers find it, before destroying it, or wait again. For the watch, describe
 * says what the object is waited for, as in watch_sleep(). The thread that called init.
 */
int sleeper_wait(struct sleeper *sleeper, int64_t deadline_ns,
                 void (*describe)(const void *object, char *text, size_t size), const void *object);

/*
 * Wakes it; what was written before can be read there. At most once in a sleeper's life, and as the
 * last touch of it, for it may be gone right after. Any thread.
 */
void sleeper_wake(struct sleeper *sleeper);

/* The slow part of lock_politely(): somebody else has the lock. */
void wait_for_lock(pthread_spinlock_t *lock);

/*
 * Takes a lock that is held for a moment and never across a wait; unlock it as any other. Giving
 * back a mutex costs as much as taking it, since there may be somebody asleep to wake. Nobody
 * sleeps on this one: who finds it taken yields, so that its holder can go on, and looks again;
 * after SLEEPER_PATIENCE times it pauses between the looks. Any thread.
 */
static inline void lock_politely(pthread_spinlock_t *lock)
{
    if (pthread_spin_trylock(lock) != 0)
        wait_for_lock(lock);
}

#endif
