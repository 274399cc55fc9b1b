#include "picture/terminal.h"

#include "observe/text.h"
#include "system/system.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define COLUMNS 80 /* of a terminal that does not say */
#define ROWS 24
#define PATIENCE_MS 200 /* with a drawing that the terminal takes its time for */

static int terminal = -1;

/* The block's lines: how many columns each takes. Only the drawing thread uses them. */
static int widths[TERMINAL_LINES_MAX];
static int lines;

static atomic_int rows;       /* of the block, 0: there is none */
static atomic_bool has_moved; /* the cursor is no longer below the block */
static atomic_bool is_stopped, is_writing;

struct terminal_size terminal_size(int descriptor)
{
    struct terminal_size size = {0, 0};

    system_terminal_size(descriptor, &size.columns, &size.rows);
    if (size.columns <= 0)
        size.columns = COLUMNS;
    if (size.rows <= 0)
        size.rows = ROWS;
    return size;
}

/* How many bytes the text's first character has, and how many columns it takes. */
static size_t measure(const char *text, int *width)
{
    size_t size = text_character(text, strlen(text));
    wchar_t character;

    *width = 0;
    if (text[0] == '\033')
        return strcspn(text, "m") + (strchr(text, 'm') != NULL);
    *width = 1;
    if (size < 2)
        return 1;
    if (mbrtowc(&character, text, size, &(mbstate_t){0}) == size)
        *width = wcwidth(character);
    if (*width < 0)
        *width = 1;
    return size;
}

size_t terminal_cut(const char *text, int columns, int *width)
{
    size_t length = 0;

    *width = 0;
    while (text[length] != '\0' && text[length] != '\n') {
        int taken;
        size_t size = measure(text + length, &taken);

        if (*width + taken > columns)
            break;
        *width += taken;
        length += size;
    }
    return length;
}

/* Of a thread that was made before terminal_begin(). */
static void is_resumed(int signal_number)
{
    (void)signal_number;
    atomic_store(&has_moved, true);
}

static sigset_t resumption(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    return set;
}

/*
 * Notes that the process was suspended since the last drawing: the shell has written below the
 * block. SIGCONT is blocked, and stays pending until it is looked for here: a handler, in another
 * thread, might come later than the next drawing.
 */
static void look_for_resumption(void)
{
    sigset_t set = resumption(), pending;
    int signal_number;

    if (sigpending(&pending) != 0 || sigismember(&pending, SIGCONT) != 1)
        return;
    sigwait(&set, &signal_number);
    atomic_store(&has_moved, true);
}

void terminal_begin(int descriptor)
{
    struct sigaction action = {.sa_handler = is_resumed, .sa_flags = SA_RESTART};
    sigset_t set = resumption();

    terminal = descriptor;
    lines = 0;
    atomic_store(&rows, 0);
    atomic_store(&has_moved, false);
    atomic_store(&is_stopped, false);
    sigemptyset(&action.sa_mask);
    sigaction(SIGCONT, &action, NULL);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* A shell's background process would write between what is typed. */
static bool is_in_background(void)
{
    pid_t foreground = tcgetpgrp(terminal); /* -1: not the terminal that controls this process */

    return foreground >= 0 && foreground != getpgrp();
}

/*
 * How many rows the block takes: where the terminal has become narrower since it was drawn, it has
 * broken lines in two.
 */
static int count_rows(int columns)
{
    int count = 0;

    for (int i = 0; i < lines; i++)
        count += widths[i] > columns ? (widths[i] + columns - 1) / columns : 1;
    return count;
}

/* Returns false if the terminal has gone: the run goes on without its picture. */
static bool write_all(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(terminal, text, size);

        if (written < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = terminal, .events = POLLOUT}, 1, PATIENCE_MS);
        else if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* Writes a block, unless it is to stop: terminal_stop() waits until the block's rows are noted. */
static bool write_unless_stopped(const char *text, size_t size, int columns)
{
    bool is_written;

    atomic_store(&is_writing, true);
    is_written = !atomic_load(&is_stopped) && write_all(text, size);
    if (is_written)
        atomic_store(&rows, count_rows(columns));
    atomic_store(&is_writing, false);
    return is_written;
}

/* Makes what draws the text, and notes its lines. Returns the length. */
static size_t compose(char *drawing, size_t size, const char *text, int columns)
{
    int up = atomic_exchange(&has_moved, false) ? 0 : count_rows(columns);
    size_t length = (size_t)snprintf(drawing, size, up > 0 ? "\r\033[%dA" : "\r", up);

    for (lines = 0; *text != '\0' && lines < TERMINAL_LINES_MAX; lines++) {
        size_t cut = terminal_cut(text, columns - 1, &widths[lines]);

        length += (size_t)snprintf(drawing + length, size - length, "%.*s\033[K\n", (int)cut, text);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return length + (size_t)snprintf(drawing + length, size - length, "\033[J");
}

bool terminal_show(const char *text)
{
    size_t size = strlen(text) + TERMINAL_LINES_MAX * sizeof "\033[K\n" + 64;
    int columns = terminal_size(terminal).columns;
    char *drawing;
    bool is_drawn;

    if (is_in_background()) {
        atomic_store(&has_moved, true);
        return false;
    }
    look_for_resumption();
    drawing = atomic_load(&is_stopped) ? NULL : malloc(size);
    if (drawing == NULL)
        return false;
    size = compose(drawing, size, text, columns);
    is_drawn = write_unless_stopped(drawing, size, columns);
    free(drawing);
    return is_drawn;
}

void terminal_stop(void)
{
    atomic_store(&is_stopped, true);
    for (int waited_ms = 0; waited_ms < PATIENCE_MS && atomic_load(&is_writing); waited_ms++)
        poll(NULL, 0, 1);
}

bool terminal_wipe(void)
{
    char wipe[32];
    int up;

    terminal_stop();
    up = atomic_exchange(&rows, 0);
    if (up == 0 || atomic_load(&has_moved))
        return false;
    write_all(wipe, (size_t)snprintf(wipe, sizeof wipe, "\r\033[%dA\033[J", up));
    return true;
}

void terminal_start(void)
{
    atomic_store(&has_moved, true);
    atomic_store(&is_stopped, false);
}
