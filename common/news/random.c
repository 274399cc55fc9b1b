#include "news/random.h"

uint64_t random_mix(uint64_t bits)
{
    bits += UINT64_C(0x9E3779B97F4A7C15);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

uint64_t random_of_call(uint64_t seed, enum llm_task task, int article_id)
{
    return random_mix(random_mix(random_mix(seed) + (uint64_t)article_id) + (uint64_t)task);
}

uint64_t random_of_attempt(uint64_t seed, enum llm_task task, int article_id, int attempt,
                           enum random_purpose purpose)
{
    uint64_t bits = random_mix(random_of_call(seed, task, article_id) + (uint64_t)attempt);

    return random_mix(bits + ((uint64_t)purpose << 32));
}
