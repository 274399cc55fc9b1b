/*
 * ALSO: leak, put right. At the first error the collector wants no more results. It says so, to the
 * workers and to whoever submits, and goes on receiving until the channel is closed: then all have
 * left, and what they used can go. Whoever starts threads waits for their end.
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
    struct cancel *calls; /* ends the calls in flight */
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
        process_article(batch, article, worker->calls, &answer.result, &answer.why);
        article_status_end(status, &answer.why);
        channel_send(worker->results_channel, &answer);
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

int process_all_no_leak(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct error_group group;
    struct cancel calls;
    struct worker closer = {0, batch, &jobs, &results_channel, &group, &calls};
    struct answer answer;
    int error = 0;

    if (workers == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&jobs, "jobs", sizeof(struct article *), 0));
    CHECK_CALL(channel_init(&results_channel, "results", sizeof answer, 0));
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
    while (channel_receive(&results_channel, &answer) == 0) {
        if (answer.why.cause == 0) {
            log_line("Collected result for article %d\n", answer.result.article_id);
            results->items[results->count++] = answer.result;
        } else {
            /* One error is enough: the workers are told, and heard out until the last has left. */
            cancel_with(&calls, ECANCELED);
            cancel_with(&group.cancel, ECANCELED);
        }
    }
    channel_destroy(&results_channel);
    channel_destroy(&jobs);
    cancel_destroy(&calls);
    error_group_destroy(&group);
    free(workers);
    return error;
}
