/*
 * ALSO: C's own way to wait, pthread_join, one thread after the other. And each thread writes its
 * result into a slot of its own, so that there is no shared append at all: nothing races, nothing
 * needs a lock, and the results come in the order of the articles.
 */
#include "pipeline.h"

#include "sync/check.h"
#include "sync/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    pthread_t thread;
    struct llm_client *llm;
    const struct article *article;
    struct ai_result *slot;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        *job->slot = result;
    return NULL;
}

int process_all_join(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){
            .llm = batch->llm, .article = &batch->articles[i], .slot = &results->items[i]};
        error = thread_start_joinable(&jobs[i].thread, name, process_one, &jobs[i]);
        if (error == 0)
            results->count++;
    }
    for (size_t i = 0; i < results->count; i++)
        CHECK_CALL(pthread_join(jobs[i].thread, NULL));
    free(jobs);
    return error;
}
