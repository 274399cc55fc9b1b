/*
 * Go's sync.WaitGroup: a counter that one can wait on. Add before the thread is started, done as
 * the thread's last step, and the wait returns when as many are done as were added.
 *
 * Counted under the lock, so that the object's lifetime is simple: whoever learned from
 * wait_group_wait() that the count is zero may destroy it, though the thread that brought it to
 * zero has not returned from wait_group_done() yet.
 */
#ifndef SYNC_WAIT_GROUP_H
#define SYNC_WAIT_GROUP_H

#include <pthread.h>

struct wait_group_waiter;

struct wait_group {
    pthread_spinlock_t lock;
    long count;                        /* guarded by lock */
    struct wait_group_waiter *waiting; /* likewise */
};

/*
 * Makes the count zero. The caller owns the struct, and destroys it. One thread, before any other
 * uses it.
 */
void wait_group_init(struct wait_group *group);

/*
 * Frees what init took. The count must be zero and no thread may be waiting or come later; a thread
 * may still be returning from the wait_group_done() that made the count zero.
 */
void wait_group_destroy(struct wait_group *group);

/*
 * Adds delta, which may be negative, to the count. Any thread; but an add that a wait is to see
 * must happen before the wait, so it belongs before the thread is started, not into it. Aborts if
 * the count gets negative: more were done than were added.
 */
void wait_group_add(struct wait_group *group, int delta);

/* One is done: wait_group_add(group, -1). Any thread. */
void wait_group_done(struct wait_group *group);

/*
 * Returns once the count is zero, at once if it is; an add after that does not hold it back. What
 * was written before each done can be read. Any thread.
 */
void wait_group_wait(struct wait_group *group);

#endif
