/*
 * BROKEN: an error group by hand: a variable for the first error, which all
 * workers read and a worker that fails writes. Two workers can find it empty,
 * and each thinks that it was the first; a third can read an error of which
 * half is written. It wakes nobody: the calls in flight go on.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

static struct ai_result failed; /* the article that failed first; no lock */

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct article article;
    struct ai_result result;

    /* BUG: nothing orders this read among the threads. */
    while (failed.error.cause == 0 &&
           channel_receive(&pipeline->jobs, &article) == 0) {
        log_line("%s takes article %d\n", thread_name(), article.id);
        process_article(pipeline->batch->llm, &article,
                        pipeline->batch->cancel, &result);
        channel_send(&pipeline->finished, &result);
        /* BUG: nor this check and this write; both can happen twice. */
        if (result.error.cause != 0 && failed.error.cause == 0)
            failed = result;
    }
    while (channel_receive(&pipeline->jobs, NULL) == 0)
        continue; /* dropped: the feeder must come to its end */
    log_line("%s leaves\n", thread_name());
    return 0;
}

void process_all_shared_error(const struct batch *batch,
                              struct ai_results *results)
{
    char text[ARTICLE_ERROR_SIZE];

    process_with(batch, results, work);
    if (failed.error.cause != 0)
        log_line("The group failed: %s\n",
                 article_error_format(failed.article_id, &failed.error, text,
                                      sizeof text));
}
