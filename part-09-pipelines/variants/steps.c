#include "steps.h"

#include "system/clock.h"
#include "observe/log.h"

#include <errno.h>

#define PREPROCESS_NS (100 * NS_PER_MS) /* as at speed 1 */

/* A call whose deadline is its own, below what ends all calls. */
static int call(const struct batch *batch, enum llm_task task, struct cancel *calls,
                struct item *item, char *answer, size_t size)
{
    struct article_error *why = &item->why;
    struct cancel cancel;

    cancel_init(&cancel, calls, deadline_after(batch->call_timeout_ns));
    llm_request(batch->llm, task, item->article, &cancel, answer, size, why);
    if (why->cause == ECANCELED && cancel_reason(calls) == 0)
        why->cause = ETIMEDOUT; /* nobody has cancelled it: it took too long */
    cancel_destroy(&cancel);
    return why->cause;
}

int preprocess(const struct batch *batch, struct cancel *calls, struct item *item)
{
    log_line("Processing article %d...\n", item->article->id);
    item->result.article_id = item->article->id;
    return cancel_sleep_until(calls, clock_now_ns() + llm_scale_ns(batch->llm, PREPROCESS_NS));
}

int summarize(const struct batch *batch, struct cancel *calls, struct item *item)
{
    return call(batch, LLM_SUMMARY, calls, item, item->result.summary, sizeof item->result.summary);
}

int analyze_sentiment(const struct batch *batch, struct cancel *calls, struct item *item)
{
    return call(batch, LLM_SENTIMENT, calls, item, item->result.sentiment,
                sizeof item->result.sentiment);
}

int extract_keywords(const struct batch *batch, struct cancel *calls, struct item *item)
{
    return call(batch, LLM_KEYWORDS, calls, item, item->result.keywords,
                sizeof item->result.keywords);
}
