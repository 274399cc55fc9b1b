/*
 * A lock for a critical section of a few instructions: under channels and wait groups. No thread
 * sleeps on it, so giving it back is one store; a pthread mutex has to look for sleepers. Despite
 * its name no thread spins: one that finds the lock taken gives its processor away, so that the
 * holder can go on, and looks again. In your own code take a mutex.
 *
 * It is C11 atomics and nothing else, so ThreadSanitizer sees what it orders.
 */
#ifndef SYNC_SPINLOCK_H
#define SYNC_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

struct spinlock {
    atomic_bool is_taken;
};

/* Makes it unlocked; there is nothing to destroy. One thread, before any other uses the lock. */
static inline void spinlock_init(struct spinlock *lock)
{
    atomic_init(&lock->is_taken, false);
}

/* The slow path of spin_lock(): waits until the lock is free, and takes it. */
void spin_lock_slowly(struct spinlock *lock);

/* Takes the lock, and sees what its last holder wrote. Any thread that does not hold it already. */
static inline void spin_lock(struct spinlock *lock)
{
    if (atomic_exchange_explicit(&lock->is_taken, true, memory_order_acquire))
        spin_lock_slowly(lock);
}

/* Gives the lock back. The thread that holds it. */
static inline void spin_unlock(struct spinlock *lock)
{
    atomic_store_explicit(&lock->is_taken, false, memory_order_release);
}

#endif
