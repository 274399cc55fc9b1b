/* Part 9: a pipeline of stages, each with workers of its own and a queue in front. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/* The room in the queue in front of each stage. */
#define QUEUE_CAPACITY 4

/* Sends every article through all stages; each queue has room for capacity of them. */
int run_stages(const struct batch *batch, struct ai_results *results, size_t capacity);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_fan_out(const struct batch *batch, struct ai_results *results);
int process_all_chain(const struct batch *batch, struct ai_results *results);
int process_all_unbounded_queue(const struct batch *batch, struct ai_results *results);

#endif
