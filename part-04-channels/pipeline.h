/* Part 4: the results go down a channel, and one collector owns them. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/* The three calls that every article takes, in sequence. Returns 0 or the first call's error. */
int process_article(struct llm_client *llm, const struct article *article,
                    struct ai_result *result);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_buffered(const struct batch *batch, struct ai_results *results);
int process_all_own_channel(const struct batch *batch, struct ai_results *results);
int process_all_cache(const struct batch *batch, struct ai_results *results);
int process_all_wait_first(const struct batch *batch, struct ai_results *results);
int process_all_forgotten_close(const struct batch *batch, struct ai_results *results);
int process_all_circular_wait(const struct batch *batch, struct ai_results *results);

#endif
