/* Part 5: a fixed number of workers. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/channel.h"
#include "sync/wait_group.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct channel jobs;     /* articles, on their way to the workers */
    struct channel finished; /* results, on their way to the collector */
    struct wait_group working;
};

/* Makes the three calls for an article. Returns 0 or the first error. */
int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result);

/*
 * Calls run(&pipeline) in each of the workers, and collects what the workers
 * send.
 */
void process_with(const struct batch *batch, struct ai_results *results,
                  void *(*run)(void *argument));

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
void process_all_unbounded(const struct batch *batch,
                           struct ai_results *results);
void process_all_submit_first(const struct batch *batch,
                              struct ai_results *results);

#endif
