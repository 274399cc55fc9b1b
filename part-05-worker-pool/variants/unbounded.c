/*
 * BROKEN: no pool, but a thread for each article, and a provider that takes only so many calls at
 * once (--provider-limit). It refuses the others: "429 Too Many Requests". The pool under the same
 * limit, with no more workers than that, is never refused.
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

/* Whoever collects can do nothing else meanwhile, so the closer does the rest. */
static void *close_when_done(void *argument)
{
    struct job *closer = argument;

    wait_group_wait(closer->done);
    channel_close(closer->results_channel);
    return NULL;
}

int process_all_unbounded(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct channel results_channel;
    struct wait_group done;
    struct job closer = {.results_channel = &results_channel, .done = &done};
    struct ai_result result;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    wait_group_init(&done);
    wait_group_add(&done, 1); /* this loop: the closer comes first, and must not see zero yet */
    error = thread_start("closer", close_when_done, &closer);
    if (error != 0)
        channel_close(&results_channel); /* nobody else will */
    /* BUG: how many calls are in flight at once is for the input to decide. */
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &results_channel, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_done(&done);
    while (channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    channel_destroy(&results_channel);
    wait_group_destroy(&done);
    free(jobs);
    return error;
}
