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
    int (*step)(const struct batch *batch, struct cancel *calls, struct item *item);
    struct pipeline *pipeline;
    struct channel queue;  /* of items; closed once nobody will put one in */
    struct stage *next;    /* NULL: it is the last */
    atomic_size_t workers; /* that have not left; the last one closes the next queue */
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

static int store(struct pipeline *pipeline, const struct item *item)
{
    struct store *store = pipeline->batch->store;
    int error = store != NULL ? store_put(store, item->article, &item->result) : 0;

    if (error != 0) {
        log_line("The store fails: %s\n", store_error_text(store));
        stop(pipeline, error); /* what cannot be kept is not worth another call */
        return error;
    }
    pipeline->results->items[pipeline->results->count++] = item->result;
    log_line("Stored the result for article %d\n", item->article->id);
    return 0;
}

/* The article goes no further: this stage was its last, or it failed here. */
static void end_article(struct stage *stage, struct item *item, int error)
{
    const struct batch *batch = stage->pipeline->batch;

    item->why.article_id = item->article->id;
    item->why.stage = stage->name;
    item->why.stage_number = stage->number;
    item->why.cause = error;
    article_status_end(&batch->statuses[item->article - batch->articles], &item->why);
}

static int pass_on(struct stage *stage, const struct item *item, int64_t *since_ns)
{
    int error = channel_send_cancellable(&stage->next->queue, item, &stage->pipeline->calls);

    stage_times_add(&stage->times.for_room_ns, since_ns);
    return error;
}

static int work(void *argument)
{
    struct stage *stage = argument;
    const struct batch *batch = stage->pipeline->batch;
    struct cancel *calls = &stage->pipeline->calls;
    /* In the first queue nothing has begun: what ends the taking of articles ends it there. */
    struct cancel *taking = stage->number == 1 ? &stage->pipeline->group.cancel : calls;
    int64_t since_ns = clock_now_ns();
    struct item item;

    while (channel_receive_cancellable(&stage->queue, &item, taking) == 0) {
        int error;

        stage_times_add(&stage->times.for_work_ns, &since_ns);
        article_status_begin(&batch->statuses[item.article - batch->articles]);
        error =
            stage->step != NULL ? stage->step(batch, calls, &item) : store(stage->pipeline, &item);
        stage_times_add(&stage->times.working_ns, &since_ns);
        if (error == 0) {
            atomic_fetch_add_explicit(&stage->times.articles, 1, memory_order_relaxed);
            if (stage->next != NULL)
                error = pass_on(stage, &item, &since_ns);
        }
        if (error != 0 || stage->next == NULL)
            end_article(stage, &item, error);
    }
    stage_times_add(&stage->times.for_work_ns, &since_ns);
    if (atomic_fetch_sub(&stage->workers, 1) == 1 && stage->next != NULL)
        channel_close(&stage->next->queue);
    return 0; /* an article's error is not the group's */
}

static int feed(void *argument)
{
    struct pipeline *pipeline = argument;
    const struct batch *batch = pipeline->batch;
    struct channel *first = &pipeline->stages[0].queue;

    for (size_t i = 0; i < batch->count; i++) {
        struct item item = {.article = &batch->articles[i]};

        if (article_status_state(&batch->statuses[i]) == ARTICLE_SUCCEEDED)
            continue; /* an earlier run has stored it */
        if (channel_send_cancellable(first, &item, &pipeline->group.cancel) != 0)
            break;
    }
    channel_close(first);
    return 0;
}

static int start_all(struct pipeline *pipeline)
{
    int error = 0;

    for (int s = 0; s < STAGES; s++) {
        struct stage *stage = &pipeline->stages[s];

        for (size_t i = 0; i < pipeline->batch->stage_workers[s] && error == 0; i++) {
            char name[THREAD_NAME_SIZE];

            snprintf(name, sizeof name, "%s %zu", stage->name, i + 1);
            error = error_group_go(&pipeline->group, name, work, stage);
        }
    }
    /* The last, so that nothing is taken before there is somebody for each step of it. */
    if (error == 0)
        error = error_group_go(&pipeline->group, "feeder", feed, pipeline);
    if (error != 0)
        stop(pipeline, ECANCELED);
    return error;
}

/* What was in a queue when all was cancelled; in the first one it has not even begun. */
static void give_up_queue(struct stage *stage)
{
    struct item item;

    while (channel_try_receive(&stage->queue, &item) == 0)
        if (stage->number > 1)
            end_article(stage, &item, ECANCELED);
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
        atomic_init(&stage->workers, batch->stage_workers[stages]);
        error = channel_init(&stage->queue, stage->name, sizeof(struct item), capacity);
    }
    if (error != 0)
        stages--; /* the last one has no memory for its queue */
    else
        error = start_all(&pipeline);
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

int process_all(const struct batch *batch, struct ai_results *results)
{
    return run_stages(batch, results, QUEUE_CAPACITY);
}
