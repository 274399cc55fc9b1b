/*
 * Why an article failed: in which stage, at which attempt, and the cause. It is a struct, so that
 * the code that receives it can act on the cause without reading a text; Go does this with %w and
 * errors.As. It travels with the article's result, and becomes a text only where it is shown.
 */
#ifndef NEWS_ARTICLE_ERROR_H
#define NEWS_ARTICLE_ERROR_H

#include <stddef.h>
#include <stdint.h>

/* All zero: no error. */
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

#endif
