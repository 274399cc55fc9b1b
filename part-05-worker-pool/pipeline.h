/* Part 5: a fixed number of workers, however many articles there are. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/* The three calls that every article takes, in sequence. Returns 0 or the first call's error. */
int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_unbounded(const struct batch *batch, struct ai_results *results);
int process_all_submit_first(const struct batch *batch, struct ai_results *results);

#endif
