/*
 * What is done with an article, step by step; how the steps are connected is pipeline.c's and the
 * variants' affair. Each returns 0 or an errno value: ECANCELED, calls was cancelled; of a call
 * that failed item->why says the rest. Any thread, each item by one at a time.
 */
#ifndef STEPS_H
#define STEPS_H

#include "lesson/lesson.h"

/* What moves from step to step. */
struct item {
    const struct article *article;
    struct ai_result result;  /* as far as it has come */
    struct article_error why; /* of what kept it from going on */
};

/* Prepares the article. It takes a tenth of a second, as at speed 1. */
int preprocess(const struct batch *batch, struct cancel *calls, struct item *item);

/* The three calls that every article takes, each with a deadline of its own. */
int summarize(const struct batch *batch, struct cancel *calls, struct item *item);
int analyze_sentiment(const struct batch *batch, struct cancel *calls, struct item *item);
int extract_keywords(const struct batch *batch, struct cancel *calls, struct item *item);

#endif
