/* What to type after a run: the options of a command line, and the command that follows from it. */
#include "unit.h"

#include "lesson/next.h"
#include "observe/log.h"

#include <stdio.h>
#include <string.h>

static const struct mode modes[] = {
    {
        .name = "first",
        .abilities = HAS_POOL,
        .timeout_ns = 5 * NS_PER_S,
        .next = {.type = "the list's",
                 .with = {{"drain", "after --drain"}, {"runs", "after --runs"}}},
    },
    {.name = "other", .abilities = HAS_POOL, .next = {.type = "the list's other"}},
};
static const struct part graceful = {.number = 7,
                                     .folder = "part-07-test",
                                     .modes = modes,
                                     .mode_count = COUNT_OF(modes),
                                     .abilities = KEEPS_ACCOUNT | SHUTS_DOWN};
static const struct part without_deadlines = {.number = 6,
                                              .folder = "part-06-test",
                                              .modes = modes,
                                              .mode_count = COUNT_OF(modes),
                                              .abilities = KEEPS_ACCOUNT};

#define WORDS_MAX 4

struct command_line {
    const struct part *part;
    int status;
    const char *words[WORDS_MAX + 1];
};

/* In a child, since getopt keeps its place. */
static int print_next(void *argument)
{
    const struct command_line *line = argument;
    char *argv[WORDS_MAX + 2] = {(char[]){"part"}};
    char text[NEXT_SIZE];
    struct options options;
    int argc = 1;

    for (; line->words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)line->words[argc - 1];
    log_init("part");
    if (options_parse(&options, line->part, argc, argv) != OPTIONS_RUN)
        return 1;
    puts(next_command(line->part, &options, line->status, text));
    return 0;
}

static void assert_next(const struct command_line *line, const char *expected)
{
    struct child child = run_child(print_next, (void *)line);

    assert_int_equal(child.status, 0);
    child.out[strcspn(child.out, "\n")] = '\0';
    assert_string_equal(child.out, expected);
}

#define AFTER(part, status, expected, ...) \
    assert_next(&(struct command_line){&(part), status, {__VA_ARGS__}}, expected)

TEST(a_mode_by_itself_is_followed_by_its_text)
{
    AFTER(graceful, STATUS_COMPLETE, "the list's", NULL);
    AFTER(graceful, STATUS_INCOMPLETE, "the list's", "--mode=first");
    AFTER(graceful, STATUS_STALLED, "the list's other", "--mode=other");
}

TEST(an_option_that_all_parts_take_changes_nothing)
{
    AFTER(graceful, STATUS_COMPLETE, "the list's", "--articles=5", "--speed=20", "--seed=7",
          "--quiet");
    AFTER(graceful, STATUS_COMPLETE, "the list's", "--workers=7");
}

TEST(an_option_of_the_texts_has_its_own_command)
{
    AFTER(graceful, STATUS_INCOMPLETE, "after --drain", "--drain");
    AFTER(graceful, STATUS_COMPLETE, "after --runs", "--runs=3", "--speed=5");
    AFTER(graceful, STATUS_COMPLETE, "after --drain", "--runs=3", "--drain");
    AFTER(graceful, STATUS_COMPLETE, "the list's other", "--mode=other", "--runs=3");
}

TEST(another_option_is_followed_by_the_mode_without_it)
{
    AFTER(graceful, STATUS_INCOMPLETE, "./lesson 7", "--error-rate=1");
    AFTER(graceful, STATUS_COMPLETE, "./lesson 7", "--timeout=0");
    AFTER(graceful, STATUS_INCOMPLETE, "./lesson 7 --mode=other", "--mode=other",
          "--outage=1s..2s");
    AFTER(without_deadlines, STATUS_INCOMPLETE, "./lesson 6 --mode=other", "--mode=other",
          "--provider-limit=1");
}

TEST(calls_that_never_answer_are_followed_by_a_deadline)
{
    AFTER(graceful, STATUS_STALLED, "./lesson 7 --hang-rate=0.1 --call-timeout=2s",
          "--hang-rate=0.1", "--timeout=0");
    AFTER(graceful, STATUS_STALLED, "./lesson 7 --mode=other --hang-rate=1 --call-timeout=2s",
          "--mode=other", "--hang-rate=1");
    AFTER(without_deadlines, STATUS_STALLED, "./lesson 7 --hang-rate=1 --call-timeout=2s",
          "--mode=other", "--hang-rate=1");
    AFTER(graceful, STATUS_INCOMPLETE, "./lesson 7", "--hang-rate=1", "--call-timeout=1s");
    AFTER(graceful, STATUS_COMPLETE, "./lesson 7", "--hang-rate=0", "--timeout=0");
}

TEST(a_timeout_that_stopped_a_run_is_followed_by_a_drain)
{
    AFTER(graceful, STATUS_INCOMPLETE, "./lesson 7 --timeout=2.5s --drain", "--timeout=2500ms");
    AFTER(graceful, STATUS_INCOMPLETE, "./lesson 7 --mode=other --timeout=300ms --drain",
          "--mode=other", "--timeout=0.3s");
    AFTER(graceful, STATUS_INCOMPLETE, "./lesson 7 --mode=other", "--mode=other", "--timeout=1s",
          "--drain");
    AFTER(graceful, STATUS_COMPLETE, "./lesson 7", "--timeout=600s");
}
