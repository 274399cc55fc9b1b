#include "news/llm_task.h"

const char *llm_task_name(enum llm_task task)
{
    static const char *const names[LLM_TASKS] = {
        [LLM_SUMMARY] = "summarize",
        [LLM_SENTIMENT] = "sentiment",
        [LLM_KEYWORDS] = "keywords",
    };

    return names[task];
}

const char *llm_task_title(enum llm_task task)
{
    static const char *const titles[LLM_TASKS] = {
        [LLM_SUMMARY] = "Summarization",
        [LLM_SENTIMENT] = "Sentiment Analysis",
        [LLM_KEYWORDS] = "Keyword Extraction",
    };

    return titles[task];
}

char *llm_task_answer(enum llm_task task, struct ai_result *result, size_t *size)
{
    switch (task) {
    case LLM_SUMMARY:
        *size = sizeof result->summary;
        return result->summary;
    case LLM_SENTIMENT:
        *size = sizeof result->sentiment;
        return result->sentiment;
    default:
        *size = sizeof result->keywords;
        return result->keywords;
    }
}
