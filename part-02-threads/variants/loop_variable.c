/*
 * BROKEN: the loop reuses one job and gives its address to every thread. A
 * thread finds there what the loop has put in by the time the thread looks.
 * The gate holds the threads until the loop is through, as a busy machine may,
 * so that it goes wrong in every run and in the same way. An atomic index
 * makes the append safe: the job is the only thing that races.
 */
#include "pipeline.h"

#include "sync/gate.h"
#include "sync/thread.h"

#include <stdatomic.h>

static struct gate loop_ended = GATE_CLOSED;
static atomic_size_t next_slot;

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline;
    struct ai_result result;

    gate_wait(&loop_ended);
    pipeline = job->pipeline;
    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        pipeline->results->items[atomic_fetch_add(&next_slot, 1)] = result;
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_loop_variable(const struct batch *batch,
                               struct ai_results *results)
{
    struct pipeline pipeline = {.batch = batch, .results = results};
    static struct job job; /* static: clang 14 sees no race on the stack */

    wait_group_init(&pipeline.working, "articles");
    for (size_t i = 0; i < batch->count; i++) {
        /* BUG: the threads that were started before read this very job. */
        job = (struct job){&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start(work, &job, "article %d", job.article->id) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
    }
    gate_open(&loop_ended);
    wait_group_wait(&pipeline.working);
    wait_group_destroy(&pipeline.working);
    results->count = atomic_load(&next_slot);
}
