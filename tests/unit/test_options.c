#include "unit.h"

#include "lesson/options.h"
#include "news/store.h"
#include "observe/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct mode modes[] = {{.name = "first", .summary = "the first way"},
                                    {.name = "other-way", .summary = "another way"}};
static const struct part part = {.number = 9,
                                 .folder = "part-09-test",
                                 .title = "a part for tests",
                                 .modes = modes,
                                 .mode_count = COUNT_OF(modes)};

/* One with a pool, whose modes and whose number of articles are its own. */
static const char *const compared[] = {"pool", "crowd", NULL};
static const struct mode pool_modes[] = {
    {.name = "pool", .summary = "a pool", .abilities = HAS_POOL},
    {.name = "small", .summary = "a small pool", .abilities = HAS_POOL, .workers = 3},
    {.name = "crowd", .summary = "no pool", .provider_limit = 7},
    {.name = "sweep", .summary = "many pools", .abilities = HAS_POOL, .sweeps = true},
    {.name = "compare", .summary = "two modes", .compared = compared},
};
static const struct part pool_part = {.number = 8,
                                      .folder = "part-09-test",
                                      .title = "a part with a pool",
                                      .modes = pool_modes,
                                      .mode_count = COUNT_OF(pool_modes),
                                      .articles = 20};

/* One that can do everything, with a provider that misbehaves in one mode. */
static const struct mode able_modes[] = {
    {.name = "good", .summary = "no faults", .abilities = HAS_POOL | HAS_STAGES | HAS_STORE},
    {.name = "no-store", .summary = "stages alone", .abilities = HAS_STAGES},
    {.name = "bad",
     .summary = "faults",
     .faults = {.error_rate = 0.25,
                .hang_rate = 0.5,
                .rate = 3,
                .outage_from_ns = NS_PER_S,
                .outage_to_ns = 2 * NS_PER_S},
     .timeout_ns = 5 * NS_PER_S,
     .call_timeout_ns = NS_PER_S},
};
static const struct part able_part = {.number = 7,
                                      .folder = "part-09-test",
                                      .title = "a part with everything",
                                      .modes = able_modes,
                                      .mode_count = COUNT_OF(able_modes),
                                      .abilities = KEEPS_ACCOUNT | SHUTS_DOWN};

/* Whose command line is parsed. */
static const struct part *lesson = &part;

#define WORDS_MAX 4

/* Parses in a child, since getopt keeps its place; prints what the options became. */
static int parse_and_print(void *argument)
{
    char *const *words = argument;
    char *argv[WORDS_MAX + 2] = {(char[]){"part-09-test"}};
    struct options options;
    enum options_result result;
    int argc = 1;

    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = words[argc - 1];
    log_init("part-09-test");
    result = options_parse(&options, lesson, argc, argv);
    if (result == OPTIONS_RUN)
        printf("mode=%s articles=%zu input=%s output=%s latency=%" PRId64 "..%" PRId64
               " seed=%" PRIu64 " speed=%g runs=%zu workers=%zu limit=%zu watch=%d quiet=%d\n"
               "errors=%g hangs=%g rate=%g outage=%" PRId64 "..%" PRId64 " timeout=%" PRId64
               " call=%" PRId64 " drain=%d stages=%zu,%zu,%zu store=%s\n",
               options.mode->name, options.articles, options.input != NULL ? options.input : "-",
               options.output != NULL ? options.output : "-", options.latency_min_ns,
               options.latency_max_ns, options.seed, options.speed, options.runs, options.workers,
               options.provider_limit, !options.no_watch, options.quiet, options.faults.error_rate,
               options.faults.hang_rate, options.faults.rate, options.faults.outage_from_ns,
               options.faults.outage_to_ns, options.timeout_ns, options.call_timeout_ns,
               options.drain, options.stage_workers[0], options.stage_workers[1],
               options.stage_workers[2], options.store != NULL ? options.store : "-");
    return (int)result;
}

static struct child parse(const char *first, const char *second, const char *third)
{
    const char *words[WORDS_MAX + 1] = {first, second, third};

    return run_child(parse_and_print, words);
}

static void assert_accepted(const char *first, const char *second, const char *third,
                            const char *expected)
{
    struct child child = parse(first, second, third);

    if (child.status != OPTIONS_RUN || strstr(child.out, expected) == NULL || child.err[0] != '\0')
        fail_msg("%s: status %d, without %s: %s%s", first, child.status, expected, child.out,
                 child.err);
}

/* One line on standard error that names the program and says this. */
static void assert_refused(const char *first, const char *second, const char *expected)
{
    struct child child = parse(first, second, NULL);

    if (child.status != OPTIONS_WRONG || count_lines(child.err) != 1 || child.out[0] != '\0' ||
        strncmp(child.err, "part-09-test: ", strlen("part-09-test: ")) != 0 ||
        strstr(child.err, expected) == NULL)
        fail_msg("%s: status %d, without %s: %s%s", first, child.status, expected, child.out,
                 child.err);
}

struct taken {
    const char *word, *expected;
};

static void assert_all_accepted(const struct taken *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_accepted(cases[i].word, NULL, NULL, cases[i].expected);
}

/* The option with each of these values, and what is said of it. */
static void assert_values_refused(const char *option, const char *const values[],
                                  const char *allowed)
{
    char word[64], expected[320];

    for (; *values != NULL; values++) {
        snprintf(word, sizeof word, "--%s=%s", option, *values);
        snprintf(expected, sizeof expected, ": %s: %s\n", word, allowed);
        assert_refused(word, NULL, expected);
    }
}

TEST(without_options_there_are_defaults)
{
    assert_accepted(NULL, NULL, NULL,
                    "mode=first articles=10 input=- output=- latency=500000000..1500000000 seed=1 "
                    "speed=1 runs=1 workers=0 limit=0 watch=1 quiet=0\n");
}

TEST(good_values_are_taken)
{
    static const struct taken cases[] = {
        {"--mode=other-way", "mode=other-way "},
        {"--mode=first", "mode=first "},
        {"--articles=1", " articles=1 "},
        {"--articles=1000000", " articles=1000000 "},
        {"--latency=0ms..0ms", " latency=0..0 "},
        {"--latency=1.5ms..2s", " latency=1500000..2000000000 "},
        {"--latency=5us..7us", " latency=5000..7000 "},
        {"--latency=600s..600s", " latency=600000000000..600000000000 "},
        {"--seed=0", " seed=0 "},
        {"--seed=18446744073709551615", " seed=18446744073709551615 "},
        {"--speed=0.001", " speed=0.001 "},
        {"--speed=1000000", " speed=1e+06 "},
        {"--speed=2.5", " speed=2.5 "},
        {"--runs=1", " runs=1 "},
        {"--runs=100000", " runs=100000 "},
        {"--quiet", " quiet=1\n"},
        {"--no-watch", " watch=0 quiet=0\n"},
    };

    assert_all_accepted(cases, COUNT_OF(cases));
}

TEST(one_dash_or_two_and_the_value_in_either_place)
{
    assert_accepted("-articles=20", "-quiet", NULL, " articles=20 ");
    assert_accepted("--articles", "20", "--quiet", " quiet=1\n");
    assert_accepted("-articles", "20", NULL, " articles=20 ");
    assert_accepted("-mode", "other-way", NULL, "mode=other-way ");
    assert_accepted("--articles=20", "--", NULL, " articles=20 ");
}

TEST(the_last_of_equal_options_counts)
{
    assert_accepted("--articles=3", "--articles=4", NULL, " articles=4 ");
    assert_accepted("--mode=other-way", "--mode=first", NULL, "mode=first ");
}

TEST(bad_values_are_refused_with_what_is_allowed)
{
    static const char *const articles[] = {"",   "0",  "-3",      "+3",   "ten", "1e9",
                                           " 5", "5 ", "1000001", "0x10", NULL};
    static const char *const runs[] = {"",    "0", "-1", "100001", "99999999999999999999",
                                       "2.0", NULL};
    static const char *const seeds[] = {"",    "-1", "18446744073709551616", "x", "randomly",
                                        "1.0", NULL};
    static const char *const speeds[] = {"",    "0",      "-1",      "nan",   "inf", "1x", "0x10",
                                         "1e9", "0.0009", "1000001", "1e999", "+1",  NULL};
    static const char *const latencies[] = {"",           "5",         "5ms",      "..",
                                            "1..2",       "1s..2",     "1..2s",    "-1ms..2ms",
                                            "1ms..2h",    "1ms..601s", "5ns..7us", "0x1ms..0x2ms",
                                            "nans..infs", "1ms...2ms", NULL};
    static const char *const reversed[] = {"9s..1s", "2ms..1999us", NULL};
    static const char *const modes_not_there[] = {"", "nope", "First", "firs", NULL};
    static const char *const empty[] = {"", NULL};

    assert_values_refused("articles", articles, "must be a whole number from 1 to 1000000");
    assert_values_refused("runs", runs, "must be a whole number from 1 to 100000");
    assert_values_refused("seed", seeds,
                          "must be a whole number from 0 to 18446744073709551615, or random");
    assert_values_refused("speed", speeds, "must be a number from 0.001 to 1000000");
    assert_values_refused("latency", latencies,
                          "must be MIN..MAX, each a number from 0 with a unit (us, ms, s; at most "
                          "600s), as 500ms..1500ms");
    assert_values_refused("latency", reversed,
                          "must be MIN..MAX with MIN not above MAX, as 500ms..1500ms");
    assert_values_refused("mode", modes_not_there, "must be one of: first, other-way");
    assert_values_refused("input", empty, "must be the name of a file");
    assert_values_refused("output", empty, "must be the name of a file");
}

TEST(unknown_words_are_refused_with_the_known_ones)
{
    static const char *const words[] = {"--nope",   "--nope=1", "-x",   "--x=1",
                                        "---quiet", "-",        "nope", "-9"};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct child child = parse(words[i], NULL, NULL);

        assert_refused(words[i], NULL, "; the options are --mode, --articles, --input, ");
        assert_non_null(strstr(child.err, words[i]));
    }
    assert_refused("--quiet", "nope", "nope: unknown argument; the options are --mode");
    assert_refused("nope", "--help", "nope: unknown argument; the options are --mode");
}

TEST(abbreviations_are_refused)
{
    static const char *const words[] = {"--article=5", "-a=5", "--q", "--se=1", "--s=1", "--h"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        assert_refused(words[i], NULL, ": unknown option; the options are --mode");
    assert_refused("--articl", "5", "--articl: unknown option");
}

TEST(a_value_missing_or_too_many_is_refused)
{
    assert_refused("--articles", NULL, "--articles: needs a value\n");
    assert_refused("--quiet=1", NULL, "--quiet=1: takes no value\n");
    assert_refused("--no-watch=1", NULL, "--no-watch=1: takes no value\n");
}

TEST(a_random_seed_is_drawn)
{
    bool differs = false;

    for (int i = 0; i < 20 && !differs; i++) {
        struct child child = parse("--seed=random", NULL, NULL);

        assert_int_equal(child.status, OPTIONS_RUN);
        differs = strstr(child.out, " seed=1 ") == NULL;
    }
    assert_true(differs);
}

/* Whether the JSON library is built in. */
static bool can_write(void)
{
    return ai_results_can_be_written();
}

TEST(files_are_taken_or_refused_before_the_run)
{
    static const char *const pictures[] = {"--svg", "--replay", "--trace"};

    for (size_t i = 0; i < COUNT_OF(pictures); i++) {
        char option[32], words[128];

        snprintf(option, sizeof option, "%s=no/new", pictures[i]);
        snprintf(words, sizeof words, "%s: cannot be written: No such file or directory\n", option);
        assert_refused(option, NULL, words);
        snprintf(option, sizeof option, "%s=new", pictures[i]);
        assert_accepted(option, NULL, NULL, " articles=10 ");
        assert_refused("--runs=2", option, "--runs=2: cannot go with --svg, --replay or --trace");
    }
    assert_accepted("--input=missing", NULL, NULL, " articles=0 input=missing ");
    assert_accepted("--input=a", "--articles=3", NULL, " articles=3 input=a ");
    if (!can_write()) {
        assert_refused("--output=a", NULL, "--output=a: cannot be written: this program was built");
        return;
    }
    assert_accepted("--output=new", NULL, NULL, " output=new ");
    assert_accepted("--output=/dev/null", NULL, NULL, " output=/dev/null ");
    assert_refused("--output=no/new", NULL,
                   "--output=no/new: cannot be written: No such file or directory\n");
    assert_refused("--output=.", NULL, "--output=.: cannot be written: Is a directory\n");
    assert_refused("--output=new", "--runs=2", "--output=new: cannot go with --runs");
}

TEST(help_and_version_are_answered_on_standard_output)
{
    static const char *const words[] = {
        "first",         "other-way",          "--mode=NAME", "--articles=N", "--input=FILE",
        "--output=FILE", "--latency=MIN..MAX", "--seed=N",    "--speed=X",    "--runs=N",
        "--quiet",       "Status: 0"};
    struct child help = parse("--help", "--nope", NULL), version = parse("-version", NULL, NULL);

    assert_int_equal(help.status, OPTIONS_DONE);
    assert_string_equal(help.err, "");
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strstr(help.out, words[i]) == NULL)
            fail_msg("%s is missing in: %s", words[i], help.out);
    assert_int_equal(version.status, OPTIONS_DONE);
    assert_int_equal(count_lines(version.out), 1);
    assert_memory_equal(version.out, "part-09-test ", strlen("part-09-test "));
}

/* Parts with a pool. */

TEST(a_mode_with_a_pool_has_five_workers_unless_told)
{
    lesson = &pool_part;
    assert_accepted(NULL, NULL, NULL, "mode=pool articles=20 ");
    assert_accepted(NULL, NULL, NULL, " workers=5 limit=0 watch=1 ");
    assert_accepted("--mode=small", NULL, NULL, " workers=3 ");
    assert_accepted("--mode=small", "--workers=6", NULL, " workers=6 ");
    assert_accepted("--workers=1", NULL, NULL, " workers=1 ");
    assert_accepted("--workers=10000", "--mode=pool", NULL, " workers=10000 ");
}

TEST(a_sweep_chooses_its_workers_unless_told_the_most)
{
    lesson = &pool_part;
    assert_accepted("--mode=sweep", NULL, NULL, " workers=0 ");
    assert_accepted("--mode=sweep", "--workers=30", NULL, " workers=30 ");
}

TEST(the_limit_of_the_provider_is_the_modes_unless_told)
{
    lesson = &pool_part;
    assert_accepted("--mode=crowd", NULL, NULL, " workers=0 limit=7 ");
    assert_accepted("--mode=crowd", "--provider-limit=3", NULL, " limit=3 ");
    /* No limit is a limit that was given. */
    assert_accepted("--mode=crowd", "--provider-limit=0", NULL, " limit=0 ");
    assert_accepted("--provider-limit=1000000", NULL, NULL, " limit=1000000 ");
}

TEST(articles_are_as_many_as_the_part_makes_up_unless_told)
{
    lesson = &pool_part;
    assert_accepted("--mode=compare", NULL, NULL, "mode=compare articles=20 ");
    assert_accepted("--articles=3", NULL, NULL, " articles=3 ");
    assert_accepted("--input=file", NULL, NULL, " articles=0 input=file ");
}

TEST(numbers_of_a_pool_are_refused_with_what_is_allowed)
{
    static const char *const workers[] = {"", "0", "-1", "+1", "many", "2.5", "10001", NULL};
    static const char *const limits[] = {"", "-1", "+1", "none", "2.5", "1000001", NULL};

    lesson = &pool_part;
    assert_values_refused("workers", workers, "must be a whole number from 1 to 10000");
    assert_values_refused("provider-limit", limits,
                          "must be a whole number from 0 (no limit) to 1000000");
}

TEST(workers_without_a_pool_are_refused)
{
    lesson = &pool_part;
    assert_refused("--workers=3", "--mode=crowd",
                   ": --workers=3: cannot go with --mode=crowd, which has no pool\n");
    assert_refused("--workers=3", "--mode=compare",
                   ": --workers=3: cannot go with --mode=compare, which has no pool\n");
}

TEST(a_table_is_made_once)
{
    lesson = &pool_part;
    assert_refused("--runs=2", "--mode=compare",
                   ": --runs=2: cannot go with --mode=compare, which makes several runs itself\n");
    assert_refused("--runs=2", "--mode=sweep",
                   ": --runs=2: cannot go with --mode=sweep, which makes several runs itself\n");
    assert_accepted("--runs=1", "--mode=sweep", NULL, "mode=sweep ");
}

TEST(several_runs_write_no_output)
{
    lesson = &pool_part;
    if (!can_write())
        skip();
    assert_refused("--output=new", "--mode=compare",
                   ": --output=new: cannot go with --mode=compare, which keeps no results\n");
    assert_refused("--output=new", "--mode=sweep",
                   ": --output=new: cannot go with --mode=sweep, which keeps no results\n");
    assert_refused("--output=new", "--runs=2",
                   ": --output=new: cannot go with --runs, which keeps no results\n");
    assert_accepted("--output=new", "--runs=1", NULL, " output=new ");
}

TEST(a_part_without_a_pool_does_not_know_its_options)
{
    struct child unknown, help;

    lesson = &part;
    unknown = parse("--workers=5", NULL, NULL);
    help = parse("--help", NULL, NULL);
    assert_refused("--workers=5", NULL, ": --workers=5: unknown option; the options are --mode, ");
    assert_refused("--workers", NULL, ": --workers: unknown option; the options are --mode, ");
    assert_refused("--provider-limit=5", NULL, ": --provider-limit=5: unknown option; ");
    assert_null(strstr(strstr(unknown.err, "the options are"), "--workers"));
    assert_null(strstr(unknown.err, "--provider-limit"));
    assert_non_null(strstr(unknown.err, " --no-watch,"));
    assert_null(strstr(help.out, "--workers"));
    assert_null(strstr(help.out, "--provider-limit"));
    assert_non_null(strstr(help.out, "  --no-watch  "));

    lesson = &pool_part;
    unknown = parse("--nope", NULL, NULL);
    help = parse("--help", NULL, NULL);
    assert_non_null(strstr(unknown.err, " --workers, --provider-limit, --no-watch, "));
    assert_non_null(strstr(help.out, "  --workers=N  "));
    assert_non_null(strstr(help.out, "  --provider-limit=N  "));
}

/* Parts that keep account, shut down, have stages. */

TEST(faults_and_timeouts_are_the_modes_unless_told)
{
    lesson = &able_part;
    assert_accepted(NULL, NULL, NULL, "errors=0 hangs=0 rate=0 outage=0..0 timeout=0 call=0 ");
    assert_accepted("--mode=bad", NULL, NULL,
                    "errors=0.25 hangs=0.5 rate=3 outage=1000000000..2000000000 "
                    "timeout=5000000000 call=1000000000 ");
    assert_accepted("--mode=bad", "--error-rate=1", NULL, "errors=1 hangs=0.5 rate=3 ");
    /* None is a share that was given, whatever comes first. */
    assert_accepted("--mode=bad", "--error-rate=0", NULL, "errors=0 hangs=0.5 ");
    assert_accepted("--hang-rate=0", "--mode=bad", NULL, "errors=0.25 hangs=0 ");
    assert_accepted("--mode=bad", "--provider-rate=0", NULL, " rate=0 ");
    assert_accepted("--mode=bad", "--outage=0s..0s", NULL, " outage=0..0 ");
    assert_accepted("--mode=bad", "--outage=5ms..7ms", NULL, " outage=5000000..7000000 ");
    assert_accepted("--mode=bad", "--timeout=0", "--call-timeout=0s", " timeout=0 call=0 ");
    assert_accepted("--timeout=1s", "--mode=bad", NULL, " timeout=1000000000 call=1000000000 ");
}

TEST(good_values_of_an_able_part_are_taken)
{
    static const struct taken cases[] = {
        {"--error-rate=0.1", "errors=0.1 "},
        {"--error-rate=.5", "errors=0.5 "},
        {"--error-rate=1e-3", "errors=0.001 "},
        {"--hang-rate=1.0", " hangs=1 "},
        {"--provider-rate=0.001", " rate=0.001 "},
        {"--provider-rate=1000000", " rate=1e+06 "},
        {"--provider-rate=2.5", " rate=2.5 "},
        {"--outage=0s..600s", " outage=0..600000000000 "},
        {"--outage=1.5s..1500ms", " outage=1500000000..1500000000 "},
        {"--timeout=2s", " timeout=2000000000 "},
        {"--timeout=1us", " timeout=1000 "},
        {"--call-timeout=600s", " call=600000000000 "},
        {"--drain", " drain=1 "},
        {"--stage-workers=5,2,3", " stages=5,2,3 "},
        {"--stage-workers=10000,1,10000", " stages=10000,1,10000 "},
        {"--quiet", " drain=0 stages=4,4,2 store=-\n"},
    };

    lesson = &able_part;
    assert_all_accepted(cases, COUNT_OF(cases));
    if (store_is_built_in())
        assert_accepted("--store=file", NULL, NULL, " store=file\n");
    else
        assert_refused("--store=file", NULL, ": --store=file: cannot be opened: this program was ");
}

TEST(stages_and_the_store_are_the_modes)
{
    lesson = &able_part;
    assert_refused("--mode=bad", "--stage-workers=1,1,1",
                   ": --stage-workers: cannot go with --mode=bad, which has no such stages\n");
    assert_accepted("--mode=no-store", "--stage-workers=1,2,3", NULL, " stages=1,2,3 ");
    if (!store_is_built_in())
        return;
    assert_refused("--mode=bad", "--store=file",
                   ": --store=file: cannot go with --mode=bad, which has no store\n");
    assert_refused("--mode=no-store", "--store=file",
                   ": --store=file: cannot go with --mode=no-store, which has no store\n");
    assert_refused("--store=file", "--runs=2",
                   ": --runs=2: cannot go with --store: the second run would find all done\n");
}

TEST(the_output_is_not_the_store)
{
    lesson = &able_part;
    if (!store_is_built_in() || !can_write())
        skip();
    assert_accepted("--store=file", "--output=other", NULL, " store=file\n");
    assert_refused("--store=file", "--output=./file",
                   ": --output=./file: cannot be the store, too: one would destroy the other\n");
}

TEST(bad_values_of_an_able_part_are_refused)
{
    static const char share[] = "must be a number from 0 (no call) to 1 (every call)";
    static const char *const shares[] = {"",    "-0.1", "+0.1", "1.0001", "10 %", "x",
                                         "nan", "inf",  "0x1",  " 1",     "1 ",   NULL};
    static const char *const rates[] = {"", "-1", "0.0001", "1000001", "x", "nan", "1/s", NULL};
    static const char *const outages[] = {"",     "5s",    "1..2",    "1s..2",    "1s..",
                                          "..1s", "1s.2s", "-1s..1s", "0s..601s", NULL};
    static const char *const timeouts[] = {"", "00", "2", "-1s", "601s", "1h", "s", NULL};
    static const char *const stages[] = {
        "",          "1",     "1,2",  "1,2,3,4", "1,2,",      ",1,2",   "1,0,3",
        "1,-3,2",    "1,x,2", "1,,3", "1,2,3,",  "1,2,10001", "1 ,2,3", "1,2,99999999999999999999",
        "1,4,4,2,1", NULL};

    lesson = &able_part;
    assert_values_refused("error-rate", shares, share);
    assert_values_refused("hang-rate", shares, share);
    assert_values_refused(
        "provider-rate", rates,
        "must be a number of calls a second, from 0.001 to 1000000, or 0: no limit");
    assert_values_refused("outage", outages,
                          "must be FROM..TO, each a number from 0 with a unit (us, ms, s; at most "
                          "600s), as 2s..5s");
    assert_values_refused("outage", (const char *const[]){"5s..2s", NULL},
                          "must be FROM..TO with FROM not above TO, as 2s..5s");
    assert_values_refused(
        "timeout", timeouts,
        "must be 0 (never) or a number with a unit (us, ms, s; at most 600s), as 2s");
    assert_values_refused(
        "call-timeout", timeouts,
        "must be 0 (never) or a number with a unit (us, ms, s; at most 600s), as 2s");
    assert_values_refused(
        "stage-workers", stages,
        "must be 3 whole numbers from 1 to 10000, for summarize, sentiment and keywords, as 4,4,2");
    assert_refused("--store=", NULL, ": --store=: must be the name of a file\n");
    assert_refused("--drain=yes", NULL, ": --drain=yes: takes no value\n");
    assert_refused("--error-rate", NULL, ": --error-rate: needs a value\n");
}

TEST(each_ability_brings_its_options_and_no_others)
{
    static const struct {
        unsigned ability;
        const char *options[6];
    } cases[] = {
        {KEEPS_ACCOUNT,
         {"--error-rate=0.5", "--hang-rate=0.5", "--provider-rate=5", "--outage=1s..2s", NULL}},
        {SHUTS_DOWN, {"--timeout=1s", "--call-timeout=1s", "--drain", NULL}},
        {HAS_STAGES, {"--stage-workers=1,1,1", "--provider-limit=3", NULL}},
        {HAS_STORE, {"--store=file", NULL}},
    };
    static struct mode mode;
    static struct part able;

    for (size_t having = 0; having < COUNT_OF(cases); having++)
        for (size_t i = 0; i < COUNT_OF(cases); i++)
            for (const char *const *option = cases[i].options; *option != NULL; option++) {
                /* The modes have the ability, or the part. */
                mode = (struct mode){.name = "all", .abilities = cases[having].ability};
                able = able_part;
                able.modes = &mode;
                able.mode_count = 1;
                able.abilities = cases[having].ability & (KEEPS_ACCOUNT | SHUTS_DOWN);
                lesson = &able;
                if (i == having && cases[i].ability == HAS_STORE && !store_is_built_in())
                    assert_refused(*option, NULL, ": cannot be opened: ");
                else if (i == having)
                    assert_accepted(*option, NULL, NULL, "errors=");
                else
                    assert_refused(*option, NULL, ": unknown option; the options are --mode, ");
            }
}

static int print_command(void *argument)
{
    char **words = argument;
    struct options options;
    int argc = 0;

    while (words[argc] != NULL)
        argc++;
    log_init("part-09-test");
    if (options_parse(&options, &part, argc, words) != OPTIONS_RUN)
        return 1;
    puts(options.command);
    return 0;
}

static void assert_command(const char *expected, const char *first, const char *second,
                           const char *third)
{
    const char *words[] = {"part-09-test", first, second, third, NULL};
    struct child child = run_child(print_command, words);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, expected);
}

TEST(the_command_that_repeats_the_run_has_what_changes_it)
{
    assert_command("./lesson 9\n", NULL, NULL, NULL);
    assert_command("./lesson 9 --mode=other-way --speed=10 --no-watch\n", "-mode=other-way",
                   "--speed=10", "--no-watch");
    assert_command("./lesson 9 --articles=20\n", "--articles", "20", "--quiet");
    assert_command("./lesson 9\n", "--svg=/dev/null", "--svg-axis=30s", "--timeline");
    assert_command("./lesson 9 --seed=7\n", "--seed=0007", NULL, NULL);
}

TEST(the_command_that_repeats_the_run_can_be_pasted)
{
    write_file("a $b", "", 0);
    write_file("it's", "", 0);
    assert_command("./lesson 9 --input='a $b'\n", "--input=a $b", NULL, NULL);
    assert_command("./lesson 9 --input='it'\\''s'\n", "--input=it's", NULL, NULL);
}
