/*
 * A token bucket: at most so many per second, and no more than a burst at once. Tokens come one
 * every interval, the bucket holds burst of them, and what comes while it is full is lost. Who
 * takes waits for a token, first come, first served.
 *
 * In no window of time, of t seconds, are more than per_second * t + burst tokens taken. For let
 * the level be the tokens in the bucket and the fraction of the next one. It rises by at most
 * per_second a second, never above burst, and falls by one with each token taken, which needs a
 * level of one: so it is never below zero. Where a window begins it is at most burst, so no more
 * than burst and what comes during the window can be taken in it.
 *
 * A token is taken when it is there, by who has looked at the clock and found it, never reserved
 * beforehand: a thread that is late would come together with those behind it. What its taker does
 * with it, and when, is the taker's affair.
 *
 * It is the generic cell rate algorithm of ITU-T I.371, as a leaky bucket that counts whole tokens;
 * its other form, virtual scheduling, keeps burst * interval as a time, for which there is no room.
 */
#ifndef SYNC_TOKEN_BUCKET_H
#define SYNC_TOKEN_BUCKET_H

#include "sync/cancel.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"

#include <stdint.h>

struct token_bucket {
    int64_t interval_ns;   /* between two tokens, or 0: no limit */
    int64_t burst;         /* as many fit in */
    struct semaphore turn; /* who has it waits for the next token; the others wait for the turn */
    struct mutex lock;
    int64_t tokens;     /* in the bucket; guarded by lock */
    int64_t counted_ns; /* until when those that came are in it; likewise */
    int64_t waiting;    /* how many are in token_bucket_take(); likewise */
};

/*
 * Makes a full bucket. per_second is a finite number, 0: no limit; burst is at least 1. The
 * interval is rounded up to nanoseconds: there are never more than per_second, at a million per
 * second 0.1 % less at most, above a billion no more than a billion. With a burst of 1, what a
 * taker oversleeps is lost; with more, the tokens wait in the bucket. The caller owns the struct,
 * and destroys it. One thread, before any other uses it. Returns 0 or ENOMEM.
 */
int token_bucket_init(struct token_bucket *bucket, double per_second, int burst);

/* Once no thread is in a call on it, or comes later. */
void token_bucket_destroy(struct token_bucket *bucket);

/*
 * Takes a token, waiting for it. Any thread. Returns 0, or ECANCELED if the wait was cancelled, and
 * then takes none; cancel may be NULL. One that was cancelled before takes none either, though
 * there be tokens, or no limit.
 */
int token_bucket_take(struct token_bucket *bucket, struct cancel *cancel);

/*
 * Takes a token if there is one now beside those for the threads that wait, else returns EAGAIN.
 * Any thread.
 */
int token_bucket_try_take(struct token_bucket *bucket);

#endif
