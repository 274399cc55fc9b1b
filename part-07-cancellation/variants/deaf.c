/*
 * BROKEN: looks at the cancellation between two calls, not during one. Whoever is told to stop
 * waits for the answer first: the shutdown takes as long as the slowest call in flight, and with
 * one that never answers it never ends. A deadline does not end a call either: it is missed, and
 * then noticed.
 */
#include "pipeline.h"

#include "system/clock.h"
#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct worker {
    int number;
    const struct batch *batch;
    struct channel *jobs; /* of pointers to articles */
    struct channel *results_channel;
    struct error_group *group;
    struct cancel *calls; /* ends the calls in flight */
};

static int call(const struct batch *batch, enum llm_task task, const struct article *article,
                struct cancel *calls, char *answer, size_t size, struct article_error *why)
{
    int64_t deadline_ns = deadline_after(batch->call_timeout_ns);

    /* BUG: the call is not told, and goes on; only then is it asked whether it was in time. */
    llm_request(batch->llm, task, article, NULL, answer, size, why);
    if (cancel_reason(calls) != 0)
        *why = (struct article_error){article->id, llm_task_name(task), 0, 1, ECANCELED, 0};
    else if (clock_now_ns() > deadline_ns)
        *why = (struct article_error){article->id, llm_task_name(task), 0, 1, ETIMEDOUT, 0};
    return why->cause;
}

static int process_deaf(const struct batch *batch, const struct article *article,
                        struct cancel *cancel, struct ai_result *result, struct article_error *why)
{
    int error;

    log_line("Processing article %d...\n", article->id);
    result->article_id = article->id;
    *why = (struct article_error){0};
    error = call(batch, LLM_SUMMARY, article, cancel, result->summary, sizeof result->summary, why);
    if (error == 0)
        error = call(batch, LLM_SENTIMENT, article, cancel, result->sentiment,
                     sizeof result->sentiment, why);
    if (error == 0)
        error = call(batch, LLM_KEYWORDS, article, cancel, result->keywords,
                     sizeof result->keywords, why);
    return error;
}

static int work(void *argument)
{
    struct worker *worker = argument;
    const struct batch *batch = worker->batch;
    struct cancel *cancel = &worker->group->cancel;
    const struct article *article;
    struct article_error why;
    struct ai_result result;
    int error;

    while (channel_receive_cancellable(worker->jobs, &article, cancel) == 0) {
        struct article_status *status = &batch->statuses[article - batch->articles];

        log_line("Worker %d takes article %d\n", worker->number, article->id);
        article_status_begin(status);
        error = process_deaf(batch, article, worker->calls, &result, &why);
        article_status_end(status, &why);
        if (error == 0)
            channel_send(worker->results_channel, &result);
    }
    log_line("Worker %d leaves\n", worker->number);
    return 0; /* an article's error is not the group's */
}

/* Whoever collects can do nothing else meanwhile, so the closer does the rest. */
static void *submit_and_close(void *argument)
{
    struct worker *closer = argument;

    for (size_t i = 0; i < closer->batch->count; i++)
        if (channel_send_cancellable(closer->jobs,
                                     &(const struct article *){&closer->batch->articles[i]},
                                     &closer->group->cancel) != 0)
            break;
    channel_close(closer->jobs);
    error_group_wait(closer->group, NULL);
    channel_close(closer->results_channel);
    return NULL;
}

int process_all_deaf(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct error_group group;
    struct cancel calls;
    struct worker closer = {0, batch, &jobs, &results_channel, &group, &calls};
    struct ai_result result;
    int error = 0;

    if (workers == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&jobs, "jobs", sizeof(struct article *), 0));
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    CHECK_CALL(error_group_init(&group, batch->cancel, 0));
    cancel_init(&calls, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        workers[i] = (struct worker){(int)i + 1, batch, &jobs, &results_channel, &group, &calls};
        error = error_group_go(&group, name, work, &workers[i]);
        if (error != 0 && i == 0)
            cancel_with(&group.cancel, error); /* without a single worker, nobody takes the jobs */
    }
    if (thread_start("closer", submit_and_close, &closer) != 0) {
        cancel_with(&group.cancel, ECANCELED); /* nobody submits: there is nothing to wait for */
        submit_and_close(&closer);
    }
    while (channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    channel_destroy(&results_channel);
    channel_destroy(&jobs);
    cancel_destroy(&calls);
    error_group_destroy(&group);
    free(workers);
    return error;
}
