/* Part 6: threads that fail together, and an error that says what and why. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/*
 * The three calls that every article takes, in sequence, up to the first that fails. Returns 0 or
 * that call's error, and *why says the rest. ECANCELED: it was cancelled.
 */
int process_article(const struct batch *batch, const struct article *article, struct cancel *cancel,
                    struct ai_result *result, struct article_error *why);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_ignore_errors(const struct batch *batch, struct ai_results *results);
int process_all_shared_error(const struct batch *batch, struct ai_results *results);
int process_all_collect(const struct batch *batch, struct ai_results *results);
int process_all_limit(const struct batch *batch, struct ai_results *results);
int process_all_parallel_models(const struct batch *batch, struct ai_results *results);

#endif
