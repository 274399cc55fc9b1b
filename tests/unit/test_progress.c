#include "unit.h"

#include "lesson/progress.h"
#include "system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define END "\033[J\r"
#define BAR_12 "\r[############                  ] 12 of 30 calls" END
#define WIPED "\r\033[J"

static unsigned short columns; /* of the terminal; 0: it does not say */
static const char *terminal_kind = "xterm";

/*
 * Runs draw with a terminal as standard error, and writes to standard output what the terminal was
 * sent. All of it fits the terminal's buffer, so it can be read afterwards.
 */
static int draw_on_terminal(void *draw)
{
    char sent[4096];
    ssize_t size;
    int status, terminal = posix_openpt(O_RDWR | O_NOCTTY);

    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
        redirect(STDERR_FILENO, ptsname(terminal)) != 0 ||
        ioctl(STDERR_FILENO, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = columns}) != 0 ||
        setenv("TERM", terminal_kind, 1) != 0)
        return 100;
    status = (*(int (**)(void *))draw)(NULL);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    while ((size = read(terminal, sent, sizeof sent)) > 0)
        if (write(STDOUT_FILENO, sent, (size_t)size) != size)
            return 101;
    return status;
}

static struct child on_terminal(int (*draw)(void *unused))
{
    return run_child(draw_on_terminal, &draw);
}

static int draw_once(void *unused)
{
    progress_show("calls", 12, 30);
    return 0;
}

static int draw_and_stop(void *unused)
{
    draw_once(NULL);
    progress_stop();
    clock_sleep_ns(150 * NS_PER_MS); /* the next one would be due */
    progress_show("calls", 13, 30);
    progress_stop();
    return 0;
}

static int draw_and_start_again(void *unused)
{
    draw_and_stop(NULL);
    progress_start();
    progress_show("calls", 14, 30);
    return 0;
}

static int start_while_drawing(void *unused)
{
    progress_start();
    draw_once(NULL);
    progress_start();
    progress_stop();
    return 0;
}

static int draw_too_many(void *unused)
{
    progress_show("calls", 99, 30);
    return 0;
}

static int draw_none_of_none(void *unused)
{
    progress_show("calls", 0, 0);
    return 0;
}

/* Returns for how many tenths of a second it drew, the last begun one included. */
static int draw_all_the_time(void *unused)
{
    int64_t started_ns = clock_now_ns();

    for (int i = 0; i < 250; i++) {
        progress_show("calls", i, 250);
        clock_sleep_ns(NS_PER_MS);
    }
    return (int)((clock_now_ns() - started_ns) / (100 * NS_PER_MS)) + 1;
}

static void a_bar_is_drawn_on_a_terminal(void **state)
{
    struct child child = on_terminal(draw_once);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, BAR_12);
}

static void stopping_wipes_the_bar_and_draws_no_more(void **state)
{
    assert_string_equal(on_terminal(draw_and_stop).out, BAR_12 WIPED);
}

static void starting_again_draws_again(void **state)
{
    assert_string_equal(on_terminal(draw_and_start_again).out,
                        BAR_12 WIPED "\r[##############                ] 14 of 30 calls" END);
}

static void starting_what_was_not_stopped_changes_nothing(void **state)
{
    assert_string_equal(on_terminal(start_while_drawing).out, BAR_12 WIPED);
}

static void the_bar_stays_within_its_width(void **state)
{
    assert_string_equal(on_terminal(draw_too_many).out,
                        "\r[##############################] 30 of 30 calls" END);
    assert_string_equal(on_terminal(draw_none_of_none).out,
                        "\r[                              ] 0 of 0 calls" END);
}

static void the_bar_is_drawn_ten_times_a_second_at_most(void **state)
{
    struct child child = on_terminal(draw_all_the_time);
    int bars = 0;

    for (const char *at = child.out; (at = strchr(at, '\r')) != NULL; at++)
        bars += at[1] == '[';
    assert_between(bars, 2, child.status);
}

static void a_bar_fits_a_narrow_terminal(void **state)
{
    columns = 44;
    assert_string_equal(on_terminal(draw_once).out,
                        "\r[##########                ] 12 of 30 calls" END);
    columns = 19;
    assert_string_equal(on_terminal(draw_once).out, "\r[ ] 12 of 30 calls" END);
}

static void where_no_bar_fits_the_words_are_cut(void **state)
{
    columns = 15;
    assert_string_equal(on_terminal(draw_once).out, "\r12 of 30 calls" END);
    columns = 9;
    assert_string_equal(on_terminal(draw_once).out, "\r12 of 30" END);
    columns = 1;
    assert_string_equal(on_terminal(draw_once).out, "\r" END);
}

static int draw_and_resize(void *unused)
{
    draw_once(NULL);
    clock_sleep_ns(150 * NS_PER_MS); /* the next one is due */
    if (ioctl(STDERR_FILENO, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = 9}) != 0)
        return 100;
    return draw_once(NULL);
}

static void a_bar_fits_a_terminal_that_was_resized(void **state)
{
    columns = 200;
    assert_string_equal(on_terminal(draw_and_resize).out, BAR_12 "\r12 of 30" END);
}

static void a_dumb_terminal_gets_no_bar(void **state)
{
    terminal_kind = "dumb";
    assert_string_equal(on_terminal(draw_and_stop).out, "");
}

static void nothing_is_drawn_where_there_is_no_terminal(void **state)
{
    struct child child = run_child(draw_and_stop, NULL);

    assert_string_equal(child.err, "");
    assert_string_equal(child.out, "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_is_drawn_on_a_terminal),
        cmocka_unit_test(stopping_wipes_the_bar_and_draws_no_more),
        cmocka_unit_test(starting_again_draws_again),
        cmocka_unit_test(starting_what_was_not_stopped_changes_nothing),
        cmocka_unit_test(the_bar_stays_within_its_width),
        cmocka_unit_test(the_bar_is_drawn_ten_times_a_second_at_most),
        cmocka_unit_test(a_bar_fits_a_narrow_terminal),
        cmocka_unit_test(where_no_bar_fits_the_words_are_cut),
        cmocka_unit_test(a_bar_fits_a_terminal_that_was_resized),
        cmocka_unit_test(a_dumb_terminal_gets_no_bar),
        cmocka_unit_test(nothing_is_drawn_where_there_is_no_terminal),
    };

    int terminal = posix_openpt(O_RDWR | O_NOCTTY);

    if (terminal < 0) {
        fputs("skipped: there are no pseudo-terminals here\n", stderr);
        return 77;
    }
    close(terminal);
    return UNIT_RUN(tests, argc, argv);
}
