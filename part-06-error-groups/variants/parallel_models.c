/*
 * ALSO: the three calls of an article at once, as an error group of their own
 * below the workers' group: the article takes as long as its slowest call. A
 * call that fails cancels the other two of its article, and no others. N
 * workers have up to 3 N calls in flight.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

#include <errno.h>
#include <string.h>

/* One of an article's three calls. */
struct call {
    struct llm_client *llm;
    enum llm_task task;
    const struct article *article;
    struct cancel *cancel;
    struct ai_result result; /* this call's own: all three can fail */
};

static int make_call(void *argument)
{
    struct call *call = argument;

    return llm_request(call->llm, call->task, call->article, call->cancel,
                       &call->result);
}

/* Makes one result of three, with the error that cancelled the others. */
static void join(const struct call *calls, struct ai_result *result)
{
    struct article_error *error = &result->error;

    *result = calls[LLM_SUMMARY].result;
    memcpy(result->sentiment, calls[LLM_SENTIMENT].result.sentiment,
           sizeof result->sentiment);
    memcpy(result->keywords, calls[LLM_KEYWORDS].result.keywords,
           sizeof result->keywords);
    for (int task = 0; task < LLM_TASKS; task++)
        if (calls[task].result.error.cause != 0 &&
            (error->cause == 0 || error->cause == ECANCELED))
            *error = calls[task].result.error;
}

static void process_at_once(struct llm_client *llm,
                            const struct article *article,
                            struct cancel *cancel, struct ai_result *result)
{
    struct call calls[LLM_TASKS];
    struct error_group calling;

    log_line("Processing article %d...\n", article->id);
    error_group_init(&calling, cancel);
    for (int task = 0; task < LLM_TASKS; task++) {
        struct call *call = &calls[task];
        int cause;

        *call = (struct call){llm,
                              (enum llm_task)task,
                              article,
                              &calling.cancel,
                              {.article_id = article->id}};
        cause = error_group_go(&calling, make_call, call, "%s %d",
                               llm_task_name(call->task), article->id);
        if (cause != 0) { /* without a thread, the call is never made */
            call->result.error = (struct article_error){
                .stage = llm_task_name(call->task), .cause = cause};
            cancel_with(&calling.cancel, ECANCELED);
        }
    }
    error_group_wait(&calling);
    error_group_destroy(&calling);
    join(calls, result);
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct article article;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &article) == 0) {
        log_line("%s takes article %d\n", thread_name(), article.id);
        process_at_once(pipeline->batch->llm, &article,
                        &pipeline->working.cancel, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_parallel_models(const struct batch *batch,
                                 struct ai_results *results)
{
    process_with(batch, results, work);
}
