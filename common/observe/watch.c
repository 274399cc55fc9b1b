#include "observe/watch.h"

#include "observe/text.h"
#include "system/clock.h"
#include "system/system.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_NS (250 * NS_PER_MS)
#define TICKS 3          /* without a change, then the program counts as stalled */
#define LOCKS_HELD_MAX 4 /* the most that a thread notes */
#define LINES_MAX 24     /* the most threads that are listed one by one */
#define STACK_SIZE ((size_t)256 * 1024)
#define LINE_SIZE (WATCH_NAME_SIZE + WATCH_TEXT_SIZE + WATCH_NAME_SIZE + 16)

/*
 * A thread's state is a number that grows whenever the thread falls asleep, is woken, or ends. If
 * two looks find the same number, nothing has happened between them. Its lowest bits say what the
 * thread is doing.
 */
enum { AWAKE = 0, ASLEEP = 1, ENDED = 2, STATE_MASK = 3, STATE_STEP = 4 };

struct watch_thread {
    char name[WATCH_NAME_SIZE];
    struct watch_thread *next; /* the record made before this one */
    atomic_ulong state;
    /* Written before the state says ASLEEP, read once all threads are asleep. */
    watch_describe *describe;
    const void *object;
    /* Addresses that are compared, never followed. */
    _Atomic(const void *) wanted;
    _Atomic(const void *) held[LOCKS_HELD_MAX];
};

/* All records, the newest first. */
static _Atomic(struct watch_thread *) newest;
/* The sum of the states in the records that were freed. The thread that looks at them uses it. */
static unsigned long long freed_sum;
static _Thread_local struct watch_thread *self;
static struct watch_thread main_thread = {.name = "main"};

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool is_running; /* only the starting thread uses this */
    bool is_stopped; /* guarded by lock */
    const char *program;
    void (*prevent)(void);  /* or NULL */
    bool (*announce)(void); /* or NULL */
    void (*on_stall)(void);
} watch;

static void publish(struct watch_thread *thread)
{
    thread->next = atomic_load_explicit(&newest, memory_order_relaxed);
    /* Release only: this must not order the threads that start others. */
    while (!atomic_compare_exchange_weak_explicit(&newest, &thread->next, thread,
                                                  memory_order_release, memory_order_relaxed))
        continue;
}

struct watch_thread *watch_thread_create(const char *name)
{
    struct watch_thread *thread = calloc(1, sizeof *thread);

    if (thread == NULL)
        return NULL;
    snprintf(thread->name, sizeof thread->name, "%s", name);
    publish(thread);
    return thread;
}

static void change_state(struct watch_thread *thread, unsigned long what)
{
    unsigned long state = atomic_load_explicit(&thread->state, memory_order_relaxed);

    /* No two at a time: the thread and its waker both change it under the same lock. */
    atomic_store_explicit(&thread->state, (state & ~(unsigned long)STATE_MASK) + STATE_STEP + what,
                          memory_order_release);
}

void watch_thread_begin(struct watch_thread *thread)
{
    self = thread;
}

void watch_thread_end(struct watch_thread *thread)
{
    if (thread == NULL)
        return;
    if (thread == self)
        self = NULL;
    change_state(thread, ENDED); /* the last touch: the watch may free it */
}

struct watch_thread *watch_self(void)
{
    return self;
}

void watch_sleep(watch_describe *describe, const void *object)
{
    if (self == NULL)
        return;
    self->describe = describe;
    self->object = object;
    change_state(self, ASLEEP);
}

void watch_wake(struct watch_thread *thread)
{
    if (thread != NULL)
        change_state(thread, AWAKE);
}

/* Locks. */

static const struct watch_thread *find_holder(const void *lock)
{
    const struct watch_thread *thread = atomic_load_explicit(&newest, memory_order_acquire);

    for (; thread != NULL; thread = thread->next)
        for (int i = 0; i < LOCKS_HELD_MAX; i++)
            if (atomic_load_explicit(&thread->held[i], memory_order_acquire) == lock)
                return thread;
    return NULL;
}

static void describe_lock(const void *name, char *text, size_t size)
{
    snprintf(text, size, "waiting for the lock \"%s\"", (const char *)name);
}

void watch_want_lock(const void *lock, const char *name)
{
    if (self == NULL)
        return;
    atomic_store_explicit(&self->wanted, lock, memory_order_relaxed);
    watch_sleep(describe_lock, name);
}

/* Sets the first of the places that holds `from` to `to`. */
static void replace_held(const void *from, const void *to)
{
    for (int i = 0; i < LOCKS_HELD_MAX; i++) {
        if (atomic_load_explicit(&self->held[i], memory_order_relaxed) == from) {
            atomic_store_explicit(&self->held[i], to, memory_order_release);
            return;
        }
    }
}

void watch_hold_lock(const void *lock)
{
    if (self == NULL)
        return;
    /* Awake first: a thread asleep that wants a lock it holds already would count as stalled. */
    change_state(self, AWAKE);
    replace_held(NULL, lock);
    atomic_store_explicit(&self->wanted, NULL, memory_order_release);
}

void watch_release_lock(const void *lock)
{
    if (self != NULL)
        replace_held(lock, NULL);
}

/* The watch itself. */

static bool holds_a_lock(const struct watch_thread *thread)
{
    for (int i = 0; i < LOCKS_HELD_MAX; i++)
        if (atomic_load_explicit(&thread->held[i], memory_order_acquire) != NULL)
            return true;
    return false;
}

/*
 * Frees the records of threads that have ended, except that of a thread which has kept a lock, and
 * the newest, in front of which another thread may just be putting its own. Only the thread that
 * looks at the records does this, and the next threads get the memory from the allocator, in which
 * ThreadSanitizer sees no order: a list of free ones would order the threads of a race.
 */
static void free_ended(void)
{
    struct watch_thread *kept = atomic_load_explicit(&newest, memory_order_acquire), *thread;

    while (kept != NULL && (thread = kept->next) != NULL) {
        unsigned long state = atomic_load_explicit(&thread->state, memory_order_acquire);

        if ((state & STATE_MASK) == ENDED && !holds_a_lock(thread)) {
            kept->next = thread->next;
            freed_sum += state;
            free(thread);
        } else {
            kept = thread;
        }
    }
}

/*
 * Returns whether all live threads are asleep, leaving out one (or none: NULL). *sum gets the sum
 * of all states. They only grow, so the same sum at the next look means that nothing has changed.
 */
static bool are_all_asleep_but(const struct watch_thread *one, unsigned long long *sum)
{
    const struct watch_thread *thread = atomic_load_explicit(&newest, memory_order_acquire);

    for (*sum = freed_sum; thread != NULL; thread = thread->next) {
        unsigned long state = atomic_load_explicit(&thread->state, memory_order_acquire);

        if ((state & STATE_MASK) == AWAKE && thread != one)
            return false;
        *sum += state;
    }
    return true;
}

/*
 * Returns whether each thread that wants a lock wants one that a thread holds. Otherwise it gets
 * the lock as soon as it gets a processor. A thread that changes the notes read here has changed
 * its state before, so the next look finds another sum.
 */
static bool can_none_get_its_lock(void)
{
    const struct watch_thread *thread = atomic_load_explicit(&newest, memory_order_acquire);
    const void *is_held = NULL; /* the last lock looked up: mostly all want the same one */

    for (; thread != NULL; thread = thread->next) {
        const void *wanted = atomic_load_explicit(&thread->wanted, memory_order_acquire);

        if (wanted != is_held && wanted != NULL && find_holder(wanted) == NULL)
            return false;
        is_held = wanted;
    }
    return true;
}

/*
 * Looks once more. Returns how many looks in a row, `looks` before this one, have found all threads
 * but one asleep, none of which can get its lock, and the same *sum of their states.
 */
static int look(const struct watch_thread *one, int looks, unsigned long long *sum)
{
    unsigned long long before = *sum;

    free_ended();
    if (!are_all_asleep_but(one, sum) || !can_none_get_its_lock())
        return 0;
    return looks > 0 && *sum == before ? looks + 1 : 1;
}

/* Reverses the list. No other thread runs that could add a record. */
static void reverse_records(void)
{
    struct watch_thread *reversed = NULL, *thread = atomic_load(&newest);

    while (thread != NULL) {
        struct watch_thread *next = thread->next;

        thread->next = reversed;
        reversed = thread;
        thread = next;
    }
    atomic_store(&newest, reversed);
}

static bool is_asleep(const struct watch_thread *thread)
{
    return (atomic_load(&thread->state) & STATE_MASK) == ASLEEP;
}

static void write_line(const char *line)
{
    char shown[TEXT_SHOWN_MAX * LINE_SIZE];
    size_t length = text_show(line, strlen(line), "", shown, sizeof shown - 1);
    ssize_t written;

    shown[length] = '\n';
    written = write(STDERR_FILENO, shown, length + 1);

    (void)written; /* if that fails, there is nothing else to do */
}

static void write_wait(const struct watch_thread *thread)
{
    const void *wanted = atomic_load_explicit(&thread->wanted, memory_order_relaxed);
    const struct watch_thread *holder = wanted != NULL ? find_holder(wanted) : NULL;
    char text[WATCH_TEXT_SIZE], line[LINE_SIZE];

    thread->describe(thread->object, text, sizeof text);
    snprintf(line, sizeof line, "  %s: %s%s%s", thread->name, text,
             holder != NULL ? ", held by " : "",
             holder == thread ? "itself"
             : holder != NULL ? holder->name
                              : "");
    write_line(line);
}

/* Prints the stall. All threads are asleep for ever, so this may read and change what they wrote.
 */
static void explain(bool is_shown)
{
    const struct watch_thread *thread;
    int more = -LINES_MAX;
    char line[LINE_SIZE];

    snprintf(line, sizeof line, "%s: stalled: all threads are asleep, and nobody can wake one",
             watch.program);
    write_line(line);
    if (is_shown)
        return;
    reverse_records(); /* the oldest first */
    for (thread = atomic_load(&newest); thread != NULL; thread = thread->next)
        if (is_asleep(thread) && more++ < 0)
            write_wait(thread);
    if (more > 0) {
        snprintf(line, sizeof line, "  and %d more thread%s", more, more == 1 ? "" : "s");
        write_line(line);
    }
}

size_t watch_count_leaked(void (*each)(const char *name, const char *wait))
{
    const struct watch_thread *thread;
    unsigned long long sum = 0;
    char text[WATCH_TEXT_SIZE];
    size_t leaked = 0;
    int looks = 0;

    while (looks < 2) {
        looks = look(self, looks, &sum);
        clock_sleep_ns(looks < 2 ? NS_PER_MS : 0);
    }
    reverse_records(); /* the oldest first */
    for (thread = atomic_load(&newest); thread != NULL; thread = thread->next) {
        if (thread == self || !is_asleep(thread))
            continue;
        leaked++;
        thread->describe(thread->object, text, sizeof text);
        if (each != NULL)
            each(thread->name, text);
    }
    reverse_records();
    return leaked;
}

/* Sleeps until the next tick. Returns true if the watch must end. */
static bool wait_for_tick(void)
{
    int64_t tick_ns = clock_after_ns(TICK_NS);
    int error = 0;
    bool is_stopped;

    pthread_mutex_lock(&watch.lock);
    while (!watch.is_stopped && error == 0)
        error = system_condition_wait_until(&watch.stopped, &watch.lock, tick_ns);
    is_stopped = watch.is_stopped;
    pthread_mutex_unlock(&watch.lock);
    return is_stopped;
}

static void *keep_watch(void *unused)
{
    unsigned long long sum = 0, now;
    int ticks = 0;

    (void)unused;
    while (!wait_for_tick()) {
        ticks = look(NULL, ticks, &sum);
        if (ticks < TICKS)
            continue;
        if (watch.prevent != NULL) {
            watch.prevent();
            if (!are_all_asleep_but(NULL, &now) || now != sum)
                continue;
        }
        explain(watch.announce != NULL && watch.announce());
        watch.on_stall();
        break;
    }
    return NULL;
}

static int start_thread(void)
{
    pthread_attr_t attributes;
    sigset_t all, old;
    int error = pthread_attr_init(&attributes);

    if (error != 0)
        return error;
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    /* The lesson's threads handle signals, not this one. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&watch.thread, &attributes, keep_watch, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

void watch_prevent(void (*prevent)(void))
{
    watch.prevent = prevent;
}

void watch_announce(bool (*announce)(void))
{
    watch.announce = announce;
}

static void destroy_signals(void)
{
    pthread_cond_destroy(&watch.stopped);
    pthread_mutex_destroy(&watch.lock);
}

int watch_start(const char *program, void (*on_stall)(void))
{
    int error;

    if (self == NULL) {
        self = &main_thread;
        publish(self);
    }
    watch.program = program;
    watch.on_stall = on_stall;
    watch.is_stopped = false;
    pthread_mutex_init(&watch.lock, NULL);
    system_condition_init(&watch.stopped);
    error = start_thread();
    watch.is_running = error == 0;
    if (error != 0)
        destroy_signals();
    return error;
}

void watch_stop(void)
{
    if (!watch.is_running)
        return;
    pthread_mutex_lock(&watch.lock);
    watch.is_stopped = true;
    pthread_cond_signal(&watch.stopped);
    pthread_mutex_unlock(&watch.lock);
    pthread_join(watch.thread, NULL);
    destroy_signals();
    watch.is_running = false;
}
