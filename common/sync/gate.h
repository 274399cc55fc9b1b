/*
 * A gate that holds threads until it is opened: for a broken variant that is to break in every run,
 * not in most. It forces one of the schedules that the bug allows, and no other thing: it is
 * relaxed on purpose and orders no memory, so ThreadSanitizer sees through it and the race behind
 * it stays a race. For the same reason it is no tool for correct code.
 */
#ifndef SYNC_GATE_H
#define SYNC_GATE_H

#include <stdatomic.h>
#include <stdbool.h>

struct gate {
    atomic_bool open;
};

/* A closed gate, for static ones; the caller owns the struct, there is nothing to destroy. */
#define GATE_CLOSED   \
    {                 \
        .open = false \
    }

/* Lets everyone through, those who come later too. Any thread. */
void gate_open(struct gate *gate);

/* Returns once the gate is open. Any thread. */
void gate_wait(struct gate *gate);

#endif
