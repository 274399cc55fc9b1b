/*
 * Exponential backoff with full jitter. The longest wait doubles from attempt to attempt, up to a
 * cap. The wait itself is drawn, so that callers who failed together do not come back together.
 * After Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * Unlike Go's cenkalti/backoff, it keeps no state and no clock: the caller counts the attempts,
 * ends them, and sleeps. The jitter is from 0, not around the middle; base and cap have no
 * defaults, and a base above the cap is the cap.
 */
#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
    int64_t base_ns; /* the longest wait after the first attempt; above 0 */
    int64_t cap_ns;  /* the longest wait after any attempt; above 0 */
    bool has_jitter; /* false: every wait is the longest */
};

/*
 * Returns the wait, in nanoseconds, after an attempt has failed; the first attempt is 1. `random`
 * is 64 evenly drawn bits, and the wait even from 0 to the longest, both included (up to one part
 * in 2^64 / the longest). It comes on top of retry_after_ns, which the other side has asked for (0
 * or less: nothing). At most INT64_MAX: clock_after_ns() makes a time of it. A pure function: any
 * thread.
 */
int64_t backoff_wait_ns(const struct backoff *backoff, int attempt, int64_t retry_after_ns,
                        uint64_t random);

#endif
