/*
 * ALSO: leak, put right. At the first error the collector wants no more
 * results. It tells the workers and the feeder so, and goes on receiving until
 * the channel is closed: then all have left, and what they used can go. The
 * thread that starts threads waits for their end.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

#include <errno.h>

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

void process_all_no_leak(const struct batch *batch, struct ai_results *results)
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;

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
        if (result.error.cause != 0) {
            /* One error is enough: the others are told, and heard out. */
            cancel_with(&pipeline.calls, ECANCELED);
            cancel_with(&pipeline.working.cancel, ECANCELED);
            continue;
        }
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    error_group_wait(&pipeline.working);
    cancel_destroy(&pipeline.calls);
    error_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
    channel_destroy(&pipeline.jobs);
}
