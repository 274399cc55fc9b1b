#include "unit.h"

#include "sync/backoff.h"
#include "system/clock.h"

#include <limits.h>

#define DRAWS 100000

static const struct backoff usual = {
    .base_ns = 100 * NS_PER_MS, .cap_ns = 10 * NS_PER_S, .has_jitter = true};

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
static uint64_t draw(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* base * 2^(attempt - 1), but no more than the cap: slowly, and never too large for the type. */
static int64_t most_ns(const struct backoff *backoff, int attempt)
{
    int64_t most = backoff->base_ns < backoff->cap_ns ? backoff->base_ns : backoff->cap_ns;

    for (; attempt > 1; attempt--)
        most = most > backoff->cap_ns - most ? backoff->cap_ns : 2 * most;
    return most;
}

TEST(without_jitter_the_wait_doubles_up_to_the_cap)
{
    static const int64_t expected_ms[] = {100,  200,  400,   800,   1600,
                                          3200, 6400, 10000, 10000, 10000};
    struct backoff backoff = usual;

    backoff.has_jitter = false;
    for (size_t i = 0; i < COUNT_OF(expected_ms); i++)
        for (uint64_t random = 0; random < 3; random++)
            assert_int_equal(backoff_wait_ns(&backoff, (int)i + 1, 0, random * (UINT64_MAX / 2)),
                             expected_ms[i] * NS_PER_MS);
}

TEST(no_wait_is_out_of_bounds)
{
    uint64_t random = 1;

    for (int attempt = 1; attempt <= 12; attempt++) {
        int64_t most = most_ns(&usual, attempt);

        for (int i = 0; i < 1000; i++)
            assert_between(backoff_wait_ns(&usual, attempt, 0, draw(&random)), 0, most);
    }
}

TEST(both_ends_are_reached)
{
    static const struct backoff small = {.base_ns = 3, .cap_ns = 1000, .has_jitter = true};
    int counts[7] = {0};
    uint64_t random = 2;

    for (int i = 0; i < 7000; i++)
        counts[backoff_wait_ns(&small, 2, 0, draw(&random))]++;
    /* From 0 to 6, each about a thousand times. */
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        assert_between(counts[i], 850, 1150);
}

TEST(the_waits_are_even)
{
    uint64_t random = 3;

    for (int attempt = 1; attempt <= 10; attempt++) {
        int64_t most = most_ns(&usual, attempt);
        int counts[10] = {0};
        double sum = 0;

        for (int i = 0; i < DRAWS; i++) {
            int64_t wait = backoff_wait_ns(&usual, attempt, 0, draw(&random));

            sum += (double)wait;
            counts[wait * 10 / (most + 1)]++;
        }
        /* The mean's standard deviation is 0.1 % of the most; a tenth's 95 draws. */
        assert_between((int64_t)(sum / DRAWS), most / 1000 * 495, most / 1000 * 505);
        for (size_t i = 0; i < COUNT_OF(counts); i++)
            assert_between(counts[i], DRAWS / 10 - 500, DRAWS / 10 + 500);
    }
}

TEST(what_was_asked_for_is_waited_whole_and_the_jitter_on_top)
{
    uint64_t random = 4;

    for (int attempt = 1; attempt <= 12; attempt++) {
        for (int i = 0; i < 1000; i++) {
            uint64_t drawn = draw(&random);
            int64_t asked_ns = (int64_t)(draw(&random) >> 24);

            assert_int_equal(backoff_wait_ns(&usual, attempt, asked_ns, drawn),
                             asked_ns + backoff_wait_ns(&usual, attempt, 0, drawn));
        }
    }
}

TEST(to_ask_for_less_than_nothing_is_to_ask_for_nothing)
{
    assert_int_equal(backoff_wait_ns(&usual, 3, -5, 12345), backoff_wait_ns(&usual, 3, 0, 12345));
    assert_int_equal(backoff_wait_ns(&usual, 3, INT64_MIN, 12345),
                     backoff_wait_ns(&usual, 3, 0, 12345));
}

TEST(nothing_overflows)
{
    static const int64_t lengths_ns[] = {1,
                                         2,
                                         3,
                                         1000,
                                         NS_PER_S,
                                         INT64_MAX / 4,
                                         INT64_MAX / 2,
                                         INT64_MAX / 2 + 1,
                                         INT64_MAX / 2 + 2,
                                         INT64_MAX - 1,
                                         INT64_MAX};
    static const int attempts[] = {1, 2, 3, 61, 62, 63, 64, 65, 66, 1000, INT_MAX};

    for (size_t i = 0; i < COUNT_OF(lengths_ns) * COUNT_OF(lengths_ns); i++) {
        struct backoff backoff = {.base_ns = lengths_ns[i % COUNT_OF(lengths_ns)],
                                  .cap_ns = lengths_ns[i / COUNT_OF(lengths_ns)]};

        for (size_t a = 0; a < COUNT_OF(attempts); a++) {
            int attempt = attempts[a];
            int64_t most = most_ns(&backoff, attempt < 1000 ? attempt : 1000);

            backoff.has_jitter = false;
            assert_int_equal(backoff_wait_ns(&backoff, attempt, 0, 0), most);
            assert_int_equal(backoff_wait_ns(&backoff, attempt, INT64_MAX, 0), INT64_MAX);
            assert_int_equal(backoff_wait_ns(&backoff, attempt, INT64_MAX - most, 0), INT64_MAX);
            backoff.has_jitter = true;
            assert_between(backoff_wait_ns(&backoff, attempt, 0, UINT64_MAX), 0, most);
            assert_int_equal(backoff_wait_ns(&backoff, attempt, 0, (uint64_t)most), most);
        }
    }
}

static int count_from_zero(void *unused)
{
    return backoff_wait_ns(&usual, 0, 0, 0) == 0;
}

static int wait_for_nothing(void *unused)
{
    const struct backoff nothing = {.cap_ns = NS_PER_S};

    return backoff_wait_ns(&nothing, 1, 0, 0) == 0;
}

TEST(misuse_says_where_and_aborts)
{
    assert_aborts(count_from_zero, NULL, "attempts are counted from 1");
    assert_aborts(wait_for_nothing, NULL, "base and cap must be above 0");
}
