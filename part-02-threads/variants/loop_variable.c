/*
 * BROKEN: the loop reuses one job and gives its address to every thread. What a thread finds there
 * is whatever the loop has put in by the time it looks. The gate holds the threads until the loop
 * is through, as a busy machine may, so that it goes wrong in every run and in the same way. The
 * append is made safe here, by an atomic index: the job is the only thing that races.
 */
#include "pipeline.h"

#include "sync/gate.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <stdatomic.h>
#include <stdio.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct ai_results *results; /* shared by all threads */
    struct wait_group *done;
};

static struct gate loop_ended = GATE_CLOSED;
static atomic_size_t next_slot;

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    gate_wait(&loop_ended);
    if (process_article(job->llm, job->article, &result) == 0)
        job->results->items[atomic_fetch_add(&next_slot, 1)] = result;
    wait_group_done(job->done);
    return NULL;
}

int process_all_loop_variable(const struct batch *batch, struct ai_results *results)
{
    static struct job job; /* static: of one on the stack, clang 14's detector sees no race */
    struct wait_group done;
    int error = 0;

    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        /* BUG: the threads that were started before read this very job. */
        job = (struct job){batch->llm, &batch->articles[i], results, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &job);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    gate_open(&loop_ended);
    wait_group_wait(&done);
    wait_group_destroy(&done);
    results->count = atomic_load(&next_slot);
    return error;
}
