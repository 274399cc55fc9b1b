/*
 * ALSO: C's own way to wait, pthread_join, one thread after the other. Each
 * thread writes its result into a slot of its own: no append is shared,
 * nothing races, and the results come in the order of the articles.
 */
#include "pipeline.h"

#include "sync/memory.h"
#include "sync/thread.h"

#include <pthread.h>
#include <stdlib.h>

/* What one thread is given, and how main can wait for it. */
struct errand {
    pthread_t thread;
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

void process_all_join(const struct batch *batch, struct ai_results *results)
{
    struct errand *errands =
        memory_for_items("list", "errands", batch->count, sizeof *errands);

    for (size_t i = 0; i < batch->count; i++) {
        struct errand *errand = &errands[i];

        errand->llm = batch->llm;
        errand->article = &batch->articles[i];
        errand->slot = &results->items[i];
        if (thread_start_joinable(&errand->thread, work, errand, "article %d",
                                  errand->article->id) != 0)
            break;
        results->count++;
    }
    for (size_t i = 0; i < results->count; i++)
        pthread_join(errands[i].thread, NULL);
    free(errands);
}
