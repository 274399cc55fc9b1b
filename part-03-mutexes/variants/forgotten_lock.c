/*
 * BROKEN: the append has its lock, but one read of the count does not. A lock protects nothing by
 * itself: it is an agreement, and it holds as long as all keep it. The results are complete in
 * every run; the number in the log may be any.
 */
#include "pipeline.h"

#include "observe/log.h"
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

    if (process_article(job->llm, job->article, &result) == 0) {
        /* BUG: another thread may be appending right now. */
        log_line("%zu results before article %d\n", job->results->count, job->article->id);
        mutex_lock(job->results_lock);
        job->results->items[job->results->count++] = result;
        mutex_unlock(job->results_lock);
    }
    wait_group_done(job->done);
    return NULL;
}

int process_all_forgotten_lock(const struct batch *batch, struct ai_results *results)
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
