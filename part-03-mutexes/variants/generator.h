/*
 * A small generator of random numbers, as a library brings one: xorshift64* (Vigna, "An
 * experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). It says nothing
 * about threads, and means: one at a time. (The C library's own are no example: ThreadSanitizer
 * does not look inside it.)
 */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <stdint.h>

struct generator {
    uint64_t state; /* never 0 */
};

/* Starts it from any seed. */
void generator_seed(struct generator *generator, uint64_t seed);

/* A number from min to max. */
int64_t generator_between(struct generator *generator, int64_t min, int64_t max);

#endif
