#include "lesson/table.h"

#include "lesson/interrupt.h"
#include "lesson/outcome.h"
#include "lesson/progress.h"
#include "lesson/report.h"
#include "lesson/view.h"
#include "observe/log.h"
#include "system/clock.h"

#include <stdio.h>
#include <string.h>

/* The most workers that a sweep tries without --workers. */
#define SWEEP_MAX 100

#define ROWS_MAX 16 /* 1, 2, 5, ... up to WORKERS_MAX, and --workers itself */

struct row {
    const struct mode *mode;
    size_t workers;
};

static const struct mode *find_mode(const struct part *part, const char *name)
{
    for (size_t i = 0; i < part->mode_count; i++)
        if (strcmp(part->modes[i].name, name) == 0)
            return &part->modes[i];
    return NULL;
}

/* Lists 1, 2, 5, 10, 20, 50, ... below the most, and the most. */
static size_t list_workers(struct row *rows, const struct mode *mode, size_t most)
{
    static const size_t steps[] = {1, 2, 5};
    size_t count = 0;

    for (size_t ten = 1; ten < most; ten *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
            if (ten * steps[i] < most)
                rows[count++] = (struct row){mode, ten * steps[i]};
    rows[count++] = (struct row){mode, most};
    return count;
}

static size_t list_rows(struct row *rows, const struct part *part, const struct options *options,
                        size_t articles)
{
    const struct mode *mode = options->mode;
    size_t most = options->workers, count = 0;

    if (mode->sweeps) {
        if (most == 0)
            most = articles < SWEEP_MAX ? articles : SWEEP_MAX;
        return list_workers(rows, mode, most);
    }
    while (mode->compared[count] != NULL) {
        rows[count] = (struct row){find_mode(part, mode->compared[count]), 0};
        count++;
    }
    return count;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static void print_row(const struct row *row, bool is_sweep, const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;
    double ratio = seconds(outcome->bounds.sum_ns) / seconds(outcome->times.elapsed_ns);
    char time[32], speedup[32] = "-", efficiency[32] = "-";

    snprintf(time, sizeof time, "%.3f s", seconds(outcome->times.elapsed_ns));
    /* A run that did only a part of the work was not faster. */
    if (outcome_is_complete(outcome)) {
        snprintf(speedup, sizeof speedup, "%.1fx", ratio);
        snprintf(efficiency, sizeof efficiency, "%.0f %%", 100 * ratio / (double)row->workers);
    }
    if (is_sweep)
        log_print("  %8zu  %12s  %8s  %10s  %9d  %zu of %zu\n", row->workers, time, speedup,
                  efficiency, outcome->calls.peak, counts->processed, counts->articles);
    else
        log_print("  %-14s  %12s  %8s  %9d  %zu of %zu\n", row->mode->name, time, speedup,
                  outcome->calls.peak, counts->processed, counts->articles);
    if (outcome->calls.refused > 0)
        log_print("            %d calls refused: 429, the provider takes %d at once\n",
                  outcome->calls.refused, outcome->limits.at_once);
}

static void print_heading(bool is_sweep)
{
    if (is_sweep)
        log_print("\n  %8s  %12s  %8s  %10s  %9s  %s\n", "workers", "time", "speed-up",
                  "efficiency", "in flight", "articles");
    else
        log_print("\n  %-14s  %12s  %8s  %9s  %s\n", "mode", "time", "speed-up", "in flight",
                  "articles");
}

/* Says how much longer the slowest run took than the fastest. */
static void print_ratio(const struct row *rows, const int64_t *times_ns, size_t count)
{
    size_t fastest = 0, slowest = 0;

    for (size_t i = 1; i < count; i++) {
        if (times_ns[i] < times_ns[fastest])
            fastest = i;
        if (times_ns[i] > times_ns[slowest])
            slowest = i;
    }
    if (times_ns[fastest] > 0)
        log_wrapped(4, "%s took %.1f times as long as %s.", rows[slowest].mode->name,
                    (double)times_ns[slowest] / (double)times_ns[fastest],
                    rows[fastest].mode->name);
}

/* Draws the calls in flight of each row. */
static void draw_rows(const struct row *rows, const int64_t *times_ns, size_t count,
                      const struct options *options)
{
    char heading[64], texts[ROWS_MAX][32];
    const char *labels[ROWS_MAX];
    bool is_sweep = options->mode->sweeps;

    for (size_t i = 0; i < count; i++) {
        if (is_sweep)
            snprintf(texts[i], sizeof texts[i], "  %8zu  %10.3f s  ", rows[i].workers,
                     seconds(times_ns[i]));
        else
            snprintf(texts[i], sizeof texts[i], "  %-14.14s  %9.3f s  ", rows[i].mode->name,
                     seconds(times_ns[i]));
        labels[i] = texts[i];
    }
    if (is_sweep)
        snprintf(heading, sizeof heading, "  %8s  %12s  in flight, on one scale of time", "workers",
                 "time");
    else
        snprintf(heading, sizeof heading, "  %-14s  %11s  in flight, on one scale of time", "mode",
                 "time");
    view_rows(options, heading, labels, count);
}

int table_run(const struct part *part, const struct options *options, size_t articles,
              int (*run)(const struct mode *mode, size_t workers, struct outcome *outcome))
{
    bool is_sweep = options->mode->sweeps;
    struct row rows[ROWS_MAX];
    int64_t times_ns[ROWS_MAX] = {0}, sum_ns = 0;
    size_t count = list_rows(rows, part, options, articles);
    int status = STATUS_COMPLETE;

    print_heading(is_sweep);
    for (size_t i = 0; i < count; i++) {
        struct outcome outcome = {0};
        int ended;

        interrupt_count_runs((int)i, (int)count, 0);
        progress_start();
        ended = run(rows[i].mode, rows[i].workers, &outcome);
        progress_stop();
        if (outcome.counts.articles == 0)
            return STATUS_INCOMPLETE; /* run() has said why */
        print_row(&rows[i], is_sweep, &outcome);
        times_ns[i] = outcome.times.elapsed_ns;
        if (ended > status)
            status = ended;
        sum_ns = outcome.bounds.sum_ns;
    }
    draw_rows(rows, times_ns, count, options);
    log_print("\n");
    report_print_load(options);
    log_wrapped(4, "One at a time %.3f s: speed-up is against that%s.", seconds(sum_ns),
                is_sweep ? "; efficiency is per worker" : "");
    if (!is_sweep && status == STATUS_COMPLETE)
        print_ratio(rows, times_ns, count);
    log_print("\n");
    report_print_next(part, options, status);
    return status;
}
