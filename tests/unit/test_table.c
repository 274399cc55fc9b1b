#include "unit.h"

#include "lesson/outcome.h"
#include "lesson/table.h"
#include "observe/log.h"
#include "system/clock.h"

#include <stdio.h>
#include <string.h>

static const char *const compared[] = {"slow", "fast", "plain", NULL};
static const struct mode modes[] = {
    {.name = "fast", .abilities = HAS_POOL},
    {.name = "compare",
     .compared = compared,
     .next = {.file = "main.c", .read = "x", .type = "more"}},
    {.name = "slow"},
    {.name = "sweep",
     .sweeps = true,
     .abilities = HAS_POOL,
     .next = {.file = "main.c", .read = "x", .type = "go"}},
    {.name = "plain"},
};
static const struct part part = {
    .number = 9, .folder = "part-09-test", .modes = modes, .mode_count = COUNT_OF(modes)};

/* What the runs of a table are given; the runs themselves are made up. */
struct table {
    const char *mode;
    size_t workers, articles;
    uint64_t seed;
    int (*run)(const struct mode *mode, size_t workers, struct outcome *outcome);
};

static int make_table(void *argument)
{
    const struct table *table = argument;
    struct options options = {.workers = table->workers,
                              .seed = table->seed,
                              .latency_min_ns = LATENCY_MIN_DEFAULT_NS,
                              .latency_max_ns = LATENCY_MAX_DEFAULT_NS};

    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (strcmp(modes[i].name, table->mode) == 0)
            options.mode = &modes[i];
    log_init("part-09-test");
    return table_run(&part, &options, table->articles, table->run);
}

static struct child make(const char *mode, size_t workers, size_t articles,
                         int (*run)(const struct mode *mode, size_t workers,
                                    struct outcome *outcome))
{
    struct table table = {mode, workers, articles, 1, run};

    return run_child(make_table, &table);
}

/* Ten seconds of calls; slow takes all of it, fast 2.5 s, plain 5 s. Says when it is called. */
static int run_mode(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    int64_t part_of = strcmp(mode->name, "fast") == 0    ? 4
                      : strcmp(mode->name, "plain") == 0 ? 2
                                                         : 1;

    log_print("run %s with %zu\n", mode->name, workers);
    *outcome = (struct outcome){.counts = {.articles = 3, .processed = 3},
                                .bounds.sum_ns = 10 * NS_PER_S,
                                .times.elapsed_ns = 10 * NS_PER_S / part_of,
                                .calls.peak = (int)part_of};
    return STATUS_COMPLETE;
}

TEST(modes_are_compared_row_by_row_in_their_order)
{
    struct child child = make("compare", 0, 3, run_mode);

    assert_int_equal(child.status, STATUS_COMPLETE);
    assert_string_equal(child.out, "\n"
                                   "  mode                    time  speed-up  in flight  articles\n"
                                   "run slow with 0\n"
                                   "  slow                10.000 s      1.0x          1  3 of 3\n"
                                   "run fast with 0\n"
                                   "  fast                 2.500 s      4.0x          4  3 of 3\n"
                                   "run plain with 0\n"
                                   "  plain                5.000 s      2.0x          2  3 of 3\n"
                                   "\n"
                                   "Same load    --seed=1\n"
                                   "One at a time 10.000 s: speed-up is against that.\n"
                                   "slow took 4.0 times as long as fast.\n"
                                   "\n"
                                   "Read next    part-09-test/main.c\n"
                                   "Type next    more\n");
}

/* Two workers and more take half of the ten seconds, so that more are worth less. */
static int run_pool(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    int64_t half = workers > 1 ? 2 : 1;

    log_print("run %s with %zu\n", mode->name, workers);
    *outcome = (struct outcome){.counts = {.articles = 4, .processed = 4},
                                .bounds.sum_ns = 10 * NS_PER_S,
                                .times.elapsed_ns = 10 * NS_PER_S / half,
                                .calls.peak = (int)half};
    return STATUS_COMPLETE;
}

TEST(a_sweep_shows_what_each_number_of_workers_is_worth)
{
    struct child child = make("sweep", 0, 4, run_pool);

    assert_int_equal(child.status, STATUS_COMPLETE);
    assert_string_equal(child.out,
                        "\n"
                        "   workers          time  speed-up  efficiency  in flight  articles\n"
                        "run sweep with 1\n"
                        "         1      10.000 s      1.0x       100 %          1  4 of 4\n"
                        "run sweep with 2\n"
                        "         2       5.000 s      2.0x       100 %          2  4 of 4\n"
                        "run sweep with 4\n"
                        "         4       5.000 s      2.0x        50 %          2  4 of 4\n"
                        "\n"
                        "Same load    --seed=1\n"
                        "One at a time 10.000 s: speed-up is against that; efficiency is per "
                        "worker.\n"
                        "\n"
                        "Read next    part-09-test/main.c\n"
                        "Type next    go\n");
}

/* Only the numbers of workers. */
static int list_workers(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    fprintf(stderr, "%zu ", workers);
    *outcome = (struct outcome){
        .counts = {.articles = 1, .processed = 1}, .times.elapsed_ns = 1, .bounds.sum_ns = 1};
    return STATUS_COMPLETE;
}

TEST(a_sweep_goes_1_2_5_10_up_to_the_most)
{
    static const struct {
        size_t workers, articles;
        const char *expected;
    } cases[] = {
        {0, 1, "1 "},
        {0, 2, "1 2 "},
        {0, 20, "1 2 5 10 20 "},
        {0, 25, "1 2 5 10 20 25 "},
        /* Without a word on it, no more workers than articles, and a hundred at most. */
        {0, 100, "1 2 5 10 20 50 100 "},
        {0, 5000, "1 2 5 10 20 50 100 "},
        {1, 20, "1 "},
        {3, 20, "1 2 3 "},
        {50, 20, "1 2 5 10 20 50 "},
        {9999, 20, "1 2 5 10 20 50 100 200 500 1000 2000 5000 9999 "},
        {WORKERS_MAX, 20, "1 2 5 10 20 50 100 200 500 1000 2000 5000 10000 "},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct child child = make("sweep", cases[i].workers, cases[i].articles, list_workers);

        assert_int_equal(child.status, STATUS_COMPLETE);
        assert_string_equal(child.err, cases[i].expected);
    }
}

/* The second run loses an article and is refused calls; the third is complete again. */
static int run_with_loss(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    run_mode(mode, workers, outcome);
    if (strcmp(mode->name, "fast") != 0)
        return STATUS_COMPLETE;
    outcome->counts.processed = 2;
    outcome->calls.refused = 17;
    outcome->limits.at_once = 5;
    return STATUS_INCOMPLETE;
}

TEST(what_one_run_lost_and_was_refused_is_told_and_the_others_are_made)
{
    struct child child = make("compare", 0, 3, run_with_loss);

    assert_int_equal(child.status, STATUS_INCOMPLETE);
    assert_non_null(strstr(child.out,
                           "  fast                 2.500 s         -          4  2 of 3\n"
                           "            17 calls refused: 429, the provider takes 5 at "
                           "once\n"
                           "run plain with 0\n"));
    assert_non_null(strstr(child.out, "  3 of 3\n\nSame load "));
    assert_null(strstr(strstr(child.out, "refused") + 1, "refused"));
}

/* One that could not be made at all. */
static int run_with_failure(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    if (strcmp(mode->name, "fast") != 0)
        return run_mode(mode, workers, outcome);
    fputs("why\n", stderr);
    return STATUS_INCOMPLETE;
}

TEST(a_run_that_cannot_be_made_ends_the_table)
{
    struct child child = make("compare", 0, 3, run_with_failure);

    assert_int_equal(child.status, STATUS_INCOMPLETE);
    assert_string_equal(child.err, "why\n");
    assert_string_equal(child.out, "\n"
                                   "  mode                    time  speed-up  in flight  articles\n"
                                   "run slow with 0\n"
                                   "  slow                10.000 s      1.0x          1  3 of 3\n");
}

TEST(the_load_is_told_so_that_it_can_be_had_again)
{
    struct table table = {"compare", 0, 3, 42, run_mode};
    struct child child = run_child(make_table, &table);

    assert_non_null(strstr(child.out, "\nSame load    --seed=42\n"));
}
