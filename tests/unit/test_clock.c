#include "unit.h"

#include "system/clock.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static atomic_int alarms;

static void count_alarm(int signal_number)
{
    (void)signal_number;
    atomic_fetch_add_explicit(&alarms, 1, memory_order_relaxed);
}

static int64_t measure_sleep(int64_t duration_ns)
{
    int64_t started_ns = clock_now_ns();

    clock_sleep_ns(duration_ns);
    return clock_now_ns() - started_ns;
}

TEST(a_sleep_is_never_shorter_than_asked)
{
    static const int64_t durations_ns[] = {1,         999,           NS_PER_US,     150 * NS_PER_US,
                                           NS_PER_MS, NS_PER_MS + 1, 40 * NS_PER_MS};

    for (size_t i = 0; i < COUNT_OF(durations_ns); i++)
        assert_true(measure_sleep(durations_ns[i]) >= durations_ns[i]);
}

TEST(a_signal_does_not_cut_a_sleep_short)
{
    struct itimerval every_5_ms = {{0, 5000}, {0, 5000}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = count_alarm}; /* without SA_RESTART */
    int64_t slept_ns;

    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every_5_ms, NULL), 0);
    slept_ns = measure_sleep(80 * NS_PER_MS);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    /* ThreadSanitizer runs a handler no sooner than in a call that it knows. */
    nanosleep(&(struct timespec){0, 1000}, NULL);
    assert_true(slept_ns >= 80 * NS_PER_MS);
    assert_true(atomic_load(&alarms) > 0);
}

static void *use_processor(void *unused)
{
    int64_t started_ns = clock_thread_cpu_ns();

    while (clock_thread_cpu_ns() < started_ns + 5 * NS_PER_MS)
        continue;
    return NULL;
}

TEST(the_processor_time_of_a_thread_is_its_own_and_part_of_the_process)
{
    int64_t mine_ns = clock_thread_cpu_ns(), all_ns = clock_cpu_ns();

    run_threads(2, use_processor, NULL);
    assert_true(clock_cpu_ns() - all_ns >= 10 * NS_PER_MS);
    assert_true(clock_thread_cpu_ns() - mine_ns < clock_cpu_ns() - all_ns);
}

TEST(zero_and_negative_sleeps_return)
{
    clock_sleep_ns(0);
    clock_sleep_ns(-1);
    clock_sleep_ns(-3600 * NS_PER_S);
    clock_sleep_ns(INT64_MIN);
}

TEST(sleeping_takes_no_processor_time)
{
    int64_t started_ns = clock_cpu_ns();

    clock_sleep_ns(80 * NS_PER_MS);
    assert_true(clock_cpu_ns() - started_ns < 80 * NS_PER_MS);
}

TEST(working_takes_processor_time)
{
    int64_t started_ns = clock_now_ns(), cpu_started_ns = clock_cpu_ns();

    /* However little of the processor this gets, what it gets is counted. */
    while (clock_cpu_ns() - cpu_started_ns < 5 * NS_PER_MS)
        if (clock_now_ns() - started_ns > 30 * NS_PER_S)
            fail();
}

TEST(a_sum_of_times_stops_at_the_last_one)
{
    assert_true(clock_add_ns(2, 3) == 5);
    assert_true(clock_add_ns(2, -3) == -1);
    assert_true(clock_add_ns(INT64_MAX, 0) == INT64_MAX);
    assert_true(clock_add_ns(INT64_MAX - 1, 1) == INT64_MAX);
    assert_true(clock_add_ns(INT64_MAX, 1) == INT64_MAX);
    assert_true(clock_add_ns(1, INT64_MAX) == INT64_MAX);
    assert_true(clock_add_ns(INT64_MAX, INT64_MAX) == INT64_MAX);
    assert_true(clock_add_ns(INT64_MAX, INT64_MIN) == -1);
    assert_true(clock_add_ns(INT64_MIN, INT64_MAX) == -1);
    assert_true(clock_add_ns(INT64_MIN, -1) == INT64_MIN);
    assert_true(clock_add_ns(-1, INT64_MIN) == INT64_MIN);
    assert_true(clock_add_ns(INT64_MIN, INT64_MIN) == INT64_MIN);
}

TEST(a_time_from_now_is_past_for_a_negative_duration_and_never_for_a_huge_one)
{
    int64_t before_ns = clock_now_ns();

    assert_true(clock_after_ns(0) >= before_ns);
    assert_true(clock_after_ns(-1) < clock_now_ns());
    assert_true(clock_after_ns(INT64_MIN) < before_ns);
    assert_true(clock_after_ns(FAR_NS) >= before_ns + FAR_NS);
    assert_true(clock_after_ns(INT64_MAX) == INT64_MAX);
    assert_true(clock_after_ns(INT64_MAX - 1) == INT64_MAX);
}

TEST(a_calculated_duration_is_rounded_up_and_fits)
{
    assert_true(clock_round_up_ns(0) == 0);
    assert_true(clock_round_up_ns(1e-9) == 1);
    assert_true(clock_round_up_ns(-0.5) == 0);
    assert_true(clock_round_up_ns(1.5e9) == 1500000000);
    assert_true(clock_round_up_ns(0x1p62) == INT64_C(1) << 62);
    assert_true(clock_round_up_ns(0x1p63) == INT64_MAX);
    assert_true(clock_round_up_ns(1e300) == INT64_MAX);
    assert_true(clock_round_up_ns(INFINITY) == INT64_MAX);
    assert_true(clock_round_up_ns(NAN) == INT64_MAX);
    assert_true(clock_round_up_ns(-0x1p63) == INT64_MIN);
    assert_true(clock_round_up_ns(-1e300) == INT64_MIN);
}

/* It does not return: the process is killed in it, by an alarm, and by nothing else. */
static int sleep_for_ever(void *unused)
{
    struct itimerval soon = {.it_value = {0, 20000}};

    signal(SIGALRM, SIG_DFL); /* the test above may have run in this program */
    setitimer(ITIMER_REAL, &soon, NULL);
    clock_sleep_ns(INT64_MAX);
    return 0;
}

TEST(the_longest_sleep_does_not_return)
{
    assert_int_equal(run_child(sleep_for_ever, NULL).signal, SIGALRM);
}

static void assert_text(int64_t duration_ns, const char *expected)
{
    char text[DURATION_SIZE];

    assert_ptr_equal(duration_format(text, sizeof text, duration_ns), text);
    assert_string_equal(text, expected);
}

TEST(a_duration_reads_as_in_go)
{
    assert_text(1200 * NS_PER_MS, "1.2s");
    assert_text(800 * NS_PER_MS, "800ms");
    assert_text(1031 * NS_PER_MS, "1.031s");
    assert_text(0, "0s");
    assert_text(NS_PER_S, "1s");
    assert_text(10 * NS_PER_S, "10s");
    assert_text(3600 * NS_PER_S, "3600s");
    assert_text(NS_PER_MS, "1ms");
    assert_text(NS_PER_US, "1us");
    assert_text(999 * NS_PER_US, "999us");
    assert_text(1500 * NS_PER_US, "1.5ms");
    assert_text(1050 * NS_PER_US, "1.05ms");
    assert_text(1000001 * NS_PER_US, "1.000001s");
}

TEST(a_duration_is_rounded_to_microseconds)
{
    assert_text(999999500, "1s");
    assert_text(999999499, "999.999ms");
    assert_text(999500, "1ms");
    assert_text(999499, "999us");
    assert_text(500, "1us");
    assert_text(499, "0s");
}

TEST(the_longest_duration_fits)
{
    assert_text(INT64_MAX - 807, "9223372036.854775s");
    assert_text(INT64_MAX, "9223372036.854775s");
}

TEST(a_duration_keeps_to_its_size)
{
    char text[8];

    memset(text, '#', sizeof text);
    duration_format(text, 4, 1031 * NS_PER_MS);
    assert_memory_equal(text, "1.0\0####", sizeof text);
    memset(text, '#', sizeof text);
    duration_format(text, 1, 1031 * NS_PER_MS);
    assert_memory_equal(text, "\0#######", sizeof text);
}
