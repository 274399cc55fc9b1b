/*
 * bench-timeline ROUNDS EVENTS: what it costs to record a run, in nanoseconds of processor time an
 * event; prints a table of the medians of the rounds. The machine's other work does not count.
 *
 * A lock is taken and given back, which is three events: it is wanted, held, given back. From what
 * that takes with a recording is subtracted what it takes without.
 */
#include "observe/timeline.h"
#include "picture/span.h"
#include "picture/trace.h"
#include "sync/mutex.h"
#include "system/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MAX 1000
#define EVENTS_MAX 100000000
#define EVENTS_OF_LOCK 3
#define LOCKS_A_READ 1000 /* a reader comes by so often */

enum bench_case { OFF, NOTED, READ, TRACED, CASES };

static const char *const names[CASES] = {
    "no recording: the look whether there is one",
    "noted, and freed unread",
    "noted and read",
    "noted, read, and written as a trace",
};

static struct mutex lock;

static void lock_often(struct spans *spans, int count)
{
    for (int i = 0; i < count; i++) {
        mutex_lock(&lock);
        mutex_unlock(&lock);
        if (spans != NULL && i % LOCKS_A_READ == LOCKS_A_READ - 1)
            spans_read(spans);
    }
}

static int64_t cpu_of(struct spans *spans, int count)
{
    int64_t started_ns = clock_cpu_ns();

    lock_often(spans, count);
    return clock_cpu_ns() - started_ns;
}

static void need(bool is_there)
{
    if (is_there)
        return;
    perror("bench-timeline");
    exit(1);
}

/* Locks so often, with a recording, and does with it what the case says. */
static int64_t measure(enum bench_case which, int count)
{
    struct picture_about about = {.title = "bench", .speed = 1, .started_ns = clock_now_ns()};
    FILE *file = which == TRACED ? fopen("/dev/null", "w") : NULL;
    struct trace *trace = file != NULL ? trace_create(file) : NULL;
    struct span_sink sink;
    struct spans *spans = NULL;
    int64_t cpu_ns;

    if (which == TRACED) {
        need(trace != NULL);
        trace_begin(trace, &about);
        sink = trace_sink(trace);
    }
    if (which >= READ) {
        spans = spans_create(&sink, which == TRACED);
        need(spans != NULL);
    }
    if (which != OFF)
        need(timeline_start() == 0);
    cpu_ns = cpu_of(spans, count);
    if (which != OFF)
        timeline_stop();
    spans_destroy(spans);
    trace_destroy(trace);
    if (file != NULL)
        fclose(file);
    return cpu_ns;
}

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_numbers);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* One look at a variable is too little to subtract: it is measured by itself. */
static double measure_look(int count)
{
    int64_t started_ns = clock_cpu_ns();
    volatile int seen = 0;

    for (int i = 0; i < count; i++)
        seen = timeline_is_on();
    (void)seen;
    return (double)(clock_cpu_ns() - started_ns) / count;
}

int main(int argc, char **argv)
{
    int rounds = argc == 3 ? atoi(argv[1]) : 0, events = argc == 3 ? atoi(argv[2]) : 0;
    static double values[CASES][ROUNDS_MAX];

    if (rounds < 1 || rounds > ROUNDS_MAX || events < 1000 || events > EVENTS_MAX) {
        fprintf(stderr, "bench-timeline: ROUNDS from 1 to %d, and EVENTS from 1000 to %d\n",
                ROUNDS_MAX, EVENTS_MAX);
        return 2;
    }
    mutex_init(&lock, "results");
    for (int round = 0; round < rounds; round++) {
        int count = events / EVENTS_OF_LOCK;
        double without_ns = (double)measure(OFF, count);

        values[OFF][round] = measure_look(events);
        for (enum bench_case which = NOTED; which < CASES; which++)
            values[which][round] =
                ((double)measure(which, count) - without_ns) / (count * EVENTS_OF_LOCK);
    }
    mutex_destroy(&lock);
    printf("| an event is                                 | ns of a processor |\n"
           "|---------------------------------------------|------------------:|\n");
    for (int which = 0; which < CASES; which++)
        printf("| %-43s | %17.1f |\n", names[which], median(values[which], rounds));
    return 0;
}
