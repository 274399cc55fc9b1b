/*
 * ALSO: an article is a workflow of three steps, preprocess, model and
 * postprocess, under one deadline: a step has only the time that the steps
 * before it have left. The deadline is a cancellation that every step is
 * given, and the error says in which step the time was over.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>

/* How long a step without the provider takes, as at speed 1. */
#define STEP_NS (100 * NS_PER_MS)

/* A step without the provider. */
static void take_time(struct llm_client *llm, const char *stage, int number,
                      struct cancel *cancel, struct ai_result *result)
{
    int64_t done_ns = clock_after_ns(llm_scale_ns(llm, STEP_NS));
    int cause = cancel_sleep_until(cancel, done_ns);

    if (cause != 0)
        result->error = (struct article_error){
            .stage = stage, .stage_number = number, .cause = cause};
}

/* The calls have no deadlines of their own. */
static void call_model(const struct batch *batch, struct cancel *cancel,
                       struct ai_result *result)
{
    const struct article *article = batch_article(batch, result->article_id);

    for (int task = 0; task < LLM_TASKS && result->error.cause == 0; task++)
        llm_request(batch->llm, (enum llm_task)task, article, cancel, result);
    if (result->error.cause != 0)
        result->error.stage_number = 2;
}

static void run_workflow(struct pipeline *pipeline, struct ai_result *result)
{
    const struct batch *batch = pipeline->batch;
    int *cause = &result->error.cause;
    struct cancel cancel;

    cancel_init(&cancel, &pipeline->calls,
                deadline_after(batch->call_timeout_ns));
    take_time(batch->llm, "preprocess", 1, &cancel, result);
    if (*cause == 0)
        call_model(batch, &cancel, result);
    if (*cause == 0)
        take_time(batch->llm, "postprocess", 3, &cancel, result);
    if (*cause == ECANCELED && cancel_reason(&pipeline->calls) == 0)
        *cause = ETIMEDOUT; /* nobody cancelled it: too slow */
    cancel_destroy(&cancel);
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        run_workflow(pipeline, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_workflow(const struct batch *batch,
                          struct ai_results *results)
{
    process_with(batch, results, work);
}
