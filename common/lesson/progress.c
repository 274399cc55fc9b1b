#include "lesson/progress.h"

#include "picture/terminal.h"
#include "system/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define FRAME (sizeof "[] " - 1)
#define INTERVAL_NS (100 * NS_PER_MS)

static atomic_bool is_drawn, is_stopped;
static atomic_llong next_ns; /* when to draw again, on the clock */

static void write_all(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));

    (void)written; /* if the bar cannot be drawn, the run goes on without it */
}

static bool can_draw(void)
{
    const char *terminal = getenv("TERM");

    return terminal != NULL && strcmp(terminal, "dumb") != 0 && isatty(STDERR_FILENO);
}

/*
 * Draws the bar in front of the words, or less of both where the terminal is narrow: a line that
 * reached its last column would go on in the next one, and leave a copy at each drawing. The cursor
 * ends where it began: what a resized terminal breaks in two is behind it, and is wiped.
 */
static void draw(const char *words, int done, int expected)
{
    size_t room = (size_t)terminal_size(STDERR_FILENO).columns - 1, width = 0, filled = 0;
    char bar[FRAME + BAR_WIDTH + 1] = "", line[192];

    if (room > strlen(words) + FRAME) {
        width = room - strlen(words) - FRAME;
        if (width > BAR_WIDTH)
            width = BAR_WIDTH;
        filled = (size_t)((long long)done * (long long)width / (expected > 0 ? expected : 1));
        memset(bar, ' ', FRAME + width);
        bar[0] = '[';
        memset(bar + 1, '#', filled);
        bar[width + 1] = ']';
        bar[FRAME + width] = '\0';
    }
    snprintf(line, sizeof line, "\r%s%.*s\033[J\r", bar, (int)room, words);
    write_all(line);
}

void progress_show(const char *what, int done, int expected)
{
    long long now_ns = clock_now_ns();
    long long due_ns = atomic_load_explicit(&next_ns, memory_order_relaxed);
    char words[96];

    /* Of several threads at once, only the thread that sets the next time draws. */
    if (now_ns < due_ns || atomic_load_explicit(&is_stopped, memory_order_relaxed) ||
        !atomic_compare_exchange_strong_explicit(&next_ns, &due_ns, now_ns + INTERVAL_NS,
                                                 memory_order_relaxed, memory_order_relaxed) ||
        !can_draw())
        return;
    if (done > expected)
        done = expected;
    snprintf(words, sizeof words, "%d of %d %s", done, expected, what);
    atomic_store_explicit(&is_drawn, true, memory_order_relaxed);
    draw(words, done, expected);
}

void progress_start(void)
{
    atomic_store_explicit(&is_stopped, false, memory_order_relaxed);
}

void progress_stop(void)
{
    atomic_store_explicit(&is_stopped, true, memory_order_relaxed);
    if (atomic_exchange_explicit(&is_drawn, false, memory_order_relaxed))
        write_all("\r\033[J");
}
