#include "stage_table.h"

#include "system/clock.h"
#include "observe/log.h"

#include <stdio.h>

struct row {
    const char *name; /* NULL: not kept */
    size_t workers, capacity, deepest;
    double working, for_work, for_room; /* seconds, on the clock */
    int articles;
};

static struct row rows[STAGES];

void stage_times_add(atomic_llong *times_ns, int64_t *since_ns)
{
    int64_t now_ns = clock_now_ns();

    atomic_fetch_add_explicit(times_ns, now_ns - *since_ns, memory_order_relaxed);
    *since_ns = now_ns;
}

static double seconds(const atomic_llong *times_ns)
{
    return (double)atomic_load_explicit(times_ns, memory_order_relaxed) / (double)NS_PER_S;
}

void stage_table_keep(size_t number, const char *name, size_t workers, size_t capacity,
                      size_t deepest, const struct stage_times *times)
{
    rows[number - 1] = (struct row){
        .name = name,
        .workers = workers,
        .capacity = capacity,
        .deepest = deepest,
        .working = seconds(&times->working_ns),
        .for_work = seconds(&times->for_work_ns),
        .for_room = seconds(&times->for_room_ns),
        .articles = atomic_load_explicit(&times->articles, memory_order_relaxed),
    };
}

/* The share of the run that a stage's workers were at work. */
static double busy(const struct row *row, const struct outcome *outcome)
{
    return row->working * NS_PER_S / ((double)row->workers * (double)outcome->measured_ns);
}

void stage_table_print(const struct outcome *outcome)
{
    size_t bottleneck = 0;

    if (rows[STAGES - 1].name == NULL)
        return;
    log_print("\n  %-15s %7s %9s %9s %6s  %s\n", "stage", "workers", "articles", "a second", "busy",
              "waited for work, for room   deepest queue");
    for (size_t i = 0; i < STAGES; i++) {
        const struct row *row = &rows[i];
        char title[32];

        snprintf(title, sizeof title, "%zu %s", i + 1, row->name);
        log_print("  %-15s %7zu %9d %9.2f %4.0f %%  %15.1f s %7.1f s   %5zu of %zu\n", title,
                  row->workers, row->articles,
                  row->articles / ((double)outcome->elapsed_ns / (double)NS_PER_S),
                  100 * busy(row, outcome), row->for_work * outcome->speed,
                  row->for_room * outcome->speed, row->deepest, row->capacity);
        if (busy(row, outcome) > busy(&rows[bottleneck], outcome))
            bottleneck = i;
    }
    if (busy(&rows[bottleneck], outcome) > 0)
        log_print("Bottleneck   stage %zu (%s): its workers were at work %.0f %% of the time\n",
                  bottleneck + 1, rows[bottleneck].name, 100 * busy(&rows[bottleneck], outcome));
}
