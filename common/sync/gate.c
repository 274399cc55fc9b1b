#include "sync/gate.h"

#include "system/clock.h"

void gate_open(struct gate *gate)
{
    atomic_store_explicit(&gate->open, true, memory_order_relaxed);
}

void gate_wait(struct gate *gate)
{
    int64_t pause_ns = 100 * NS_PER_US;

    while (!atomic_load_explicit(&gate->open, memory_order_relaxed)) {
        clock_sleep_ns(pause_ns);
        /* Ever longer: thousands of threads that keep looking would leave no processor to the one
           that opens it. */
        pause_ns += pause_ns / 4;
    }
}
