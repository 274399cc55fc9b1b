/*
 * Go's sync.WaitGroup: a counter, and a wait until it is zero. A thread adds one before it starts
 * another thread, which calls done as its last step. A thread that has returned from the wait may
 * destroy the group, though the last wait_group_done() has not returned yet. Unlike Go's, it has a
 * name, is made by an init, and must not be moved while threads wait; a negative count, which Go's
 * caller can recover from, aborts. As Go's, it can be used again once a wait has ended.
 */
#ifndef SYNC_WAIT_GROUP_H
#define SYNC_WAIT_GROUP_H

#include "sync/spinlock.h"

struct wait_group_waiter;

struct wait_group {
    const char *name;
    struct spinlock lock;
    /* Guarded by lock. */
    long count;
    struct wait_group_waiter *waiting;
};

/*
 * Makes the count zero. The watch calls the group by the name, which is not copied, and must
 * outlive the group. The caller owns the struct and destroys it. One thread, before any other uses
 * it.
 */
void wait_group_init(struct wait_group *group, const char *name);

/* Ends its use. The count must be zero, and no thread may be waiting or come later. */
void wait_group_destroy(struct wait_group *group);

/*
 * Adds delta, which may be negative, to the count. Any thread, but before the wait that should see
 * it: add before you start the thread, not in the thread. Aborts if the count gets negative.
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
