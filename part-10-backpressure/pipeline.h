/* Part 10: little room between the stages, and a store behind them. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "news/store.h"
#include "sync/channel.h"
#include "sync/error_group.h"
#include "sync/semaphore.h"
#include "sync/token_bucket.h"

/* How many results fit in front of each stage. */
#define CAPACITY 4

/* What the workers of a stage share. */
struct stage {
    struct pipeline *pipeline;
    enum llm_task task;
    struct channel jobs;  /* results, on their way to the workers */
    struct channel *next; /* where they go from here */
    struct error_group working;
};

/* What all threads share. */
struct pipeline {
    const struct batch *batch;
    struct stage stages[LLM_TASKS];
    struct channel finished;    /* results, on their way to the collector */
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
 * Sends every article through all stages; in front of each stage there is room
 * for capacity results.
 */
void process_with(const struct batch *batch, struct ai_results *results,
                  size_t capacity);

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, in a file under variants/. */
void process_all_unbounded_queue(const struct batch *batch,
                                 struct ai_results *results);

#endif
