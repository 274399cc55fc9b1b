/*
 * A thread for each article, and a wait group that knows when all are done. The waits run side by
 * side: the time is that of the slowest article. A lock guards the results
 * that they share, and nothing but the results: no thread waits for another one's calls.
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

int process_article(struct llm_client *llm, const struct article *article, struct ai_result *result)
{
    int error;

    log_line("Processing article %d...\n", article->id);
    result->article_id = article->id;
    error = llm_call(llm, LLM_SUMMARY, article, result->summary, sizeof result->summary);
    if (error == 0)
        error = llm_call(llm, LLM_SENTIMENT, article, result->sentiment, sizeof result->sentiment);
    if (error == 0)
        error = llm_call(llm, LLM_KEYWORDS, article, result->keywords, sizeof result->keywords);
    return error;
}

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0) {
        mutex_lock(job->results_lock);
        job->results->items[job->results->count++] = result;
        mutex_unlock(job->results_lock);
    }
    wait_group_done(job->done);
    return NULL;
}

int process_all(const struct batch *batch, struct ai_results *results)
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
