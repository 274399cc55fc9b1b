/*
 * What became of an article, and, where it failed, the error: which article, in which stage, at
 * which attempt, and why. A struct, so that who gets it can act on the cause and need not read a
 * text: what Go's %w and errors.As are for. The text is made where it is shown.
 */
#ifndef NEWS_ARTICLE_STATUS_H
#define NEWS_ARTICLE_STATUS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct article_error {
    int article_id;
    const char *stage; /* "sentiment"; static */
    int stage_number;  /* where the lesson's stages are numbered, from 1; else 0 */
    int attempt;       /* from 1; 0: not a matter of attempts */
    /*
     * 0, no error, or an errno value: EIO, the provider is out of order (503); EAGAIN, it refused
     * (429), or, without an attempt, the system did; ETIMEDOUT, no answer in time; ECANCELED, given
     * up; ECONNREFUSED, not even tried.
     */
    int cause;
    int64_t retry_after_ns; /* with EAGAIN: how long the provider asks to be left alone; or 0 */
};

/* The longest text that article_error_format() makes, its NUL included. */
#define ARTICLE_ERROR_SIZE 160

/*
 * Writes the error in words: "article 7, sentiment, attempt 1: 503 Service Unavailable", or "stage
 * 3 (sentiment), article 7, ...". At most size bytes, NUL included. Returns text. Any thread.
 */
char *article_error_format(const struct article_error *error, char *text, size_t size);

/* A cause in words, without the rest: "503 Service Unavailable". Any thread. */
const char *article_error_cause(int cause);

/* How far an article has come. */
enum article_state {
    ARTICLE_QUEUED,    /* nobody has taken it */
    ARTICLE_RUNNING,   /* somebody has, and has not said how it ended */
    ARTICLE_SUCCEEDED, /* it has its result */
    ARTICLE_FAILED,    /* for the error */
    ARTICLE_CANCELLED  /* given up on, because the work was cancelled */
};

struct article_status {
    atomic_int state;           /* an enum article_state */
    struct article_error error; /* of one that failed or was cancelled */
};

/* Whoever takes the article says so. One thread at a time has it. */
void article_status_begin(struct article_status *status);

/*
 * Whoever has it says how it ended: succeeded where error->cause is 0, cancelled where that is
 * ECANCELED, else failed. The error is copied. Who sees the state can read what was written before.
 */
void article_status_end(struct article_status *status, const struct article_error *error);

/* How far it has come. Any thread. */
enum article_state article_status_state(const struct article_status *status);

#endif
