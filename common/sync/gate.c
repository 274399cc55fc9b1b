#include "sync/gate.h"

#include "observe/clock.h"

void gate_open(struct gate *gate)
{
    atomic_store_explicit(&gate->open, true, memory_order_relaxed);
}

void gate_wait(struct gate *gate)
{
    int64_t pause_ns = 100 * NS_PER_US;

    while (!atomic_load_explicit(&gate->open, memory_order_relaxed)) {
        clock_sleep_ns(pause_ns);
        /* Ever longer: thousands that look all the time leave their starter no processor. */
        if (pause_ns < NS_PER_S)
            pause_ns *= 2;
    }
}
