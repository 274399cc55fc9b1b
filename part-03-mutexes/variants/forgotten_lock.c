/*
 * BROKEN: the append has its lock, but one read of the count does not. A lock
 * protects nothing by itself: it is an agreement, and it holds as long as all
 * threads keep it. The results are complete in every run; the number in the
 * log may be any.
 */
#include "pipeline.h"

#include "observe/log.h"

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0) {
        /* BUG: another thread may be appending right now. */
        log_line("%zu results before article %d\n", pipeline->results->count,
                 job->article->id);
        mutex_lock(&pipeline->results_lock);
        pipeline->results->items[pipeline->results->count++] = result;
        mutex_unlock(&pipeline->results_lock);
    }
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_forgotten_lock(const struct batch *batch,
                                struct ai_results *results)
{
    process_with(batch, results, work);
}
