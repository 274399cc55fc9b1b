/*
 * SLOW: the lock around the calls as well. Nothing races, and nothing runs
 * side by side either: the time is that of part 1, for all the threads.
 */
#include "pipeline.h"

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    /* BUG: calls under the lock: the others wait for it, not for answers. */
    mutex_lock(&pipeline->results_lock);
    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        pipeline->results->items[pipeline->results->count++] = result;
    mutex_unlock(&pipeline->results_lock);
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_bad_lock(const struct batch *batch,
                          struct ai_results *results)
{
    process_with(batch, results, work);
}
