#include "news/ai_result.h"

#include "system/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *llm_task_name(enum llm_task task)
{
    static const char *const names[LLM_TASKS] = {"summarize", "sentiment", "keywords"};

    return (size_t)task < LLM_TASKS ? names[task] : "unknown";
}

const char *llm_task_title(enum llm_task task)
{
    static const char *const titles[LLM_TASKS] = {"Summarization", "Sentiment Analysis",
                                                  "Keyword Extraction"};

    return (size_t)task < LLM_TASKS ? titles[task] : "Unknown Task";
}

const char *article_error_cause(int cause)
{
    switch (cause) {
    case EIO:
        return "503 Service Unavailable";
    case EAGAIN:
        return "429 Too Many Requests";
    case ETIMEDOUT:
        return "no answer in time";
    case ECANCELED:
        return "cancelled";
    case ECONNREFUSED:
        return "not called, the breaker is open";
    default:
        return strerror(cause);
    }
}

char *article_error_format(int article_id, const struct article_error *error, char *text,
                           size_t size)
{
    /* Without an attempt it was not the provider: no thread could be started, a disk has failed. */
    bool is_systems = error->attempt == 0 && (error->cause == EAGAIN || error->cause == EIO);
    const char *cause = is_systems ? strerror(error->cause) : article_error_cause(error->cause);
    char attempt[32] = "", retry[DURATION_SIZE + sizeof ", retry after "] = "";
    char duration[DURATION_SIZE];

    if (error->attempt > 1 || (error->attempt == 1 && error->stage_number == 0))
        snprintf(attempt, sizeof attempt, ", attempt %d", error->attempt);
    if (error->retry_after_ns > 0)
        snprintf(retry, sizeof retry, ", retry after %s",
                 duration_format(duration, sizeof duration, error->retry_after_ns));
    if (error->stage_number > 0)
        snprintf(text, size, "stage %d (%s), article %d%s: %s%s", error->stage_number, error->stage,
                 article_id, attempt, cause, retry);
    else
        snprintf(text, size, "article %d, %s%s: %s%s", article_id, error->stage, attempt, cause,
                 retry);
    return text;
}

int ai_results_init(struct ai_results *results, size_t capacity)
{
    *results = (struct ai_results){.items = calloc(capacity, sizeof *results->items),
                                   .capacity = capacity};
    return results->items != NULL ? 0 : ENOMEM;
}

void ai_results_destroy(struct ai_results *results)
{
    free(results->items);
    *results = (struct ai_results){0};
}
