/*
 * BROKEN: each worker calls as soon as it can. The provider takes some calls
 * and refuses the others at once. A worker whose call is refused gives its
 * article up and takes the next one, which is refused as fast: the articles
 * that the limit turns away are lost.
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
            /* BUG: nothing waits until the provider takes another call. */
            call(pipeline, (enum llm_task)task, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_flood(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
