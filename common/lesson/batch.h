/*
 * The load of a run, as process_all() gets it, and the account that is kept of its articles.
 *
 * Each article is queued at first. It runs from the first call that begins for it; the client's
 * hook notes that. It ends when the lesson says so, with batch_end().
 */
#ifndef LESSON_BATCH_H
#define LESSON_BATCH_H

#include "news/ai_result.h"
#include "news/article.h"
#include "news/article_status.h"
#include "news/llm.h"
#include "sync/cancel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* The lesson only reads it, and all of it outlives every thread of the run. */
struct batch {
    struct llm_client *llm;
    const struct article *articles;
    size_t count;
    size_t workers; /* 0: the mode has no pool */

    struct cancel *cancel;       /* of the run; NULL: the part keeps no account */
    int64_t call_timeout_ns;     /* on the clock; 0: none */
    bool drain;                  /* a cancelled run finishes the articles that it has taken */
    const size_t *stage_workers; /* of each stage: LLM_TASKS of them */
    struct store *store;         /* for the results; NULL: none */

    /* For the functions below. */
    const struct articles *load;     /* the same articles, with an index by id */
    struct article_status *statuses; /* of each article, by its position; NULL: no account */
};

/* The article with this id; NULL: there is none. Any thread. */
const struct article *batch_article(const struct batch *batch, int id);

/*
 * Whether an earlier run has stored the article's result. Any thread may ask before it hands the
 * article out.
 */
bool batch_is_done(const struct batch *batch, const struct article *article);

/*
 * Notes how the article of the result ended: it succeeded if result->error.cause is 0, it was
 * cancelled if the cause is ECANCELED, else it failed. Once for each article; the collector, which
 * is one thread.
 */
void batch_end(const struct batch *batch, const struct ai_result *result);

/*
 * Why the article failed or was cancelled, as batch_end() was told; the cause is 0 if it was
 * neither. The collector.
 */
const struct article_error *batch_error(const struct batch *batch, const struct article *article);

/* Notes that a call begins for the article. For the client's hook, in any thread. */
void batch_begin(const struct batch *batch, const struct article *article);

#endif
