/*
 * A gate holds threads until it is opened, or until all have come: so a broken variant breaks in
 * every run. It forces one of the schedules that the bug allows, and orders no memory: the race
 * behind it stays a race to ThreadSanitizer. For the same reason it is no tool for correct code.
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
 * Returns once that many threads have called this; or, where a thread could not be started, as many
 * as this process has started. Any thread, once.
 */
void gate_meet(struct gate *gate, size_t threads);

#endif
