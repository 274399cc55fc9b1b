#include "sync/gate.h"

#include "observe/clock.h"

void gate_open(struct gate *gate)
{
    atomic_store_explicit(&gate->open, true, memory_order_relaxed);
}

void gate_wait(struct gate *gate)
{
    while (!atomic_load_explicit(&gate->open, memory_order_relaxed))
        clock_sleep_ns(100 * NS_PER_US);
}
