/*
 * ALSO: no lock: an atomic index hands each thread a slot of its own. The
 * increment cannot be torn in two, so no slot is given out twice. The results
 * themselves are not shared: one thread writes each slot, and main reads it
 * after the wait.
 */
#include "pipeline.h"

#include <stdatomic.h>

static atomic_size_t next_slot;

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        pipeline->results->items[atomic_fetch_add(&next_slot, 1)] = result;
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_own_slot(const struct batch *batch,
                          struct ai_results *results)
{
    process_with(batch, results, work);
    results->count = atomic_load(&next_slot);
}
