/*
 * BROKEN: two locks, taken in one order here and in the other there. If two
 * threads do that at the same time, each can hold what the other wants, for
 * ever. Here the two happen one after the other, and no run hangs;
 * ThreadSanitizer keeps track of the orders, and reports them all the same.
 */
#include "pipeline.h"

#include "observe/log.h"

#include <string.h>

static struct mutex results_lock = MUTEX_UNLOCKED("results");
static struct mutex positive_lock = MUTEX_UNLOCKED("positive");
static size_t positive; /* articles with good news, guarded by positive_lock */

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0) {
        mutex_lock(&results_lock);
        pipeline->results->items[pipeline->results->count++] = result;
        mutex_lock(&positive_lock); /* here this lock is the second one */
        positive += strcmp(result.sentiment, "positive") == 0;
        mutex_unlock(&positive_lock);
        mutex_unlock(&results_lock);
    }
    wait_group_done(&pipeline->working);
    return NULL;
}

static void print_share(const struct ai_results *results)
{
    mutex_lock(&positive_lock);
    /* BUG: and here the lock of the results is the second one. */
    mutex_lock(&results_lock);
    log_line("Good news in %zu of %zu articles\n", positive, results->count);
    mutex_unlock(&results_lock);
    mutex_unlock(&positive_lock);
}

void process_all_lock_order(const struct batch *batch,
                            struct ai_results *results)
{
    process_with(batch, results, work);
    print_share(results);
}
