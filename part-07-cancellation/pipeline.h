/* Part 7: a run that can be told to stop. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/channel.h"
#include "sync/error_group.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct channel jobs;     /* empty results, on their way to the workers */
    struct channel finished; /* results, on their way to the collector */
    struct error_group working;
    struct cancel calls; /* ends the calls in flight */
};

/*
 * Makes one call with its own deadline, under the shared cancellation.
 * result->error says how it ended.
 */
void call(struct pipeline *pipeline, enum llm_task task,
          struct ai_result *result);

/*
 * Calls run(&pipeline) in each of the workers, and collects what the workers
 * send.
 */
void process_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument));

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
void process_all_workflow(const struct batch *batch,
                          struct ai_results *results);
void process_all_late_cancel(const struct batch *batch,
                             struct ai_results *results);
void process_all_deaf(const struct batch *batch, struct ai_results *results);
void process_all_leak(const struct batch *batch, struct ai_results *results);
void process_all_no_leak(const struct batch *batch,
                         struct ai_results *results);

#endif
