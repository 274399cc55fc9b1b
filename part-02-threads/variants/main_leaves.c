/*
 * ALSO: main leaves by pthread_exit() instead of return. That ends the thread that is main and no
 * other: the process lives on until its last thread has ended. Each thread has a slot of its own
 * for its result, since there is nobody left to share a list with.
 */
#include "pipeline.h"

#include "sync/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct ai_result *slot;
};

static struct job *jobs; /* never freed: main is gone when the last thread is done with them */

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        *job->slot = result;
    return NULL;
}

int process_all_main_leaves(const struct batch *batch, struct ai_results *results)
{
    int error = 0;

    jobs = calloc(batch->count, sizeof *jobs);
    if (jobs == NULL)
        return ENOMEM;
    results->count = batch->count;
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &results->items[i]};
        error = thread_start(name, process_one, &jobs[i]);
    }
    pthread_exit(NULL);
}
