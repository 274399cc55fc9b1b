/*
 * BROKEN: waits for the threads before it collects, as one does who sees no need for a closer. The
 * channel has no buffer: a thread that sends waits until its result is received, and so is never
 * done; and nobody receives before all are done.
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
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct channel *results_channel;
    struct wait_group *done;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        channel_send(job->results_channel, &result);
    wait_group_done(job->done);
    return NULL;
}

int process_all_wait_first(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct channel results_channel;
    struct wait_group done;
    struct ai_result result;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &results_channel, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    /* BUG: the threads are not done before they are rid of their results. */
    wait_group_wait(&done);
    channel_close(&results_channel);
    while (channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    channel_destroy(&results_channel);
    wait_group_destroy(&done);
    free(jobs);
    return error;
}
