/*
 * BROKEN: a thread that has no good news returns early, and past its
 * wait_group_done(). Go's defer runs on every way out of a function; C has
 * none, so a function like this needs one way out. The wait never ends, though
 * all the work is done. Each thread has a slot of its own for its result.
 */
#include "pipeline.h"

#include "observe/log.h"

#include <string.h>

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    size_t slot = (size_t)(job->article - pipeline->batch->articles);
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        pipeline->results->items[slot] = result;
    if (strcmp(result.sentiment, "positive") != 0)
        /* BUG: this way out does not lead past wait_group_done(). */
        return NULL;
    log_line("Good news in article %d\n", job->article->id);
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_forgotten_done(const struct batch *batch,
                                struct ai_results *results)
{
    results->count = batch->count;
    process_with(batch, results, work);
}
