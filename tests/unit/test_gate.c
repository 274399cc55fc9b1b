#include "unit.h"

#include "sync/gate.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <pthread.h>

static struct gate gate = GATE_CLOSED;
static atomic_int passed;

static void *pass(void *unused)
{
    (void)unused;
    gate_wait(&gate);
    atomic_fetch_add(&passed, 1);
    return NULL;
}

static void a_gate_holds_until_it_opens_for_everyone(void **state)
{
    pthread_t threads[10];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(thread_start_joinable(&threads[i], pass, NULL, "test"), 0);
    clock_sleep_ns(30 * NS_PER_MS);
    assert_int_equal(atomic_load(&passed), 0);
    gate_open(&gate);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&passed), COUNT_OF(threads));
}

static void late_comers_pass_an_open_gate(void **state)
{
    (void)state;
    gate_open(&gate);
    gate_open(&gate);
    gate_wait(&gate);
    run_threads(4, pass, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gate_holds_until_it_opens_for_everyone),
        cmocka_unit_test(late_comers_pass_an_open_gate),
    };

    return UNIT_RUN(tests, argc, argv);
}
