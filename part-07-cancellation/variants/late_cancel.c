/*
 * BROKEN: each article is a thread that sends its result and then cancels its
 * own calls, so as to leave nothing behind. Main waits for the result or the
 * cancellation. If main comes late, because it was waiting for another
 * article, both are ready and the select draws lots: about every other success
 * is reported as cancelled, after its calls were paid for.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel_select.h"
#include "sync/memory.h"

#include <errno.h>
#include <stdlib.h>

/* What one thread works on. */
struct workflow {
    struct pipeline own; /* its calls, and its one result on the way to main */
    int article_id;
};

static int run_workflow(void *argument)
{
    struct workflow *workflow = argument;
    struct pipeline *own = &workflow->own;
    struct ai_result result = {.article_id = workflow->article_id};

    for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
        call(own, (enum llm_task)task, &result);
    channel_send(&own->finished, &result); /* there is room: it never waits */
    /* BUG: only main may do this, once it has what it waits for. */
    cancel_with(&own->calls, ECANCELED);
    return 0;
}

/* Waits for the result or the cancellation, whichever is first. */
static void await(struct workflow *workflow, struct ai_result *result)
{
    struct channel_case cases[] = {
        {.channel = &workflow->own.finished, .receive = result},
        {.channel = &workflow->own.calls.cancelled},
    };
    size_t chosen;

    if (channel_select(cases, 2, &chosen) == 0)
        return;
    log_line("Article %d: cancelled\n", workflow->article_id);
    *result =
        (struct ai_result){.article_id = workflow->article_id,
                           .error = {.stage = "workflow", .cause = ECANCELED}};
}

void process_all_late_cancel(const struct batch *batch,
                             struct ai_results *results)
{
    struct workflow *workflows = memory_for_items(
        "workflows", "articles", batch->count, sizeof *workflows);
    struct error_group working;
    struct ai_result result;
    size_t started = 0;

    error_group_init(&working, batch->cancel);
    for (size_t i = 0; i < batch->count; i++) {
        struct pipeline *own = &workflows[i].own;

        workflows[i].article_id = batch->articles[i].id;
        own->batch = batch;
        channel_init(&own->finished, "finished", sizeof result, 1);
        cancel_init(&own->calls, batch->drain ? NULL : batch->cancel,
                    DEADLINE_NEVER);
    }
    while (started < batch->count &&
           error_group_go(&working, run_workflow, &workflows[started],
                          "article %d", workflows[started].article_id) == 0)
        started++;
    for (size_t i = 0; i < started; i++) {
        await(&workflows[i], &result);
        batch_end(batch, &result);
        if (result.error.cause != 0)
            continue;
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    error_group_wait(&working);
    for (size_t i = 0; i < batch->count; i++) {
        cancel_destroy(&workflows[i].own.calls);
        channel_destroy(&workflows[i].own.finished);
    }
    error_group_destroy(&working);
    free(workflows);
}
