/*
 * BROKEN: each thread adds itself to the wait group. Until the first thread
 * gets to run, the count is zero, and a wait for zero returns at once. The
 * gate holds the threads until that has happened, as a busy machine may, so
 * that it happens in every run. They keep no result: nobody waits to read it.
 */
#include "pipeline.h"

#include "sync/gate.h"
#include "sync/thread.h"

static struct pipeline pipeline; /* the threads outlive process_all */
static struct gate wait_returned = GATE_CLOSED;

static void *work(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    gate_wait(&wait_returned);
    /* BUG: too late: the wait may be over before a thread comes here. */
    wait_group_add(&pipeline.working, 1);
    process_article(pipeline.batch->llm, job->article, &result);
    wait_group_done(&pipeline.working);
    return NULL;
}

void process_all_late_add(const struct batch *batch,
                          struct ai_results *results)
{
    (void)results;
    pipeline.batch = batch;
    wait_group_init(&pipeline.working, "articles");
    for (size_t i = 0; i < batch->count; i++) {
        struct job job = {&pipeline, &batch->articles[i]};

        thread_start_copy(work, &job, sizeof job, "article %d",
                          job.article->id);
    }
    wait_group_wait(&pipeline.working);
    gate_open(&wait_returned);
}
