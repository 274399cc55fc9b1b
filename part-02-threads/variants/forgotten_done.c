/*
 * BROKEN: a thread that has no good news returns early, and past its wait_group_done(). Go's defer
 * runs on every way out of a function; C has none, so a function like this needs one way out. The
 * wait never ends, though all the work is done. Each thread has a slot of its own for its result,
 * so that this is the only thing that is wrong.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct ai_result *slot;
    struct wait_group *done;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        *job->slot = result;
    if (strcmp(job->slot->sentiment, "positive") != 0)
        /* BUG: this way out does not lead past wait_group_done(). */
        return NULL;
    log_line("Good news in article %d\n", job->article->id);
    wait_group_done(job->done);
    return NULL;
}

int process_all_forgotten_done(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct wait_group done;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    wait_group_init(&done);
    results->count = batch->count;
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &results->items[i], &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_wait(&done);
    wait_group_destroy(&done);
    free(jobs);
    return error;
}
