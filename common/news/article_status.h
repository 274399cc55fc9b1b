/*
 * How far an article has come, and, if it failed, why.
 */
#ifndef NEWS_ARTICLE_STATUS_H
#define NEWS_ARTICLE_STATUS_H

#include "news/ai_result.h"

#include <stdatomic.h>

enum article_state {
    ARTICLE_QUEUED,    /* no call has begun for it */
    ARTICLE_RUNNING,   /* a call has begun, and nobody has said how the article ended */
    ARTICLE_SUCCEEDED, /* it has its result */
    ARTICLE_FAILED,    /* for the cause that is in the error */
    ARTICLE_CANCELLED  /* given up, because the work was cancelled */
};

/* All zero: queued. The error is written before the state. */
struct article_status {
    atomic_int state;           /* an enum article_state */
    struct article_error error; /* of an article that failed or was cancelled */
};

/*
 * Notes that the article runs, if it is still queued; else changes nothing. Any number of threads
 * at once. It orders nothing between them.
 */
void article_status_begin(struct article_status *status);

/*
 * Notes how the article ended: it succeeded if error->cause is 0, it was cancelled if the cause is
 * ECANCELED, else it failed. The error is copied. One thread for each article, once.
 */
void article_status_end(struct article_status *status, const struct article_error *error);

/*
 * How far the article has come. Once it is an end (succeeded, failed, cancelled), the thread may
 * read status->error. Any thread.
 */
enum article_state article_status_state(const struct article_status *status);

#endif
