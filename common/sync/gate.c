#include "sync/gate.h"

#include "sync/thread.h"
#include "system/clock.h"

/* Ever longer: thousands that keep looking would leave nobody a processor to open the gate. */
static int64_t pause(int64_t pause_ns)
{
    clock_sleep_ns(pause_ns);
    return pause_ns + pause_ns / 4;
}

void gate_open(struct gate *gate)
{
    atomic_store_explicit(&gate->is_open, true, memory_order_relaxed);
}

void gate_wait(struct gate *gate)
{
    int64_t pause_ns = 100 * NS_PER_US;

    while (!atomic_load_explicit(&gate->is_open, memory_order_relaxed))
        pause_ns = pause(pause_ns);
}

static bool have_all_come(struct gate *gate, size_t threads)
{
    size_t arrived = atomic_load_explicit(&gate->arrived, memory_order_relaxed), alive;

    return arrived >= threads || (threads_refused(&alive) != 0 && arrived >= threads_started());
}

void gate_meet(struct gate *gate, size_t threads)
{
    int64_t pause_ns = 100 * NS_PER_US;

    atomic_fetch_add_explicit(&gate->arrived, 1, memory_order_relaxed);
    while (!have_all_come(gate, threads))
        pause_ns = pause(pause_ns);
}
