/*
 * Go's sync.WaitGroup: a counter, and a wait until it is zero. A thread adds one before it starts
 * another thread, which calls done as its last step. The wait returns when all that was added is
 * done.
 *
 * The count is changed under the lock, so that the object's lifetime is simple: a thread that has
 * returned from wait_group_wait() may destroy it, though the thread that brought the count to zero
 * has not returned from wait_group_done() yet.
 */
#ifndef SYNC_WAIT_GROUP_H
#define SYNC_WAIT_GROUP_H

#include "sync/spinlock.h"

struct wait_group_waiter;

struct wait_group {
    struct spinlock lock;
    /* Guarded by lock. */
    long count;
    struct wait_group_waiter *waiting;
};

/*
 * Makes the count zero. The caller owns the struct and destroys it. One thread calls this, before
 * any other uses the group.
 */
void wait_group_init(struct wait_group *group);

/*
 * Ends the use of the group. The count must be zero, and no thread may be waiting or come later; a
 * thread may still be returning from the wait_group_done() that made the count zero.
 */
void wait_group_destroy(struct wait_group *group);

/*
 * Adds delta, which may be negative, to the count. Any thread. But the add must happen before the
 * wait that should see it: add before you start the thread, not in the thread. Aborts if the count
 * gets negative: more was done than was added.
 */
void wait_group_add(struct wait_group *group, int delta);

/* Subtracts one from the count: wait_group_add(group, -1). Any thread. */
void wait_group_done(struct wait_group *group);

/*
 * Waits until the count is zero; an add after that does not hold the caller back. It can then read
 * what each thread wrote before its done. Any thread.
 */
void wait_group_wait(struct wait_group *group);

#endif
