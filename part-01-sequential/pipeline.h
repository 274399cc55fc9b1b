/* Part 1: one article after the other. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/* Makes the three calls for an article. Returns 0 or the first error. */
int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result);

/* The lesson. */
void process_all(const struct batch *batch, struct ai_results *results);

#endif
