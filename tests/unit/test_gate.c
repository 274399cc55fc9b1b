#include "unit.h"

#include "sync/gate.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <pthread.h>

static struct gate gate = GATE_CLOSED;
static atomic_int passed;

static void *pass(void *unused)
{
    gate_wait(&gate);
    atomic_fetch_add(&passed, 1);
    return NULL;
}

TEST(a_gate_holds_until_it_opens_for_everyone)
{
    pthread_t threads[10];

    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(thread_start_joinable(&threads[i], pass, NULL, "test"), 0);
    clock_sleep_ns(30 * NS_PER_MS);
    assert_int_equal(atomic_load(&passed), 0);
    gate_open(&gate);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&passed), COUNT_OF(threads));
}

TEST(late_comers_pass_an_open_gate)
{
    gate_open(&gate);
    gate_open(&gate);
    gate_wait(&gate);
    run_threads(4, pass, NULL);
}

static atomic_int met;

static void *meet(void *threads)
{
    gate_meet(&gate, *(const size_t *)threads);
    atomic_fetch_add(&met, 1);
    return NULL;
}

TEST(nobody_leaves_a_meeting_before_all_have_come)
{
    size_t threads = 4;
    pthread_t started[3];

    for (size_t i = 0; i < COUNT_OF(started); i++)
        assert_int_equal(thread_start_joinable(&started[i], meet, &threads, "test"), 0);
    clock_sleep_ns(30 * NS_PER_MS);
    assert_int_equal(atomic_load(&met), 0);
    meet(&threads);
    for (size_t i = 0; i < COUNT_OF(started); i++)
        assert_int_equal(pthread_join(started[i], NULL), 0);
    assert_int_equal(atomic_load(&met), 4);
}
