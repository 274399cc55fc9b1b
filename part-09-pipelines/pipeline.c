/*
 * Each step of an article is a stage, with workers of its own and a queue in front that has little
 * room. A stage that is too slow fills its queue, and whoever wants to put something in waits: so
 * the slowest stage sets the pace of all, and nothing piles up anywhere. The last stage owns the
 * results and the store, alone.
 */
#include "pipeline.h"

#include "news/store.h"
#include "observe/clock.h"
#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/thread.h"
#include "variants/stage_table.h"
#include "variants/steps.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

struct stage {
    int number; /* from 1 */
    const char *name;
    /* What is done with an item; NULL: it is stored. */
    int (*step)(const struct batch *batch, struct cancel *calls, struct item *item,
                struct article_error *why);
    struct pipeline *pipeline;
    struct channel queue; /* of items; closed once nobody will put one in */
    struct stage *next;   /* NULL: it is the last */
    atomic_int putters;   /* who may put into the queue; the last one to leave closes it */
    struct stage_times times;
};

struct pipeline {
    const struct batch *batch;
    struct ai_results *results; /* the last stage's */
    struct error_group group;
    struct cancel calls; /* ends the calls in flight, and all waits but that for new articles */
    struct stage stages[STAGES];
};

/* No article is taken any more, and all who wait or call are told. */
static void stop(struct pipeline *pipeline, int reason)
{
    cancel_with(&pipeline->group.cancel, reason);
    cancel_with(&pipeline->calls, reason);
}

static void store(struct pipeline *pipeline, struct item *item, struct article_error *why)
{
    if (pipeline->batch->store != NULL) {
        why->cause = store_put(pipeline->batch->store, item->article, &item->result);
        if (why->cause != 0) {
            /* What cannot be kept is not worth another call. */
            log_line("The store fails: %s\n", store_error_text(pipeline->batch->store));
            stop(pipeline, why->cause);
            return;
        }
    }
    pipeline->results->items[pipeline->results->count++] = item->result;
    log_line("Stored the result for article %d\n", item->article->id);
}

static void end_article(struct stage *stage, const struct article *article, int cause)
{
    const struct batch *batch = stage->pipeline->batch;

    article_status_end(
        &batch->statuses[article - batch->articles],
        &(struct article_error){article->id, stage->name, stage->number, 0, cause, 0});
}

static void leave(struct stage *stage)
{
    if (stage != NULL && atomic_fetch_sub(&stage->putters, 1) == 1)
        channel_close(&stage->queue);
}

/* Puts what is through into the next queue; behind the last stage it is done. */
static void pass_on(struct stage *stage, struct item *item, int64_t *since_ns)
{
    int error = 0;

    if (stage->next != NULL) {
        error = channel_send_cancellable(&stage->next->queue, item, &stage->pipeline->calls);
        stage_times_add(&stage->times.for_room_ns, since_ns);
    }
    if (stage->next == NULL || error != 0)
        end_article(stage, item->article, error);
}

static int work(void *argument)
{
    struct stage *stage = argument;
    const struct batch *batch = stage->pipeline->batch;
    struct cancel *calls = &stage->pipeline->calls;
    int64_t since_ns = clock_now_ns();
    struct item item;

    while (channel_receive_cancellable(&stage->queue, &item, calls) == 0) {
        struct article_status *status = &batch->statuses[item.article - batch->articles];
        struct article_error why = {item.article->id, stage->name, 0, 0, 0, 0};

        stage_times_add(&stage->times.for_work_ns, &since_ns);
        article_status_begin(status);
        if (stage->step != NULL)
            stage->step(batch, calls, &item, &why);
        else
            store(stage->pipeline, &item, &why);
        stage_times_add(&stage->times.working_ns, &since_ns);
        if (why.cause == 0) {
            atomic_fetch_add_explicit(&stage->times.articles, 1, memory_order_relaxed);
            pass_on(stage, &item, &since_ns);
        } else {
            why.stage_number = stage->number;
            article_status_end(status, &why);
        }
    }
    leave(stage->next);
    return 0;
}

static int feed(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct batch *batch = pipeline->batch;
    struct stage *first = &pipeline->stages[0];

    for (size_t i = 0; i < batch->count; i++) {
        struct item item = {.article = &batch->articles[i]};

        if (article_status_state(&batch->statuses[i]) == ARTICLE_SUCCEEDED)
            continue; /* an earlier run has stored it */
        if (channel_send_cancellable(&first->queue, &item, &pipeline->group.cancel) != 0)
            break;
    }
    leave(first);
    return 0;
}

/* Starts one more thread that may put into the queue of next. */
static int start(struct pipeline *pipeline, const char *name, int (*run)(void *argument),
                 void *argument, struct stage *next)
{
    int error;

    if (next != NULL)
        atomic_fetch_add(&next->putters, 1);
    error = error_group_go(&pipeline->group, name, run, argument);
    if (error != 0)
        leave(next);
    return error;
}

static int start_all(struct pipeline *pipeline)
{
    int error = start(pipeline, "feeder", feed, pipeline, &pipeline->stages[0]);

    for (int s = 0; s < STAGES; s++) {
        struct stage *stage = &pipeline->stages[s];
        size_t started = 0;

        while (started < pipeline->batch->stage_workers[s]) {
            char name[THREAD_NAME_SIZE];

            snprintf(name, sizeof name, "%s %zu", stage->name, started + 1);
            error = start(pipeline, name, work, stage, stage->next);
            if (error != 0)
                break;
            started++;
        }
        if (started == 0) /* nothing would come through */
            stop(pipeline, ECANCELED);
    }
    return error;
}

/* What was in a queue when all was cancelled; in the first one it was not even begun. */
static void give_up_queue(struct stage *stage)
{
    struct item item;

    while (channel_try_receive(&stage->queue, &item) == 0)
        if (stage->number > 1)
            end_article(stage, item.article, ECANCELED);
}

int run_stages(const struct batch *batch, struct ai_results *results, size_t capacity)
{
    static const struct stage made[STAGES] = {
        {.number = 1, .name = "preprocess", .step = preprocess},
        {.number = 2, .name = "summarize", .step = summarize},
        {.number = 3, .name = "sentiment", .step = analyze_sentiment},
        {.number = 4, .name = "keywords", .step = extract_keywords},
        {.number = 5, .name = "store"},
    };
    struct pipeline pipeline = {.batch = batch, .results = results};
    int error = 0, stages = 0;

    CHECK_CALL(error_group_init(&pipeline.group, batch->cancel, 0));
    cancel_init(&pipeline.calls, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
    for (; stages < STAGES && error == 0; stages++) {
        struct stage *stage = &pipeline.stages[stages];

        *stage = made[stages];
        stage->pipeline = &pipeline;
        stage->next = stages + 1 < STAGES ? stage + 1 : NULL;
        atomic_init(&stage->putters, 1); /* this function, until all are started */
        error = channel_init(&stage->queue, stage->name, sizeof(struct item), capacity);
    }
    if (error != 0)
        stages--; /* the last one has no memory for its queue */
    else
        error = start_all(&pipeline);
    for (int s = 0; s < stages; s++)
        leave(&pipeline.stages[s]);
    error_group_wait(&pipeline.group, NULL);
    for (int s = 0; s < stages; s++) {
        struct stage *stage = &pipeline.stages[s];

        give_up_queue(stage);
        stage_table_keep((size_t)stage->number, stage->name, batch->stage_workers[s], capacity,
                         channel_deepest(&stage->queue), &stage->times);
        channel_destroy(&stage->queue);
    }
    cancel_destroy(&pipeline.calls);
    error_group_destroy(&pipeline.group);
    return error;
}

/* The variants replace what follows. */

int process_all(const struct batch *batch, struct ai_results *results)
{
    return run_stages(batch, results, QUEUE_CAPACITY);
}
