#include "pipeline.h"

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

/* What the measured time means for more articles: one at a time, it grows with their number. */
static void print_projection(const struct outcome *outcome)
{
    static const int counts[] = {10, 100, 1000, 10000};
    double each = (double)outcome->elapsed_ns / 1e9 / (double)outcome->articles;
    char text[32];

    log_print("\nAt the %.3f s an article that were measured:\n\n    articles   time\n", each);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        log_print("    %8d   %s\n", counts[i], format_long(text, sizeof text, each * counts[i]));
}

static const struct mode modes[] = {
    {
        .name = "sequential",
        .summary = "one article at a time",
        .process_all = process_all,
        .file = "pipeline.c",
        .read = "int process_all",
        .next = "./lesson 2",
        .epilogue = print_projection,
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 1,
        .folder = "part-01-sequential",
        .title = "one article after the other: the sum of all waits",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
    };

    return lesson_main(&part, argc, argv);
}
