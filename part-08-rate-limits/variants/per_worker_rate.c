/*
 * BROKEN: each worker has a token bucket of its own, with the rate that the
 * provider allows for all of them together. Alone, a worker keeps to it. N
 * workers make N times too many calls, and nothing in the code of one worker
 * shows it.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

#include <errno.h>

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct token_bucket tokens;
    struct ai_result result;
    int *cause = &result.error.cause;

    /* BUG: the rate is the provider's, for all workers together. */
    token_bucket_init(&tokens, llm_rate(pipeline->batch->llm), 1);
    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && *cause == 0; task++) {
            *cause = token_bucket_take(&tokens, &pipeline->calls);
            if (*cause == ETIMEDOUT) /* the run ends before the token comes */
                *cause = cancel_sleep_until(&pipeline->calls, DEADLINE_NEVER);
            if (*cause == 0)
                call(pipeline, (enum llm_task)task, &result);
        }
        channel_send(&pipeline->finished, &result);
    }
    token_bucket_destroy(&tokens);
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_per_worker_rate(const struct batch *batch,
                                 struct ai_results *results)
{
    process_with(batch, results, work);
}
