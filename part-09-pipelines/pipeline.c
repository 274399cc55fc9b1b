/*
 * Each task is a stage, with workers and a channel of its own: a result goes
 * from stage to stage and then to the collector. The first stage is closed
 * once all are fed; each other one when the stage before it has no workers.
 * A result that failed goes to the collector at once, and says why.
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
    struct stage *stage = argument;
    struct pipeline *pipeline = stage->pipeline;
    struct ai_result result;

    while (channel_receive(&stage->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        call_politely(pipeline, stage->task, &result);
        channel_send(result.error.cause == 0 ? stage->next
                                             : &pipeline->finished,
                     &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *feed_and_close(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct batch *batch = pipeline->batch;
    struct stage *first = &pipeline->stages[0];

    for (size_t i = 0; i < batch->count; i++) {
        struct ai_result result = {.article_id = batch->articles[i].id};

        channel_send_cancellable(&first->jobs, &result,
                                 &first->working.cancel);
    }
    for (int s = 0; s < LLM_TASKS; s++) {
        channel_close(&pipeline->stages[s].jobs);
        error_group_wait(&pipeline->stages[s].working);
    }
    channel_close(&pipeline->finished);
    return NULL;
}

/* From the last: a stage that cannot be started stops those in front of it. */
static void start_stages(struct pipeline *pipeline, int (*run)(void *argument))
{
    const struct batch *batch = pipeline->batch;
    struct cancel *cancel = batch->cancel;
    struct channel *next = &pipeline->finished;

    for (int s = LLM_TASKS - 1; s >= 0; s--) {
        struct stage *stage = &pipeline->stages[s];
        const char *name = llm_task_name((enum llm_task)s);

        stage->pipeline = pipeline;
        stage->task = (enum llm_task)s;
        stage->next = next;
        channel_init(&stage->jobs, name, sizeof(struct ai_result), 0);
        error_group_init(&stage->working, cancel);
        for (size_t i = 1; i <= batch->stage_workers[s]; i++)
            error_group_go(&stage->working, run, stage, "%s %zu", name, i);
        next = &stage->jobs;
        cancel = &stage->working.cancel;
    }
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
    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    cancel_init(&pipeline.calls, batch->drain ? NULL : batch->cancel,
                DEADLINE_NEVER);
    start_stages(&pipeline, run);
    if (thread_start(feed_and_close, &pipeline, "closer") != 0) {
        cancel_with(&pipeline.stages[0].working.cancel, ECANCELED);
        feed_and_close(&pipeline); /* nothing is fed, everything is closed */
    }
    while (channel_receive(&pipeline.finished, &result) == 0) {
        batch_end(batch, &result);
        if (result.error.cause != 0)
            continue;
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    cancel_destroy(&pipeline.calls);
    for (int s = 0; s < LLM_TASKS; s++) {
        error_group_destroy(&pipeline.stages[s].working);
        channel_destroy(&pipeline.stages[s].jobs);
    }
    channel_destroy(&pipeline.finished);
    token_bucket_destroy(&pipeline.tokens);
    semaphore_destroy(&pipeline.permits);
}

void process_all(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
