/* Part 6: workers that fail together, as a group. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/channel.h"
#include "sync/error_group.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct channel jobs;     /* articles, on their way to the workers */
    struct channel finished; /* results, on their way to the collector */
    struct error_group working;
};

/*
 * Makes the three calls for an article, up to the first that fails; the result
 * says why. Returns 0 or that call's error; ECANCELED: cancel was cancelled.
 */
int process_article(struct llm_client *llm, const struct article *article,
                    struct cancel *cancel, struct ai_result *result);

/*
 * Calls run(&pipeline) in each of the workers, and collects what the workers
 * send.
 */
void process_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument));

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
void process_all_ignore_errors(const struct batch *batch,
                               struct ai_results *results);
void process_all_shared_error(const struct batch *batch,
                              struct ai_results *results);
void process_all_collect(const struct batch *batch,
                         struct ai_results *results);
void process_all_limit(const struct batch *batch, struct ai_results *results);
void process_all_parallel_models(const struct batch *batch,
                                 struct ai_results *results);

#endif
