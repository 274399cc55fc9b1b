/*
 * ALSO: a channel with room for every result. No thread waits for the
 * collector: it puts its result into the buffer and ends. What is collected,
 * and when the channel may be closed, is the same as without a buffer.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        channel_send(&pipeline->finished, &result);
    wait_group_done(&pipeline->working);
    return NULL;
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *close_when_done(void *argument)
{
    struct pipeline *pipeline = argument;

    wait_group_wait(&pipeline->working);
    channel_close(&pipeline->finished);
    return NULL;
}

void process_all_buffered(const struct batch *batch,
                          struct ai_results *results)
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;

    channel_init(&pipeline.finished, "finished", sizeof result, batch->count);
    wait_group_init(&pipeline.working, "articles");
    wait_group_add(&pipeline.working, 1); /* this loop starts more threads */
    if (thread_start(close_when_done, &pipeline, "closer") != 0)
        channel_close(&pipeline.finished); /* nobody else will */
    for (size_t i = 0; i < batch->count; i++) {
        struct job job = {&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start_copy(work, &job, sizeof job, "article %d",
                              job.article->id) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
    }
    wait_group_done(&pipeline.working);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    wait_group_wait(&pipeline.working);
    wait_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
}
