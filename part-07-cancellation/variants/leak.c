/*
 * BROKEN: the collector returns at the first error. The workers still have results to send, and the
 * channel has no buffer: each of them waits for a receiver that is gone, for as long as the process
 * lives, and so do the one who submits and all that they hold. One such run is no harm; a service
 * that does it with every request runs out of threads.
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

int process_all_leak(const struct batch *batch, struct ai_results *results)
{
    /* Static, for the threads that are left go on using it. */
    static struct worker *workers;
    static struct channel jobs, results_channel;
    static struct error_group group;
    static struct cancel calls;
    static struct worker closer;
    struct answer answer;
    int error = 0;

    workers = calloc(batch->workers, sizeof *workers);
    if (workers == NULL)
        return ENOMEM;
    closer = (struct worker){0, batch, &jobs, &results_channel, &group, &calls};
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
        if (answer.why.cause != 0)
            /* BUG: whoever sends from now on is never received from, and never told. */
            return 0;
        log_line("Collected result for article %d\n", answer.result.article_id);
        results->items[results->count++] = answer.result;
    }
    channel_destroy(&results_channel);
    channel_destroy(&jobs);
    cancel_destroy(&calls);
    error_group_destroy(&group);
    free(workers);
    return error;
}
