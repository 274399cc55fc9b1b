/*
 * BROKEN: two locks, taken in one order here and in the other there. Should two threads do that at
 * the same time, each can hold what the other wants, for ever. Here the two happen one after the
 * other, and no run hangs; ThreadSanitizer keeps track of the orders, and reports it all the same.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/mutex.h"
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
    struct ai_results *results; /* shared by all threads, guarded by results_lock */
    struct mutex *results_lock;
    int *positive; /* articles with good news, guarded by positive_lock */
    struct mutex *positive_lock;
    struct wait_group *done;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0) {
        mutex_lock(job->results_lock);
        job->results->items[job->results->count++] = result;
        mutex_lock(job->positive_lock); /* behind the lock of the results */
        *job->positive += strcmp(result.sentiment, "positive") == 0;
        mutex_unlock(job->positive_lock);
        mutex_unlock(job->results_lock);
    }
    wait_group_done(job->done);
    return NULL;
}

static void print_share(const struct job *job)
{
    mutex_lock(job->positive_lock);
    /* BUG: and here the lock of the results is the second one. */
    mutex_lock(job->results_lock);
    log_line("Good news in %d of %zu articles\n", *job->positive, job->results->count);
    mutex_unlock(job->results_lock);
    mutex_unlock(job->positive_lock);
}

int process_all_lock_order(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct mutex results_lock, positive_lock;
    struct wait_group done;
    int positive = 0, error = 0;

    if (jobs == NULL)
        return ENOMEM;
    mutex_init(&results_lock, "results");
    mutex_init(&positive_lock, "positive");
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], results, &results_lock,
                               &positive,  &positive_lock,      &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_wait(&done);
    print_share(&jobs[0]);
    wait_group_destroy(&done);
    mutex_destroy(&positive_lock);
    mutex_destroy(&results_lock);
    free(jobs);
    return error;
}
