/*
 * ALSO: no lock: an atomic index hands each thread a slot of its own. The increment cannot be torn
 * in two, so no slot is given out twice; and the results themselves are not shared: each slot has
 * one writer, and is read after the wait.
 */
#include "pipeline.h"

#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct ai_results *results; /* each thread writes one slot */
    atomic_size_t *next_slot;
    struct wait_group *done;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        job->results->items[atomic_fetch_add(job->next_slot, 1)] = result;
    wait_group_done(job->done);
    return NULL;
}

int process_all_own_slot(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    atomic_size_t next_slot = 0;
    struct wait_group done;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], results, &next_slot, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_wait(&done);
    wait_group_destroy(&done);
    results->count = atomic_load(&next_slot);
    free(jobs);
    return error;
}
