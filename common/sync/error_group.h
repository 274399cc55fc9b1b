/*
 * Threads that succeed or fail together: Go's golang.org/x/sync/errgroup. The first thread that
 * returns an error cancels the group, and its error is the group's. A thread notices where it waits
 * with the group's cancel, or asks for its reason: the first error, or the parent's reason.
 *
 * Unlike in Go,
 * - starting a thread can fail. The threads that could be started do all the work; the group is
 *   cancelled only if there is none;
 * - a cancelled group starts nothing, where Go starts the function and leaves it to notice. A
 *   thread that was refused counts as failed: ECANCELED;
 * - a group ends with its first wait: what is started later is refused. In Go a group without a
 *   context can be used again;
 * - a limit is at least 1 and is set once. Go takes 0, which no goroutine gets past.
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
    struct cancel cancel;                                   /* what the group's threads wait with */
    char name[THREAD_NAME_SIZE + sizeof "error group of "]; /* after its first thread */
    atomic_bool has_name;
    struct wait_group running; /* also the threads that wait for a slot in error_group_go() */
    bool has_limit;
    struct semaphore slots;  /* if has_limit: one for each thread */
    atomic_bool has_started; /* at least one thread */
    struct mutex lock;
    bool is_over; /* guarded by lock: a wait has ended */
    /* The first error, or 0, and the name of the thread that returned it or was refused. Both are
       guarded by lock until error_group_wait() has returned; then the caller can read them. */
    int error;
    char failed[THREAD_NAME_SIZE];
};

/*
 * Makes a group without threads. Its cancel is below the parent, which must outlive it, or NULL.
 * The caller owns the struct and destroys it; it must not be moved. Any thread, before any other.
 */
void error_group_init(struct error_group *group, struct cancel *parent);

/*
 * Lets at most limit threads, at least 1, run at once: error_group_go() waits for a free slot. Ends
 * the process without memory. The thread that called init, at most once, before the first go.
 */
void error_group_limit(struct error_group *group, size_t limit);

/*
 * Frees what the group holds, once error_group_wait() has returned. No thread may be in a call on
 * it, or come later.
 */
void error_group_destroy(struct error_group *group);

/*
 * Starts run(argument) in a thread of the group, and waits for a free slot first if there is a
 * limit. run returns 0 or an errno value. The name is made as printf makes its text. The caller
 * keeps the argument alive until run returns. Any thread, also one of the group (but all of them at
 * once in the wait for a slot are stalled, as in Go). Returns
 * - 0;
 * - ECANCELED if the group is cancelled, or a wait has ended: nothing was started. If it is the
 *   group's first error, it becomes the group's, except after a wait. (A call that has looked just
 *   before the cancellation may still start a thread, which finds the group cancelled.)
 * - EAGAIN or ENOMEM, as thread_start(): nothing was started. If the group has started no thread so
 *   far, this error becomes the group's, under the name of the thread that could not start, and
 *   cancels it with the error as the reason. Otherwise the group goes on.
 * A caller may ignore what it returns: error_group_wait() and threads_refused() know.
 */
int error_group_go(struct error_group *group, int (*run)(void *argument), void *argument,
                   const char *name, ...) LOG_PRINTF(4, 5);

/* Does the same, but run gets a copy of the argument, as with thread_start_copy(). */
int error_group_go_copy(struct error_group *group, int (*run)(void *argument), const void *argument,
                        size_t size, const char *name, ...) LOG_PRINTF(5, 6);

/*
 * Waits until all threads of the group have ended, and returns the first error of one, or 0 if each
 * was started and succeeded. (A thread for which the system had no room is in threads_refused().)
 * Cancels the group's cancel, as Go's Wait does, with the error or ECANCELED as the reason. The
 * caller can then read group->error, group->failed, and what the threads wrote; they change no
 * more. Start the first thread before another thread can come here: with none running, the wait is
 * over. Any thread; several may wait, and wait again.
 */
int error_group_wait(struct error_group *group);

#endif
