/*
 * One article after the other, one call after the other. Nothing can go wrong
 * between two articles, because only one is ever being worked on. The time is
 * the sum of all waits.
 */
#include "pipeline.h"

#include "observe/log.h"

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

void process_all(const struct batch *batch, struct ai_results *results)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct ai_result result;

        if (process_article(batch->llm, &batch->articles[i], &result) == 0)
            results->items[results->count++] = result;
    }
}
