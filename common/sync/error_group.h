/*
 * Threads that succeed or fail together: golang.org/x/sync/errgroup. The first one that returns an
 * error cancels the others, and its error is the group's: what they return because they were
 * cancelled does not displace it. A thread notices the cancellation where it waits with the group's
 * cancel, or asks for its reason.
 */
#ifndef SYNC_ERROR_GROUP_H
#define SYNC_ERROR_GROUP_H

#include "sync/cancel.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"
#include "sync/wait_group.h"

#include <stdbool.h>
#include <stddef.h>

struct error_group {
    struct cancel cancel; /* what the group's threads wait with */
    struct wait_group running;
    struct semaphore slots; /* if has_limit: one for each thread */
    bool has_limit;
    struct mutex lock;
    int error;    /* the first; guarded by lock */
    void *failed; /* the argument of the thread that returned it; likewise */
};

/*
 * Makes a group without threads, whose cancel is below the parent; NULL: below none. At most limit
 * threads run at once; 0: any number. The caller owns the struct, and destroys it; it must not be
 * moved. One thread. Returns 0, or ENOMEM for a limit that there is no memory for.
 */
int error_group_init(struct error_group *group, struct cancel *parent, size_t limit);

/* Once error_group_wait() has returned. */
void error_group_destroy(struct error_group *group);

/*
 * Starts run(argument) in a thread of the group, waiting for a slot if there is a limit. run
 * returns 0 or an errno value. Any thread; after error_group_wait() was called, only one of the
 * group's. Returns 0; ECANCELED if the group is cancelled: then nothing is started any more
 * (whoever has looked just before may still start one, which finds it cancelled); or, as
 * thread_start(), EAGAIN or ENOMEM: then nothing was started, and the group goes on.
 */
int error_group_go(struct error_group *group, const char *name, int (*run)(void *argument),
                   void *argument);

/*
 * Returns, once all threads of the group have ended, the first error that one of them returned, or
 * 0. *failed is that thread's argument, where the rest of the story is; it is left alone without an
 * error, and failed may be NULL. What the threads wrote can be read. Any thread.
 */
int error_group_wait(struct error_group *group, void **failed);

#endif
