/*
 * BROKEN: two stages, and each waits for the other. The first processes an article when the second
 * says that there is room for its result; the second says so when it has stored a result. Each is
 * right by itself: neither can begin.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <stdbool.h>

/* What the two stages share. */
struct stages {
    const struct batch *batch;
    struct ai_results *results; /* the second stage's */
    struct channel room;        /* from the second stage to the first */
    struct channel processed;   /* from the first to the second */
    struct wait_group done;
};

static void *process_articles(void *argument)
{
    struct stages *stages = argument;
    struct ai_result result;
    bool has_room;

    for (size_t i = 0; i < stages->batch->count; i++) {
        channel_receive(&stages->room, &has_room);
        if (process_article(stages->batch->llm, &stages->batch->articles[i], &result) == 0)
            channel_send(&stages->processed, &result);
    }
    channel_close(&stages->processed);
    wait_group_done(&stages->done);
    return NULL;
}

static void *store_results(void *argument)
{
    struct stages *stages = argument;
    struct ai_result result;

    while (channel_receive(&stages->processed, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        stages->results->items[stages->results->count++] = result;
        /* BUG: said after a result has come; but the first will not come before it is said. */
        channel_send(&stages->room, &(bool){true});
    }
    wait_group_done(&stages->done);
    return NULL;
}

int process_all_circular_wait(const struct batch *batch, struct ai_results *results)
{
    struct stages stages = {.batch = batch, .results = results};
    int error;

    CHECK_CALL(channel_init(&stages.room, "room", sizeof(bool), 0));
    CHECK_CALL(channel_init(&stages.processed, "processed", sizeof(struct ai_result), 0));
    wait_group_init(&stages.done);
    wait_group_add(&stages.done, 1);
    error = thread_start("store", store_results, &stages);
    if (error == 0) {
        wait_group_add(&stages.done, 1);
        error = thread_start("process", process_articles, &stages);
        if (error != 0) {
            channel_close(&stages.processed);
            wait_group_done(&stages.done);
        }
    } else {
        wait_group_done(&stages.done);
    }
    wait_group_wait(&stages.done);
    wait_group_destroy(&stages.done);
    channel_destroy(&stages.room);
    channel_destroy(&stages.processed);
    return error;
}
