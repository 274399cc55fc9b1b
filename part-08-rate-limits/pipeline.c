/*
 * The provider takes so many calls at once, and so many a second, and refuses the rest: 429. In
 * front of each call stand a semaphore and a token bucket, one for all workers together. Whoever
 * has to wait waits here, where it costs nothing, and no call is refused.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/semaphore.h"
#include "sync/thread.h"
#include "sync/token_bucket.h"

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
    int (*call)(void *limits, const struct request *request, struct article_error *why);
    void *limits;
};

/* A call whose deadline is its own, below what ends all calls. */
int call_provider(const struct request *request, struct article_error *why)
{
    const struct batch *batch = request->batch;
    struct cancel cancel;

    cancel_init(&cancel, request->cancel, deadline_after(batch->call_timeout_ns));
    llm_request(batch->llm, request->task, request->article, &cancel, request->answer,
                request->size, why);
    if (why->cause == ECANCELED && cancel_reason(request->cancel) == 0)
        why->cause = ETIMEDOUT; /* nobody has cancelled it: it took too long */
    cancel_destroy(&cancel);
    return why->cause;
}

int give_up(const struct request *request, struct article_error *why)
{
    why->article_id = request->article->id;
    why->stage = llm_task_name(request->task);
    return why->cause = ECANCELED;
}

static int process_article(const struct worker *worker, const struct article *article,
                           struct ai_result *result, struct article_error *why)
{
    struct request requests[] = {
        {worker->batch, worker->number, LLM_SUMMARY, article, worker->calls, result->summary,
         sizeof result->summary},
        {worker->batch, worker->number, LLM_SENTIMENT, article, worker->calls, result->sentiment,
         sizeof result->sentiment},
        {worker->batch, worker->number, LLM_KEYWORDS, article, worker->calls, result->keywords,
         sizeof result->keywords},
    };
    int error = 0;

    log_line("Processing article %d...\n", article->id);
    result->article_id = article->id;
    *why = (struct article_error){0};
    for (int i = 0; i < LLM_TASKS && error == 0; i++)
        error = worker->call(worker->limits, &requests[i], why);
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
        error = process_article(worker, article, &result, &why);
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

int process_each(const struct batch *batch, struct ai_results *results,
                 int (*call)(void *limits, const struct request *request,
                             struct article_error *why),
                 void *limits)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct error_group group;
    struct cancel calls;
    struct worker closer = {0, batch, &jobs, &results_channel, &group, &calls, call, limits};
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
        workers[i] = (struct worker){(int)i + 1, batch,  &jobs, &results_channel,
                                     &group,     &calls, call,  limits};
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

/* What the provider allows, for all workers together. */
struct limits {
    struct semaphore inside;
    struct token_bucket bucket;
};

/* First the place, then the token: a token that waits for a place would be late. */
static int call_politely(void *argument, const struct request *request, struct article_error *why)
{
    struct limits *limits = argument;
    int error;

    if (semaphore_acquire(&limits->inside, request->cancel) != 0)
        return give_up(request, why);
    error = token_bucket_take(&limits->bucket, request->cancel) == 0 ? call_provider(request, why)
                                                                     : give_up(request, why);
    semaphore_release(&limits->inside);
    return error;
}

int process_all(const struct batch *batch, struct ai_results *results)
{
    const struct llm_client *llm = batch->llm;
    int inside = llm->limit > 0 ? llm->limit : (int)batch->workers;
    /* Who is inside may come late with a token. So both together are no more than the burst. */
    int tokens = llm_rate_burst(llm) - inside;
    struct limits limits;
    int error;

    CHECK_CALL(semaphore_init(&limits.inside, "calls at once", (size_t)inside));
    CHECK_CALL(token_bucket_init(&limits.bucket, llm->faults.rate * llm->speed, tokens));
    error = process_each(batch, results, call_politely, &limits);
    token_bucket_destroy(&limits.bucket);
    semaphore_destroy(&limits.inside);
    return error;
}
