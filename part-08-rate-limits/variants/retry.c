/*
 * ALSO: nothing in front of the call; whoever is refused, or meets an error that may pass, tries
 * again. Before that it waits: as long as the provider asks for, and a random part of a time that
 * doubles with each attempt. What fails too often is a dead letter: its article is listed as
 * failed.
 */
#include "pipeline.h"

#include "system/clock.h"
#include "observe/log.h"
#include "sync/backoff.h"

#include <errno.h>

#define ATTEMPTS_MAX 20

static const struct backoff backoff = {
    .base_ns = 500 * NS_PER_MS, .cap_ns = 10 * NS_PER_S, .has_jitter = true};

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

int process_all_retry(const struct batch *batch, struct ai_results *results)
{
    return process_each(batch, results, call_again, NULL);
}
