#include "lesson/progress.h"

#include "system/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define INTERVAL_NS (100 * NS_PER_MS)

static atomic_bool is_drawn, is_stopped;
static atomic_llong next_ns; /* when to draw again, on the clock */

static void write_all(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));

    (void)written; /* if the bar cannot be drawn, the run goes on without it */
}

void progress_show(const char *what, int done, int expected)
{
    long long now_ns = clock_now_ns();
    long long due_ns = atomic_load_explicit(&next_ns, memory_order_relaxed);
    char bar[BAR_WIDTH + 1], line[128];

    /* Of several threads at once, only the thread that sets the next time draws. */
    if (now_ns < due_ns || atomic_load_explicit(&is_stopped, memory_order_relaxed) ||
        !atomic_compare_exchange_strong_explicit(&next_ns, &due_ns, now_ns + INTERVAL_NS,
                                                 memory_order_relaxed, memory_order_relaxed) ||
        !isatty(STDERR_FILENO))
        return;
    if (done > expected)
        done = expected;
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '#', (size_t)((long long)done * BAR_WIDTH / (expected > 0 ? expected : 1)));
    bar[BAR_WIDTH] = '\0';
    snprintf(line, sizeof line, "\r[%s] %d of %d %s", bar, done, expected, what);
    atomic_store_explicit(&is_drawn, true, memory_order_relaxed);
    write_all(line);
}

void progress_start(void)
{
    atomic_store_explicit(&is_stopped, false, memory_order_relaxed);
}

void progress_stop(void)
{
    atomic_store_explicit(&is_stopped, true, memory_order_relaxed);
    if (atomic_exchange_explicit(&is_drawn, false, memory_order_relaxed))
        write_all("\r\033[K");
}
