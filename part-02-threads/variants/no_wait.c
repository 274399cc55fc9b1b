/*
 * BROKEN: nobody waits. process_all returns as soon as the threads are
 * started, main returns, and with main the whole process ends, whatever its
 * threads were doing. They keep no result: nobody would be there to read it.
 */
#include "pipeline.h"

#include "sync/thread.h"

/* What one thread is given: nothing that ends with process_all. */
struct errand {
    struct llm_client *llm;
    const struct article *article;
};

static void *work(void *argument)
{
    struct errand *errand = argument;
    struct ai_result result;

    process_article(errand->llm, errand->article, &result);
    return NULL;
}

void process_all_no_wait(const struct batch *batch, struct ai_results *results)
{
    (void)results;
    for (size_t i = 0; i < batch->count; i++) {
        struct errand errand = {batch->llm, &batch->articles[i]};

        thread_start_copy(work, &errand, sizeof errand, "article %d",
                          errand.article->id);
    }
    /* BUG: the threads have hardly begun. */
}
