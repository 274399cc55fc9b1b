#include "sync/spinlock.h"

#include "system/clock.h"

#include <sched.h>

#define YIELDS 32 /* before the first pause */
#define PAUSE_NS (50 * NS_PER_US)

void spin_lock_slowly(struct spinlock *lock)
{
    int looks = 0;

    do {
        /* A yield lets no thread of lower priority run, and the holder may be one: so pause. */
        if (looks++ < YIELDS)
            sched_yield();
        else
            clock_sleep_ns(PAUSE_NS);
    } while (atomic_exchange_explicit(&lock->is_taken, true, memory_order_acquire));
}
