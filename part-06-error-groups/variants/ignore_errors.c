/*
 * BROKEN: the workers are counted by a wait group, as in part 5. It knows when they are done, and
 * has no place for how it went: whoever fails drops its error, the others go on, and all that one
 * finds out is that there are fewer results than articles. process_all returns as if all were well.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct worker {
    int number;
    const struct batch *batch;
    struct channel *jobs; /* of pointers to articles */
    struct channel *results_channel;
    struct wait_group *done;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    const struct batch *batch = worker->batch;
    const struct article *article;
    struct article_error why;
    struct ai_result result;

    while (channel_receive(worker->jobs, &article) == 0) {
        log_line("Worker %d takes article %d\n", worker->number, article->id);
        article_status_begin(&batch->statuses[article - batch->articles]);
        /* BUG: of an error nothing is left but a result that is not there. */
        if (process_article(batch, article, batch->cancel, &result, &why) == 0)
            channel_send(worker->results_channel, &result);
    }
    log_line("Worker %d leaves\n", worker->number);
    wait_group_done(worker->done);
    return NULL;
}

/* Whoever collects can do nothing else meanwhile, so the closer does the rest. */
static void *submit_and_close(void *argument)
{
    struct worker *closer = argument;

    for (size_t i = 0; i < closer->batch->count; i++)
        channel_send(closer->jobs, &(const struct article *){&closer->batch->articles[i]});
    channel_close(closer->jobs);
    wait_group_wait(closer->done);
    channel_close(closer->results_channel);
    return NULL;
}

int process_all_ignore_errors(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct wait_group done;
    struct worker closer = {0, batch, &jobs, &results_channel, &done};
    struct ai_result result;
    int error = 0;

    if (workers == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&jobs, "jobs", sizeof(struct article *), 0));
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    wait_group_init(&done);
    wait_group_add(&done, 1); /* this loop: the closer comes first, and must not see zero yet */
    error = thread_start("closer", submit_and_close, &closer);
    if (error != 0)
        channel_close(&results_channel); /* nobody else will */
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        workers[i] = (struct worker){(int)i + 1, batch, &jobs, &results_channel, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, work, &workers[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
        while (error != 0 && i == 0 && channel_receive(&jobs, NULL) == 0)
            continue; /* without a single worker, the jobs must go all the same */
    }
    wait_group_done(&done);
    while (channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    channel_destroy(&results_channel);
    channel_destroy(&jobs);
    wait_group_destroy(&done);
    free(workers);
    return error;
}
