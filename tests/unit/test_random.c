#include "unit.h"

#include "news/random.h"

TEST(the_mixer_is_splitmix64)
{
    /* What the published generator draws first from the seed 0. */
    static const uint64_t expected[] = {UINT64_C(0xE220A8397B1DCDAF), UINT64_C(0x6E789E6AA1B965F4),
                                        UINT64_C(0x06C45D188009454F)};

    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_true(random_mix(i * UINT64_C(0x9E3779B97F4A7C15)) == expected[i]);
}

/* Chapters show figures of certain seeds: a change here would make them false. */
TEST(a_seed_draws_today_what_it_drew_before)
{
    assert_true(random_of_call(1, LLM_SENTIMENT, 7) == UINT64_C(0x7A5FBB64491D0D83));
    assert_true(random_of_attempt(1, LLM_KEYWORDS, 12, 2, RANDOM_ERROR) ==
                UINT64_C(0xBF2A01D1F3BEB60D));
    assert_true(random_of_attempt(1, LLM_KEYWORDS, 12, 2, RANDOM_HANG) ==
                UINT64_C(0x076831B84595170D));
    assert_true(random_of_attempt(1, LLM_KEYWORDS, 12, 2, RANDOM_FOR_CALLER) ==
                UINT64_C(0x5AB719A147818DB0));
}
