#include "unit.h"

#include "lesson/options.h"
#include "observe/log.h"

#include <string.h>
#include <unistd.h>

static const char *const compared[] = {"pool", "plain", NULL};
static const struct mode modes[] = {
    {.name = "plain"},
    {.name = "pool",
     .abilities = HAS_POOL,
     .workers = 3,
     .provider_limit = 7,
     .faults = {.error_rate = 0.25,
                .hang_rate = 0.5,
                .rate = 3,
                .outage_from_ns = NS_PER_S,
                .outage_to_ns = 2 * NS_PER_S}},
    {.name = "sweep", .abilities = HAS_POOL, .sweeps = true},
    {.name = "compare", .compared = compared},
    {.name = "stages", .abilities = HAS_STAGES},
    {.name = "store", .abilities = HAS_STAGES | HAS_STORE},
};
enum { PLAIN, POOL, SWEEP, COMPARE, STAGES, STORE };
static const struct part part = {.folder = "part-09-test",
                                 .modes = modes,
                                 .mode_count = COUNT_OF(modes),
                                 .articles = 20,
                                 .abilities = KEEPS_ACCOUNT};

static const struct simulator_faults none;

/* Options of which only the mode was given. */
static struct options give(int mode)
{
    return (struct options){.mode = &modes[mode],
                            .runs = 1,
                            .provider_limit = LIMIT_NOT_GIVEN,
                            .faults = FAULTS_NOT_GIVEN};
}

static int combine(void *options)
{
    log_init(part.folder);
    return combine_options(options, &part) ? 0 : 1;
}

/* One line on standard error: the program's name, and this. */
static void assert_refused(struct options options, const char *expected)
{
    struct child child = run_child(combine, &options);
    char line[160];

    snprintf(line, sizeof line, "%s: %s\n", part.folder, expected);
    assert_int_equal(child.status, 1);
    assert_string_equal(child.out, "");
    assert_string_equal(child.err, line);
}

static struct options complete(struct options options)
{
    assert_true(combine_options(&options, &part));
    return options;
}

static void what_was_not_given_is_the_modes_and_the_parts(void **state)
{
    struct options options = complete(give(POOL));

    assert_int_equal(options.articles, 20);
    assert_int_equal(options.workers, 3);
    assert_int_equal(options.provider_limit, 7);
    assert_memory_equal(&options.faults, &modes[POOL].faults, sizeof options.faults);

    options = complete(give(STAGES));
    assert_int_equal(options.workers, 0);
    assert_int_equal(options.provider_limit, 0);
    assert_memory_equal(&options.faults, &none, sizeof none);
    assert_memory_equal(options.stage_workers, ((size_t[]){4, 4, 2}), sizeof options.stage_workers);
}

static void what_was_given_stays(void **state)
{
    struct options options = give(POOL);

    options.articles = 5;
    options.workers = 6;
    options.provider_limit = 0;
    options.faults = none;
    assert_true(combine_options(&options, &part));
    assert_int_equal(options.articles, 5);
    assert_int_equal(options.workers, 6);
    assert_int_equal(options.provider_limit, 0);
    assert_memory_equal(&options.faults, &none, sizeof none);

    options = give(STAGES);
    memcpy(options.stage_workers, (size_t[]){1, 2, 3}, sizeof options.stage_workers);
    assert_true(combine_options(&options, &part));
    assert_int_equal(options.stage_workers[0], 1);
    assert_int_equal(options.stage_workers[2], 3);
}

static void an_input_has_as_many_articles_as_it_has(void **state)
{
    struct options options = give(PLAIN);

    options.input = "file";
    assert_true(combine_options(&options, &part));
    assert_int_equal(options.articles, 0);
}

static void a_sweep_chooses_its_workers_itself(void **state)
{
    struct options options = complete(give(SWEEP));

    assert_int_equal(options.workers, 0);
    options = give(SWEEP);
    options.workers = 30;
    assert_true(combine_options(&options, &part));
    assert_int_equal(options.workers, 30);
}

static void workers_without_a_pool_are_refused(void **state)
{
    struct options options = give(PLAIN);

    options.workers = 3;
    assert_refused(options, "--workers=3: cannot go with --mode=plain, which has no pool");
    options.mode = &modes[COMPARE];
    assert_refused(options, "--workers=3: cannot go with --mode=compare, which has no pool");
}

static void a_table_is_made_once(void **state)
{
    struct options options = give(COMPARE);

    options.runs = 2;
    assert_refused(options,
                   "--runs=2: cannot go with --mode=compare, which makes several runs itself");
    options.mode = &modes[SWEEP];
    assert_refused(options,
                   "--runs=2: cannot go with --mode=sweep, which makes several runs itself");
    options.runs = 1;
    assert_true(combine_options(&options, &part));
}

static void several_runs_write_no_output(void **state)
{
    struct options options = give(COMPARE);

    options.output = "new";
    assert_refused(options, "--output=new: cannot go with --mode=compare, which keeps no results");
    options.mode = &modes[SWEEP];
    assert_refused(options, "--output=new: cannot go with --mode=sweep, which keeps no results");
    options.mode = &modes[PLAIN];
    options.runs = 2;
    assert_refused(options, "--output=new: cannot go with --runs, which keeps no results");
    options.runs = 1;
    assert_true(combine_options(&options, &part));
}

static void stages_and_a_store_are_the_modes_own(void **state)
{
    struct options options = give(PLAIN);

    options.stage_workers[0] = 1;
    assert_refused(options,
                   "--stage-workers: cannot go with --mode=plain, which has no such stages");
    options = give(STAGES);
    options.store = "file";
    assert_refused(options, "--store=file: cannot go with --mode=stages, which has no store");
    options.mode = &modes[STORE];
    assert_true(combine_options(&options, &part));
    options.runs = 2;
    assert_refused(options, "--runs=2: cannot go with --store: the second run would find all done");
}

static void the_output_is_not_the_store(void **state)
{
    struct options options = give(STORE);

    write_file("file", "", 0);
    assert_int_equal(link("file", "hard"), 0);
    assert_int_equal(symlink("file", "soft"), 0);
    write_file("other", "", 0);
    options.store = "file";
    options.output = "other";
    assert_true(combine_options(&options, &part));
    options.output = "file";
    assert_refused(options, "--output=file: cannot be the store, which it would replace");
    options.output = "hard";
    assert_refused(options, "--output=hard: cannot be the store, which it would replace");
    options.output = "./soft";
    assert_refused(options, "--output=./soft: cannot be the store, which it would replace");
}

static void files_that_do_not_exist_are_the_same_by_name_alone(void **state)
{
    assert_true(is_same_file("missing", "missing"));
    assert_false(is_same_file("missing", "./missing"));
    assert_true(is_same_file("/dev/null", "/dev//null"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_given_is_the_modes_and_the_parts),
        cmocka_unit_test(what_was_given_stays),
        cmocka_unit_test(an_input_has_as_many_articles_as_it_has),
        cmocka_unit_test(a_sweep_chooses_its_workers_itself),
        cmocka_unit_test(workers_without_a_pool_are_refused),
        cmocka_unit_test(a_table_is_made_once),
        cmocka_unit_test(several_runs_write_no_output),
        cmocka_unit_test(stages_and_a_store_are_the_modes_own),
        cmocka_unit_test(the_output_is_not_the_store),
        cmocka_unit_test(files_that_do_not_exist_are_the_same_by_name_alone),
    };

    return UNIT_RUN(tests, argc, argv);
}
