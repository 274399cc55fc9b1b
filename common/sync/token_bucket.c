#include "sync/token_bucket.h"

#include "sync/check.h"
#include "sync/sleeper.h"
#include "system/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

/* Returns the least number of nanoseconds in which one token comes. */
static int64_t interval_of(double per_second)
{
    double interval_ns = 1e9 / per_second;

    /* The division may have rounded down. fma() rounds only once, after the sum. */
    if (fma(interval_ns, per_second, -1e9) < 0)
        interval_ns = nextafter(interval_ns, INFINITY);
    return clock_round_up_ns(interval_ns); /* longer than the clock can count: never */
}

void token_bucket_init(struct token_bucket *bucket, double per_second, int burst)
{
    CHECK_CALLER(per_second >= 0 && isfinite(per_second),
                 "token_bucket_init: per_second must be a finite number from 0");
    CHECK_CALLER(burst >= 1, "token_bucket_init: no thread could ever take a token");
    *bucket = (struct token_bucket){
        .interval_ns = per_second > 0 ? interval_of(per_second) : 0,
        .burst = burst,
        .tokens = burst,
        .counted_ns = clock_now_ns(),
    };
    semaphore_init(&bucket->turn, "turn for the next token", 1);
    mutex_init(&bucket->lock, "token bucket");
}

void token_bucket_destroy(struct token_bucket *bucket)
{
    mutex_destroy(&bucket->lock);
    semaphore_destroy(&bucket->turn);
}

/* Adds the tokens that came since the last count. The caller holds the lock. */
static void add_tokens(struct token_bucket *bucket)
{
    int64_t now_ns = clock_now_ns();
    int64_t came = (now_ns - bucket->counted_ns) / bucket->interval_ns;

    if (came < bucket->burst - bucket->tokens) {
        bucket->tokens += came;
        bucket->counted_ns += came * bucket->interval_ns; /* keeps the fraction of the next */
    } else {
        bucket->tokens = bucket->burst;
        bucket->counted_ns = now_ns; /* what did not fit is lost */
    }
}

/*
 * Returns when the token comes for a thread behind in_front other threads, each of which takes a
 * token; or DEADLINE_NEVER. The caller holds the lock and has added the tokens.
 */
static int64_t token_comes_ns(const struct token_bucket *bucket, int64_t in_front)
{
    int64_t missing = in_front + 1 - bucket->tokens;

    if (missing > (DEADLINE_NEVER - bucket->counted_ns) / bucket->interval_ns)
        return DEADLINE_NEVER;
    return bucket->counted_ns + missing * bucket->interval_ns;
}

static bool is_too_late(int64_t comes_ns, const struct cancel *cancel)
{
    return cancel != NULL && cancel->deadline_ns != DEADLINE_NEVER &&
           comes_ns >= cancel->deadline_ns;
}

/* Returns 0, and the thread is one of those that wait; or ETIMEDOUT. */
static int begin_to_wait(struct token_bucket *bucket, const struct cancel *cancel)
{
    int error = 0;

    mutex_lock(&bucket->lock);
    add_tokens(bucket);
    if (bucket->tokens <= bucket->waiting &&
        is_too_late(token_comes_ns(bucket, bucket->waiting), cancel))
        error = ETIMEDOUT;
    else
        bucket->waiting++;
    mutex_unlock(&bucket->lock);
    return error;
}

static void give_up_waiting(struct token_bucket *bucket)
{
    mutex_lock(&bucket->lock);
    bucket->waiting--;
    mutex_unlock(&bucket->lock);
}

/* For a waiting thread: takes a token, or *next_ns is when the next one comes. */
static bool take_now(struct token_bucket *bucket, int64_t *next_ns)
{
    bool is_there;

    mutex_lock(&bucket->lock);
    add_tokens(bucket);
    is_there = bucket->tokens > 0;
    if (is_there) {
        bucket->tokens--;
        bucket->waiting--; /* now: a token is kept for each waiting thread */
    } else {
        *next_ns = token_comes_ns(bucket, 0);
    }
    mutex_unlock(&bucket->lock);
    return is_there;
}

/* For the watch: the wait is without a deadline only where the token never comes. */
static void describe(const void *object, char *text, size_t size)
{
    const struct token_bucket *bucket = object;

    snprintf(text, size, "waiting for a token that never comes (one in %.0f years)",
             (double)bucket->interval_ns / (365.25 * 86400 * 1e9));
}

static int sleep_until(const struct token_bucket *bucket, int64_t wake_ns, struct cancel *cancel)
{
    struct sleeper sleeper;

    struct timeline_event note = {.kind = TIMELINE_WAITS, .wait = TIMELINE_TOKEN};

    if (cancel != NULL)
        return cancel_sleep_noted(cancel, wake_ns, TIMELINE_TOKEN, "the next token");
    sleeper_init(&sleeper);
    sleeper.note = &note;
    sleeper.patience = 0; /* no thread comes to wake it */
    sleeper_wait(&sleeper, wake_ns, describe, bucket);
    sleeper_destroy(&sleeper);
    return 0;
}

int token_bucket_take(struct token_bucket *bucket, struct cancel *cancel)
{
    int64_t next_ns;
    int error;

    if (cancel != NULL && cancel_reason(cancel) != 0)
        return ECANCELED;
    if (bucket->interval_ns == 0)
        return 0;
    error = begin_to_wait(bucket, cancel);
    if (error != 0)
        return error;
    error = semaphore_acquire(&bucket->turn, cancel);
    if (error == 0) {
        while (error == 0 && !take_now(bucket, &next_ns))
            error = is_too_late(next_ns, cancel) ? ETIMEDOUT : sleep_until(bucket, next_ns, cancel);
        semaphore_release(&bucket->turn);
    }
    if (error != 0)
        give_up_waiting(bucket);
    return error;
}

int token_bucket_try_take(struct token_bucket *bucket)
{
    bool is_there;

    if (bucket->interval_ns == 0)
        return 0;
    mutex_lock(&bucket->lock);
    add_tokens(bucket);
    is_there = bucket->tokens > bucket->waiting;
    if (is_there)
        bucket->tokens--;
    mutex_unlock(&bucket->lock);
    return is_there ? 0 : EAGAIN;
}
