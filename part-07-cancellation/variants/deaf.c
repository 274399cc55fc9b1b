/*
 * BROKEN: looks at the cancellation between two calls, not during a call. A
 * worker that is told to stop waits for its answer first: the shutdown takes
 * as long as the slowest call in flight, and never ends if a call never does.
 * A deadline does not end a call either: it is missed, and noticed later.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>

static void call_deaf(struct pipeline *pipeline, enum llm_task task,
                      struct ai_result *result)
{
    const struct batch *batch = pipeline->batch;
    const struct article *article = batch_article(batch, result->article_id);
    int64_t deadline_ns = deadline_after(batch->call_timeout_ns);
    int cause = 0;

    /* BUG: the call is not told, and goes on; the questions come after it. */
    llm_request(batch->llm, task, article, NULL, result);
    if (cancel_reason(&pipeline->calls) != 0)
        cause = ECANCELED;
    else if (clock_now_ns() > deadline_ns)
        cause = ETIMEDOUT;
    if (cause != 0)
        result->error = (struct article_error){
            .stage = llm_task_name(task), .attempt = 1, .cause = cause};
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
            call_deaf(pipeline, (enum llm_task)task, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_deaf(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
