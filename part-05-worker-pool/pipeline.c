/*
 * A fixed number of workers, each of which takes articles from a channel until
 * it is closed. How many calls are in flight is our choice.
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
    struct pipeline *pipeline = argument;
    struct article article;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &article) == 0) {
        log_line("%s takes article %d\n", thread_name(), article.id);
        if (process_article(pipeline->batch->llm, &article, &result) == 0)
            channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    wait_group_done(&pipeline->working);
    return NULL;
}

/* A thread of its own: the collector is busy receiving until the close. */
static void *feed_and_close(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct batch *batch = pipeline->batch;

    for (size_t i = 0; i < batch->count; i++)
        channel_send(&pipeline->jobs, &batch->articles[i]);
    channel_close(&pipeline->jobs);
    wait_group_wait(&pipeline->working);
    channel_close(&pipeline->finished);
    return NULL;
}

void process_with(const struct batch *batch, struct ai_results *results,
                  void *(*run)(void *argument))
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;
    size_t started = 0;

    channel_init(&pipeline.jobs, "jobs", sizeof(struct article), 0);
    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    wait_group_init(&pipeline.working, "workers");
    wait_group_add(&pipeline.working, 1); /* this loop starts more threads */
    if (thread_start(feed_and_close, &pipeline, "closer") != 0) {
        channel_close(&pipeline.jobs); /* nobody else will */
        channel_close(&pipeline.finished);
    }
    for (size_t i = 0; i < batch->workers; i++) {
        wait_group_add(&pipeline.working, 1);
        if (thread_start(run, &pipeline, "worker %zu", i + 1) != 0)
            wait_group_done(&pipeline.working); /* the thread cannot */
        else
            started++;
    }
    wait_group_done(&pipeline.working);
    while (started == 0 && channel_receive(&pipeline.jobs, NULL) == 0)
        continue; /* without a worker, the closer must still come to its end */
    while (channel_receive(&pipeline.finished, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    wait_group_wait(&pipeline.working);
    wait_group_destroy(&pipeline.working);
    channel_destroy(&pipeline.finished);
    channel_destroy(&pipeline.jobs);
}

void process_all(const struct batch *batch, struct ai_results *results)
{
    process_with(batch, results, work);
}
