#include "sync/backoff.h"

#include "sync/check.h"
#include "system/clock.h"

/* Returns the lesser of the cap and base * 2^doublings; the product may be too large for any type.
 */
static int64_t longest_ns(const struct backoff *backoff, int doublings)
{
    if (doublings >= 63 || backoff->base_ns > backoff->cap_ns >> doublings)
        return backoff->cap_ns;
    return backoff->base_ns << doublings;
}

int64_t backoff_wait_ns(const struct backoff *backoff, int attempt, int64_t retry_after_ns,
                        uint64_t random)
{
    int64_t wait_ns;

    CHECK_CALLER(attempt >= 1, "backoff_wait_ns: attempts are counted from 1");
    CHECK_CALLER(backoff->base_ns > 0 && backoff->cap_ns > 0,
                 "backoff_wait_ns: base and cap must be above 0");
    wait_ns = longest_ns(backoff, attempt - 1);
    if (backoff->has_jitter)
        wait_ns = (int64_t)(random % ((uint64_t)wait_ns + 1));
    return retry_after_ns > 0 ? clock_add_ns(wait_ns, retry_after_ns) : wait_ns;
}
