/*
 * A race that the watch must not hide: two threads that share a counter and nothing else. Before it
 * and after it each starts a thread, sleeps in a channel and in a wait group of its own, and takes
 * a lock of its own, so each leaves its notes for the watch on both sides of the counter. The first
 * one is through before the second one begins, and the watch has looked in between: if the notes
 * ordered the two, ThreadSanitizer would be silent. With the word "locked" the counter is guarded:
 * then it must be.
 */
#include "observe/watch.h"
#include "sync/channel.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDES 2

static struct side {
    struct channel channel;
    struct wait_group group;
    struct mutex lock;
    int64_t begin_ns; /* how late it begins */
    int64_t pause_ns; /* how long each of its waits takes */
} sides[SIDES] = {{.begin_ns = 0, .pause_ns = 20 * NS_PER_MS},
                  {.begin_ns = 600 * NS_PER_MS, .pause_ns = 300 * NS_PER_MS}};

static struct wait_group all_done;
static struct mutex guard = MUTEX_UNLOCKED("counter");
static bool is_guarded;
static long counter;

static void *wake(void *argument)
{
    struct side *side = argument;
    int item = 0;

    clock_sleep_ns(side->pause_ns);
    channel_send(&side->channel, &item);
    clock_sleep_ns(side->pause_ns);
    wait_group_done(&side->group);
    return NULL;
}

static void leave_notes(struct side *side)
{
    wait_group_add(&side->group, 1);
    if (thread_start(wake, side, "waker") != 0)
        return;
    mutex_lock(&side->lock);
    channel_receive(&side->channel, NULL);
    mutex_unlock(&side->lock);
    wait_group_wait(&side->group);
}

static void *count(void *argument)
{
    struct side *side = argument;

    clock_sleep_ns(side->begin_ns);
    leave_notes(side);
    if (is_guarded)
        mutex_lock(&guard);
    counter++;
    if (is_guarded)
        mutex_unlock(&guard);
    leave_notes(side);
    wait_group_done(&all_done);
    return NULL;
}

int main(int argc, char **argv)
{
    is_guarded = argc > 1 && strcmp(argv[1], "locked") == 0;
    wait_group_init(&all_done, "test");
    wait_group_add(&all_done, SIDES);
    watch_start("watch_race", abort);
    for (int i = 0; i < SIDES; i++) {
        channel_init(&sides[i].channel, "own", sizeof(int), 0);
        wait_group_init(&sides[i].group, "test");
        mutex_init(&sides[i].lock, "own");
    }
    for (int i = 0; i < SIDES; i++)
        if (thread_start(count, &sides[i], "counter") != 0)
            return 1;
    wait_group_wait(&all_done);
    watch_stop();
    printf("%ld\n", counter);
    return 0;
}
