/*
 * SLOW: the lock around the calls as well. Nothing races, and nothing runs side by side either: the
 * time is that of part 1, for all the threads.
 */
#include "pipeline.h"

#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct ai_results *results; /* shared by all threads, guarded by results_lock */
    struct mutex *results_lock;
    struct wait_group *done;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    /* BUG: whoever holds the lock makes calls, and all others wait for it, not for answers. */
    mutex_lock(job->results_lock);
    if (process_article(job->llm, job->article, &result) == 0)
        job->results->items[job->results->count++] = result;
    mutex_unlock(job->results_lock);
    wait_group_done(job->done);
    return NULL;
}

int process_all_bad_lock(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct mutex results_lock;
    struct wait_group done;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    mutex_init(&results_lock, "results");
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], results, &results_lock, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_wait(&done);
    wait_group_destroy(&done);
    mutex_destroy(&results_lock);
    free(jobs);
    return error;
}
