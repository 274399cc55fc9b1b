/*
 * What a run works on: the articles, the room for their results, and what an earlier run has put
 * into the store.
 */
#ifndef LESSON_LOAD_H
#define LESSON_LOAD_H

#include "lesson/lesson.h"
#include "lesson/options.h"
#include "news/ai_result.h"
#include "news/article.h"
#include "news/article_status.h"
#include "news/store.h"

#include <stddef.h>

struct load {
    struct articles articles;
    struct ai_results results;       /* with room for one result of each article */
    struct article_status *statuses; /* of each article; NULL: the part keeps no account */
    struct store store;              /* open if options->store is given */
    size_t stored;                   /* articles whose results came from the store */
};

/*
 * Makes the articles up or reads them; opens the store and takes its results in. Returns
 * STATUS_COMPLETE; or the exit status of the process, then one line on standard error says why, and
 * there is nothing to destroy. Main.
 */
int load_init(struct load *load, const struct part *part, const struct options *options);

/* Forgets results and statuses: the load is as if nothing had run and nothing had been stored. */
void load_clear(struct load *load);

/* Frees all but the store, which is closed before. When no thread uses the load any more. Main. */
void load_destroy(struct load *load);

#endif
