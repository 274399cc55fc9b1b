/*
 * A gate holds threads until it is opened, or until all have come: for a broken variant that is to
 * break in every run, not in most. It forces one of the schedules that the bug allows, and does no
 * other thing: it is relaxed on purpose and orders no memory, so ThreadSanitizer sees through it
 * and the race behind it stays a race. For the same reason it is no tool for correct code.
 */
#ifndef SYNC_GATE_H
#define SYNC_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct gate {
    atomic_bool is_open;
    atomic_size_t arrived; /* threads that have come to gate_meet() */
};

/* A closed gate, for static ones; the caller owns the struct, there is nothing to destroy. */
#define GATE_CLOSED      \
    {                    \
        .is_open = false \
    }

/* Lets every thread through, also a thread that comes later. Any thread. */
void gate_open(struct gate *gate);

/* Returns once the gate is open. Any thread. */
void gate_wait(struct gate *gate);

/*
 * Returns once that many threads have called this, each once; or, where a thread could not be
 * started, once as many have as this process has started. Any thread.
 */
void gate_meet(struct gate *gate, size_t threads);

#endif
