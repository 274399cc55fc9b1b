/*
 * bench CASE ITEMS: what a part of common/sync costs, in nanoseconds an item; prints that one
 * number. bench.go beside this file does the same work in Go, case by case.
 *
 *   unbuffered, buffer-64, buffer-1024   one sender, one receiver; an item is an int
 *   4-to-1, 4-to-4                       four senders, one or four receivers, buffer 64
 *   jobs-results                         a sender of jobs, four workers, a collector, buffers 64
 *   own-...                              some of these over part 4's channel in forty lines
 *   pool                                 four workers, buffer 64; an item is a job that does
 *                                        nothing, counted by a wait group, and waited for
 *   wait-group, wait-group-4             one add and one done, by one thread or each of four
 *   thread-start                         a thread that does nothing, and is waited for
 *   yield                                one yield of two threads that do nothing else: pinned,
 *                                        what it takes to get from one thread to the next
 */
#include "variants/simple_channel.h"

#include "sync/channel.h"
#include "sync/check.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 4
#define WORKERS 4
#define ITEMS_MAX 1000000000
#define THREADS_AT_ONCE 100 /* of thread-start */

struct job {
    void (*run)(void *argument);
    void *argument;
};

/* A channel of common/sync, or part 4's own. */
struct pipe {
    bool is_own;
    struct channel channel;
    struct simple_channel own;
};

struct bench {
    struct pipe items, results;
    int count; /* of items of each sender */
    struct wait_group senders, receivers, jobs;
};

struct bench_case {
    const char *name;
    void (*run)(struct bench *bench, const struct bench_case *one);
    size_t item_size, capacity;
    int senders, receivers;
    bool is_own;
};

static void pipe_init(struct pipe *pipe, const struct bench_case *one)
{
    pipe->is_own = one->is_own;
    if (one->is_own)
        simple_channel_init(&pipe->own, one->item_size, one->capacity);
    else
        channel_init(&pipe->channel, "bench", one->item_size, one->capacity);
}

static void pipe_destroy(struct pipe *pipe)
{
    if (pipe->is_own)
        simple_channel_destroy(&pipe->own);
    else
        channel_destroy(&pipe->channel);
}

static void pipe_close(struct pipe *pipe)
{
    if (pipe->is_own)
        simple_channel_close(&pipe->own);
    else
        channel_close(&pipe->channel);
}

static int pipe_send(struct pipe *pipe, const void *item)
{
    return pipe->is_own ? simple_channel_send(&pipe->own, item)
                        : channel_send(&pipe->channel, item);
}

static int pipe_receive(struct pipe *pipe, void *item)
{
    return pipe->is_own ? simple_channel_receive(&pipe->own, item)
                        : channel_receive(&pipe->channel, item);
}

static void *send_items(void *argument)
{
    struct bench *bench = argument;

    for (int i = 0; i < bench->count; i++)
        CHECK_CALL(pipe_send(&bench->items, &i));
    wait_group_done(&bench->senders);
    return NULL;
}

static void *receive_items(void *argument)
{
    struct bench *bench = argument;
    int item;

    while (pipe_receive(&bench->items, &item) == 0)
        continue;
    wait_group_done(&bench->receivers);
    return NULL;
}

static void run_senders_and_receivers(struct bench *bench, const struct bench_case *one)
{
    wait_group_add(&bench->senders, one->senders);
    wait_group_add(&bench->receivers, one->receivers);
    for (int i = 0; i < one->receivers; i++)
        CHECK_CALL(thread_start(receive_items, bench, "receiver"));
    for (int i = 0; i < one->senders; i++)
        CHECK_CALL(thread_start(send_items, bench, "sender"));
    wait_group_wait(&bench->senders);
    pipe_close(&bench->items);
    wait_group_wait(&bench->receivers);
}

static void *pass_on(void *argument)
{
    struct bench *bench = argument;
    int job;

    while (pipe_receive(&bench->items, &job) == 0)
        CHECK_CALL(pipe_send(&bench->results, &job));
    wait_group_done(&bench->receivers);
    return NULL;
}

/* The calling thread collects. */
static void run_jobs_and_results(struct bench *bench, const struct bench_case *one)
{
    int result;

    wait_group_add(&bench->senders, one->senders);
    wait_group_add(&bench->receivers, one->receivers);
    for (int i = 0; i < one->receivers; i++)
        CHECK_CALL(thread_start(pass_on, bench, "worker"));
    CHECK_CALL(thread_start(send_items, bench, "sender"));
    for (int i = 0; i < bench->count; i++)
        CHECK_CALL(pipe_receive(&bench->results, &result));
    wait_group_wait(&bench->senders);
    pipe_close(&bench->items);
    wait_group_wait(&bench->receivers);
}

static void do_nothing(void *argument)
{
    (void)argument;
}

static void *work(void *argument)
{
    struct bench *bench = argument;
    struct job job;

    while (pipe_receive(&bench->items, &job) == 0) {
        job.run(job.argument);
        wait_group_done(&bench->jobs);
    }
    wait_group_done(&bench->receivers);
    return NULL;
}

/* The calling thread submits. */
static void run_pool(struct bench *bench, const struct bench_case *one)
{
    const struct job job = {do_nothing, bench};

    wait_group_add(&bench->receivers, one->receivers);
    for (int i = 0; i < one->receivers; i++)
        CHECK_CALL(thread_start(work, bench, "worker"));
    for (int i = 0; i < bench->count; i++) {
        wait_group_add(&bench->jobs, 1);
        CHECK_CALL(pipe_send(&bench->items, &job));
    }
    wait_group_wait(&bench->jobs);
    pipe_close(&bench->items);
    wait_group_wait(&bench->receivers);
}

static void *add_and_done(void *argument)
{
    struct bench *bench = argument;

    for (int i = 0; i < bench->count; i++) {
        wait_group_add(&bench->jobs, 1);
        wait_group_done(&bench->jobs);
    }
    wait_group_done(&bench->senders);
    return NULL;
}

static void run_wait_group(struct bench *bench, const struct bench_case *one)
{
    wait_group_add(&bench->senders, one->senders);
    for (int i = 0; i < one->senders; i++)
        CHECK_CALL(thread_start(add_and_done, bench, "counter"));
    wait_group_wait(&bench->senders);
}

static void *end(void *argument)
{
    wait_group_done(argument);
    return NULL;
}

/* Not all at once: what is measured is the start, not how many threads the machine can bear. */
static void run_threads(struct bench *bench, const struct bench_case *one)
{
    (void)one;
    for (int left = bench->count; left > 0; left -= THREADS_AT_ONCE) {
        int now = left < THREADS_AT_ONCE ? left : THREADS_AT_ONCE;

        wait_group_add(&bench->jobs, now);
        for (int i = 0; i < now; i++)
            CHECK_CALL(thread_start(end, &bench->jobs, "thread"));
        wait_group_wait(&bench->jobs);
    }
}

static void *yield_often(void *argument)
{
    struct bench *bench = argument;

    for (int i = 0; i < bench->count; i++)
        sched_yield();
    wait_group_done(&bench->senders);
    return NULL;
}

static void run_yields(struct bench *bench, const struct bench_case *one)
{
    wait_group_add(&bench->senders, one->senders);
    for (int i = 0; i < one->senders; i++)
        CHECK_CALL(thread_start(yield_often, bench, "yielder"));
    wait_group_wait(&bench->senders);
}

static const struct bench_case cases[] = {
    {"unbuffered", run_senders_and_receivers, sizeof(int), 0, 1, 1, false},
    {"buffer-64", run_senders_and_receivers, sizeof(int), 64, 1, 1, false},
    {"buffer-1024", run_senders_and_receivers, sizeof(int), 1024, 1, 1, false},
    {"4-to-1", run_senders_and_receivers, sizeof(int), 64, 4, 1, false},
    {"4-to-4", run_senders_and_receivers, sizeof(int), 64, 4, 4, false},
    {"jobs-results", run_jobs_and_results, sizeof(int), 64, 1, WORKERS, false},
    {"own-buffer-64", run_senders_and_receivers, sizeof(int), 64, 1, 1, true},
    {"own-4-to-1", run_senders_and_receivers, sizeof(int), 64, 4, 1, true},
    {"own-4-to-4", run_senders_and_receivers, sizeof(int), 64, 4, 4, true},
    {"own-jobs-results", run_jobs_and_results, sizeof(int), 64, 1, WORKERS, true},
    {"pool", run_pool, sizeof(struct job), 64, 1, WORKERS, false},
    {"wait-group", run_wait_group, sizeof(int), 0, 1, 0, false},
    {"wait-group-4", run_wait_group, sizeof(int), 0, 4, 0, false},
    {"thread-start", run_threads, sizeof(int), 0, 1, 0, false},
    {"yield", run_yields, sizeof(int), 0, 2, 0, false},
};

static double measure(const struct bench_case *one, int items)
{
    struct bench bench = {.count = items / one->senders};
    int64_t started_ns, duration_ns;

    pipe_init(&bench.items, one);
    pipe_init(&bench.results, one);
    wait_group_init(&bench.senders, "senders");
    wait_group_init(&bench.receivers, "receivers");
    wait_group_init(&bench.jobs, "jobs");
    started_ns = clock_now_ns();
    one->run(&bench, one);
    duration_ns = clock_now_ns() - started_ns;
    wait_group_destroy(&bench.jobs);
    wait_group_destroy(&bench.receivers);
    wait_group_destroy(&bench.senders);
    pipe_destroy(&bench.results);
    pipe_destroy(&bench.items);
    return (double)duration_ns / (bench.count * one->senders);
}

/* Returns 0 if it is none, or out of range. */
static int read_items(const char *text)
{
    char *end_of_number;
    long items = strtol(text, &end_of_number, 10);

    return *end_of_number == '\0' && items >= THREADS_MAX && items <= ITEMS_MAX ? (int)items : 0;
}

int main(int argc, char **argv)
{
    int items = argc == 3 ? read_items(argv[2]) : 0;

    /* For the head of the table: a tree of another build type measures something else. */
    if (argc == 2 && strcmp(argv[1], "compiler") == 0) {
        printf("%s\n", BENCH_COMPILER);
        return 0;
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases && items > 0; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            printf("%.1f\n", measure(&cases[i], items));
            return 0;
        }
    }
    fprintf(stderr, "bench: CASE ITEMS, where CASE is one of");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fprintf(stderr, " %s", cases[i].name);
    fprintf(stderr, ", and ITEMS from %d to %d\n", THREADS_MAX, ITEMS_MAX);
    return 2;
}
