/*
 * BROKEN: waits for the threads before it collects: there seems to be no need
 * for a closer. The channel has no buffer: a thread that sends waits until its
 * result is received, so it is never done; and main receives only when all
 * threads are done.
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

void process_all_wait_first(const struct batch *batch,
                            struct ai_results *results)
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;

    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    wait_group_init(&pipeline.working, "articles");
    for (size_t i = 0; i < batch->count; i++) {
        struct job job = {&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start_copy(work, &job, sizeof job, "article %d",
                              job.article->id) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
    }
    /* BUG: a thread is not done before main has received its result. */
    wait_group_wait(&pipeline.working);
    channel_close(&pipeline.finished);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    wait_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
}
