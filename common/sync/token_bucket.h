/*
 * A token bucket: at most N tokens a second, and at most a burst of them at once. A token comes
 * every interval, the bucket holds at most burst of them, and a token that comes while it is full
 * is lost. A thread that takes a token waits for it, first come, first served.
 *
 * In no window of t seconds are more than per_second * t + burst tokens taken. Proof: let the level
 * be the tokens in the bucket and the fraction of the next one. It rises by at most per_second a
 * second, never above burst. It falls by one with each token taken, which needs a level of at least
 * one, so it is never below zero. Where a window begins it is at most burst; so at most burst and
 * what comes during the window can be taken in it.
 *
 * A thread takes a token that is there, and never reserves one: a thread that came late for its
 * token would come together with those behind it.
 *
 * Unlike golang.org/x/time/rate, a rate of 0 is no limit (there, Inf is), a burst is at least 1,
 * and a take is for one token.
 *
 * It is the generic cell rate algorithm of ITU-T I.371, as a leaky bucket that counts whole tokens.
 * Its other form, virtual scheduling, keeps burst * interval, for which an int64_t has no room.
 */
#ifndef SYNC_TOKEN_BUCKET_H
#define SYNC_TOKEN_BUCKET_H

#include "sync/cancel.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"

#include <stdint.h>

struct token_bucket {
    int64_t interval_ns;   /* between two tokens; 0: no limit */
    int64_t burst;         /* the most tokens in the bucket */
    struct semaphore turn; /* its holder waits for the next token, the others for the turn */
    struct mutex lock;
    /* Guarded by lock. */
    int64_t tokens;     /* in the bucket */
    int64_t counted_ns; /* all tokens that came until then are counted */
    int64_t waiting;    /* how many threads are in token_bucket_take() */
};

/*
 * Makes a full bucket. per_second is a finite number; 0: no limit. burst is at least 1. The
 * interval is rounded up to nanoseconds: at a million tokens a second at most 0.1 % fewer come, and
 * never more than a billion. With a burst of 1, the time that a thread oversleeps is lost; with
 * more, the tokens wait in the bucket. The caller owns the struct and destroys it. One thread,
 * before any other uses the bucket. Ends the process without memory.
 */
void token_bucket_init(struct token_bucket *bucket, double per_second, int burst);

/* Frees what init took. No thread may be in a call on the bucket, or come later. */
void token_bucket_destroy(struct token_bucket *bucket);

/*
 * Takes a token, waiting for it. cancel may be NULL. Any thread. Returns 0; or takes none, and
 * returns
 * - ECANCELED if the wait was cancelled, or was before, even if there are tokens, or no limit;
 * - ETIMEDOUT, at once, if the token would come after cancel's deadline: the threads that wait
 *   already get their tokens first. As x/time's Wait.
 */
int token_bucket_take(struct token_bucket *bucket, struct cancel *cancel);

/* Takes a token if there is one that no thread waits for, else returns EAGAIN. Any thread. */
int token_bucket_try_take(struct token_bucket *bucket);

#endif
