/*
 * ALSO: the same over a channel of our own, in some forty lines: one mutex,
 * two condition variables, a ring (simple_channel.c). It does what the lesson
 * needs, and is what a channel is at heart; it wakes more threads than it
 * must, and a thread cannot wait for two of them together.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "simple_channel.h"
#include "sync/thread.h"

/* What all threads share. */
struct own_pipeline {
    const struct batch *batch;
    struct simple_channel finished; /* results, on their way to main */
    struct wait_group working;
};

/* What one thread is given. */
struct own_job {
    struct own_pipeline *pipeline;
    const struct article *article;
};

static void *work(void *argument)
{
    struct own_job *job = argument;
    struct own_pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        simple_channel_send(&pipeline->finished, &result);
    wait_group_done(&pipeline->working);
    return NULL;
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *close_when_done(void *argument)
{
    struct own_pipeline *pipeline = argument;

    wait_group_wait(&pipeline->working);
    simple_channel_close(&pipeline->finished);
    return NULL;
}

void process_all_own_channel(const struct batch *batch,
                             struct ai_results *results)
{
    struct own_pipeline pipeline = {.batch = batch};
    struct ai_result result;

    simple_channel_init(&pipeline.finished, sizeof result, 1);
    wait_group_init(&pipeline.working, "articles");
    wait_group_add(&pipeline.working, 1); /* this loop starts more threads */
    if (thread_start(close_when_done, &pipeline, "closer") != 0)
        simple_channel_close(&pipeline.finished); /* nobody else will */
    for (size_t i = 0; i < batch->count; i++) {
        struct own_job job = {&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start_copy(work, &job, sizeof job, "article %d",
                              job.article->id) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
    }
    wait_group_done(&pipeline.working);
    while (simple_channel_receive(&pipeline.finished, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    wait_group_wait(&pipeline.working);
    wait_group_destroy(&pipeline.working);
    simple_channel_destroy(&pipeline.finished);
}
