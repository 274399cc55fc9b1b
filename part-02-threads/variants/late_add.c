/*
 * BROKEN: each thread adds itself to the wait group. Until the first one gets to run, the count is
 * zero, and a wait for zero returns at once. The gate holds the threads until that has happened, as
 * a busy machine may, so that it happens in every run. They keep no result: nobody waits to read
 * it.
 */
#include "pipeline.h"

#include "sync/gate.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct wait_group *done;
};

/* Static, and jobs is never freed: the threads use all this until the process ends. */
static struct job *jobs;
static struct wait_group done;
static struct gate wait_returned = GATE_CLOSED;

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    gate_wait(&wait_returned);
    /* BUG: too late: the wait may be over before the first thread comes here. */
    wait_group_add(job->done, 1);
    process_article(job->llm, job->article, &result);
    wait_group_done(job->done);
    return NULL;
}

int process_all_late_add(const struct batch *batch, struct ai_results *results)
{
    int error = 0;

    (void)results;
    jobs = calloc(batch->count, sizeof *jobs);
    if (jobs == NULL)
        return ENOMEM;
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &done};
        error = thread_start(name, process_one, &jobs[i]);
    }
    wait_group_wait(&done);
    gate_open(&wait_returned);
    return error;
}
