/* Part 3: a lock around the results. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/mutex.h"
#include "sync/wait_group.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct mutex results_lock;
    struct ai_results *results; /* guarded by results_lock */
    struct wait_group working;
};

/* What one thread is given. */
struct job {
    struct pipeline *pipeline;
    const struct article *article;
};

/* Makes the three calls for an article. Returns 0 or the first error. */
int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result);

/* Calls run(&job) in a thread for each article, and waits for all threads. */
void process_with(const struct batch *batch, struct ai_results *results,
                  void *(*run)(void *argument));

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
void process_all_bad_lock(const struct batch *batch,
                          struct ai_results *results);
void process_all_no_lock(const struct batch *batch,
                         struct ai_results *results);
void process_all_forgotten_lock(const struct batch *batch,
                                struct ai_results *results);
void process_all_growing_append(const struct batch *batch,
                                struct ai_results *results);
void process_all_shared_rng(const struct batch *batch,
                            struct ai_results *results);
void process_all_locked_rng(const struct batch *batch,
                            struct ai_results *results);
void process_all_own_slot(const struct batch *batch,
                          struct ai_results *results);
void process_all_lock_order(const struct batch *batch,
                            struct ai_results *results);

#endif
