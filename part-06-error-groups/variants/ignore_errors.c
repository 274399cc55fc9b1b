/*
 * BROKEN: a worker drops an article's error and takes the next article. The
 * error group has a place for the error, and never hears of it: all that can
 * be seen is that there are fewer results than articles.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct article article;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &article) == 0) {
        log_line("%s takes article %d\n", thread_name(), article.id);
        /* BUG: of an error nothing remains but a result that is missing. */
        if (process_article(pipeline->batch->llm, &article,
                            &pipeline->working.cancel, &result) == 0)
            channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0;
}

void process_all_ignore_errors(const struct batch *batch,
                               struct ai_results *results)
{
    process_with(batch, results, work);
}
