#include "unit.h"

#include "sync/spinlock.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <stdatomic.h>
#include <time.h>

#define ROUNDS 20000

static struct spinlock lock;
static long counter; /* guarded by lock */

static void *count(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        spin_lock(&lock);
        counter++;
        spin_unlock(&lock);
    }
    return unused;
}

/* ThreadSanitizer judges whether it can see what the lock orders. */
TEST(one_thread_at_a_time_holds_it)
{
    spinlock_init(&lock);
    counter = 0;
    run_threads(8, count, NULL);
    assert_int_equal(counter, 8 * ROUNDS);
}

static int64_t cpu_of_this_thread_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * NS_PER_S + used.tv_nsec;
}

static atomic_bool is_at_the_lock;

static void *take_and_measure(void *used_ns)
{
    int64_t before_ns = cpu_of_this_thread_ns();

    atomic_store(&is_at_the_lock, true);
    spin_lock(&lock);
    spin_unlock(&lock);
    *(int64_t *)used_ns = cpu_of_this_thread_ns() - before_ns;
    return NULL;
}

/* A processor that spins 200 ms uses 200 ms; one that pauses uses a fraction. */
TEST(a_thread_that_waits_long_for_it_does_not_use_its_processor)
{
    int64_t used_ns = INT64_MAX;
    pthread_t thread;

    spinlock_init(&lock);
    atomic_store(&is_at_the_lock, false);
    spin_lock(&lock);
    assert_int_equal(thread_start_joinable(&thread, take_and_measure, &used_ns, "waits"), 0);
    while (!atomic_load(&is_at_the_lock))
        clock_sleep_ns(NS_PER_MS);
    clock_sleep_ns(200 * NS_PER_MS);
    spin_unlock(&lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_between(used_ns, 0, 150 * NS_PER_MS);
}
