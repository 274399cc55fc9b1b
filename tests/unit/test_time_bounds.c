#include "unit.h"

#include "simulated.h"

#include "news/time_bounds.h"
#include "system/clock.h"

TEST(the_load_is_the_sum_and_the_slowest)
{
    struct simulator simulator;
    struct articles articles;
    struct time_bounds bounds;
    int64_t sum_ns = 0, slowest_ns = 0;

    simulator_init(&simulator, 7, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    assert_int_equal(articles_generate(&articles, 100, 1), 0);
    for (int id = 1; id <= 100; id++) {
        int64_t article_ns = simulator_latency_ns(&simulator, LLM_SUMMARY, id) +
                             simulator_latency_ns(&simulator, LLM_SENTIMENT, id) +
                             simulator_latency_ns(&simulator, LLM_KEYWORDS, id);

        sum_ns += article_ns;
        slowest_ns = article_ns > slowest_ns ? article_ns : slowest_ns;
    }
    bounds = time_bounds_of(&simulator, articles.items, articles.count, 0, false);
    assert_int_equal(bounds.sum_ns, sum_ns);
    assert_int_equal(bounds.slowest_ns, slowest_ns);
    articles_destroy(&articles);
}

/* The schedule of a pool. */

/* With latencies of 1 to 9 ms and the seed 1; so long do the calls of articles 1 to 8 take. */
static const int article_ms[] = {13, 23, 14, 13, 19, 16, 16, 15};

TEST(a_pool_takes_as_long_as_worked_out_by_hand)
{
    /*
     * Three workers: 1, 4 and 7 go to the first, which is free again at 13, 26 and 42; 2 and 6 to
     * the second, at 23 and 39; 3, 5 and 8 to the third, at 14, 33 and 48. Dealt out in turn it
     * would be 57, and 47 with the longest first.
     */
    static const struct {
        size_t workers;
        int64_t ms;
    } cases[] = {{1, 129}, {2, 67}, {3, 48}, {8, 23}, {9, 23}, {1000, 23}, {0, 23}};
    struct simulator simulator;
    struct articles articles;

    simulator_init(&simulator, 1, NS_PER_MS, 9 * NS_PER_MS);
    assert_int_equal(articles_generate(&articles, COUNT_OF(article_ms), 1), 0);
    for (size_t i = 0; i < articles.count; i++)
        assert_int_equal(time_bounds_of(&simulator, &articles.items[i], 1, 0, false).sum_ns,
                         article_ms[i] * NS_PER_MS);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct time_bounds bounds =
            time_bounds_of(&simulator, articles.items, articles.count, cases[i].workers, false);

        assert_int_equal(bounds.greedy_ns, cases[i].ms * NS_PER_MS);
        assert_int_equal(bounds.sum_ns, 129 * NS_PER_MS);
        assert_int_equal(bounds.slowest_ns, 23 * NS_PER_MS);
    }
    articles_destroy(&articles);
}

#define WORKERS 130

/* The same schedule, in the slow and obvious way. */
static int64_t schedule_ns(const struct simulator *simulator, const struct articles *articles,
                           size_t workers)
{
    int64_t free_ns[WORKERS] = {0}, end_ns = 0;

    for (size_t i = 0; i < articles->count; i++) {
        size_t first = 0;

        for (size_t worker = 1; worker < workers; worker++)
            if (free_ns[worker] < free_ns[first])
                first = worker;
        free_ns[first] += time_bounds_of(simulator, &articles->items[i], 1, 0, false).sum_ns;
        if (free_ns[first] > end_ns)
            end_ns = free_ns[first];
    }
    return end_ns;
}

TEST(a_pool_of_any_size_keeps_its_bounds)
{
    struct simulator simulator;
    struct articles articles;

    simulator_init(&simulator, 5, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    assert_int_equal(articles_generate(&articles, 120, 1), 0);
    for (size_t workers = 1; workers <= WORKERS; workers++) {
        struct time_bounds bounds =
            time_bounds_of(&simulator, articles.items, articles.count, workers, false);

        assert_int_equal(bounds.greedy_ns, schedule_ns(&simulator, &articles, workers));
        assert_true(bounds.greedy_ns * (int64_t)workers >= bounds.sum_ns);
        assert_true(bounds.greedy_ns >= bounds.slowest_ns);
        if (workers == 1)
            assert_int_equal(bounds.greedy_ns, bounds.sum_ns);
        if (workers >= articles.count)
            assert_int_equal(bounds.greedy_ns, bounds.slowest_ns);
    }
    articles_destroy(&articles);
}

static int64_t draw_nothing(void *draws, int64_t latency_min_ns, int64_t latency_max_ns)
{
    ++*(int *)draws;
    return 0;
}

TEST(the_load_is_that_of_the_pure_function_all_the_same)
{
    struct article first = {.id = 1};
    struct simulated simulated;
    int draws = 0;

    simulated_init(&simulated, 1, NS_PER_MS, 9 * NS_PER_MS);
    simulator_set_source(&simulated.llm, draw_nothing, &draws);
    assert_int_equal(time_bounds_of(&simulated.simulator, &first, 1, 1, false).sum_ns,
                     article_ms[0] * NS_PER_MS);
    assert_int_equal(draws, 0);
}
