/*
 * A small generator of random numbers, as a library brings one: xorshift64*
 * (Vigna, "An experimental exploration of Marsaglia's xorshift generators,
 * scrambled", 2016). It says nothing about threads: only one thread
 * at a time may use it. (The C library's generators are no example:
 * ThreadSanitizer does not look inside it.)
 */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <stdint.h>

struct generator {
    uint64_t state; /* never 0 */
};

/* Starts it from any seed. */
void generator_seed(struct generator *generator, uint64_t seed);

/* Returns a number from min to max. */
int64_t generator_between(struct generator *generator, int64_t min,
                          int64_t max);

#endif
