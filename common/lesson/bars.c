#include "lesson/bars.h"

#include "lesson/view.h"
#include "observe/log.h"

#include <stdio.h>
#include <string.h>

#define BLOCK_SIZE (sizeof "\u2588" - 1)

/* The signs of one row, from empty to full. */
static const char *const ascii[] = {" ", ".", ":", "#"};
static const char *const blocks[] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                     "\u2585", "\u2586", "\u2587", "\u2588"};

/* How high the bar is, in steps: no value above 0 vanishes. */
static int height_of(int value, int most, int steps)
{
    return (int)(((long long)value * steps + most - 1) / most);
}

/* Writes the bars' part in one row, which begins at this step. */
static void format_row(const int *values, int count, int most, int steps, int from,
                       const char *const *signs, int full, char *text)
{
    size_t used = 0, end = 0;

    for (int i = 0; i < count; i++) {
        int height = height_of(values[i], most, steps) - from;
        const char *sign = signs[height < 0 ? 0 : height > full ? full : height];

        memcpy(text + used, sign, strlen(sign));
        used += strlen(sign);
        if (height > 0)
            end = used;
    }
    text[end] = '\0';
}

/* The seconds below the bars: a number each ten of them. */
static void print_seconds(int count)
{
    char text[2 * BARS_MAX] = "0 s";
    size_t used = strlen(text);

    for (int second = 10; second < count && used < BARS_MAX; second += 10)
        used += (size_t)snprintf(text + used, sizeof text - used, "%*s%d", second - (int)used, "",
                                 second);
    log_figure("", "%s", text);
}

void bars_print(const char *label, const int *values, int count, bool is_short)
{
    bool has_blocks = is_short && !view_is_ascii();
    int rows = has_blocks ? 1 : is_short ? 2 : 4, full = has_blocks ? 8 : 3, most = 0;
    char text[BLOCK_SIZE * BARS_MAX + 1], scale[32];

    for (int i = 0; i < count; i++)
        if (values[i] > most)
            most = values[i];
    if (most == 0)
        return;
    snprintf(scale, sizeof scale, most < 10000 ? "%d at most" : "to %d", most);
    for (int row = rows - 1; row >= 0; row--) {
        format_row(values, count, most, rows * full, row * full, has_blocks ? blocks : ascii, full,
                   text);
        log_figure(row == rows - 1   ? label
                   : row == rows - 2 ? scale
                                     : "",
                   "%s%s%s", text, rows == 1 ? "  " : "", rows == 1 ? scale : "");
    }
    if (!is_short)
        print_seconds(count);
}
