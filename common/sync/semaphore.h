/*
 * A counting semaphore: so many may be inside at once, the others wait in front, first come, first
 * served. It is a channel with a buffer, as in Go: who enters puts an item in, and waits while it
 * is full; who leaves takes one out. So a wait for it can be cancelled as any other. The idea is
 * Dijkstra's (P and V, "Cooperating sequential processes", 1965).
 */
#ifndef SYNC_SEMAPHORE_H
#define SYNC_SEMAPHORE_H

#include "sync/cancel.h"
#include "sync/channel.h"

#include <stddef.h>

struct semaphore {
    struct channel inside; /* an item for each that is inside; the items mean nothing */
};

/*
 * Makes a semaphore that lets permits, at least 1, inside at once. The name, which is copied, is
 * what the watch calls it. The caller owns the struct, and destroys it. One thread, before any
 * other uses it. Returns 0 or ENOMEM.
 */
int semaphore_init(struct semaphore *semaphore, const char *name, size_t permits);

/* Once no thread is inside or comes later; the last one may still be returning from release. */
void semaphore_destroy(struct semaphore *semaphore);

/*
 * Enters, waiting for a permit. Any thread. Returns 0, or ECANCELED if the wait was cancelled;
 * cancel may be NULL. One that was cancelled before does not enter, though there be a permit.
 */
int semaphore_acquire(struct semaphore *semaphore, struct cancel *cancel);

/* Enters if there is a permit now, else returns EAGAIN. Any thread. */
int semaphore_try_acquire(struct semaphore *semaphore);

/* Leaves. Any thread, for one that has entered: more leaving than entering aborts. */
void semaphore_release(struct semaphore *semaphore);

#endif
