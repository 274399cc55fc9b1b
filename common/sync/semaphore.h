/*
 * A counting semaphore: at most N threads are inside at once; the rest queue, first come, first
 * served. It is a channel with a buffer, as in Go: a thread that enters puts an item in, and waits
 * while the buffer is full; a thread that leaves takes one out. So a wait for it can be cancelled
 * as any other. The idea is Dijkstra's (P and V, "Cooperating sequential processes", 1965).
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
 * Makes a semaphore that lets at most `permits` threads, at least 1, inside at once. The name,
 * which is copied, is what the watch calls it. The caller owns the struct and destroys it. One
 * thread calls this, before any other uses the semaphore. Ends the process if there is no memory.
 */
void semaphore_init(struct semaphore *semaphore, const char *name, size_t permits);

/*
 * Frees what init took. No thread may be inside or come later; the last one may still be returning
 * from semaphore_release().
 */
void semaphore_destroy(struct semaphore *semaphore);

/*
 * Enters, waiting for a permit. cancel may be NULL. Any thread. Returns 0, or ECANCELED if the wait
 * was cancelled; if it was cancelled before, the thread does not enter though there be a permit.
 */
int semaphore_acquire(struct semaphore *semaphore, struct cancel *cancel);

/* Enters if there is a permit now, else returns EAGAIN. Any thread. */
int semaphore_try_acquire(struct semaphore *semaphore);

/*
 * Leaves, once for each time that a thread has entered, from that thread or any other. One leave
 * too many aborts.
 */
void semaphore_release(struct semaphore *semaphore);

#endif
