/*
 * What each stage of a pipeline did with its time, in a table that names the bottleneck: the stage
 * whose workers had the least time to spare.
 */
#ifndef STAGE_TABLE_H
#define STAGE_TABLE_H

#include "lesson/lesson.h"

#include <stdatomic.h>
#include <stddef.h>

/* Counted by the stage's workers while the pipeline runs. */
struct stage_times {
    atomic_llong working_ns;  /* all workers' together */
    atomic_llong for_work_ns; /* waiting for an article */
    atomic_llong for_room_ns; /* waiting for room in the next queue */
    atomic_int articles;      /* that are through */
};

/* Counts what has passed since *since_ns, and moves that to now. Any worker. */
void stage_times_add(atomic_llong *times_ns, int64_t *since_ns);

/* Keeps a stage's figures, deepest those of its queue. Main, once the pipeline has ended. */
void stage_table_keep(size_t number, const char *name, size_t workers, size_t capacity,
                      size_t deepest, const struct stage_times *times);

/* Prints the stages that were kept. Main. */
void stage_table_print(const struct outcome *outcome);

#endif
