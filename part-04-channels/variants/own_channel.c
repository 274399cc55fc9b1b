/*
 * ALSO: the same over a channel of our own, in some forty lines: one mutex, two condition
 * variables, a ring (simple_channel.c). It does what the lesson needs, and is what a channel is at
 * heart; it wakes more threads than it must, and cannot be waited for together with another.
 */
#include "pipeline.h"

#include "simple_channel.h"

#include "observe/log.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct simple_channel *results_channel;
    struct wait_group *done;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        simple_channel_send(job->results_channel, &result);
    wait_group_done(job->done);
    return NULL;
}

/* Whoever collects can do nothing else meanwhile, so the closer does the rest. */
static void *close_when_done(void *argument)
{
    struct job *closer = argument;

    wait_group_wait(closer->done);
    simple_channel_close(closer->results_channel);
    return NULL;
}

int process_all_own_channel(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct simple_channel results_channel;
    struct wait_group done;
    struct job closer = {.results_channel = &results_channel, .done = &done};
    struct ai_result result;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    error = simple_channel_init(&results_channel, sizeof result, 1);
    if (error != 0) {
        free(jobs);
        return error;
    }
    wait_group_init(&done);
    wait_group_add(&done, 1); /* this loop: the closer comes first, and must not see zero yet */
    error = thread_start("closer", close_when_done, &closer);
    if (error != 0)
        simple_channel_close(&results_channel); /* nobody else will */
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
    while (simple_channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    simple_channel_destroy(&results_channel);
    wait_group_destroy(&done);
    free(jobs);
    return error;
}
