#include "unit.h"

#include "news/llm.h"
#include "observe/clock.h"
#include "observe/log.h"

#include <string.h>

static const struct article article = {.id = 3, .title = "A title", .content = "A record profit."};

static struct llm_client make_client(uint64_t seed, int64_t min_ns, int64_t max_ns)
{
    struct llm_client llm;

    llm_init(&llm, seed, min_ns, max_ns, 1);
    return llm;
}

#define IDS 500

/* The latencies of IDS articles' calls, and what made them. */
struct draws {
    struct llm_client llm;
    int64_t latency_ns[IDS][LLM_TASKS];
    atomic_int differing;
};

static void *compare_draws(void *argument)
{
    struct draws *draws = argument;

    for (int round = 0; round < 5; round++)
        for (int id = IDS; id > 0; id--)
            for (int task = 0; task < LLM_TASKS; task++)
                if (llm_latency_ns(&draws->llm, (enum llm_task)task, id) !=
                    draws->latency_ns[id - 1][task])
                    atomic_fetch_add(&draws->differing, 1);
    return NULL;
}

static void latency_is_the_same_whoever_asks_and_when(void **state)
{
    static struct draws draws;

    (void)state;
    draws.llm = make_client(1, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    for (int id = 1; id <= IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++)
            draws.latency_ns[id - 1][task] = llm_latency_ns(&draws.llm, (enum llm_task)task, id);
    run_threads(8, compare_draws, &draws);
    assert_int_equal(atomic_load(&draws.differing), 0);
}

static void latency_keeps_the_bounds_and_their_unit(void **state)
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

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_client llm = make_client(1, cases[i].min_ns, cases[i].max_ns);

        for (int id = 1; id <= 2000; id++) {
            int64_t latency_ns = llm_latency_ns(&llm, LLM_SUMMARY, id);

            assert_in_range(latency_ns, cases[i].min_ns, cases[i].max_ns);
            assert_int_equal(latency_ns % cases[i].unit_ns, 0);
        }
    }
}

static void equal_bounds_leave_no_choice(void **state)
{
    struct llm_client llm = make_client(1, 70 * NS_PER_MS, 70 * NS_PER_MS);

    (void)state;
    for (int id = 1; id <= 100; id++)
        assert_int_equal(llm_latency_ns(&llm, LLM_KEYWORDS, id), 70 * NS_PER_MS);
}

/* The seed is fixed, so this is the same computation each time; 30 is what one in 2,300 exceeds. */
static void latencies_are_spread_evenly(void **state)
{
    enum { VALUES = 10, DRAWS = 9999 };
    struct llm_client llm = make_client(1, 0, (VALUES - 1) * NS_PER_MS);
    double expected = (double)DRAWS / VALUES, chi_square = 0;
    int counts[VALUES] = {0};

    (void)state;
    for (int i = 0; i < DRAWS; i++)
        counts[llm_latency_ns(&llm, (enum llm_task)(i % LLM_TASKS), i / LLM_TASKS + 1) /
               NS_PER_MS]++;
    for (int i = 0; i < VALUES; i++)
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    assert_true(chi_square < 30);
}

/* How many of the calls get the same latency from both. */
static int count_equal(const struct llm_client *a, enum llm_task a_task, const struct llm_client *b,
                       enum llm_task b_task, int id_offset)
{
    int equal = 0;

    for (int id = 1; id <= 1000; id++)
        equal += llm_latency_ns(a, a_task, id) == llm_latency_ns(b, b_task, id + id_offset);
    return equal;
}

static void seed_task_and_article_each_change_the_latency(void **state)
{
    struct llm_client one = make_client(1, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    struct llm_client two = make_client(2, 500 * NS_PER_MS, 1500 * NS_PER_MS);

    (void)state;
    assert_int_equal(count_equal(&one, LLM_SUMMARY, &one, LLM_SUMMARY, 0), 1000);
    /* About one in a thousand is equal by chance. */
    assert_true(count_equal(&one, LLM_SUMMARY, &two, LLM_SUMMARY, 0) < 10);
    assert_true(count_equal(&one, LLM_SUMMARY, &one, LLM_SENTIMENT, 0) < 10);
    assert_true(count_equal(&one, LLM_SUMMARY, &one, LLM_SUMMARY, 1) < 10);
}

static void the_load_is_the_sum_and_the_slowest(void **state)
{
    struct llm_client llm = make_client(7, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    struct articles articles;
    struct llm_load load;
    int64_t sum_ns = 0, slowest_ns = 0;

    (void)state;
    assert_int_equal(articles_generate(&articles, 100, 1), 0);
    for (int id = 1; id <= 100; id++) {
        int64_t article_ns = llm_latency_ns(&llm, LLM_SUMMARY, id) +
                             llm_latency_ns(&llm, LLM_SENTIMENT, id) +
                             llm_latency_ns(&llm, LLM_KEYWORDS, id);

        sum_ns += article_ns;
        slowest_ns = article_ns > slowest_ns ? article_ns : slowest_ns;
    }
    load = llm_load(&llm, articles.items, articles.count, 0);
    assert_int_equal(load.sum_ns, sum_ns);
    assert_int_equal(load.slowest_ns, slowest_ns);
    articles_destroy(&articles);
}

static void a_call_takes_its_latency_at_any_speed(void **state)
{
    static const double speeds[] = {0.5, 1, 3, 7};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        struct llm_client llm;
        char answer[64];
        int64_t started_ns = clock_now_ns();

        llm_init(&llm, 1, 40 * NS_PER_MS, 40 * NS_PER_MS, speeds[i]);
        assert_int_equal(llm_call(&llm, LLM_SENTIMENT, &article, answer, sizeof answer), 0);
        assert_true((double)(clock_now_ns() - started_ns) * speeds[i] >= 40 * NS_PER_MS);
    }
}

static void calls_in_a_row_are_counted_and_one_in_flight(void **state)
{
    struct llm_client llm = make_client(1, 0, 0);
    char answer[64];

    (void)state;
    for (int i = 0; i < 7; i++)
        llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer);
    for (int i = 0; i < 3; i++)
        llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer);
    assert_int_equal(llm_calls_completed(&llm), 10);
    assert_int_equal(llm_articles_completed(&llm), 0);
    for (int i = 0; i < 2; i++)
        llm_call(&llm, LLM_SENTIMENT, &article, answer, sizeof answer);
    assert_int_equal(llm_calls_completed(&llm), 12);
    assert_int_equal(llm_articles_completed(&llm), 2);
    assert_int_equal(atomic_load(&llm.peak), 1);
    assert_int_equal(atomic_load(&llm.in_flight), 0);
}

static void *call_once(void *argument)
{
    char answer[64];

    llm_call(argument, LLM_SENTIMENT, &article, answer, sizeof answer);
    return NULL;
}

static void the_peak_is_how_many_calls_overlapped(void **state)
{
    (void)state;
    /* A machine that stalls may keep short calls apart, so they get longer until all overlap. */
    for (int64_t latency_ns = 50 * NS_PER_MS; latency_ns < 8 * NS_PER_S; latency_ns *= 2) {
        struct llm_client llm = make_client(1, latency_ns, latency_ns);

        run_threads(8, call_once, &llm);
        assert_int_equal(llm_calls_completed(&llm), 8);
        assert_int_equal(atomic_load(&llm.in_flight), 0);
        assert_in_range(atomic_load(&llm.peak), 1, 8);
        if (atomic_load(&llm.peak) == 8)
            return;
    }
    fail_msg("eight calls never overlapped");
}

static struct llm_client *watched;
static int completed_when_told;

static void note_completed(void)
{
    completed_when_told = llm_calls_completed(watched);
}

static int call_and_log(void *unused)
{
    struct llm_client llm = make_client(1, 2 * NS_PER_MS, 2 * NS_PER_MS);
    char answer[64];

    (void)unused;
    watched = &llm;
    llm.on_completed = note_completed;
    log_init("test");
    log_set_quiet(false);
    llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer);
    llm_call(&llm, LLM_SENTIMENT, &article, answer, sizeof answer);
    llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer);
    return completed_when_told;
}

static void a_call_says_when_it_starts_and_has_completed(void **state)
{
    struct child child = run_child(call_and_log, NULL);

    (void)state;
    assert_int_equal(child.status, 3);
    assert_string_equal(child.out, "  [3] Summarization started (2ms)\n"
                                   "  [3] Summarization completed\n"
                                   "  [3] Sentiment Analysis started (2ms)\n"
                                   "  [3] Sentiment Analysis completed\n"
                                   "  [3] Keyword Extraction started (2ms)\n"
                                   "  [3] Keyword Extraction completed\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_the_same_whoever_asks_and_when),
        cmocka_unit_test(latency_keeps_the_bounds_and_their_unit),
        cmocka_unit_test(equal_bounds_leave_no_choice),
        cmocka_unit_test(latencies_are_spread_evenly),
        cmocka_unit_test(seed_task_and_article_each_change_the_latency),
        cmocka_unit_test(the_load_is_the_sum_and_the_slowest),
        cmocka_unit_test(a_call_takes_its_latency_at_any_speed),
        cmocka_unit_test(calls_in_a_row_are_counted_and_one_in_flight),
        cmocka_unit_test(the_peak_is_how_many_calls_overlapped),
        cmocka_unit_test(a_call_says_when_it_starts_and_has_completed),
    };

    log_set_quiet(true);
    return UNIT_RUN(tests, argc, argv);
}
