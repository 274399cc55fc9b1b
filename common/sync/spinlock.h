/*
 * A lock for a critical section of a few instructions: under channels and wait groups. No thread
 * sleeps while it holds the lock, so no thread has to be put to sleep to wait for it, and giving it
 * back wakes nobody: it is one store. (Giving back a pthread mutex costs as much as taking it,
 * because a thread may be asleep on it.)
 *
 * Despite its name no thread spins. A thread that finds the lock taken gives its processor away, so
 * that the holder can go on, and looks again. In your own code take a mutex.
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

/*
 * Makes an unlocked lock. The caller owns the struct; there is nothing to destroy. One thread calls
 * this, before any other uses the lock.
 */
static inline void spinlock_init(struct spinlock *lock)
{
    atomic_init(&lock->is_taken, false);
}

/* The slow path of spin_lock(): waits until the lock is free, and takes it. */
void spin_lock_slowly(struct spinlock *lock);

/*
 * Takes the lock. The thread can then read what the last holder wrote. Any thread that does not
 * hold it already: that would wait for ever.
 */
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
