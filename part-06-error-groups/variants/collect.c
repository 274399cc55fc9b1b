/*
 * ALSO: nobody is cancelled. What a worker sends is a result or an error, so that the collector,
 * who alone appends to the results, alone appends to the errors, too. In the end there are all
 * errors, not the first one alone, and the results say that they are not all: they are partial.
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

/* What a worker sends of an article: its result, or why there is none. */
struct answer {
    struct ai_result result;
    struct article_error why;
};

static int work(void *argument)
{
    struct worker *worker = argument;
    const struct batch *batch = worker->batch;
    struct cancel *cancel = &worker->group->cancel;
    const struct article *article;
    struct answer answer;

    while (channel_receive_cancellable(worker->jobs, &article, cancel) == 0) {
        struct article_status *status = &batch->statuses[article - batch->articles];

        log_line("Worker %d takes article %d\n", worker->number, article->id);
        article_status_begin(status);
        process_article(batch, article, cancel, &answer.result, &answer.why);
        article_status_end(status, &answer.why);
        channel_send(worker->results_channel, &answer);
    }
    log_line("Worker %d leaves\n", worker->number);
    return 0; /* an article's error is not the group's */
}

static void print_joined(const struct article_error *errors, size_t count)
{
    char text[ARTICLE_ERROR_SIZE];

    for (size_t i = 0; i < count; i++)
        log_line("Error %zu of %zu: %s\n", i + 1, count,
                 article_error_format(&errors[i], text, sizeof text));
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

int process_all_collect(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct error_group group;
    struct article_error *errors = calloc(batch->count, sizeof *errors); /* joined */
    struct worker closer = {0, batch, &jobs, &results_channel, &group};
    size_t error_count = 0;
    struct answer answer;
    int error = 0;

    if (workers == NULL || errors == NULL) {
        free(workers);
        free(errors);
        return ENOMEM;
    }
    CHECK_CALL(channel_init(&jobs, "jobs", sizeof(struct article *), 0));
    CHECK_CALL(channel_init(&results_channel, "results", sizeof answer, 0));
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
    while (channel_receive(&results_channel, &answer) == 0) {
        if (answer.why.cause != 0) {
            errors[error_count++] = answer.why;
            continue;
        }
        log_line("Collected result for article %d\n", answer.result.article_id);
        results->items[results->count++] = answer.result;
    }
    results->is_partial = error_count > 0;
    print_joined(errors, error_count);
    channel_destroy(&results_channel);
    channel_destroy(&jobs);
    error_group_destroy(&group);
    free(errors);
    free(workers);
    return error;
}
