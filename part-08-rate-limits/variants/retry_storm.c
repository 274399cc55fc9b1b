/*
 * BROKEN: retry without the random part. Those who are refused together wait equally long and are
 * refused together again, wave after wave, with nothing in between; each wave is as high as the one
 * before, less the few calls that the provider takes.
 */
#include "pipeline.h"

#include "system/clock.h"
#include "observe/log.h"
#include "sync/backoff.h"

#include <errno.h>

#define ATTEMPTS_MAX 20

static const struct backoff backoff = {
    /* BUG: all wait equally long, and come back together. */
    .base_ns = 500 * NS_PER_MS,
    .cap_ns = 10 * NS_PER_S,
    .has_jitter = false};

/* Whether the same call may succeed later. */
static bool is_worth_another(int error)
{
    return error == EAGAIN || error == EIO || error == ETIMEDOUT;
}

static int call_again(void *unused, const struct request *request, struct article_error *why)
{
    struct llm_client *llm = request->batch->llm;
    char text[ARTICLE_ERROR_SIZE];
    int error = call_provider(request, why);

    (void)unused;
    while (is_worth_another(error) && why->attempt < ATTEMPTS_MAX) {
        uint64_t random = llm_random(llm, request->task, request->article->id, why->attempt);
        int64_t wait_ns = backoff_wait_ns(&backoff, why->attempt, why->retry_after_ns, random);

        if (cancel_sleep_until(request->cancel, clock_now_ns() + llm_scale_ns(llm, wait_ns)) != 0)
            return give_up(request, why);
        error = call_provider(request, why);
    }
    if (is_worth_another(error))
        log_line("Dead letter: %s\n", article_error_format(why, text, sizeof text));
    return error;
}

int process_all_retry_storm(const struct batch *batch, struct ai_results *results)
{
    return process_each(batch, results, call_again, NULL);
}
