/* Part 2: a thread for each article. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/wait_group.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct ai_results *results;
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
void process_all_no_wait(const struct batch *batch,
                         struct ai_results *results);
void process_all_main_leaves(const struct batch *batch,
                             struct ai_results *results);
void process_all_loop_variable(const struct batch *batch,
                               struct ai_results *results);
void process_all_forgotten_done(const struct batch *batch,
                                struct ai_results *results);
void process_all_late_add(const struct batch *batch,
                          struct ai_results *results);
void process_all_join(const struct batch *batch, struct ai_results *results);

#endif
