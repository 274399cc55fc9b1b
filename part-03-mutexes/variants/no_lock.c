/*
 * BROKEN: the append without its lock, taken apart: read the count, write the
 * result there, write the count. The gate holds every thread between the first
 * step and the second until all have read, as an unlucky schedule may hold
 * two, so that results are lost in every run.
 */
#include "pipeline.h"

#include "sync/gate.h"

static struct gate all_have_read = GATE_CLOSED;

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;
    size_t count;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0) {
        count = pipeline->results->count;
        gate_meet(&all_have_read, pipeline->batch->count);
        /* BUG: all others have read the same count, and write there, too. */
        pipeline->results->items[count] = result;
        pipeline->results->count = count + 1;
    }
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_no_lock(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
