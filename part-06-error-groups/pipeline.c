/*
 * Calls can fail. The workers are an error group: the first one that returns an error cancels the
 * others, wherever they wait, and no article is taken any more. The error says which article failed
 * in which task, and why.
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
    struct article_error why; /* it failed */
};

int process_article(const struct batch *batch, const struct article *article, struct cancel *cancel,
                    struct ai_result *result, struct article_error *why)
{
    int error;

    log_line("Processing article %d...\n", article->id);
    result->article_id = article->id;
    *why = (struct article_error){0};
    error = llm_request(batch->llm, LLM_SUMMARY, article, cancel, result->summary,
                        sizeof result->summary, why);
    if (error == 0)
        error = llm_request(batch->llm, LLM_SENTIMENT, article, cancel, result->sentiment,
                            sizeof result->sentiment, why);
    if (error == 0)
        error = llm_request(batch->llm, LLM_KEYWORDS, article, cancel, result->keywords,
                            sizeof result->keywords, why);
    return error;
}

static int work(void *argument)
{
    struct worker *worker = argument;
    const struct batch *batch = worker->batch;
    struct cancel *cancel = &worker->group->cancel;
    const struct article *article;
    struct ai_result result;
    int error = 0;

    while (error == 0 && channel_receive_cancellable(worker->jobs, &article, cancel) == 0) {
        struct article_status *status = &batch->statuses[article - batch->articles];

        log_line("Worker %d takes article %d\n", worker->number, article->id);
        article_status_begin(status);
        error = process_article(batch, article, cancel, &result, &worker->why);
        article_status_end(status, &worker->why);
        if (error == 0)
            channel_send(worker->results_channel, &result);
    }
    log_line("Worker %d leaves\n", worker->number);
    return error;
}

/* Whoever collects can do nothing else meanwhile, so the closer does the rest. */
static void *submit_and_close(void *argument)
{
    struct worker *closer = argument;
    char text[ARTICLE_ERROR_SIZE];
    void *failed;

    for (size_t i = 0; i < closer->batch->count; i++)
        if (channel_send_cancellable(closer->jobs,
                                     &(const struct article *){&closer->batch->articles[i]},
                                     &closer->group->cancel) != 0)
            break;
    channel_close(closer->jobs);
    if (error_group_wait(closer->group, &failed) != 0)
        log_line("The group failed: %s\n",
                 article_error_format(&((struct worker *)failed)->why, text, sizeof text));
    channel_close(closer->results_channel);
    return NULL;
}

int process_all(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct error_group group;
    struct worker closer = {0, batch, &jobs, &results_channel, &group, {0}};
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
        workers[i] = (struct worker){(int)i + 1, batch, &jobs, &results_channel, &group, {0}};
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
