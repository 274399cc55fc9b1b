#include "unit.h"

#include "picture/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define END "\033[K\n"

static void set_columns(unsigned short columns)
{
    ioctl(STDERR_FILENO, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = columns});
}

/*
 * Runs draw with a terminal as standard error, without its changes to what is written, and writes
 * to standard output what the terminal was sent.
 */
static int draw_on_terminal(void *draw)
{
    char sent[4096];
    ssize_t size;
    int status, terminal = posix_openpt(O_RDWR | O_NOCTTY);

    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
        redirect(STDERR_FILENO, ptsname(terminal)) != 0)
        return 100;
    set_columns(80);
    terminal_begin(STDERR_FILENO);
    status = (*(int (**)(void))draw)();
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    while ((size = read(terminal, sent, sizeof sent)) > 0)
        for (ssize_t i = 0; i < size; i++)
            if (sent[i] != '\r' || i + 1 == size || sent[i + 1] != '\n')
                putchar(sent[i]);
    return status;
}

/* What the terminal was sent. The child ends with 77 where there are no pseudo-terminals. */
static void assert_sent(int (*draw)(void), const char *expected)
{
    struct child child = run_child(draw_on_terminal, &draw);

    if (child.status == 100)
        skip();
    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, expected);
}

static int draw_twice(void)
{
    return !terminal_show("one\ntwo\n") + !terminal_show("three\n");
}

TEST(a_block_is_drawn_in_place_of_the_one_before)
{
    assert_sent(draw_twice, "\rone" END "two" END "\033[J"
                            "\r\033[2Athree" END "\033[J");
}

static int draw_wide(void)
{
    set_columns(10);
    return !terminal_show("0123456789abc\n\033[31mred\033[m and wide\n");
}

TEST(a_line_is_cut_before_the_last_column_and_colour_takes_none)
{
    assert_sent(draw_wide, "\r012345678" END "\033[31mred\033[m and w" END "\033[J");
}

static int draw_and_narrow(void)
{
    terminal_show("0123456789\nabc\n\n");
    set_columns(4);
    return !terminal_show("new\n");
}

TEST(a_narrower_terminal_has_broken_lines_and_the_block_begins_above_them)
{
    assert_sent(draw_and_narrow, "\r0123456789" END "abc" END END "\033[J"
                                 "\r\033[5Anew" END "\033[J");
}

static int draw_and_widen(void)
{
    set_columns(10);
    terminal_show("0123456\n");
    set_columns(200);
    return !terminal_show("new\n");
}

TEST(a_wider_terminal_changes_no_rows)
{
    assert_sent(draw_and_widen, "\r0123456" END "\033[J\r\033[1Anew" END "\033[J");
}

static int draw_and_suspend(void)
{
    terminal_show("one\n");
    raise(SIGCONT);
    return !terminal_show("two\n") + !terminal_show("three\n");
}

TEST(after_a_suspension_a_new_block_begins_below)
{
    assert_sent(draw_and_suspend,
                "\rone" END "\033[J\rtwo" END "\033[J\r\033[1Athree" END "\033[J");
}

static int draw_and_stop(void)
{
    terminal_show("one\n");
    terminal_stop();
    return terminal_show("two\n");
}

TEST(what_is_stopped_draws_no_more_and_the_block_stays)
{
    assert_sent(draw_and_stop, "\rone" END "\033[J");
}

static int draw_and_wipe(void)
{
    if (terminal_wipe())
        return 1;
    terminal_start();
    terminal_show("one\ntwo\n");
    if (!terminal_wipe() || terminal_wipe() || terminal_show("three\n"))
        return 2;
    terminal_start();
    return !terminal_show("four\n");
}

TEST(what_is_wiped_is_gone_and_the_next_block_begins_where_the_cursor_is)
{
    assert_sent(draw_and_wipe, "\rone" END "two" END "\033[J\r\033[2A\033[J\rfour" END "\033[J");
}

static int draw_many_lines(void)
{
    char text[2 * TERMINAL_LINES_MAX + 21] = "";

    for (int i = 0; i < TERMINAL_LINES_MAX + 10; i++)
        strcat(text, "x\n");
    return !terminal_show(text) + !terminal_show("end\n");
}

TEST(more_lines_than_a_block_has_are_not_drawn)
{
    int (*draw)(void) = draw_many_lines;
    struct child child = run_child(draw_on_terminal, &draw);

    assert_int_equal(child.status, 0);
    assert_int_equal(count_lines(child.out), TERMINAL_LINES_MAX + 1);
    assert_non_null(strstr(child.out, "\r\033[200Aend"));
}

static int draw_on_nothing(void *unused)
{
    terminal_begin(STDERR_FILENO);
    close(STDERR_FILENO);
    return terminal_show("one\n");
}

TEST(what_cannot_be_written_was_not_drawn)
{
    assert_int_equal(run_child(draw_on_nothing, NULL).status, 0);
}

TEST(a_terminal_that_does_not_say_has_80_columns_and_24_rows)
{
    int file = open("file", O_WRONLY | O_CREAT, 0600);

    assert_int_equal(terminal_size(file).columns, 80);
    assert_int_equal(terminal_size(file).rows, 24);
    close(file);
}

TEST(a_text_is_cut_by_columns_and_between_characters)
{
    int width;

    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        skip();
    assert_int_equal(terminal_cut("\u2588\u2588\u2588", 2, &width), 6);
    assert_int_equal(width, 2);
    assert_int_equal(terminal_cut("\u65b0\u805e", 3, &width), 3); /* each is two columns wide */
    assert_int_equal(width, 2);
    assert_int_equal(terminal_cut("\033[7mab\033[m", 1, &width), 5);
    assert_int_equal(width, 1);
    assert_int_equal(terminal_cut("ab\ncd", 9, &width), 2);
    assert_int_equal(terminal_cut("\xff\xfe", 1, &width), 1);
}
