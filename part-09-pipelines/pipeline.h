/* Part 9: a stage for each task. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"
#include "sync/channel.h"
#include "sync/error_group.h"
#include "sync/semaphore.h"
#include "sync/token_bucket.h"

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
 * Calls run(&stage) in each worker of each stage, and collects what the
 * workers send.
 */
void process_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument));

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
void process_all_fan_out(const struct batch *batch,
                         struct ai_results *results);
void process_all_chain(const struct batch *batch, struct ai_results *results);

#endif
