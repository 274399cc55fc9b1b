/*
 * BROKEN: the append without its lock, taken apart: read the count, write the result there, write
 * the count. The gate holds every thread between the first step and the second until all have read,
 * as an unlucky schedule may hold two, so that results are lost in every run.
 */
#include "pipeline.h"

#include "observe/clock.h"
#include "sync/gate.h"
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
    struct ai_results *results; /* shared by all threads */
    struct wait_group *done;
};

static atomic_size_t reads; /* relaxed, as the gate: it orders nothing */
static struct gate all_have_read = GATE_CLOSED;

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;
    size_t count;

    if (process_article(job->llm, job->article, &result) != 0)
        result.article_id = 0;
    count = job->results->count;
    atomic_fetch_add_explicit(&reads, 1, memory_order_relaxed);
    gate_wait(&all_have_read);
    /* BUG: all others have read the same count, and write to the same place. */
    job->results->items[count] = result;
    job->results->count = count + 1;
    wait_group_done(job->done);
    return NULL;
}

int process_all_no_lock(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct wait_group done;
    size_t started = 0;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], results, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error == 0)
            started++;
        else
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    while (atomic_load_explicit(&reads, memory_order_relaxed) < started)
        clock_sleep_ns(NS_PER_MS);
    gate_open(&all_have_read);
    wait_group_wait(&done);
    wait_group_destroy(&done);
    free(jobs);
    return error;
}
