/*
 * The three tasks that the LLM does for an article, one call each.
 */
#ifndef NEWS_LLM_TASK_H
#define NEWS_LLM_TASK_H

#include "news/ai_result.h"

#include <stddef.h>

enum llm_task { LLM_SUMMARY, LLM_SENTIMENT, LLM_KEYWORDS };

/* How many calls an article takes. */
#define LLM_TASKS 3

/* The task as the name of a stage: "summarize", "sentiment", "keywords". Any thread. */
const char *llm_task_name(enum llm_task task);

/* The task as the log names it: "Summarization". Any thread. */
const char *llm_task_title(enum llm_task task);

/*
 * Where the answer to the task goes in a result; *size becomes the room there in bytes, NUL
 * included. Any thread.
 */
char *llm_task_answer(enum llm_task task, struct ai_result *result, size_t *size);

#endif
