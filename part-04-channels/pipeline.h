/* Part 4: a channel to one collector. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/channel.h"
#include "sync/wait_group.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct channel finished; /* results, on their way to the collector */
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

/*
 * Calls run(&job) in a thread for each article, and collects what the threads
 * send.
 */
void process_with(const struct batch *batch, struct ai_results *results,
                  void *(*run)(void *argument));

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
void process_all_buffered(const struct batch *batch,
                          struct ai_results *results);
void process_all_own_channel(const struct batch *batch,
                             struct ai_results *results);
void process_all_cache(const struct batch *batch, struct ai_results *results);
void process_all_wait_first(const struct batch *batch,
                            struct ai_results *results);
void process_all_forgotten_close(const struct batch *batch,
                                 struct ai_results *results);
void process_all_circular_wait(const struct batch *batch,
                               struct ai_results *results);

#endif
