/*
 * ALSO: an article's error stops nobody. The workers take every article, and
 * in the end all errors are joined, not the first one alone. The results are
 * marked as partial, so that nobody takes them for all.
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
        process_article(pipeline->batch->llm, &article,
                        &pipeline->working.cancel, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_collect(const struct batch *batch, struct ai_results *results)
{
    char text[ARTICLE_ERROR_SIZE];
    size_t errors = 0, n = 0;

    process_with(batch, results, work);
    for (size_t i = 0; i < batch->count; i++)
        errors += batch_error(batch, &batch->articles[i])->cause != 0;
    results->is_partial = errors > 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct article *article = &batch->articles[i];
        const struct article_error *error = batch_error(batch, article);

        if (error->cause != 0)
            log_line(
                "Error %zu of %zu: %s\n", ++n, errors,
                article_error_format(article->id, error, text, sizeof text));
    }
}
