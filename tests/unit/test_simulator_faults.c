#include "unit.h"

#include "simulated.h"

#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>

/* --- Which calls fail */

#define IDS 3000

static int count_failures(double error_rate, uint64_t seed)
{
    struct simulated simulated;
    int failures = 0;

    simulated_init(&simulated, seed, 0, 0);
    simulated.simulator.faults.error_rate = error_rate;
    for (int id = 1; id <= IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++) {
            struct article_error error = {0};

            failures += simulated_request(&simulated, (enum llm_task)task, id, NULL, &error) == EIO;
        }
    assert_int_equal(simulated.llm.meters.failed, failures);
    assert_int_equal(simulated.llm.meters.asked, IDS * LLM_TASKS);
    simulated_assert_adds_up(&simulated);
    return failures;
}

/* Of 9,000 calls; the seeds are fixed, so this is the same computation each time. */
TEST(the_error_rate_is_the_share_that_fails)
{
    /* Within four standard deviations of the mean. */
    static const struct {
        double rate;
        int least, most;
    } cases[] = {{0, 0, 0},         {0.01, 53, 127},   {0.1, 787, 1013},
                 {0.5, 4311, 4689}, {0.9, 7987, 8213}, {1, 9000, 9000}};

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            assert_between(count_failures(cases[i].rate, seed), cases[i].least, cases[i].most);
}

#define ATTEMPTS 3
#define DRAWN_IDS 200

/* Whether each attempt of a share of one half fails. */
struct draws {
    uint64_t seed;
    double speed;
    bool fails[DRAWN_IDS + 1][LLM_TASKS][ATTEMPTS];
    atomic_int differing;
};

static bool draw(const struct draws *draws, int id, int task, int attempt)
{
    struct simulated simulated;
    struct article_error error = {.attempt = attempt};

    simulated_init(&simulated, draws->seed, 0, 0);
    simulated.llm.speed = draws->speed;
    simulated.simulator.faults.error_rate = 0.5;
    return simulated_request(&simulated, (enum llm_task)task, id, NULL, &error) == EIO;
}

static void draw_all(struct draws *draws)
{
    for (int id = 1; id <= DRAWN_IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++)
            for (int attempt = 0; attempt < ATTEMPTS; attempt++)
                draws->fails[id][task][attempt] = draw(draws, id, task, attempt);
}

static void *compare_draws(void *argument)
{
    struct draws *draws = argument;

    for (int id = DRAWN_IDS; id > 0; id--)
        for (int attempt = ATTEMPTS - 1; attempt >= 0; attempt--)
            for (int task = 0; task < LLM_TASKS; task++)
                if (draw(draws, id, task, attempt) != draws->fails[id][task][attempt])
                    atomic_fetch_add(&draws->differing, 1);
    return NULL;
}

TEST(what_fails_is_the_same_for_any_caller_at_any_time)
{
    static struct draws draws = {.seed = 5, .speed = 1};

    draw_all(&draws);
    draws.speed = 1000;
    run_threads(8, compare_draws, &draws);
    assert_int_equal(draws.differing, 0);
}

TEST(seed_article_task_and_attempt_each_change_what_fails)
{
    static struct draws one = {.seed = 5, .speed = 1}, other = {.seed = 6, .speed = 1};
    int seeds = 0, articles = 0, tasks = 0, attempts = 0;

    draw_all(&one);
    draw_all(&other);
    for (int id = 1; id < DRAWN_IDS; id++) {
        seeds += one.fails[id][0][0] == other.fails[id][0][0];
        articles += one.fails[id][0][0] == one.fails[id + 1][0][0];
        tasks += one.fails[id][0][0] == one.fails[id][1][0];
        attempts += one.fails[id][0][0] == one.fails[id][0][1];
    }
    /* Half of 199, within four standard deviations. */
    assert_between(seeds, 71, 128);
    assert_between(articles, 71, 128);
    assert_between(tasks, 71, 128);
    assert_between(attempts, 71, 128);
}

/* --- The outage. Its clock starts with the client, so it is set back to be somewhere. */

TEST(what_starts_in_the_outage_fails)
{
    static const struct {
        int64_t from_s, to_s;
        double speed;
        int expected;
    } cases[] = {
        /* A hundred seconds have passed, and the machine may take hundreds more. */
        {0, 600, 1, EIO},    {50, 600, 1, EIO},  {0, 50, 1, 0},  {100, 100, 1, 0},
        {500, 600, 1, 0},    {500, 600, 5, EIO}, {0, 600, 6, 0}, {0, 0, 1, 0},
        {40, 600, 0.5, EIO}, {60, 600, 0.5, 0},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct simulated simulated;

        simulated_init(&simulated, 1, 0, 0);
        simulated.llm.started_ns = clock_now_ns() - 100 * NS_PER_S;
        simulated.llm.speed = cases[i].speed;
        simulated.simulator.faults.outage_from_ns = cases[i].from_s * NS_PER_S;
        simulated.simulator.faults.outage_to_ns = cases[i].to_s * NS_PER_S;
        for (int id = 1; id <= 5; id++)
            assert_int_equal(simulated_first(&simulated, id), cases[i].expected);
        assert_int_equal(simulated.llm.meters.failed, cases[i].expected == 0 ? 0 : 5);
        simulated_assert_adds_up(&simulated);
    }
}

TEST(who_started_before_the_outage_is_answered_in_it)
{
    struct simulated simulated;

    simulated_init(&simulated, 1, 0, 0);
    simulated.simulator.latency_min_ns = simulated.simulator.latency_max_ns = 600 * NS_PER_S;
    simulated.llm.speed = 500; /* a call takes 1.2 s, and the outage begins after 1.1 s */
    simulated.simulator.faults.outage_from_ns = 550 * NS_PER_S;
    simulated.simulator.faults.outage_to_ns = 3600 * NS_PER_S;
    simulated.llm.started_ns = clock_now_ns();
    assert_int_equal(simulated_first(&simulated, 1), 0);
    assert_int_equal(simulated_first(&simulated, 2), EIO);
}
