/*
 * ALSO: no workers, no channels, no closer: a thread for each article, and a
 * group that lets at most N of them run at once; starting one more waits for
 * a free slot. Each thread writes to a place of its own. It costs a start for
 * each article. Main starts the threads, and so cannot collect until the end.
 */
#include "pipeline.h"

#include "observe/log.h"

/* What one thread is given. */
struct job {
    const struct batch *batch;
    const struct article *article;
    struct error_group *working;
    struct ai_result *result; /* this job's own place */
};

static int process_one(void *argument)
{
    const struct job *job = argument;

    return process_article(job->batch->llm, job->article,
                           &job->working->cancel, job->result);
}

void process_all_limit(const struct batch *batch, struct ai_results *results)
{
    struct error_group working;

    error_group_init(&working, batch->cancel);
    error_group_limit(&working, batch->workers);
    for (size_t i = 0; i < batch->count; i++) {
        const struct article *article = &batch->articles[i];
        struct job job = {batch, article, &working, &results->items[i]};

        error_group_go_copy(&working, process_one, &job, sizeof job,
                            "article %d", article->id);
    }
    if (error_group_wait(&working) != 0)
        log_line("The group failed: %s was first\n", working.failed);
    for (size_t i = 0; i < batch->count; i++) {
        const struct ai_result *result = &results->items[i];

        if (result->article_id == 0)
            continue; /* never started */
        batch_end(batch, result);
        if (result->error.cause == 0) /* closes the gaps */
            results->items[results->count++] = *result;
    }
    error_group_destroy(&working);
}
