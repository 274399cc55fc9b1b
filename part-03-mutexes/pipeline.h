/* Part 3: a lock around what the threads share, in the right place. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/* The three calls that every article takes, in sequence. Returns 0 or the first call's error. */
int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_bad_lock(const struct batch *batch, struct ai_results *results);
int process_all_no_lock(const struct batch *batch, struct ai_results *results);
int process_all_forgotten_lock(const struct batch *batch, struct ai_results *results);
int process_all_growing_append(const struct batch *batch, struct ai_results *results);
int process_all_shared_rng(const struct batch *batch, struct ai_results *results);
int process_all_locked_rng(const struct batch *batch, struct ai_results *results);
int process_all_own_slot(const struct batch *batch, struct ai_results *results);
int process_all_lock_order(const struct batch *batch, struct ai_results *results);

#endif
