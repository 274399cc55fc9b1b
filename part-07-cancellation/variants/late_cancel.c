/*
 * BROKEN: each workflow is a thread that sends its result and then cancels what was to bound its
 * time, so as to leave nothing behind. Whoever waits looks at both: the result, and the
 * cancellation. If it comes late, because it was waiting for another one, both are ready, the
 * select draws lots, and every other success is reported as cancelled: paid for, and thrown away.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/channel_select.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What a workflow sends when it is through: its result, or why there is none. */
struct answer {
    struct ai_result result;
    struct article_error why;
};

/* What one thread works on. */
struct workflow {
    const struct batch *batch;
    const struct article *article;
    struct cancel cancel; /* bounds its time */
    struct channel done;  /* its answer; with room for it, so that nobody has to be waiting */
};

static int run_workflow(void *argument)
{
    struct workflow *workflow = argument;
    struct answer answer;

    process_article(workflow->batch, workflow->article, &workflow->cancel, &answer.result,
                    &answer.why);
    channel_send(&workflow->done, &answer);
    /* BUG: this is for whoever owns the cancellation to do, once it has what it waits for. */
    cancel_with(&workflow->cancel, ECANCELED);
    return 0;
}

/* Waits for the answer or the end of its time, whichever is first. */
static void await_answer(struct workflow *workflow, struct answer *answer)
{
    struct channel_case cases[] = {
        {.channel = &workflow->done, .receive = answer},
        {.channel = &workflow->cancel.cancelled},
    };
    size_t chosen;

    if (channel_select_until(cases, 2, &chosen, workflow->cancel.deadline_ns) == 0)
        return;
    answer->why = (struct article_error){workflow->article->id, "workflow", 0, 0, ECANCELED, 0};
    log_line("Article %d: cancelled\n", workflow->article->id);
}

int process_all_late_cancel(const struct batch *batch, struct ai_results *results)
{
    struct workflow *workflows = calloc(batch->count, sizeof *workflows);
    struct error_group group;
    size_t started = 0;
    int error = 0;

    if (workflows == NULL)
        return ENOMEM;
    CHECK_CALL(error_group_init(&group, batch->cancel, 0));
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        struct workflow *workflow = &workflows[i];
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        workflow->batch = batch;
        workflow->article = &batch->articles[i];
        CHECK_CALL(channel_init(&workflow->done, "done", sizeof(struct answer), 1));
        cancel_init(&workflow->cancel, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
        started++;
        error = error_group_go(&group, name, run_workflow, workflow);
        if (error != 0)
            cancel_with(&workflow->cancel, error); /* nobody is going to answer */
        else
            article_status_begin(&batch->statuses[i]);
    }
    for (size_t i = 0; i < started; i++) {
        struct answer answer;

        await_answer(&workflows[i], &answer);
        if (article_status_state(&batch->statuses[i]) == ARTICLE_RUNNING)
            article_status_end(&batch->statuses[i], &answer.why);
        if (answer.why.cause == 0)
            results->items[results->count++] = answer.result;
    }
    error_group_wait(&group, NULL);
    for (size_t i = 0; i < started; i++) {
        cancel_destroy(&workflows[i].cancel);
        channel_destroy(&workflows[i].done);
    }
    error_group_destroy(&group);
    free(workflows);
    return error;
}
