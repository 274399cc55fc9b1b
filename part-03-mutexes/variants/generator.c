#include "generator.h"

void generator_seed(struct generator *generator, uint64_t seed)
{
    generator->state = seed * 2 + 1;
}

int64_t generator_between(struct generator *generator, int64_t min,
                          int64_t max)
{
    uint64_t state = generator->state;

    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    generator->state = state;
    return min + (int64_t)(state * UINT64_C(0x2545F4914F6CDD1D) %
                           ((uint64_t)(max - min) + 1));
}
