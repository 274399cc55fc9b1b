#include "unit.h"

#include "simulated.h"

#include "observe/log.h"
#include "system/clock.h"

#include <stdatomic.h>

static struct simulated simulated; /* each test prepares it */

static const struct article article = {.id = 3, .title = "A title", .content = "A record profit."};

#define IDS 500

/* The latencies of IDS articles' calls, and what made them. */
struct draws {
    struct simulator simulator;
    int64_t latency_ns[IDS][LLM_TASKS];
    atomic_int differing;
};

static void *compare_draws(void *argument)
{
    struct draws *draws = argument;

    for (int round = 0; round < 5; round++)
        for (int id = IDS; id > 0; id--)
            for (int task = 0; task < LLM_TASKS; task++)
                if (simulator_latency_ns(&draws->simulator, (enum llm_task)task, id) !=
                    draws->latency_ns[id - 1][task])
                    atomic_fetch_add(&draws->differing, 1);
    return NULL;
}

TEST(latency_is_the_same_for_any_caller_at_any_time)
{
    static struct draws draws;

    simulator_init(&draws.simulator, 1, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    for (int id = 1; id <= IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++)
            draws.latency_ns[id - 1][task] =
                simulator_latency_ns(&draws.simulator, (enum llm_task)task, id);
    run_threads(8, compare_draws, &draws);
    assert_int_equal(draws.differing, 0);
}

TEST(latency_keeps_the_bounds_and_their_unit)
{
    static const struct {
        int64_t min_ns, max_ns, unit_ns;
    } cases[] = {
        {500 * NS_PER_MS, 1500 * NS_PER_MS, NS_PER_MS},
        {0, 7 * NS_PER_MS, NS_PER_MS},
        {1500 * NS_PER_US, 2750 * NS_PER_US, NS_PER_US},
        {NS_PER_MS, 1005 * NS_PER_US, NS_PER_US},
        {NS_PER_MS, NS_PER_MS + 9, 1},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct simulator simulator;

        simulator_init(&simulator, 1, cases[i].min_ns, cases[i].max_ns);
        for (int id = 1; id <= 2000; id++) {
            int64_t latency_ns = simulator_latency_ns(&simulator, LLM_SUMMARY, id);

            assert_between(latency_ns, cases[i].min_ns, cases[i].max_ns);
            assert_int_equal(latency_ns % cases[i].unit_ns, 0);
        }
    }
}

TEST(equal_bounds_leave_no_choice)
{
    struct simulator simulator;

    simulator_init(&simulator, 1, 70 * NS_PER_MS, 70 * NS_PER_MS);
    for (int id = 1; id <= 100; id++)
        assert_int_equal(simulator_latency_ns(&simulator, LLM_KEYWORDS, id), 70 * NS_PER_MS);
}

/* The seed is fixed, so this is the same computation each time; 30 is what one in 2,300 exceeds. */
TEST(latencies_are_spread_evenly)
{
    enum { VALUES = 10, DRAWS = 9999 };
    struct simulator simulator;
    double expected = (double)DRAWS / (double)VALUES, chi_square = 0;
    int counts[VALUES] = {0};

    simulator_init(&simulator, 1, 0, (VALUES - 1) * NS_PER_MS);
    for (int i = 0; i < DRAWS; i++)
        counts[simulator_latency_ns(&simulator, (enum llm_task)(i % LLM_TASKS), i / LLM_TASKS + 1) /
               NS_PER_MS]++;
    for (int i = 0; i < VALUES; i++)
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    assert_true(chi_square < 30);
}

/* How many of the calls get the same latency from both. */
static int count_equal(const struct simulator *a, enum llm_task a_task, const struct simulator *b,
                       enum llm_task b_task, int id_offset)
{
    int equal = 0;

    for (int id = 1; id <= 1000; id++)
        equal +=
            simulator_latency_ns(a, a_task, id) == simulator_latency_ns(b, b_task, id + id_offset);
    return equal;
}

TEST(seed_task_and_article_each_change_the_latency)
{
    struct simulator one, two;

    simulator_init(&one, 1, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    simulator_init(&two, 2, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    assert_int_equal(count_equal(&one, LLM_SUMMARY, &one, LLM_SUMMARY, 0), 1000);
    /* About one in a thousand is equal by chance. */
    assert_true(count_equal(&one, LLM_SUMMARY, &two, LLM_SUMMARY, 0) < 10);
    assert_true(count_equal(&one, LLM_SUMMARY, &one, LLM_SENTIMENT, 0) < 10);
    assert_true(count_equal(&one, LLM_SUMMARY, &one, LLM_SUMMARY, 1) < 10);
}

/* --- Latencies from elsewhere */

struct source {
    int draws;
    int64_t min_ns, max_ns;
    int64_t draw_ns;
};

static int64_t draw(void *argument, int64_t latency_min_ns, int64_t latency_max_ns)
{
    struct source *source = argument;

    source->draws++;
    source->min_ns = latency_min_ns;
    source->max_ns = latency_max_ns;
    return source->draw_ns;
}

TEST(a_latency_source_is_given_the_bounds_and_believed)
{
    struct source source = {.draw_ns = 60 * NS_PER_MS}; /* within no bounds: it decides */
    int64_t started_ns = clock_now_ns();
    struct ai_result result;

    simulated_init(&simulated, 1, 3 * NS_PER_MS, 7 * NS_PER_MS);
    simulator_set_source(&simulated.llm, draw, &source);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(llm_call(&simulated.llm, LLM_SUMMARY, &article, &result), 0);
        assert_int_equal(source.draws, i);
    }
    assert_int_equal(source.min_ns, 3 * NS_PER_MS);
    assert_int_equal(source.max_ns, 7 * NS_PER_MS);
    assert_true(clock_now_ns() - started_ns >= 3 * 60 * NS_PER_MS);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 3);
}

static int log_drawn_and_refused(void *unused)
{
    struct source source = {.draw_ns = 42 * NS_PER_MS};
    struct ai_result result;

    simulated_init(&simulated, 1, 2 * NS_PER_MS, 2 * NS_PER_MS);
    log_init("test");
    log_set_quiet(false);
    simulator_set_source(&simulated.llm, draw, &source);
    simulated.simulator.limit = 1;
    llm_call(&simulated.llm, LLM_KEYWORDS, &article, &result);
    atomic_store(&simulated.llm.meters.in_flight, 1);
    llm_call(&simulated.llm, LLM_KEYWORDS, &article, &result);
    return 0;
}

TEST(a_call_says_what_was_drawn_and_that_it_is_refused)
{
    struct child child = run_child(log_drawn_and_refused, NULL);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, "  [3] Keyword Extraction started (42ms)\n"
                                   "  [3] Keyword Extraction completed\n"
                                   "  [3] Keyword Extraction refused: 429 Too Many Requests\n");
}
