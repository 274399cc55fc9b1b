/*
 * A thread for each article, and a wait group that knows when all are done.
 * The waits run side by side: the time is that of the slowest article.
 * The threads share no results any more: they send them to one collector,
 * which alone appends to the list.
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

    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        channel_send(&pipeline->finished, &result);
    wait_group_done(&pipeline->working);
    return NULL;
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *close_when_done(void *argument)
{
    struct pipeline *pipeline = argument;

    wait_group_wait(&pipeline->working);
    channel_close(&pipeline->finished);
    return NULL;
}

void process_with(const struct batch *batch, struct ai_results *results,
                  void *(*run)(void *argument))
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;

    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    wait_group_init(&pipeline.working, "articles");
    wait_group_add(&pipeline.working, 1); /* this loop starts more threads */
    if (thread_start(close_when_done, &pipeline, "closer") != 0)
        channel_close(&pipeline.finished); /* nobody else will */
    for (size_t i = 0; i < batch->count; i++) {
        struct job job = {&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start_copy(run, &job, sizeof job, "article %d",
                              job.article->id) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
    }
    wait_group_done(&pipeline.working);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    wait_group_wait(&pipeline.working);
    wait_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
}

void process_all(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
