/*
 * Random bits that depend on a seed and on what they are for, and on nothing else: no state, so
 * threads cannot change what is drawn. Any thread.
 */
#ifndef NEWS_RANDOM_H
#define NEWS_RANDOM_H

#include "news/ai_result.h"

#include <stdint.h>

/* What bits are drawn for: bits for one purpose say nothing about those for another. */
enum random_purpose { RANDOM_ERROR = 1, RANDOM_HANG, RANDOM_FOR_CALLER };

/*
 * The step and the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", OOPSLA 2014).
 */
uint64_t random_mix(uint64_t bits);

/* The bits of a call, whichever attempt it is; and those of one attempt. */
uint64_t random_of_call(uint64_t seed, enum llm_task task, int article_id);
uint64_t random_of_attempt(uint64_t seed, enum llm_task task, int article_id, int attempt,
                           enum random_purpose purpose);

#endif
