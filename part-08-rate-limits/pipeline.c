/*
 * The provider takes at most N calls at once and M a second, and refuses the
 * rest (429). In front of each call stand a semaphore and a token bucket,
 * shared by all workers: a worker waits there, and no call is refused.
 * A result that failed goes to the collector like any other, and says why.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

#include <errno.h>

/* Makes one call with its own deadline, under the shared cancellation. */
void call(struct pipeline *pipeline, enum llm_task task,
          struct ai_result *result)
{
    const struct batch *batch = pipeline->batch;
    const struct article *article = batch_article(batch, result->article_id);
    struct cancel cancel;

    cancel_init(&cancel, &pipeline->calls,
                deadline_after(batch->call_timeout_ns));
    llm_request(batch->llm, task, article, &cancel, result);
    if (result->error.cause == ECANCELED &&
        cancel_reason(&pipeline->calls) == 0)
        result->error.cause = ETIMEDOUT; /* nobody cancelled it: too slow */
    cancel_destroy(&cancel);
}

/* Permit first: a token taken before the wait for a permit is used late. */
void call_politely(struct pipeline *pipeline, enum llm_task task,
                   struct ai_result *result)
{
    int *cause = &result->error.cause;

    *cause = semaphore_acquire(&pipeline->permits, &pipeline->calls);
    if (*cause != 0)
        return;
    *cause = token_bucket_take(&pipeline->tokens, &pipeline->calls);
    if (*cause == ETIMEDOUT) /* the run ends before the token comes */
        *cause = cancel_sleep_until(&pipeline->calls, DEADLINE_NEVER);
    if (*cause == 0)
        call(pipeline, task, result);
    semaphore_release(&pipeline->permits);
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
            call_politely(pipeline, (enum llm_task)task, &result);
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

void process_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument))
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;
    /* A token may be used late: permits and tokens must fit the burst. */
    int permits = llm_limit(batch->llm);
    int tokens = llm_burst(batch->llm) - permits;

    semaphore_init(&pipeline.permits, "calls at once", (size_t)permits);
    token_bucket_init(&pipeline.tokens, llm_rate(batch->llm), tokens);
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
        error_group_go(&pipeline.working, run, &pipeline, "worker %zu", i + 1);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        batch_end(batch, &result);
        if (result.error.cause != 0)
            continue;
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    error_group_wait(&pipeline.working);
    cancel_destroy(&pipeline.calls);
    error_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
    channel_destroy(&pipeline.jobs);
    token_bucket_destroy(&pipeline.tokens);
    semaphore_destroy(&pipeline.permits);
}

void process_all(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
