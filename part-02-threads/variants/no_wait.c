/*
 * BROKEN: nobody waits. process_all returns as soon as the threads are started, main returns, and
 * with main the whole process ends, whatever its threads were doing. They keep no result: nobody
 * would be there to read it.
 */
#include "pipeline.h"

#include "sync/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
};

static struct job *jobs; /* never freed: the threads use them until the process ends */

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    process_article(job->llm, job->article, &result);
    return NULL;
}

int process_all_no_wait(const struct batch *batch, struct ai_results *results)
{
    int error = 0;

    (void)results;
    jobs = calloc(batch->count, sizeof *jobs);
    if (jobs == NULL)
        return ENOMEM;
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i]};
        error = thread_start(name, process_one, &jobs[i]);
    }
    /* BUG: the threads have hardly begun. */
    return error;
}
