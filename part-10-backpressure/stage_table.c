#include "stage_table.h"

#include "lesson/outcome.h"
#include "observe/log.h"
#include "system/clock.h"

struct row {
    const char *name; /* NULL: not kept */
    size_t workers, capacity, high_water;
};

static struct row rows[LLM_TASKS];

void stage_table_keep(struct stage *stage)
{
    rows[stage->task] = (struct row){
        .name = llm_task_name(stage->task),
        .workers = stage->pipeline->batch->stage_workers[stage->task],
        .capacity = stage->jobs.capacity,
        .high_water = channel_high_water(&stage->jobs),
    };
}

/* The share of the run, in percent, that a stage's workers were in calls. */
static double busy(int task, const struct outcome *outcome)
{
    double workers = (double)rows[task].workers;

    return 100 * (double)outcome->calls.busy_ns[task] /
           (workers * (double)outcome->times.measured_ns);
}

static void print_rows(const struct outcome *outcome)
{
    double seconds = (double)outcome->times.elapsed_ns / NS_PER_S;

    log_print("\n  %-9s %7s %9s %9s %6s   %s\n", "stage", "workers",
              "articles", "a second", "busy", "deepest queue");
    for (int task = 0; task < LLM_TASKS; task++) {
        const struct row *row = &rows[task];
        int articles = outcome->calls.completed[task];

        log_print("  %-9s %7zu %9d %9.2f %4.0f %%   %zu of %zu\n", row->name,
                  row->workers, articles, articles / seconds,
                  busy(task, outcome), row->high_water, row->capacity);
    }
}

void stage_table_print(const struct outcome *outcome)
{
    int bottleneck = 0;

    if (rows[0].name == NULL)
        return;
    if (!outcome->is_pictured)
        print_rows(outcome);
    for (int task = 1; task < LLM_TASKS; task++)
        if (busy(task, outcome) > busy(bottleneck, outcome))
            bottleneck = task;
    if (busy(bottleneck, outcome) > 0)
        log_figure("Bottleneck",
                   "%s: its workers were at work %.0f %% of the time",
                   rows[bottleneck].name, busy(bottleneck, outcome));
}
