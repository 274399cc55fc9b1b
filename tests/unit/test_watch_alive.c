/*
 * When the watch must not say a word: the program looks asleep and is not. Each child is watched
 * for three seconds, four times as long as the watch takes to be sure, and several children run at
 * once, since most of them only wait.
 */
#include "unit.h"

#include "observe/watch.h"
#include "sync/channel.h"
#include "sync/channel_select.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCHED_NS (3 * NS_PER_S)

#define STALLED 3

static void end_stalled(void)
{
    _exit(STALLED);
}

/* A way to be alive: run(), or stay() in a thread beside sleepers. In a child it returns 0. */
struct life {
    const char *name;
    int (*run)(void *argument);
    void (*stay)(void);
};

static void assert_ended_well(const struct child *child, const char *name)
{
    if (child->status != 0 || child->signal != 0 || child->err[0] != '\0')
        fail_msg("%s: status %d, signal %d: %s", name, child->status, child->signal, child->err);
}

/* In the children. */

static struct wait_group done;
static struct channel idle, own;
static struct mutex lock = MUTEX_UNLOCKED("results");
static atomic_int ready, failed;

static void start(const char *name, void *(*run)(void *argument), void *argument)
{
    wait_group_add(&done, 1);
    if (thread_start(run, argument, "%s", name) != 0)
        _exit(100);
}

static void init(void)
{
    wait_group_init(&done, "test");
    channel_init(&idle, "idle", sizeof(int), 0);
    channel_init(&own, "own", sizeof(int), 0);
    watch_start("test", end_stalled);
}

static int finish(void)
{
    wait_group_wait(&done);
    watch_stop();
    return atomic_load(&failed);
}

static void wait_until_ready(int count)
{
    while (atomic_load(&ready) < count)
        clock_sleep_ns(NS_PER_MS);
}

static void *sleep_till_closed(void *unused)
{
    channel_receive(&idle, NULL);
    wait_group_done(&done);
    return NULL;
}

/* What the only thread that is not asleep does. */
static void (*stay_so)(void);

static void *stay_awake(void *unused)
{
    stay_so();
    channel_close(&idle);
    wait_group_done(&done);
    return NULL;
}

/* Stays awake in a thread of its own; main and two others are asleep. */
static int run_beside_sleepers(void (*stay)(void))
{
    stay_so = stay;
    init();
    start("asleep 1", sleep_till_closed, NULL);
    start("asleep 2", sleep_till_closed, NULL);
    start("awake", stay_awake, NULL);
    return finish();
}

static int run_life(void *argument)
{
    const struct life *life = argument;

    return life->run != NULL ? life->run(NULL) : run_beside_sleepers(life->stay);
}

static void assert_alive(struct life *lives, size_t count)
{
    struct running_child running[16];

    assert_true(count <= COUNT_OF(running));
    for (size_t i = 0; i < count; i++)
        running[i] = start_child(run_life, &lives[i]);
    for (size_t i = 0; i < count; i++) {
        struct child child = wait_for_child(&running[i]);

        assert_ended_well(&child, lives[i].name);
    }
}

static void expect(bool is_so)
{
    if (!is_so)
        atomic_fetch_add(&failed, 1);
}

static void stay_in_sleep(void)
{
    clock_sleep_ns(WATCHED_NS);
}

static void stay_in_receive(void)
{
    expect(channel_receive_until(&own, NULL, clock_now_ns() + WATCHED_NS) == ETIMEDOUT);
}

static void stay_in_send(void)
{
    int item = 0;

    expect(channel_send_until(&own, &item, clock_now_ns() + WATCHED_NS) == ETIMEDOUT);
}

static void stay_in_select(void)
{
    const struct channel_case cases[] = {{.channel = &own}};
    size_t chosen;

    expect(channel_select_until(cases, 1, &chosen, clock_now_ns() + WATCHED_NS) == ETIMEDOUT);
}

static struct wait_group own_group;

static void *be_done_late(void *unused)
{
    clock_sleep_ns(100 * NS_PER_MS); /* the other one is asleep; if not, less is seen */
    wait_group_done(&own_group);
    wait_group_done(&done);
    return NULL;
}

/* Who was woken is awake. */
static void stay_after_wait(void)
{
    wait_group_init(&own_group, "test");
    wait_group_add(&own_group, 1);
    start("late", be_done_late, NULL);
    wait_group_wait(&own_group);
    clock_sleep_ns(WATCHED_NS);
}

TEST(a_thread_in_a_timed_wait_is_not_asleep)
{
    static struct life lives[] = {{"sleep", .stay = stay_in_sleep},
                                  {"receive until", .stay = stay_in_receive},
                                  {"send until", .stay = stay_in_send},
                                  {"select until", .stay = stay_in_select},
                                  {"sleep behind a wait group", .stay = stay_after_wait}};

    assert_alive(lives, COUNT_OF(lives));
}

/* Blocked where the watch does not look: in the kernel, behind a reader that does not read. */

#define BYTES (1024 * 1024) /* more than a pipe holds */

static int pipe_ends[2];

static void stay_in_write(void)
{
    static const char bytes[BYTES];
    size_t written = 0;

    while (written < BYTES) {
        ssize_t size = write(pipe_ends[1], bytes + written, BYTES - written);

        if (size <= 0)
            break;
        written += (size_t)size;
    }
    expect(written == BYTES);
    close(pipe_ends[1]);
}

static void read_late(void)
{
    char bytes[4096];

    close(pipe_ends[1]);
    clock_sleep_ns(WATCHED_NS);
    while (read(pipe_ends[0], bytes, sizeof bytes) > 0)
        continue;
    _exit(0);
}

static int run_write(void *unused)
{
    pid_t reader;
    int failures;

    if (pipe(pipe_ends) != 0 || (reader = fork()) < 0)
        return 102;
    if (reader == 0)
        read_late();
    close(pipe_ends[0]);
    failures = run_beside_sleepers(stay_in_write);
    return waitpid(reader, NULL, 0) == reader ? failures : 103;
}

/* Waits for a lock whose holder can give it back, or whose holder is not known. */

static void *want(void *mutex)
{
    mutex_lock(mutex);
    mutex_unlock(mutex);
    wait_group_done(&done);
    return NULL;
}

static void *hold_lock(void *unused)
{
    mutex_lock(&lock);
    atomic_store(&ready, 1);
    clock_sleep_ns(WATCHED_NS);
    mutex_unlock(&lock);
    return NULL;
}

static void *hold_lock_and_be_done(void *unused)
{
    hold_lock(unused);
    wait_group_done(&done);
    return NULL;
}

static int run_held(void *unused)
{
    init();
    start("holder", hold_lock_and_be_done, NULL);
    wait_until_ready(1);
    start("wanter 1", want, &lock);
    start("wanter 2", want, &lock);
    return finish();
}

/* All that the watch knows is who wants the lock, and that it is nobody's. */
static int run_held_by_stranger(void *unused)
{
    pthread_t stranger;

    init();
    /* Who has given it back is not its holder any more. */
    mutex_lock(&lock);
    mutex_unlock(&lock);
    if (pthread_create(&stranger, NULL, hold_lock, NULL) != 0)
        return 104;
    wait_until_ready(1);
    start("wanter 1", want, &lock);
    start("wanter 2", want, &lock);
    finish();
    return pthread_join(stranger, NULL);
}

static struct mutex five[] = {MUTEX_UNLOCKED("1"), MUTEX_UNLOCKED("2"), MUTEX_UNLOCKED("3"),
                              MUTEX_UNLOCKED("4"), MUTEX_UNLOCKED("5")};

/* The fifth is one more than is noted. */
static void *hold_five(void *unused)
{
    for (size_t i = 0; i < COUNT_OF(five); i++)
        mutex_lock(&five[i]);
    atomic_store(&ready, 1);
    channel_receive(&idle, NULL);
    for (size_t i = COUNT_OF(five); i > 0; i--)
        mutex_unlock(&five[i - 1]);
    wait_group_done(&done);
    return NULL;
}

static void *close_late(void *unused)
{
    clock_sleep_ns(WATCHED_NS);
    channel_close(&idle);
    return NULL;
}

static int run_fifth_lock(void *unused)
{
    pthread_t stranger; /* who ends what looks like a stall */

    init();
    if (pthread_create(&stranger, NULL, close_late, NULL) != 0)
        return 104;
    start("holder", hold_five, NULL);
    wait_until_ready(1);
    start("wanter", want, &five[4]);
    finish();
    return pthread_join(stranger, NULL);
}

static int run_after_stop(void *unused)
{
    pthread_t stranger;

    init();
    watch_stop();
    if (pthread_create(&stranger, NULL, close_late, NULL) != 0)
        return 104;
    start("asleep", sleep_till_closed, NULL);
    finish();
    return pthread_join(stranger, NULL);
}

TEST(a_wait_that_can_end_is_no_stall)
{
    static struct life lives[] = {{"a pipe whose reader has stopped", .run = run_write},
                                  {"a lock whose holder sleeps", .run = run_held},
                                  {"a lock whose holder is unknown", .run = run_held_by_stranger},
                                  {"a fifth lock", .run = run_fifth_lock},
                                  {"no watch any more", .run = run_after_stop}};

    assert_alive(lives, COUNT_OF(lives));
}

/* Threads that do something all the time. */

#define RING 4

static struct channel ring[RING];
static int64_t ring_ends_ns, ring_pause_ns;

/* Each gets the item from the one before it. The first one ends it: 0 goes once around. */
static void *pass_on(void *argument)
{
    size_t at = (size_t)((struct channel *)argument - ring);
    int item = 1;

    if (at == 0)
        expect(channel_send(&ring[1], &item) == 0);
    for (;;) {
        bool is_last;

        expect(channel_receive(&ring[at], &item) == 0);
        is_last = item == 0;
        if (at == 0 && is_last)
            break;
        clock_sleep_ns(ring_pause_ns);
        if (at == 0 && clock_now_ns() >= ring_ends_ns)
            item = 0;
        expect(channel_send(&ring[(at + 1) % RING], &item) == 0);
        if (at != 0 && is_last)
            break;
    }
    wait_group_done(&done);
    return NULL;
}

static int run_ring(int64_t duration_ns, int64_t pause_ns)
{
    ring_ends_ns = clock_now_ns() + duration_ns;
    ring_pause_ns = pause_ns;
    init();
    for (size_t i = 0; i < RING; i++)
        channel_init(&ring[i], "ring", sizeof(int), 0);
    for (size_t i = 0; i < RING; i++)
        start("ring", pass_on, &ring[i]);
    return finish();
}

static int run_fast_ring(void *unused)
{
    return run_ring(WATCHED_NS, 0);
}

static int run_slow_ring(void *unused)
{
    return run_ring(WATCHED_NS, 20 * NS_PER_MS);
}

static long taken; /* guarded by lock */

static void *contend(void *unused)
{
    int64_t ends_ns = clock_now_ns() + WATCHED_NS;

    while (clock_now_ns() < ends_ns) {
        mutex_lock(&lock);
        taken++;
        mutex_unlock(&lock);
    }
    wait_group_done(&done);
    return NULL;
}

static int run_contention(void *unused)
{
    init();
    for (int i = 0; i < 4; i++)
        start("contender", contend, NULL);
    return finish();
}

TEST(threads_that_wake_each_other_are_not_asleep)
{
    static struct life lives[] = {{"an item that goes around", .run = run_fast_ring},
                                  {"an item that goes around slowly", .run = run_slow_ring},
                                  {"a contended lock", .run = run_contention}};

    assert_alive(lives, COUNT_OF(lives));
}

#define STOPPED_NS (2 * NS_PER_S)

/* Long enough for the watch to be sure before it is stopped, and after. */
static int run_long_ring(void *unused)
{
    return run_ring(STOPPED_NS + 2 * NS_PER_S, 20 * NS_PER_MS);
}

/* Its clock goes on while it cannot do anything. */
TEST(a_program_that_was_stopped_is_not_asleep)
{
    struct running_child running = start_child(run_long_ring, NULL);
    struct child child;
    int status;

    clock_sleep_ns(NS_PER_S);
    assert_int_equal(kill(running.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(running.pid, &status, WUNTRACED), running.pid);
    assert_true(WIFSTOPPED(status));
    clock_sleep_ns(STOPPED_NS);
    assert_int_equal(kill(running.pid, SIGCONT), 0);
    child = wait_for_child(&running);
    assert_ended_well(&child, "stopped");
}
