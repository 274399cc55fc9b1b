#include "unit.h"

#include "observe/watch.h"
#include "sync/channel_internal.h"
#include "sync/thread.h"
#include "sync/token_bucket.h"
#include "system/clock.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A token each thousand seconds: none comes during a test, unless the test turns the time back. */
#define SLOW 0.001
#define SLOW_INTERVAL_NS (1000 * NS_PER_S)

static void init(struct token_bucket *bucket, double per_second, int burst)
{
    token_bucket_init(bucket, per_second, burst);
}

/* For who looks from now on; who sleeps already sleeps until the time that was. */
static void pass_intervals(struct token_bucket *bucket, double intervals)
{
    mutex_lock(&bucket->lock);
    bucket->counted_ns -= (int64_t)(intervals * (double)bucket->interval_ns);
    mutex_unlock(&bucket->lock);
}

static int count_tokens(struct token_bucket *bucket)
{
    int tokens = 0;

    while (token_bucket_try_take(bucket) == 0)
        tokens++;
    assert_int_equal(token_bucket_try_take(bucket), EAGAIN);
    return tokens;
}

/* A thread that takes a token. */
struct taker {
    struct background_call call;
    struct token_bucket *bucket;
    struct cancel cancel;
};

static int take(void *argument)
{
    struct taker *taker = argument;

    return token_bucket_take(taker->bucket, &taker->cancel);
}

/* Whether it waits with its cancel, and nobody has given it what it waits for. */
static bool is_waiting(struct taker *taker)
{
    struct channel *cancelled = &taker->cancel.cancelled;
    bool is_waiting;

    spin_lock(&cancelled->lock);
    is_waiting = cancelled->receivers.first != NULL &&
                 !atomic_load(&cancelled->receivers.first->waiter->is_claimed);
    spin_unlock(&cancelled->lock);
    return is_waiting;
}

/* Until it waits, and the queue for the turn is as long as said. */
static void wait_until_in_queue(struct taker *taker, size_t queue)
{
    while (count_waiting(&taker->bucket->turn.permits) != queue || !is_waiting(taker))
        clock_sleep_ns(100 * NS_PER_US);
}

/* Starts one that finds no token, behind those that wait; the first of them has the turn. */
static void start_waiting(struct taker *taker, struct token_bucket *bucket, size_t in_front)
{
    taker->bucket = bucket;
    cancel_init(&taker->cancel, NULL, DEADLINE_NEVER);
    background_start(&taker->call, take, taker);
    wait_until_in_queue(taker, in_front);
}

static int join(struct taker *taker)
{
    int error = background_join(&taker->call);

    cancel_destroy(&taker->cancel);
    return error;
}

/* The bucket, with the time in the test's hand. */

TEST(it_starts_full)
{
    for (int burst = 1; burst <= 5; burst++) {
        struct token_bucket bucket;

        init(&bucket, SLOW, burst);
        assert_int_equal(count_tokens(&bucket), burst);
        token_bucket_destroy(&bucket);
    }
}

TEST(a_token_comes_each_interval_and_fractions_are_kept)
{
    struct token_bucket bucket;

    init(&bucket, SLOW, 5);
    assert_int_equal(count_tokens(&bucket), 5);
    pass_intervals(&bucket, 0.75);
    assert_int_equal(count_tokens(&bucket), 0);
    pass_intervals(&bucket, 0.75);
    assert_int_equal(count_tokens(&bucket), 1); /* and a half is left */
    pass_intervals(&bucket, 2.5);
    assert_int_equal(count_tokens(&bucket), 3);
    pass_intervals(&bucket, 0.5);
    assert_int_equal(count_tokens(&bucket), 0);
    token_bucket_destroy(&bucket);
}

TEST(a_full_bucket_runs_over)
{
    static const double long_times[] = {3, 3.5, 1000.75};

    for (size_t i = 0; i < COUNT_OF(long_times); i++) {
        struct token_bucket bucket;

        init(&bucket, SLOW, 3);
        assert_int_equal(count_tokens(&bucket), 3);
        pass_intervals(&bucket, long_times[i]);
        assert_int_equal(count_tokens(&bucket), 3);
        /* The fraction has run over, too. */
        pass_intervals(&bucket, 0.75);
        assert_int_equal(count_tokens(&bucket), 0);
        token_bucket_destroy(&bucket);
    }
}

TEST(who_comes_late_finds_what_came_meanwhile)
{
    struct token_bucket bucket;
    int taken = 0;

    init(&bucket, SLOW, 2);
    assert_int_equal(count_tokens(&bucket), 2);
    /* Always half an interval late, and yet one for each interval. */
    for (int i = 0; i < 40; i++) {
        pass_intervals(&bucket, 1.5);
        taken += count_tokens(&bucket);
    }
    assert_int_equal(taken, 60);
    token_bucket_destroy(&bucket);
}

/* ITU-T I.371's other form: a theoretical arrival time, here in eighths of an interval. */
static bool conforms(int64_t *arrival, int64_t now, int64_t burst)
{
    if (now < *arrival - (burst - 1) * 8)
        return false;
    *arrival = (now > *arrival ? now : *arrival) + 8;
    return true;
}

TEST(it_decides_as_virtual_scheduling_does)
{
    uint32_t random = 1;

    for (int burst = 1; burst <= 7; burst += 2) {
        static int64_t takes[5000];
        size_t count = 0;
        int64_t now = 0, arrival = 0;
        struct token_bucket bucket;

        init(&bucket, SLOW, burst);
        for (size_t i = 0; i < COUNT_OF(takes); i++) {
            int64_t eighths;

            random = random * 1664525 + 1013904223;
            eighths = (random >> 16) % 8 == 0 ? (random >> 20) % 200 : (random >> 20) % 16;
            now += eighths;
            pass_intervals(&bucket, (double)eighths / 8);
            if (conforms(&arrival, now, burst)) {
                assert_int_equal(token_bucket_try_take(&bucket), 0);
                takes[count++] = now;
            } else {
                assert_int_equal(token_bucket_try_take(&bucket), EAGAIN);
            }
        }
        /* The property, on exact times: in no window more than its length and a burst. */
        for (size_t first = 0; first < count; first++)
            for (size_t last = first; last < count; last++)
                assert_true((int64_t)(last - first + 1) <=
                            (takes[last] - takes[first]) / 8 + burst);
        token_bucket_destroy(&bucket);
    }
}

/* Waiting. */

TEST(who_waits_is_served_in_their_order)
{
    struct token_bucket bucket;
    struct taker takers[10];

    init(&bucket, SLOW, 1);
    assert_int_equal(count_tokens(&bucket), 1);
    for (size_t i = 0; i < COUNT_OF(takers); i++)
        start_waiting(&takers[i], &bucket, i);
    /*
     * The first one sleeps. A token comes, it is cancelled, and the second one finds the token; and
     * so on with the third and the fourth.
     */
    for (size_t i = 0; i < COUNT_OF(takers); i += 2) {
        wait_until_in_queue(&takers[i], COUNT_OF(takers) - i - 1);
        pass_intervals(&bucket, 1);
        cancel_with(&takers[i].cancel, EINTR);
        assert_int_equal(join(&takers[i]), ECANCELED);
        assert_int_equal(join(&takers[i + 1]), 0);
        for (size_t later = i + 2; later < COUNT_OF(takers); later++)
            assert_false(atomic_load(&takers[later].call.has_returned));
    }
    assert_int_equal(bucket.waiting, 0);
    assert_int_equal(count_tokens(&bucket), 0);
    token_bucket_destroy(&bucket);
}

TEST(a_cancelled_wait_takes_no_token)
{
    struct token_bucket bucket;
    struct taker sleeping, behind;

    init(&bucket, SLOW, 3);
    assert_int_equal(count_tokens(&bucket), 3);
    start_waiting(&sleeping, &bucket, 0);
    start_waiting(&behind, &bucket, 1);
    cancel_with(&behind.cancel, EINTR); /* in front of the turn */
    assert_int_equal(join(&behind), ECANCELED);
    assert_false(atomic_load(&sleeping.call.has_returned));
    cancel_with(&sleeping.cancel, EINTR); /* with the turn */
    assert_int_equal(join(&sleeping), ECANCELED);
    pass_intervals(&bucket, 2);
    assert_int_equal(count_tokens(&bucket), 2);
    token_bucket_destroy(&bucket);
}

TEST(one_that_was_cancelled_before_takes_no_token)
{
    struct token_bucket bucket;
    struct cancel cancel;

    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    cancel_with(&cancel, EINTR);
    init(&bucket, SLOW, 3);
    for (int i = 0; i < 100; i++)
        assert_int_equal(token_bucket_take(&bucket, &cancel), ECANCELED);
    assert_int_equal(count_tokens(&bucket), 3);
    token_bucket_destroy(&bucket);
    cancel_destroy(&cancel);
}

TEST(a_token_that_comes_after_the_deadline_is_not_waited_for)
{
    static const double rates[] = {SLOW, 1e-300};

    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct token_bucket bucket;
        struct cancel cancel;

        init(&bucket, rates[i], 3);
        cancel_init(&cancel, NULL, clock_now_ns() + FAR_NS);
        for (int take = 0; take < 3; take++)
            assert_int_equal(token_bucket_take(&bucket, &cancel), 0);
        for (int take = 0; take < 3; take++)
            assert_int_equal(token_bucket_take(&bucket, &cancel), ETIMEDOUT);
        assert_int_equal(cancel_reason(&cancel), 0);
        assert_int_equal(bucket.waiting, 0);
        if (rates[i] == SLOW)
            pass_intervals(&bucket, 1);
        assert_int_equal(count_tokens(&bucket), rates[i] == SLOW ? 1 : 0); /* none was taken */
        cancel_destroy(&cancel);
        cancel_init(&cancel, NULL, clock_now_ns());
        assert_int_equal(token_bucket_take(&bucket, &cancel), ECANCELED);
        cancel_destroy(&cancel);
        token_bucket_destroy(&bucket);
    }
}

TEST(the_tokens_of_those_in_front_come_first)
{
    struct token_bucket bucket;
    struct taker in_front[2], third = {.bucket = &bucket};
    struct cancel too_soon;
    int64_t third_ns;

    init(&bucket, SLOW, 5);
    assert_int_equal(count_tokens(&bucket), 5);
    third_ns = bucket.counted_ns + 3 * bucket.interval_ns;
    start_waiting(&in_front[0], &bucket, 0);
    start_waiting(&in_front[1], &bucket, 1);
    cancel_init(&too_soon, NULL, third_ns);
    assert_int_equal(token_bucket_take(&bucket, &too_soon), ETIMEDOUT);
    cancel_init(&third.cancel, NULL, third_ns + 1);
    background_start(&third.call, take, &third);
    wait_until_in_queue(&third, 2);
    /* One in front gives up: now the third token would be the next thread's, still too late. */
    cancel_with(&in_front[1].cancel, EINTR);
    assert_int_equal(join(&in_front[1]), ECANCELED);
    assert_int_equal(token_bucket_take(&bucket, &too_soon), ETIMEDOUT);
    assert_int_equal(bucket.waiting, 2);
    cancel_with(&third.cancel, EINTR);
    assert_int_equal(join(&third), ECANCELED);
    cancel_with(&in_front[0].cancel, EINTR);
    assert_int_equal(join(&in_front[0]), ECANCELED);
    cancel_destroy(&too_soon);
    token_bucket_destroy(&bucket);
}

TEST(trying_leaves_their_tokens_to_those_who_wait)
{
    struct token_bucket bucket;
    struct taker taker;

    init(&bucket, SLOW, 5);
    assert_int_equal(count_tokens(&bucket), 5);
    start_waiting(&taker, &bucket, 0);
    pass_intervals(&bucket, 1);
    assert_int_equal(token_bucket_try_take(&bucket), EAGAIN);
    pass_intervals(&bucket, 1);
    assert_int_equal(count_tokens(&bucket), 1);
    cancel_with(&taker.cancel, EINTR);
    assert_int_equal(join(&taker), ECANCELED);
    assert_int_equal(count_tokens(&bucket), 1); /* the one that it left */
    token_bucket_destroy(&bucket);
}

static void *try_and_count(void *argument)
{
    struct taker *taker = argument;
    int taken = 0;

    while (token_bucket_try_take(taker->bucket) == 0)
        taken++;
    return (void *)(intptr_t)taken;
}

TEST(of_many_who_try_as_many_succeed_as_there_are_tokens)
{
    for (int round = 0; round < 20; round++) {
        struct token_bucket bucket;
        struct taker taker = {.bucket = &bucket};
        pthread_t threads[8];
        intptr_t taken = 0;

        init(&bucket, SLOW, 100);
        for (size_t i = 0; i < COUNT_OF(threads); i++)
            assert_int_equal(thread_start_joinable(&threads[i], try_and_count, &taker, "test"), 0);
        for (size_t i = 0; i < COUNT_OF(threads); i++) {
            void *returned;

            assert_int_equal(pthread_join(threads[i], &returned), 0);
            taken += (intptr_t)returned;
        }
        assert_int_equal(taken, 100);
        token_bucket_destroy(&bucket);
    }
}

TEST(without_a_cancel_it_is_waited_for_all_the_same)
{
    struct token_bucket bucket;
    int64_t started_ns = clock_now_ns();

    init(&bucket, 100, 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(token_bucket_take(&bucket, NULL), 0);
    assert_true(clock_now_ns() - started_ns >= 30 * NS_PER_MS);
    token_bucket_destroy(&bucket);
}

/* The property, with the real clock and many threads. */

#define THREADS 8
#define TAKES 50

/* The token was taken somewhere between the two looks at the clock. */
struct interval {
    int64_t before_ns, after_ns;
};

struct team {
    struct token_bucket bucket;
    struct interval taken[THREADS * TAKES];
    atomic_size_t next, count;
};

static void *take_at_random(void *argument)
{
    struct team *team = argument;
    uint32_t random = (uint32_t)atomic_fetch_add(&team->next, 1) * 2654435769U;

    for (int i = 0; i < TAKES; i++) {
        struct interval interval = {.before_ns = clock_now_ns()};
        struct cancel cancel;
        int error;

        random = random * 1664525 + 1013904223;
        switch ((random >> 16) % 4) {
        case 0: /* is mostly cancelled */
            cancel_init(&cancel, NULL, interval.before_ns + (random >> 20) % 1000 * NS_PER_US);
            error = token_bucket_take(&team->bucket, &cancel);
            cancel_destroy(&cancel);
            break;
        case 1:
            error = token_bucket_try_take(&team->bucket);
            break;
        default:
            error = token_bucket_take(&team->bucket, NULL);
        }
        interval.after_ns = clock_now_ns();
        if (error == 0)
            team->taken[atomic_fetch_add(&team->count, 1)] = interval;
        if ((random >> 24) % 16 == 0)
            clock_sleep_ns((random >> 18) % 8 * NS_PER_MS); /* so that the bucket fills */
    }
    return NULL;
}

static int compare_ends(const void *a, const void *b)
{
    const struct interval *left = a, *right = b;

    return (left->after_ns > right->after_ns) - (left->after_ns < right->after_ns);
}

/*
 * What was taken for certain within a window began and ended in it. That is at most what was taken
 * in it, so a machine that stalls makes the intervals longer and the test weaker, never wrong.
 */
TEST(in_no_window_are_more_taken_than_its_length_and_a_burst)
{
    static const struct {
        double per_second;
        int burst;
    } cases[] = {{2000, 1}, {1000, 10}, {3000, 40}};
    static struct team team;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct interval *taken = team.taken;
        int64_t first_ns = INT64_MAX;
        size_t count;

        atomic_store(&team.next, 0);
        atomic_store(&team.count, 0);
        init(&team.bucket, cases[i].per_second, cases[i].burst);
        run_threads(THREADS, take_at_random, &team);
        count = atomic_load(&team.count);
        qsort(taken, count, sizeof *taken, compare_ends);
        for (size_t from = 0; from < count; from++) {
            int within = 0;

            if (taken[from].before_ns < first_ns)
                first_ns = taken[from].before_ns;
            for (size_t to = 0; to < count; to++) {
                double seconds = (double)(taken[to].after_ns - taken[from].before_ns) / 1e9;

                within += taken[to].before_ns >= taken[from].before_ns;
                if (within > 0 && within > cases[i].per_second * seconds + cases[i].burst)
                    fail_msg("%d taken in %.6f s at %g per second and %d at once", within, seconds,
                             cases[i].per_second, cases[i].burst);
            }
        }
        /* The longest window: so many take so long at least. */
        assert_true(count > (size_t)cases[i].burst);
        assert_true((double)(taken[count - 1].after_ns - first_ns) / 1e9 >=
                    (double)(count - (size_t)cases[i].burst) / cases[i].per_second);
        assert_int_equal(team.bucket.waiting, 0);
        token_bucket_destroy(&team.bucket);
    }
}

/* Extremes. */

TEST(without_a_limit_every_take_succeeds)
{
    struct token_bucket bucket;
    struct cancel cancel;

    init(&bucket, 0, 1);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(token_bucket_take(&bucket, NULL), 0);
        assert_int_equal(token_bucket_take(&bucket, &cancel), 0);
        assert_int_equal(token_bucket_try_take(&bucket), 0);
    }
    cancel_with(&cancel, EINTR);
    assert_int_equal(token_bucket_take(&bucket, &cancel), ECANCELED);
    cancel_destroy(&cancel);
    token_bucket_destroy(&bucket);
}

TEST(the_interval_is_the_least_that_is_long_enough)
{
    static const double rates[] = {1e-3,    0.1, 0.3,         1,   2,       3,       7,
                                   10,      30,  49,          60,  100,     1e3,     1e6,
                                   1e6 + 1, 3e8, 999999999.0, 1e9, 1e9 / 3, 1e9 / 7, 1e9 / 11};

    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct token_bucket bucket;

        init(&bucket, rates[i], 1);
        /* fma() rounds once, so its sign is right. */
        assert_true(fma((double)bucket.interval_ns, rates[i], -1e9) >= 0);
        assert_true(fma((double)(bucket.interval_ns - 1), rates[i], -1e9) < 0);
        token_bucket_destroy(&bucket);
    }
}

TEST(a_huge_rate_lets_a_billion_through)
{
    static const double rates[] = {1e9, 1e10, 1e300};

    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct token_bucket bucket;

        init(&bucket, rates[i], INT_MAX);
        assert_int_equal(bucket.interval_ns, 1);
        for (int take = 0; take < 1000; take++) {
            assert_int_equal(token_bucket_take(&bucket, NULL), 0);
            assert_int_equal(token_bucket_try_take(&bucket), 0);
        }
        assert_between(bucket.tokens, 0, INT_MAX);
        token_bucket_destroy(&bucket);
    }
}

TEST(a_tiny_rate_gives_the_burst_and_then_nothing)
{
    static const double rates[] = {1e-9, 1e-10, 1e-300, 4e-324};

    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct token_bucket bucket;
        struct taker taker;

        init(&bucket, rates[i], 4);
        assert_int_equal(count_tokens(&bucket), 4);
        start_waiting(&taker, &bucket, 0);
        cancel_with(&taker.cancel, EINTR);
        assert_int_equal(join(&taker), ECANCELED);
        assert_int_equal(count_tokens(&bucket), 0);
        token_bucket_destroy(&bucket);

        init(&bucket, rates[i], INT_MAX);
        for (int take = 0; take < 100; take++)
            assert_int_equal(token_bucket_try_take(&bucket), 0);
        assert_int_equal(bucket.tokens, INT_MAX - 100);
        token_bucket_destroy(&bucket);
    }
}

static void end_stalled(void)
{
    _exit(3);
}

static int wait_for_ever(void *cancel)
{
    struct token_bucket bucket;

    token_bucket_init(&bucket, 1e-300, 1);
    if (token_bucket_take(&bucket, cancel) != 0)
        return 1;
    watch_start("test", end_stalled);
    return token_bucket_take(&bucket, cancel);
}

TEST(who_waits_for_a_token_that_never_comes_is_asleep_to_the_watch)
{
    struct cancel cancel;
    struct child child;

    child = run_child(wait_for_ever, NULL);
    assert_int_equal(child.status, 3);
    assert_non_null(
        strstr(child.err, "main: waiting for a token that never comes (one in 292 years)\n"));
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    child = run_child(wait_for_ever, &cancel);
    assert_int_equal(child.status, 3);
    assert_non_null(strstr(child.err, "main: waiting for the next token"));
    cancel_destroy(&cancel);
}

struct wrong {
    double per_second;
    int burst;
};

static int init_wrong(void *argument)
{
    const struct wrong *wrong = argument;
    struct token_bucket bucket;

    token_bucket_init(&bucket, wrong->per_second, wrong->burst);
    return 0;
}

TEST(misuse_says_where_and_aborts)
{
    static struct wrong wrong[] = {{-1, 1}, {NAN, 1}, {INFINITY, 1}, {1, 0}, {1, -1}};

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_aborts(init_wrong, &wrong[i],
                      i < 3 ? "must be a finite number from 0"
                            : "no thread could ever take a token");
}
