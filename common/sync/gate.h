/*
 * A gate that holds threads until it is opened. A broken variant uses it to break in every run, not
 * only in most: the gate forces one of the schedules that the bug allows. It is relaxed on purpose
 * and orders no memory, so ThreadSanitizer sees through it, and the race behind it stays a race.
 * For the same reason it is no tool for correct code.
 */
#ifndef SYNC_GATE_H
#define SYNC_GATE_H

#include <stdatomic.h>
#include <stdbool.h>

struct gate {
    atomic_bool open;
};

/* The initial value of a gate: closed. The caller owns the struct; there is nothing to destroy. */
#define GATE_CLOSED   \
    {                 \
        .open = false \
    }

/* Lets all threads through, those that come later too. Any thread. */
void gate_open(struct gate *gate);

/* Waits until the gate is open. Any thread. */
void gate_wait(struct gate *gate);

#endif
