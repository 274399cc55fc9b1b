#include "modes.h"
#include "pipeline.h"

#include "lesson/outcome.h"
#include "observe/log.h"

#include <stdio.h>

static const char *format_long(char *text, size_t size, double seconds)
{
    if (seconds < 120)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 7200)
        snprintf(text, size, "%.0f min", seconds / 60);
    else
        snprintf(text, size, "%.1f h", seconds / 3600);
    return text;
}

/* Prints the time for more articles: one by one, it grows with their number.
 */
static void print_projection(const struct outcome *outcome)
{
    static const int counts[] = {10, 100, 1000, 10000};
    double each = (double)outcome->times.elapsed_ns / 1e9 /
                  (double)outcome->counts.articles;
    char text[32];

    log_print("\nAt the %.3f s an article that were measured:\n\n    articles "
              "  time\n",
              each);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        log_print("    %8d   %s\n", counts[i],
                  format_long(text, sizeof text, each * counts[i]));
}

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_SEQUENTIAL,
        .process_all = process_all,
        .epilogue = print_projection,
    },
};

_Static_assert(sizeof modes / sizeof *modes == MODE_COUNT,
               "each mode of modes.txt stands in this table");

int main(int argc, char **argv)
{
    static const struct part part = {PART_TEXTS, .modes = modes};

    return lesson_main(&part, argc, argv);
}
