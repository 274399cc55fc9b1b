/*
 * ALSO: no stages. The batch is handed out once and collected once: the jobs'
 * channel has room for all and is closed before a worker starts. How many
 * workers there are is a choice, not the number of processors: a worker waits
 * for answers, it does not compute.
 */
#include "variants/fan_out.h"

#include "observe/log.h"
#include "sync/thread.h"

static int work(void *argument)
{
    struct fan_out *fan_out = argument;
    struct pipeline *pipeline = &fan_out->pipeline;
    struct ai_result result;

    /* The articles that are in the channel when the run stops stay queued. */
    while (channel_receive_cancellable(&fan_out->jobs, &result,
                                       &fan_out->working.cancel) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
            call_politely(pipeline, (enum llm_task)task, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *start_and_close(void *argument)
{
    struct fan_out *fan_out = argument;
    size_t workers = fan_out->pipeline.batch->workers;

    for (size_t i = 1; i <= workers; i++)
        error_group_go(&fan_out->working, fan_out->run, fan_out, "worker %zu",
                       i);
    error_group_wait(&fan_out->working);
    channel_close(&fan_out->pipeline.finished);
    return NULL;
}

/* The channel has room for all, so no send waits. */
static void hand_out(const struct batch *batch, struct channel *jobs)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct ai_result result = {.article_id = batch->articles[i].id};

        channel_send(jobs, &result);
    }
    channel_close(jobs);
}

void fan_out_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument))
{
    struct fan_out fan_out = {.pipeline.batch = batch, .run = run};
    struct pipeline *pipeline = &fan_out.pipeline;
    struct ai_result result;
    /* A token may be used late: permits and tokens must fit the burst. */
    int permits = llm_limit(batch->llm);
    int tokens = llm_burst(batch->llm) - permits;

    semaphore_init(&pipeline->permits, "calls at once", (size_t)permits);
    token_bucket_init(&pipeline->tokens, llm_rate(batch->llm), tokens);
    channel_init(&fan_out.jobs, "jobs", sizeof result, batch->count);
    channel_init(&pipeline->finished, "finished", sizeof result, 0);
    error_group_init(&fan_out.working, batch->cancel);
    cancel_init(&pipeline->calls, batch->drain ? NULL : batch->cancel,
                DEADLINE_NEVER);
    hand_out(batch, &fan_out.jobs);
    if (thread_start(start_and_close, &fan_out, "closer") != 0)
        channel_close(&pipeline->finished); /* no worker will be started */
    while (channel_receive(&pipeline->finished, &result) == 0) {
        batch_end(batch, &result);
        if (result.error.cause != 0)
            continue;
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    cancel_destroy(&pipeline->calls);
    error_group_destroy(&fan_out.working);
    channel_destroy(&pipeline->finished);
    channel_destroy(&fan_out.jobs);
    token_bucket_destroy(&pipeline->tokens);
    semaphore_destroy(&pipeline->permits);
}

void process_all_fan_out(const struct batch *batch, struct ai_results *results)
{
    fan_out_with(batch, results, work);
}
