/*
 * Calls can fail. The workers are an error group: the first that returns an
 * error cancels the calls of the others, and no more articles are fed.
 * A result that failed goes to the collector like any other, and says why.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

int process_article(struct llm_client *llm, const struct article *article,
                    struct cancel *cancel, struct ai_result *result)
{
    int error;

    log_line("Processing article %d...\n", article->id);
    *result = (struct ai_result){.article_id = article->id};
    error = llm_request(llm, LLM_SUMMARY, article, cancel, result);
    if (error == 0)
        error = llm_request(llm, LLM_SENTIMENT, article, cancel, result);
    if (error == 0)
        error = llm_request(llm, LLM_KEYWORDS, article, cancel, result);
    return error;
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct article article;
    struct ai_result result;
    int error = 0;

    while (error == 0 && channel_receive(&pipeline->jobs, &article) == 0) {
        log_line("%s takes article %d\n", thread_name(), article.id);
        error = process_article(pipeline->batch->llm, &article,
                                &pipeline->working.cancel, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return error;
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *feed_and_close(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct batch *batch = pipeline->batch;

    for (size_t i = 0; i < batch->count; i++)
        channel_send_cancellable(&pipeline->jobs, &batch->articles[i],
                                 &pipeline->working.cancel);
    channel_close(&pipeline->jobs);
    error_group_wait(&pipeline->working);
    channel_close(&pipeline->finished);
    return NULL;
}

void process_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument))
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;

    channel_init(&pipeline.jobs, "jobs", sizeof(struct article), 0);
    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    error_group_init(&pipeline.working, batch->cancel);
    if (thread_start(feed_and_close, &pipeline, "closer") != 0) {
        channel_close(&pipeline.jobs); /* nobody else will */
        channel_close(&pipeline.finished);
    }
    for (size_t i = 0; i < batch->workers; i++)
        error_group_go(&pipeline.working, run, &pipeline, "worker %zu", i + 1);
    while (channel_receive(&pipeline.finished, &result) == 0) {
        batch_end(batch, &result);
        if (result.error.cause != 0)
            continue;
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    if (error_group_wait(&pipeline.working) != 0)
        log_line("The group failed: %s was first\n", pipeline.working.failed);
    error_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
    channel_destroy(&pipeline.jobs);
}

void process_all(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
