#include "unit.h"

#include "simulated.h"

#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static struct simulated simulated; /* each test prepares it */

static const struct article article = {.id = 3, .title = "A title", .content = "A record profit."};

/* --- The limit */

#define UNTOUCHED "untouched"

static int calls_told;

static void count_told(void *context, const struct article *told)
{
    calls_told++;
}

/* As if as many calls of others were in flight. */
static void init_busy(int limit, int in_flight, int64_t latency_ns)
{
    simulated_init(&simulated, 1, latency_ns, latency_ns);
    simulated.simulator.limit = limit;
    atomic_store(&simulated.llm.meters.in_flight, in_flight);
    calls_told = 0;
    simulated.llm.hooks.on_completed = count_told;
}

TEST(a_refused_call_answers_nothing_and_is_not_counted_as_one)
{
    static const int beyond[] = {0, 1, 100};

    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        struct ai_result result = {.summary = UNTOUCHED, .sentiment = UNTOUCHED};

        /* A latency that would be noticed. */
        init_busy(3, 3 + beyond[i], 600 * NS_PER_S);
        assert_int_equal(llm_call(&simulated.llm, LLM_SUMMARY, &article, &result), EAGAIN);
        assert_int_equal(llm_call(&simulated.llm, LLM_KEYWORDS, &article, &result), EAGAIN);
        assert_string_equal(result.summary, UNTOUCHED);
        assert_string_equal(result.keywords, "");
        assert_int_equal(simulated.llm.meters.refused, 2);
        assert_int_equal(simulated.llm.meters.in_flight, 3 + beyond[i]);
        assert_int_equal(simulated.llm.meters.peak, 0);
        assert_int_equal(llm_meters_calls(&simulated.llm.meters), 0);
        assert_int_equal(calls_told, 0);
    }
}

TEST(the_last_call_within_the_limit_is_taken)
{
    struct ai_result result = {.summary = UNTOUCHED, .sentiment = UNTOUCHED};

    init_busy(3, 2, 0);
    assert_int_equal(llm_call(&simulated.llm, LLM_SUMMARY, &article, &result), 0);
    assert_string_not_equal(result.summary, UNTOUCHED);
    assert_int_equal(simulated.llm.meters.refused, 0);
    assert_int_equal(simulated.llm.meters.in_flight, 2);
    assert_int_equal(simulated.llm.meters.peak, 3);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 1);
    assert_int_equal(calls_told, 1);
}

TEST(without_a_limit_no_call_is_refused)
{
    struct ai_result result;

    init_busy(0, 1000000, 0);
    assert_int_equal(llm_call(&simulated.llm, LLM_SUMMARY, &article, &result), 0);
    assert_int_equal(simulated.llm.meters.refused, 0);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 1);
}

#define LIMIT 5
#define BEYOND 7

/* What threads that call once saw. */
static struct crowd {
    atomic_int taken, refused, wrong;
} crowd;

static void *call_in_crowd(void *unused)
{
    struct ai_result result = {.summary = UNTOUCHED, .sentiment = UNTOUCHED};
    int error = llm_call(&simulated.llm, LLM_SENTIMENT, &article, &result);
    bool has_answer = strcmp(result.sentiment, UNTOUCHED) != 0;

    atomic_fetch_add(error == 0 && has_answer         ? &crowd.taken
                     : error == EAGAIN && !has_answer ? &crowd.refused
                                                      : &crowd.wrong,
                     1);
    return NULL;
}

/* Has so many threads call, and checks what holds whatever the machine does. */
static void call_all_at_once(int64_t latency_ns, int limit, int threads, int calls_each,
                             void *(*call)(void *unused))
{
    crowd = (struct crowd){0};
    simulated_init(&simulated, 1, latency_ns, latency_ns);
    simulated.simulator.limit = limit;
    run_threads(threads, call, NULL);
    assert_int_equal(crowd.wrong, 0);
    assert_int_equal(crowd.taken + crowd.refused, threads * calls_each);
    assert_int_equal(simulated.llm.meters.refused, crowd.refused);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), crowd.taken);
    assert_int_equal(simulated.llm.meters.in_flight, 0);
    assert_between(simulated.llm.meters.peak, 1, limit);
}

TEST(as_many_calls_are_refused_as_come_beyond_the_limit)
{
    /* As above: until all overlap. */
    for (int64_t latency_ns = 50 * NS_PER_MS; latency_ns < 8 * NS_PER_S; latency_ns *= 2) {
        call_all_at_once(latency_ns, LIMIT, LIMIT + BEYOND, 1, call_in_crowd);
        assert_between(crowd.refused, 0, BEYOND);
        if (crowd.refused == BEYOND)
            return;
    }
    fail_msg("the calls never overlapped");
}

#define CALLERS 4
#define CALLS_EACH 50000

/* Many calls that take no time, so that ends and beginnings meet in every way. */
static void *call_often_in_crowd(void *unused)
{
    for (int i = 0; i < CALLS_EACH; i++)
        call_in_crowd(unused);
    return NULL;
}

TEST(the_peak_never_exceeds_the_limit)
{
    call_all_at_once(0, 1, CALLERS, CALLS_EACH, call_often_in_crowd);
}

/* --- What a polite caller asks */

TEST(a_caller_is_told_the_limits_or_its_own_number)
{
    static const struct {
        int limit, callers;
        double rate, speed;
        int told_limit;
        double told_rate;
        int told_burst;
    } cases[] = {
        {5, 20, 10, 1, 5, 10, 15}, {0, 20, 10, 1, 20, 10, 30}, {30, 20, 10, 4, 30, 40, 40},
        {0, 0, 0.5, 10, 1, 5, 2},  {3, 0, 0, 100, 3, 0, 5},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        simulated_init(&simulated, 1, 0, 0);
        simulated.simulator.limit = cases[i].limit;
        simulated.simulator.faults.rate = cases[i].rate;
        simulated.llm.callers = cases[i].callers;
        simulated.llm.speed = cases[i].speed;
        assert_int_equal(llm_limit(&simulated.llm), cases[i].told_limit);
        assert_true(llm_rate(&simulated.llm) == cases[i].told_rate);
        assert_int_equal(llm_burst(&simulated.llm), cases[i].told_burst);
    }
}

/* --- The rate */

TEST(the_burst_is_that_of_a_second_and_the_limit)
{
    static const struct {
        double rate;
        int limit, burst;
    } cases[] = {{0.001, 0, 2}, {1, 0, 2},   {2, 0, 2},   {2.5, 0, 3},
                 {10, 0, 10},   {10, 5, 15}, {0.5, 1, 3}, {1000000, 0, 1000000}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        simulated_init(&simulated, 1, 0, 0);
        simulated.simulator.faults.rate = cases[i].rate;
        simulated.simulator.limit = cases[i].limit;
        assert_int_equal(llm_burst(&simulated.llm), cases[i].burst);
    }
}

/* At a call in a thousand seconds, a test's time lets no further call through. */
TEST(a_burst_passes_and_no_call_more)
{
    for (int limit = 0; limit < 10; limit++) {
        struct article_error error = {0};

        simulated_init(&simulated, 1, 0, 0);
        simulated.simulator.faults.rate = 0.001;
        simulated.simulator.limit = limit;
        for (int id = 1; id <= 2 + limit; id++)
            assert_int_equal(simulated_first(&simulated, id), 0);
        for (int id = 1; id <= 3; id++) {
            error = (struct article_error){0};
            assert_int_equal(simulated_request(&simulated, LLM_SUMMARY, id, NULL, &error), EAGAIN);
            assert_between(error.retry_after_ns, 1, 1000 * NS_PER_S);
            assert_int_equal(error.attempt, 1);
        }
        assert_int_equal(simulated.llm.meters.too_fast, 3);
        assert_int_equal(simulated.llm.meters.refused, 0);
        simulated_assert_adds_up(&simulated);
    }
}

TEST(after_retry_after_there_is_room)
{
    static const double speeds[] = {0.5, 1, 7, 1000};

    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        int refusals = 0;

        simulated_init(&simulated, 1, 0, 0);
        simulated.llm.speed = speeds[i];
        simulated.simulator.faults.rate = 97 / speeds[i];
        for (int n = 0; n < 130; n++) {
            struct article_error error = {0};

            if (simulated_request(&simulated, LLM_SUMMARY, 1, NULL, &error) == 0)
                continue;
            refusals++;
            clock_sleep_ns(llm_scale_ns(&simulated.llm, error.retry_after_ns));
            assert_int_equal(simulated_request(&simulated, LLM_SUMMARY, 1, NULL, &error), 0);
            assert_int_equal(error.retry_after_ns, 0);
        }
        assert_int_equal(simulated.llm.meters.too_fast, refusals);
        simulated_assert_adds_up(&simulated);
    }
}

#define PASSES_MAX 4000

/* The calls that were let through, each between two readings of the clock. */
static struct {
    int64_t stop_ns;
    atomic_int count;
    struct pass {
        int64_t before_ns, after_ns;
    } passes[PASSES_MAX];
} passed;

static void *call_as_fast_as_can_be(void *unused)
{
    /* At least once each: a busy machine may start the threads after the time is up. */
    do {
        int64_t before_ns = clock_now_ns();

        if (simulated_first(&simulated, 1) == 0) {
            int number = atomic_fetch_add(&passed.count, 1);

            if (number < PASSES_MAX)
                passed.passes[number] = (struct pass){before_ns, clock_now_ns()};
        }
    } while (clock_now_ns() < passed.stop_ns);
    return NULL;
}

static int compare_ends(const void *left, const void *right)
{
    const struct pass *a = left, *b = right;

    return a->after_ns < b->after_ns ? -1 : a->after_ns > b->after_ns;
}

/* In no window are there more than the rate gives in its time, and the burst. */
static void assert_rate_kept(void)
{
    double per_ns = simulated.simulator.faults.rate * simulated.llm.speed / 1e9;
    int burst = llm_burst(&simulated.llm), count = passed.count;

    assert_between(count, 1, PASSES_MAX);
    qsort(passed.passes, (size_t)count, sizeof *passed.passes, compare_ends);
    for (int i = 0; i < count; i++) {
        int64_t begin_ns = passed.passes[i].before_ns;
        int within = 0;

        for (int j = 0; j < count; j++) {
            int64_t end_ns = passed.passes[j].after_ns;
            double allowed = (double)(end_ns - begin_ns) * per_ns * 1.000001 + burst;

            if (passed.passes[j].before_ns < begin_ns)
                continue;
            if (++within > allowed)
                fail_msg("%d calls in %lld ns, not %f", within, (long long)(end_ns - begin_ns),
                         allowed);
        }
    }
}

TEST(no_window_has_more_calls_than_rate_and_burst)
{
    static const struct {
        double rate, speed;
        int limit;
    } cases[] = {{1, 1, 0}, {100, 1, 0}, {200, 1, 0}, {3, 100, 0}, {50, 10, 4}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        simulated_init(&simulated, 1, 0, 0);
        simulated.simulator.faults.rate = cases[i].rate;
        simulated.llm.speed = cases[i].speed;
        simulated.simulator.limit = cases[i].limit;
        atomic_store(&passed.count, 0);
        passed.stop_ns = clock_now_ns() + 200 * NS_PER_MS;
        run_threads(6, call_as_fast_as_can_be, NULL);
        assert_rate_kept();
        simulated_assert_adds_up(&simulated);
    }
}
