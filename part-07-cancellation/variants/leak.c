/*
 * BROKEN: the collector returns at the first error. The workers still have
 * results to send, and the channel has no buffer: they wait for ever for a
 * receiver that has gone, and so does the feeder. One such run is no harm; a
 * service that does it with every request runs out of threads.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
            call(pipeline, (enum llm_task)task, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *feed_and_close(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct batch *batch = pipeline->batch;

    for (size_t i = 0; i < batch->count; i++) {
        struct ai_result result = {.article_id = batch->articles[i].id};

        channel_send_cancellable(&pipeline->jobs, &result,
                                 &pipeline->working.cancel);
    }
    channel_close(&pipeline->jobs);
    error_group_wait(&pipeline->working);
    channel_close(&pipeline->finished);
    return NULL;
}

void process_all_leak(const struct batch *batch, struct ai_results *results)
{
    static struct pipeline pipeline; /* outlives the run, as its threads do */
    struct ai_result result;

    pipeline = (struct pipeline){.batch = batch};
    channel_init(&pipeline.jobs, "jobs", sizeof result, 0);
    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    error_group_init(&pipeline.working, batch->cancel);
    cancel_init(&pipeline.calls, batch->drain ? NULL : batch->cancel,
                DEADLINE_NEVER);
    if (thread_start(feed_and_close, &pipeline, "closer") != 0) {
        channel_close(&pipeline.jobs); /* nobody else will */
        channel_close(&pipeline.finished);
    }
    for (size_t i = 0; i < batch->workers; i++)
        error_group_go(&pipeline.working, work, &pipeline, "worker %zu",
                       i + 1);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        batch_end(batch, &result);
        if (result.error.cause != 0)
            /* BUG: nobody receives from the workers, nor tells them so. */
            return;
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    error_group_wait(&pipeline.working);
    cancel_destroy(&pipeline.calls);
    error_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
    channel_destroy(&pipeline.jobs);
}
