/*
 * BROKEN: each worker has a token bucket of its own, and in each the rate that the provider allows
 * for all of them. Alone, a worker keeps to it. Together they make as many times too many calls as
 * there are workers, and nothing in the code of one worker shows it.
 */
#include "pipeline.h"

#include "sync/check.h"
#include "sync/token_bucket.h"

#include <errno.h>
#include <stdlib.h>

static int call_at_own_rate(void *argument, const struct request *request,
                            struct article_error *why)
{
    struct token_bucket *buckets = argument;

    /* BUG: the rate is the provider's, for all workers together. */
    if (token_bucket_take(&buckets[request->worker - 1], request->cancel) != 0)
        return give_up(request, why);
    return call_provider(request, why);
}

int process_all_per_worker_rate(const struct batch *batch, struct ai_results *results)
{
    struct token_bucket *buckets = calloc(batch->workers, sizeof *buckets);
    int error;

    if (buckets == NULL)
        return ENOMEM;
    for (size_t i = 0; i < batch->workers; i++)
        CHECK_CALL(token_bucket_init(&buckets[i], batch->llm->faults.rate * batch->llm->speed, 1));
    error = process_each(batch, results, call_at_own_rate, buckets);
    for (size_t i = 0; i < batch->workers; i++)
        token_bucket_destroy(&buckets[i]);
    free(buckets);
    return error;
}
