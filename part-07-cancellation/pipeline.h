/* Part 7: a run that can be told to stop, and an account of what it did. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/*
 * The three calls that every article takes, in sequence, up to the first that fails. Returns 0 or
 * that call's error, and *why says the rest. ECANCELED: cancel was cancelled; ETIMEDOUT: a call
 * took longer than batch->call_timeout_ns.
 */
int process_article(const struct batch *batch, const struct article *article, struct cancel *cancel,
                    struct ai_result *result, struct article_error *why);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_workflow(const struct batch *batch, struct ai_results *results);
int process_all_late_cancel(const struct batch *batch, struct ai_results *results);
int process_all_deaf(const struct batch *batch, struct ai_results *results);
int process_all_leak(const struct batch *batch, struct ai_results *results);
int process_all_no_leak(const struct batch *batch, struct ai_results *results);

#endif
