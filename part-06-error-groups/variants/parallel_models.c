/*
 * ALSO: the three calls of an article side by side, in an error group of their own below that of
 * the workers: the article takes its slowest call, not their sum. A call that fails cancels the
 * other two, and nobody else's. In flight are up to three times as many calls as there are workers.
 */
#include "pipeline.h"

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
};

/* One of the three calls of an article. */
struct call {
    struct llm_client *llm;
    enum llm_task task;
    const struct article *article;
    struct cancel *cancel;
    char *answer; /* this call's own place: three threads share a result, and no lock */
    size_t size;
    struct article_error why; /* it failed */
};

static int make_call(void *argument)
{
    struct call *call = argument;

    return llm_request(call->llm, call->task, call->article, call->cancel, call->answer, call->size,
                       &call->why);
}

static void process_at_once(struct llm_client *llm, const struct article *article,
                            struct cancel *cancel, struct ai_result *result,
                            struct article_error *why)
{
    struct error_group group;
    struct cancel *below = &group.cancel;
    struct call calls[LLM_TASKS] = {
        {llm, LLM_SUMMARY, article, below, result->summary, sizeof result->summary, {0}},
        {llm, LLM_SENTIMENT, article, below, result->sentiment, sizeof result->sentiment, {0}},
        {llm, LLM_KEYWORDS, article, below, result->keywords, sizeof result->keywords, {0}},
    };
    void *failed;
    int error = 0;

    log_line("Processing article %d...\n", article->id);
    result->article_id = article->id;
    *why = (struct article_error){0};
    CHECK_CALL(error_group_init(&group, cancel, 0));
    for (int i = 0; i < LLM_TASKS && error == 0; i++)
        error = error_group_go(&group, llm_task_name(calls[i].task), make_call, &calls[i]);
    if (error != 0) { /* a thread that could not be started is a call that was not made */
        *why = (struct article_error){article->id, "start of the calls", 0, 0, error, 0};
        cancel_with(below, ECANCELED);
    }
    if (error_group_wait(&group, &failed) != 0 && (error == 0 || error == ECANCELED))
        *why = ((struct call *)failed)->why;
    error_group_destroy(&group);
}

static int work(void *argument)
{
    struct worker *worker = argument;
    const struct batch *batch = worker->batch;
    struct cancel *cancel = &worker->group->cancel;
    const struct article *article;
    struct article_error why;
    struct ai_result result;

    while (channel_receive_cancellable(worker->jobs, &article, cancel) == 0) {
        struct article_status *status = &batch->statuses[article - batch->articles];

        log_line("Worker %d takes article %d\n", worker->number, article->id);
        article_status_begin(status);
        process_at_once(batch->llm, article, cancel, &result, &why);
        article_status_end(status, &why);
        if (why.cause == 0)
            channel_send(worker->results_channel, &result);
    }
    log_line("Worker %d leaves\n", worker->number);
    return 0; /* an article's error is not the others' */
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

int process_all_parallel_models(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct error_group group;
    struct worker closer = {0, batch, &jobs, &results_channel, &group};
    struct ai_result result;
    int error = 0;

    if (workers == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&jobs, "jobs", sizeof(struct article *), 0));
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    CHECK_CALL(error_group_init(&group, batch->cancel, 0));
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        workers[i] = (struct worker){(int)i + 1, batch, &jobs, &results_channel, &group};
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
    error_group_destroy(&group);
    free(workers);
    return error;
}
