/*
 * BROKEN: submits all articles, waits for the workers, and only then collects. The buffers have
 * room for twice as many items as there are workers: as long as all results fit, it works. Beyond
 * that every worker waits for room that nobody makes: the pool has passed its tests, and stalls on
 * the first day with more articles.
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
    const struct article *article;
    struct ai_result result;

    while (channel_receive(worker->jobs, &article) == 0) {
        log_line("Worker %d takes article %d\n", worker->number, article->id);
        if (process_article(worker->batch->llm, article, &result) == 0)
            channel_send(worker->results_channel, &result);
    }
    log_line("Worker %d leaves\n", worker->number);
    wait_group_done(worker->done);
    return NULL;
}

int process_all_submit_first(const struct batch *batch, struct ai_results *results)
{
    struct worker *workers = calloc(batch->workers, sizeof *workers);
    struct channel jobs, results_channel;
    struct wait_group done;
    struct ai_result result;
    size_t room = 2 * batch->workers, started = 0;
    int error = 0;

    if (workers == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&jobs, "jobs", sizeof(struct article *), room));
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, room));
    wait_group_init(&done);
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        workers[i] = (struct worker){(int)i + 1, batch, &jobs, &results_channel, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, work, &workers[i]);
        if (error == 0)
            started++;
        else
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    for (size_t i = 0; i < batch->count && started > 0; i++)
        channel_send(&jobs, &(const struct article *){&batch->articles[i]});
    channel_close(&jobs);
    /* BUG: the workers are not done before they are rid of their results. */
    wait_group_wait(&done);
    channel_close(&results_channel);
    log_line("No stall this time: the buffer has room for %zu results\n", room);
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
