/*
 * How long to wait before the next attempt: exponential backoff with full jitter. What may be
 * waited doubles from attempt to attempt, up to a cap; how much of it is waited is drawn, so that
 * those who failed together do not come back together. After Marc Brooker, "Exponential Backoff And
 * Jitter", AWS Architecture Blog, 2015.
 */
#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
    int64_t base_ns; /* the most that is waited after the first attempt; above 0 */
    int64_t cap_ns;  /* the most after any; above 0 */
    bool has_jitter; /* false: always the most */
};

/*
 * The wait after attempt, counted from 1, has failed: evenly from 0 to the most, both included, by
 * random, any 64 evenly drawn bits (even up to one part in 2^64 / the most). It comes on top of
 * retry_after_ns, what the other side has asked for (0 or below: nothing): that is waited whole,
 * and those who were told the same time do not come back together. At most INT64_MAX. A pure
 * function: any thread.
 */
int64_t backoff_wait_ns(const struct backoff *backoff, int attempt, int64_t retry_after_ns,
                        uint64_t random);

#endif
