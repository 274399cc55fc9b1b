/*
 * A thread for each article, and a wait group that knows when all are done.
 * The waits run side by side: the time is that of the slowest article.
 * Nothing guards the results.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result)
{
    int error;

    log_line("Processing article %d...\n", article->id);
    *result = (struct ai_result){.article_id = article->id};
    error = llm_call(llm, LLM_SUMMARY, article, result);
    if (error == 0)
        error = llm_call(llm, LLM_SENTIMENT, article, result);
    if (error == 0)
        error = llm_call(llm, LLM_KEYWORDS, article, result);
    return error;
}

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0) {
        /* BUG: nothing orders this append among the threads. */
        pipeline->results->items[pipeline->results->count++] = result;
    }
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_with(const struct batch *batch, struct ai_results *results,
                  void *(*run)(void *argument))
{
    struct pipeline pipeline = {.batch = batch, .results = results};

    wait_group_init(&pipeline.working, "articles");
    for (size_t i = 0; i < batch->count; i++) {
        struct job job = {&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start_copy(run, &job, sizeof job, "article %d",
                              job.article->id) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
    }
    wait_group_wait(&pipeline.working);
    wait_group_destroy(&pipeline.working);
}

void process_all(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
