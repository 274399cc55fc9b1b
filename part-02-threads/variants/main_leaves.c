/*
 * ALSO: main leaves by pthread_exit() instead of return. That ends main's
 * thread and no other: the process lives on until its last thread has ended.
 * Each thread has a slot of its own for its result.
 */
#include "pipeline.h"

#include "sync/thread.h"

#include <pthread.h>

/* What one thread is given: nothing that ends with process_all. */
struct errand {
    struct llm_client *llm;
    const struct article *article;
    struct ai_result *slot;
};

static void *work(void *argument)
{
    struct errand *errand = argument;
    struct ai_result result;

    if (process_article(errand->llm, errand->article, &result) == 0)
        *errand->slot = result;
    return NULL;
}

void process_all_main_leaves(const struct batch *batch,
                             struct ai_results *results)
{
    results->count = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        struct errand errand = {batch->llm, &batch->articles[i],
                                &results->items[i]};

        thread_start_copy(work, &errand, sizeof errand, "article %d",
                          errand.article->id);
    }
    pthread_exit(NULL);
}
