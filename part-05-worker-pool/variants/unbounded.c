/*
 * BROKEN: no pool, but a thread for each article, and a provider that takes
 * at most N calls at once (--provider-limit=N). It refuses the others: "429
 * Too Many Requests". It refuses no call of a pool of N workers.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

/* What one thread is given. */
struct job {
    struct pipeline *pipeline;
    const struct article *article;
};

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

void process_all_unbounded(const struct batch *batch,
                           struct ai_results *results)
{
    struct pipeline pipeline = {.batch = batch};
    struct ai_result result;

    channel_init(&pipeline.finished, "finished", sizeof result, 0);
    wait_group_init(&pipeline.working, "articles");
    wait_group_add(&pipeline.working, 1); /* this loop starts more threads */
    if (thread_start(close_when_done, &pipeline, "closer") != 0)
        channel_close(&pipeline.finished); /* nobody else will */
    /* BUG: the input decides how many calls are in flight at once. */
    for (size_t i = 0; i < batch->count; i++) {
        struct job job = {&pipeline, &batch->articles[i]};

        wait_group_add(&pipeline.working, 1);
        if (thread_start_copy(work, &job, sizeof job, "article %d",
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
