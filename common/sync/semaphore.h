/*
 * A counting semaphore: at most N threads are inside at once; the rest queue, first come, first
 * served. As in Go it is a channel with a buffer: a thread that enters puts an item in, and one
 * that leaves takes one out. After Dijkstra (P and V, "Cooperating sequential processes", 1965).
 *
 * Unlike golang.org/x/sync/semaphore, it has no weights: each thread enters with one permit, of at
 * least 1. A thread whose cancel is cancelled never enters, and the watch calls it a channel.
 */
#ifndef SYNC_SEMAPHORE_H
#define SYNC_SEMAPHORE_H

#include "sync/cancel.h"
#include "sync/channel.h"

#include <stddef.h>

struct semaphore {
    struct channel permits; /* an item for each thread inside; the items mean nothing */
};

/*
 * Lets at most `permits` threads, at least 1, inside at once. The watch calls it by the name, which
 * is copied. The caller owns the struct and destroys it. One thread, before any other uses the
 * semaphore. Ends the process without memory.
 */
void semaphore_init(struct semaphore *semaphore, const char *name, size_t permits);

/*
 * Frees what init took. No thread may be inside or come later; the last one may still be returning
 * from semaphore_release().
 */
void semaphore_destroy(struct semaphore *semaphore);

/*
 * Enters, waiting for a permit. cancel may be NULL. Any thread. Returns 0, or ECANCELED if the wait
 * was cancelled; if it was cancelled before, the thread does not enter even if there is a permit.
 */
int semaphore_acquire(struct semaphore *semaphore, struct cancel *cancel);

/* Enters if there is a permit now, else returns EAGAIN. Any thread. */
int semaphore_try_acquire(struct semaphore *semaphore);

/* Leaves, once for each time that a thread has entered. Any thread. One leave too many aborts. */
void semaphore_release(struct semaphore *semaphore);

#endif
