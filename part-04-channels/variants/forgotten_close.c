/*
 * BROKEN: no closer. The collector receives every result, and then waits for the next one: that
 * none will come it can only learn from a close. Without the watch this process would look as if it
 * were still working.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct channel *results_channel;
};

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        channel_send(job->results_channel, &result);
    return NULL;
}

int process_all_forgotten_close(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct channel results_channel;
    struct ai_result result;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &results_channel};
        error = thread_start(name, process_one, &jobs[i]);
    }
    /* BUG: nobody closes the channel when all have sent. */
    while (channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    channel_destroy(&results_channel);
    free(jobs);
    return error;
}
