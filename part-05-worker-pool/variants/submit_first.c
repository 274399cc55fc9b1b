/*
 * BROKEN: submits all articles, waits for the workers, and only then collects.
 * The buffers have room for twice as many items as there are workers: as long
 * as all results fit, it works. Beyond that every worker waits for room that
 * nobody makes: the pool has passed its tests, and stalls on the first day
 * with more articles.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

static void *work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct article article;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &article) == 0) {
        log_line("%s takes article %d\n", thread_name(), article.id);
        if (process_article(pipeline->batch->llm, &article, &result) == 0)
            channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_submit_first(const struct batch *batch,
                              struct ai_results *results)
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;
    size_t room = 2 * batch->workers, started = 0;

    channel_init(&pipeline.jobs, "jobs", sizeof(struct article), room);
    channel_init(&pipeline.finished, "finished", sizeof result, room);
    wait_group_init(&pipeline.working, "workers");
    for (size_t i = 0; i < batch->workers; i++) {
        wait_group_add(&pipeline.working, 1);
        if (thread_start(work, &pipeline, "worker %zu", i + 1) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
        else
            started++;
    }
    for (size_t i = 0; i < batch->count && started > 0; i++)
        channel_send(&pipeline.jobs, &batch->articles[i]);
    channel_close(&pipeline.jobs);
    /* BUG: the workers are not done before main has received their results. */
    wait_group_wait(&pipeline.working);
    channel_close(&pipeline.finished);
    log_line("No stall this time: the buffer has room for %zu results\n",
             room);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    wait_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
    channel_destroy(&pipeline.jobs);
}
