/*
 * What the pipeline makes of an article, task by task, or why it failed; and the list in which a
 * run collects the results.
 */
#ifndef NEWS_AI_RESULT_H
#define NEWS_AI_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the LLM does for an article, one call each; LLM_TASKS is how many calls an article takes. */
enum llm_task { LLM_SUMMARY, LLM_SENTIMENT, LLM_KEYWORDS };
#define LLM_TASKS 3

/*
 * Returns the task as the name of a stage: "summarize", "sentiment", "keywords"; for any other
 * value "unknown". Any thread.
 */
const char *llm_task_name(enum llm_task task);

/*
 * Returns the task as the log names it: "Summarization"; for any other value "Unknown Task". Any
 * thread.
 */
const char *llm_task_title(enum llm_task task);

/*
 * Why an article failed. It is a struct, so that code can act on the cause without reading a text;
 * Go does this with %w and errors.As. It becomes a text only where it is shown. All zero: no error.
 */
struct article_error {
    const char *stage; /* "sentiment"; a string that is never freed */
    int stage_number;  /* from 1, where the lesson numbers its stages; else 0 */
    int attempt;       /* from 1; 0: no attempt was made, or attempts do not matter here */
    /*
     * 0, or an errno value. EIO: the provider is out of order (503). EAGAIN: the provider refused
     * (429); without an attempt, the system did. ETIMEDOUT: no answer in time. ECANCELED: the
     * article was given up. ECONNREFUSED: the call was not even tried.
     */
    int cause;
    int64_t retry_after_ns; /* with EAGAIN: how long the provider asks callers to wait; or 0 */
};

/* The longest text that article_error_format() makes, its NUL included. */
#define ARTICLE_ERROR_SIZE 160

/*
 * Writes the article's error in words: "article 7, sentiment, attempt 1: 503 Service Unavailable",
 * or "stage 3 (sentiment), article 7, ...". At most size bytes, NUL included. Returns text. Any
 * thread.
 */
char *article_error_format(int article_id, const struct article_error *error, char *text,
                           size_t size);

/* The cause alone, in words: "503 Service Unavailable". Any thread. */
const char *article_error_cause(int cause);

/* Fixed arrays and no heap, so that a plain assignment copies a result. */
struct ai_result {
    int article_id; /* 0: no result */
    char summary[256];
    char sentiment[16];
    char keywords[160];         /* separated by ", " */
    struct article_error error; /* what went wrong last; its cause is 0 if nothing did */
};

_Static_assert(sizeof(struct ai_result) <= 512, "a result is copied often: keep it small");

/*
 * The results of a run. A lesson appends with results->items[results->count++] = result. Go's
 * append does the same when there is room, and is no safer when several threads do it.
 */
struct ai_results {
    struct ai_result *items;
    size_t count;
    size_t capacity;
    bool is_partial; /* the lesson knows that some are missing */
};

/*
 * Makes room for capacity results, all empty. Returns 0 or ENOMEM. The caller owns the struct and
 * ends it with ai_results_destroy(), once no thread uses it any more. One thread.
 */
int ai_results_init(struct ai_results *results, size_t capacity);
void ai_results_destroy(struct ai_results *results);

/* Whether the program was built with the JSON library: else no results can be written. Any thread.
 */
bool ai_results_can_be_written(void);

/*
 * Writes the results as JSON Lines, {"article_id", "summary", "sentiment", "keywords": [...]} a
 * line; empty results are left out. Characters that a terminal would obey are written as escapes
 * (observe/text.h), so that the file can be looked at. The file is written as news/output_file.h
 * says, and its errors are returned, or ENOMEM, or EILSEQ: a text is no UTF-8. One thread at a
 * time; the results must not change meanwhile.
 */
int ai_results_write(const struct ai_results *results, const char *path);

#endif
