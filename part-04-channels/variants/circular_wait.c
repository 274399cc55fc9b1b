/*
 * BROKEN: two stages, and each waits for the other. The first processes an
 * article when the second says that there is room for its result; the second
 * says so when it has stored a result. Each is right by itself: neither can
 * begin.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/thread.h"

#include <stdbool.h>

/* What the two stages share. */
struct stages {
    const struct batch *batch;
    struct ai_results *results; /* the second stage's */
    struct channel room;        /* from the second stage to the first */
    struct channel processed;   /* from the first to the second */
    struct wait_group working;
};

static void *process_articles(void *argument)
{
    struct stages *stages = argument;
    const struct batch *batch = stages->batch;
    struct ai_result result;

    for (size_t i = 0; i < batch->count; i++) {
        channel_receive(&stages->room, NULL);
        if (process_article(batch->llm, &batch->articles[i], &result) == 0)
            channel_send(&stages->processed, &result);
    }
    channel_close(&stages->processed);
    wait_group_done(&stages->working);
    return NULL;
}

static void *store_results(void *argument)
{
    struct stages *stages = argument;
    struct ai_result result;

    while (channel_receive(&stages->processed, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        stages->results->items[stages->results->count++] = result;
        /* BUG: the first stage makes no result before it is told this. */
        channel_send(&stages->room, &(bool){true});
    }
    wait_group_done(&stages->working);
    return NULL;
}

void process_all_circular_wait(const struct batch *batch,
                               struct ai_results *results)
{
    struct stages stages = {.batch = batch, .results = results};

    channel_init(&stages.room, "room", sizeof(bool), 0);
    channel_init(&stages.processed, "processed", sizeof(struct ai_result), 0);
    wait_group_init(&stages.working, "stages");
    wait_group_add(&stages.working, 2);
    if (thread_start(store_results, &stages, "store") != 0) {
        wait_group_add(&stages.working, -2); /* the threads cannot */
    } else if (thread_start(process_articles, &stages, "process") != 0) {
        channel_close(&stages.processed); /* nobody else will */
        wait_group_done(&stages.working);
    }
    wait_group_wait(&stages.working);
    wait_group_destroy(&stages.working);
    channel_destroy(&stages.room);
    channel_destroy(&stages.processed);
}
