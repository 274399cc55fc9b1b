/*
 * BROKEN: retry without the random part. The workers that are refused together
 * wait equally long and are refused together again, wave after wave, with
 * nothing in between. Each wave is as high as the one before, less the few
 * calls that the provider takes.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/backoff.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>

#define ATTEMPTS_MAX 20

static const struct backoff backoff = {
    .base_ns = 500 * NS_PER_MS,
    .cap_ns = 10 * NS_PER_S,
    /* BUG: all wait equally long, and come back together. */
    .has_jitter = false,
};

/* Whether the same call may succeed later. */
static bool is_worth_another(int cause)
{
    return cause == EAGAIN || cause == EIO || cause == ETIMEDOUT;
}

/* Makes a call until it is answered, cancelled, or has failed too often. */
static void call_again(struct pipeline *pipeline, enum llm_task task,
                       struct ai_result *result)
{
    struct llm_client *llm = pipeline->batch->llm;
    struct article_error *error = &result->error;
    char text[ARTICLE_ERROR_SIZE];

    call(pipeline, task, result);
    while (is_worth_another(error->cause) && error->attempt < ATTEMPTS_MAX) {
        int64_t wait_ns = backoff_wait_ns(
            &backoff, error->attempt, error->retry_after_ns,
            llm_random(llm, task, result->article_id, error->attempt));
        int64_t wake_ns = clock_after_ns(llm_scale_ns(llm, wait_ns));

        error->cause = cancel_sleep_until(&pipeline->calls, wake_ns);
        if (error->cause == 0)
            call(pipeline, task, result);
    }
    if (is_worth_another(error->cause))
        log_line("Dead letter: %s\n",
                 article_error_format(result->article_id, error, text,
                                      sizeof text));
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
            call_again(pipeline, (enum llm_task)task, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_retry_storm(const struct batch *batch,
                             struct ai_results *results)
{
    process_with(batch, results, work);
}
