/*
 * Threads that succeed or fail together: Go's golang.org/x/sync/errgroup. The first thread that
 * returns an error cancels the group, and its error is the group's: an error that another thread
 * returns because it was cancelled does not displace it. A thread notices the cancellation where it
 * waits with the group's cancel, or asks for its reason.
 *
 * Unlike in Go, starting a thread can fail. The threads that could be started are the group's, and
 * do all its work; the group is cancelled only if there is none.
 */
#ifndef SYNC_ERROR_GROUP_H
#define SYNC_ERROR_GROUP_H

#include "observe/log.h"
#include "sync/cancel.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct error_group {
    struct cancel cancel; /* what the group's threads wait with */
    struct wait_group running;
    bool has_limit;
    struct semaphore slots;  /* if has_limit: one for each thread */
    atomic_bool has_started; /* at least one thread */
    struct mutex lock;
    /* The first error, or 0, and the name of the thread that returned it. Both are guarded by lock
       until error_group_wait() has returned; then the caller can read them. */
    int error;
    char failed[THREAD_NAME_SIZE];
};

/*
 * Makes a group without threads. Its cancel is below the parent, which must outlive it; NULL: below
 * none. The caller owns the struct and destroys it; it must not be moved. Any thread, before any
 * other uses the group.
 */
void error_group_init(struct error_group *group, struct cancel *parent);

/*
 * From here on at most limit threads, at least 1, of the group run at once: error_group_go() waits
 * for a free slot. As SetLimit in Go. Ends the process if there is no memory for it. The thread
 * that called init, at most once, before the first go.
 */
void error_group_limit(struct error_group *group, size_t limit);

/*
 * Frees what the group holds. No thread may be in error_group_go() or error_group_wait() or come
 * later, and all threads of the group must have ended: error_group_wait() has told so.
 */
void error_group_destroy(struct error_group *group);

/*
 * Starts run(argument) in a thread of the group, and waits for a free slot first if there is a
 * limit. run returns 0 or an errno value. The name is made as printf makes its text. The caller
 * keeps the argument alive until run returns. Any thread. Returns
 * - 0;
 * - ECANCELED if the group is cancelled: then nothing is started. (A call that has looked just
 *   before the cancellation may still start a thread, which finds the group cancelled.)
 * - EAGAIN or ENOMEM, as thread_start(): nothing was started. If the group has started no thread so
 *   far, this error becomes the group's, under the name of the thread that could not start, and
 *   cancels it with the error as the reason. Otherwise the group goes on.
 * A caller may ignore what it returns: error_group_wait() and threads_refused() know.
 */
int error_group_go(struct error_group *group, int (*run)(void *argument), void *argument,
                   const char *name, ...) LOG_PRINTF(4, 5);

/*
 * Does the same, but run gets the address of a copy of the size bytes at argument, as with
 * thread_start_copy().
 */
int error_group_go_copy(struct error_group *group, int (*run)(void *argument), const void *argument,
                        size_t size, const char *name, ...) LOG_PRINTF(5, 6);

/*
 * Waits until all threads of the group have ended, and returns the first error that one of them
 * returned, or 0. The caller can then read group->error, group->failed, and what the threads wrote.
 * It does not wait for a thread that is started after it has found none running: so start the first
 * thread before another thread can come here. Any thread; several may wait, and wait again.
 */
int error_group_wait(struct error_group *group);

#endif
