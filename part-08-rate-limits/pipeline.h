/* Part 8: a provider with limits. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/channel.h"
#include "sync/error_group.h"
#include "sync/semaphore.h"
#include "sync/token_bucket.h"

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct channel jobs;     /* empty results, on their way to the workers */
    struct channel finished; /* results, on their way to the collector */
    struct error_group working;
    struct cancel calls;        /* ends the calls in flight */
    struct semaphore permits;   /* to have a call in flight */
    struct token_bucket tokens; /* to start a call */
};

/*
 * Makes one call with its own deadline, under the shared cancellation.
 * result->error says how it ended, and counts the attempts.
 */
void call(struct pipeline *pipeline, enum llm_task task,
          struct ai_result *result);

/* The same, once the provider takes another call: it refuses none. */
void call_politely(struct pipeline *pipeline, enum llm_task task,
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
void process_all_flood(const struct batch *batch, struct ai_results *results);
void process_all_retry(const struct batch *batch, struct ai_results *results);
void process_all_retry_storm(const struct batch *batch,
                             struct ai_results *results);
void process_all_per_worker_rate(const struct batch *batch,
                                 struct ai_results *results);
void process_all_breaker(const struct batch *batch,
                         struct ai_results *results);

#endif
