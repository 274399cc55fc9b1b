/*
 * ALSO: one batch, handed out and collected again. The jobs' channel has room for all of them and
 * is closed before a worker starts; the workers take from it and send the results, and what failed
 * stands in the article's status, not in a log alone. How many workers there are is a choice, not
 * the number of processors: they wait, and do not compute.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/thread.h"
#include "variants/steps.h"

#include <stdatomic.h>
#include <stdio.h>

/* What the workers share. */
struct work {
    const struct batch *batch;
    struct channel jobs;    /* of pointers to articles */
    struct channel results; /* of results */
    atomic_int senders;     /* who may send a result; the last one to leave closes the channel */
    struct error_group group;
    struct cancel calls; /* ends the calls in flight */
};

static void leave(struct work *work)
{
    if (atomic_fetch_sub(&work->senders, 1) == 1)
        channel_close(&work->results);
}

static int take_and_send(void *argument)
{
    struct work *work = argument;
    const struct batch *batch = work->batch;
    const struct article *article;

    while (channel_receive_cancellable(&work->jobs, &article, &work->group.cancel) == 0) {
        struct article_status *status = &batch->statuses[article - batch->articles];
        struct item item = {.article = article, .result.article_id = article->id};

        article_status_begin(status);
        log_line("Processing article %d...\n", article->id);
        if (summarize(batch, &work->calls, &item) == 0 &&
            analyze_sentiment(batch, &work->calls, &item) == 0 &&
            extract_keywords(batch, &work->calls, &item) == 0)
            channel_send(&work->results, &item.result);
        article_status_end(status, &item.why);
    }
    leave(work);
    return 0;
}

int process_all_fan_out(const struct batch *batch, struct ai_results *results)
{
    struct work work = {.batch = batch};
    struct ai_result result;
    int error = channel_init(&work.jobs, "jobs", sizeof(struct article *), batch->count);

    if (error != 0)
        return error;
    CHECK_CALL(channel_init(&work.results, "results", sizeof result, 0));
    CHECK_CALL(error_group_init(&work.group, batch->cancel, 0));
    cancel_init(&work.calls, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
    for (size_t i = 0; i < batch->count; i++)
        CHECK_CALL(channel_try_send(&work.jobs, &(const struct article *){&batch->articles[i]}));
    channel_close(&work.jobs);
    atomic_init(&work.senders, 1); /* this function, until all are started */
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        atomic_fetch_add(&work.senders, 1);
        error = error_group_go(&work.group, name, take_and_send, &work);
        if (error != 0)
            leave(&work);
    }
    leave(&work);
    while (channel_receive(&work.results, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    error_group_wait(&work.group, NULL);
    cancel_destroy(&work.calls);
    error_group_destroy(&work.group);
    channel_destroy(&work.results);
    channel_destroy(&work.jobs);
    return error;
}
