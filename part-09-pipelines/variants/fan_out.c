/*
 * ALSO: one batch, handed out and collected again. The jobs' channel has room for all of them and
 * is closed before a worker starts; the workers take from it, and send a result or an error for
 * each. How many there are is a choice, not the number of processors: they wait, and do not
 * compute.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/thread.h"
#include "variants/steps.h"

#include <errno.h>
#include <stdio.h>

/* What the workers share. */
struct work {
    const struct batch *batch;
    struct channel jobs;    /* of items */
    struct channel results; /* likewise */
    struct error_group group;
    struct cancel calls; /* ends the calls in flight */
};

static int take_and_send(void *argument)
{
    struct work *work = argument;
    const struct batch *batch = work->batch;
    struct item item;

    while (channel_receive_cancellable(&work->jobs, &item, &work->group.cancel) == 0) {
        struct article_status *status = &batch->statuses[item.article - batch->articles];
        struct article_error why = {0};

        article_status_begin(status);
        log_line("Processing article %d...\n", item.article->id);
        item.result.article_id = item.article->id;
        if (summarize(batch, &work->calls, &item, &why) == 0 &&
            analyze_sentiment(batch, &work->calls, &item, &why) == 0 &&
            extract_keywords(batch, &work->calls, &item, &why) == 0)
            channel_send(&work->results, &item);
        article_status_end(status, &why);
    }
    return 0;
}

static void *close_when_done(void *argument)
{
    struct work *work = argument;

    error_group_wait(&work->group, NULL);
    channel_close(&work->results);
    return NULL;
}

int process_all_fan_out(const struct batch *batch, struct ai_results *results)
{
    struct work work = {.batch = batch};
    struct item item;
    int error = channel_init(&work.jobs, "jobs", sizeof item, batch->count);

    if (error != 0)
        return error;
    CHECK_CALL(channel_init(&work.results, "results", sizeof item, 0));
    CHECK_CALL(error_group_init(&work.group, batch->cancel, 0));
    cancel_init(&work.calls, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
    for (size_t i = 0; i < batch->count; i++)
        CHECK_CALL(channel_try_send(&work.jobs, &(struct item){.article = &batch->articles[i]}));
    channel_close(&work.jobs);
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        error = error_group_go(&work.group, name, take_and_send, &work);
    }
    if (thread_start("closer", close_when_done, &work) != 0) {
        cancel_with(&work.group.cancel, ECANCELED);
        cancel_with(&work.calls, ECANCELED);
        close_when_done(&work);
    }
    while (channel_receive(&work.results, &item) == 0) {
        log_line("Collected result for article %d\n", item.article->id);
        results->items[results->count++] = item.result;
    }
    cancel_destroy(&work.calls);
    error_group_destroy(&work.group);
    channel_destroy(&work.results);
    channel_destroy(&work.jobs);
    return error;
}
