/*
 * bench-channel CASE ITEMS: what a channel costs, in nanoseconds an item; prints that one number.
 * An item is an int. channel.go beside this file does the same work in Go, case by case.
 *
 *   unbuffered, buffer-64, buffer-1024   one sender, one receiver
 *   4-to-1, 4-to-4                       four senders, one or four receivers, buffer 64
 *   jobs-results                         a sender of jobs, four workers, a collector, buffers 64
 */
#include "sync/channel.h"
#include "observe/clock.h"
#include "sync/check.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 4
#define WORKERS 4

static const struct bench_case {
    const char *name;
    size_t capacity;
    int senders, receivers; /* no receivers: jobs-results */
} cases[] = {
    {"unbuffered", 0, 1, 1}, {"buffer-64", 64, 1, 1}, {"buffer-1024", 1024, 1, 1},
    {"4-to-1", 64, 4, 1},    {"4-to-4", 64, 4, 4},    {"jobs-results", 64, 1, 0},
};

struct bench {
    struct channel items, results;
    int count; /* of items that each sender sends */
    struct wait_group senders, receivers;
};

static void *send_items(void *argument)
{
    struct bench *bench = argument;

    for (int i = 0; i < bench->count; i++)
        CHECK_CALL(channel_send(&bench->items, &i));
    wait_group_done(&bench->senders);
    return NULL;
}

static void *receive_items(void *argument)
{
    struct bench *bench = argument;
    int item;

    while (channel_receive(&bench->items, &item) == 0)
        continue;
    wait_group_done(&bench->receivers);
    return NULL;
}

static void *work(void *argument)
{
    struct bench *bench = argument;
    int job;

    while (channel_receive(&bench->items, &job) == 0)
        CHECK_CALL(channel_send(&bench->results, &job));
    wait_group_done(&bench->receivers);
    return NULL;
}

/* The calling thread collects. */
static void run_jobs_and_results(struct bench *bench)
{
    int result;

    wait_group_add(&bench->senders, 1);
    wait_group_add(&bench->receivers, WORKERS);
    for (int i = 0; i < WORKERS; i++)
        CHECK_CALL(thread_start("worker", work, bench));
    CHECK_CALL(thread_start("sender", send_items, bench));
    for (int i = 0; i < bench->count; i++)
        CHECK_CALL(channel_receive(&bench->results, &result));
    wait_group_wait(&bench->senders);
    channel_close(&bench->items);
    wait_group_wait(&bench->receivers);
}

static void run_senders_and_receivers(struct bench *bench, int senders, int receivers)
{
    wait_group_add(&bench->senders, senders);
    wait_group_add(&bench->receivers, receivers);
    for (int i = 0; i < receivers; i++)
        CHECK_CALL(thread_start("receiver", receive_items, bench));
    for (int i = 0; i < senders; i++)
        CHECK_CALL(thread_start("sender", send_items, bench));
    wait_group_wait(&bench->senders);
    channel_close(&bench->items);
    wait_group_wait(&bench->receivers);
}

static double measure(const struct bench_case *one, int items)
{
    struct bench bench = {.count = items / one->senders};
    int64_t started_ns, duration_ns;

    CHECK_CALL(channel_init(&bench.items, "items", sizeof(int), one->capacity));
    CHECK_CALL(channel_init(&bench.results, "results", sizeof(int), one->capacity));
    wait_group_init(&bench.senders);
    wait_group_init(&bench.receivers);
    started_ns = clock_now_ns();
    if (one->receivers > 0)
        run_senders_and_receivers(&bench, one->senders, one->receivers);
    else
        run_jobs_and_results(&bench);
    duration_ns = clock_now_ns() - started_ns;
    wait_group_destroy(&bench.senders);
    wait_group_destroy(&bench.receivers);
    channel_destroy(&bench.items);
    channel_destroy(&bench.results);
    return (double)duration_ns / items;
}

int main(int argc, char **argv)
{
    int items = argc == 3 ? atoi(argv[2]) : 0;

    for (size_t i = 0; i < sizeof cases / sizeof *cases && items >= THREADS_MAX; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            printf("%.1f\n", measure(&cases[i], items));
            return 0;
        }
    }
    fprintf(stderr, "bench-channel: CASE ITEMS, where CASE is one of");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fprintf(stderr, " %s", cases[i].name);
    fprintf(stderr, ", and ITEMS at least %d\n", THREADS_MAX);
    return 2;
}
