#include "unit.h"

#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Each of these runs in a child: the log is the process's, and its first error stays. */

static int log_while_quiet(void *unused)
{
    log_init("program");
    log_set_quiet(true);
    log_line("a line while %s\n", "quiet");
    log_print("a report while quiet\n");
    log_set_quiet(false);
    log_line("line %d\n", 2);
    return log_finish();
}

TEST(quiet_silences_lines_but_not_reports)
{
    struct child child = run_child(log_while_quiet, NULL);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, "a report while quiet\nline 2\n");
    assert_string_equal(child.err, "");
}

static int log_with_times(void *unused)
{
    log_init("program");
    log_show_times(clock_now_ns() - 3 * NS_PER_S, 1000);
    log_line("a line\n");
    log_print("a report\n");
    return log_finish();
}

TEST(a_line_can_begin_with_its_time_and_a_report_does_not)
{
    struct child child = run_child(log_with_times, NULL);
    double time_s;

    assert_int_equal(child.status, 0);
    assert_int_equal(sscanf(child.out, "%lf  a line\na report\n", &time_s), 1);
    assert_true(time_s >= 3000 && time_s < 60000); /* as at speed 1 */
    assert_non_null(strstr(child.out, "  a line\na report\n"));
}

static int log_a_picture(void *unused)
{
    log_init("program");
    log_picture("\033[31mred\033[m\n");
    return log_finish() + (log_descriptor() != STDOUT_FILENO);
}

TEST(a_picture_keeps_its_escape_codes)
{
    struct child child = run_child(log_a_picture, NULL);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, "\033[31mred\033[m\n");
}

static int log_and_vanish(void *unused)
{
    /* A stream of its own: how a stream is buffered can be set only before anything is written to
       it, and cmocka has written to this one. */
    if (freopen("out", "w", stdout) == NULL)
        return 1;
    log_init("program");
    log_line("written at once\n");
    _exit(0); /* flushes nothing */
}

TEST(lines_are_written_as_they_come)
{
    assert_int_equal(run_child(log_and_vanish, NULL).status, 0);
    assert_holds("out", "written at once\n");
}

static void *log_lines(void *unused)
{
    for (int i = 0; i < 20; i++)
        log_line("line\n");
    return NULL;
}

static int log_from_threads(void *unused)
{
    log_init("program");
    run_threads(8, log_lines, NULL);
    return log_finish();
}

TEST(lines_of_many_threads_stay_whole)
{
    struct child child = run_child(log_from_threads, NULL);

    assert_int_equal(child.status, 0);
    assert_int_equal(count_lines(child.out), 8 * 20);
    for (const char *line = child.out; *line != '\0'; line += strlen("line\n"))
        assert_memory_equal(line, "line\n", strlen("line\n"));
}

static int log_report(void *unused)
{
    log_init("program");
    log_figure("Figure", "%d of %d words, each of which is here", 3, 4);
    log_figure("Long figure", "%s %s", "123456789 123456789 123456789 123456789 123456789",
               "123456789 1234567 and more");
    log_figure("", "below");
    log_wrapped(2, "%s, 123456789 123456789 123456789 123456789 123456789 123456789 and the rest",
                "A line");
    return log_finish();
}

TEST(a_report_goes_on_below_where_a_line_is_full)
{
    struct child child = run_child(log_report, NULL);

    assert_int_equal(child.status, 0);
    assert_string_equal(
        child.out,
        "Figure       3 of 4 words, each of which is here\n"
        "Long figure  123456789 123456789 123456789 123456789 123456789 123456789 1234567\n"
        "             and more\n"
        "             below\n"
        "A line, 123456789 123456789 123456789 123456789 123456789 123456789 and the rest\n");
}

#define COMPLAINT(reason) \
    "program: standard output: " reason ": nothing more is shown, the run goes on\n"

static int log_to_full_device(void *unused)
{
    if (redirect(STDOUT_FILENO, "/dev/full") != 0)
        return 1;
    return log_from_threads(NULL);
}

TEST(a_full_device_is_told_once_and_remembered)
{
    struct child child = run_child(log_to_full_device, NULL);

    assert_int_equal(child.status, ENOSPC);
    assert_string_equal(child.err, COMPLAINT("No space left on device"));
}

static int log_after_a_failure(void *unused)
{
    int shown = dup(STDOUT_FILENO);

    if (log_to_full_device(NULL) != ENOSPC || dup2(shown, STDOUT_FILENO) < 0)
        return 1;
    log_line("after\n");
    log_print("after\n");
    return log_finish();
}

TEST(nothing_more_is_shown_after_a_failure)
{
    struct child child = run_child(log_after_a_failure, NULL);

    assert_int_equal(child.status, ENOSPC);
    assert_null(strstr(child.out, "after"));
}

static int log_unfinished_line(void *unused)
{
    log_init("program");
    if (redirect(STDOUT_FILENO, "/dev/full") != 0)
        return 1;
    log_print("no newline, so nothing is written yet");
    if (log_finish() != ENOSPC)
        return 1;
    return log_finish();
}

TEST(what_fails_at_the_flush_is_told_once_too)
{
    struct child child = run_child(log_unfinished_line, NULL);

    assert_int_equal(child.status, ENOSPC);
    assert_string_equal(child.err, COMPLAINT("No space left on device"));
}

static int log_to_closed_descriptor(void *unused)
{
    close(STDOUT_FILENO);
    return log_from_threads(NULL);
}

TEST(a_closed_output_is_told_once_and_remembered)
{
    struct child child = run_child(log_to_closed_descriptor, NULL);

    assert_int_equal(child.status, EBADF);
    assert_string_equal(child.err, COMPLAINT("Bad file descriptor"));
}

static int log_to_gone_reader(void *unused)
{
    int ends[2];

    signal(SIGPIPE, SIG_IGN);
    if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0)
        return 1;
    close(ends[0]);
    return log_from_threads(NULL);
}

TEST(a_reader_that_has_gone_is_told_once_and_remembered)
{
    struct child child = run_child(log_to_gone_reader, NULL);

    assert_int_equal(child.status, EPIPE);
    assert_string_equal(child.err, COMPLAINT("Broken pipe"));
}

/* The longest name of a file, and more than that. */
static int log_what_came_from_outside(void *unused)
{
    char name[9000];

    log_init("program");
    log_error("--input=%s: %s", "a\nb\x1B[2J\xC2\x9B\xC3", "\xE2\x80\xAE");
    log_line("  [%s] started\n", "\x1B]0;x\x07");
    log_print("Stored %s\n\n", "\x7F");
    memset(name, '\x1B', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    log_error("--output=%s: end", name);
    return log_finish();
}

TEST(what_came_from_outside_is_shown_and_not_obeyed)
{
    static const char first[] =
        "program: --input=a\\nb\\u001B[2J\\u009B\\xC3: \\u202E\nprogram: --output=\\u001B\\u001B";
    struct child child = run_child(log_what_came_from_outside, NULL);

    assert_string_equal(child.out, "  [\\u001B]0;x\\u0007] started\nStored \\u007F\n\n");
    assert_memory_equal(child.err, first, strlen(first));
    assert_null(strchr(child.err, '\x1B'));
}

static int log_a_long_line(void *unused)
{
    char name[2000];

    log_init("program");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    log_error("--output=%s: File name too long", name);
    return 0;
}

TEST(a_long_line_is_whole)
{
    struct child child = run_child(log_a_long_line, NULL);

    assert_int_equal(strlen(child.err), strlen("program: --output=: File name too long\n") + 1999);
    assert_non_null(strstr(child.err, "nnn: File name too long\n"));
}
