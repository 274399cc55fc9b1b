#define _GNU_SOURCE /* pthread_setname_np */
#include "sync/thread.h"

#include "observe/watch.h"
#include "sync/check.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_NAME_SIZE 16 /* what Linux keeps of a thread's name, NUL included */

struct start {
    void *(*run)(void *);
    void *argument;
    struct watch_thread *record;
    char name[THREAD_NAME_SIZE];
};

static atomic_size_t started;
static atomic_size_t alive;
static atomic_size_t alive_when_refused;
static atomic_int refusal;

static void *run_thread(void *argument)
{
    struct start start = *(struct start *)argument;
    char kernel_name[KERNEL_NAME_SIZE] = "";
    void *returned;

    free(argument);
    watch_thread_begin(start.record);
    memcpy(kernel_name, start.name, sizeof kernel_name - 1);
    /* A detached thread may be gone before its parent could name it, so it names itself. */
    pthread_setname_np(pthread_self(), kernel_name);
    returned = start.run(start.argument);
    watch_thread_end(start.record);
    /* Release only: threads that end one after the other must not be ordered by this. */
    atomic_fetch_sub_explicit(&alive, 1, memory_order_release);
    return returned;
}

static int start_with(pthread_t *thread, int detach_state, const char *name, void *(*run)(void *),
                      void *argument)
{
    struct start *start = malloc(sizeof *start);
    pthread_attr_t attributes;
    int error;

    if (start == NULL)
        return ENOMEM;
    start->run = run;
    start->argument = argument;
    memset(start->name, 0, sizeof start->name);
    strncpy(start->name, name, sizeof start->name - 1);

    error = pthread_attr_init(&attributes);
    if (error != 0) {
        free(start);
        return error;
    }
    CHECK_CALL(pthread_attr_setdetachstate(&attributes, detach_state));
    CHECK_CALL(pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE));
    start->record = watch_thread_create(name);
    atomic_fetch_add_explicit(&alive, 1, memory_order_relaxed);
    error = pthread_create(thread, &attributes, run_thread, start);
    if (error == 0) {
        atomic_fetch_add_explicit(&started, 1, memory_order_relaxed);
    } else {
        size_t with_this_one = atomic_fetch_sub_explicit(&alive, 1, memory_order_relaxed);

        atomic_store_explicit(&alive_when_refused, with_this_one - 1, memory_order_relaxed);
        atomic_store_explicit(&refusal, error, memory_order_relaxed);
        watch_thread_end(start->record);
        free(start);
    }
    pthread_attr_destroy(&attributes);
    return error;
}

int thread_start(const char *name, void *(*run)(void *), void *argument)
{
    pthread_t thread;

    return start_with(&thread, PTHREAD_CREATE_DETACHED, name, run, argument);
}

int thread_start_joinable(pthread_t *thread, const char *name, void *(*run)(void *), void *argument)
{
    return start_with(thread, PTHREAD_CREATE_JOINABLE, name, run, argument);
}

size_t threads_started(void)
{
    return atomic_load_explicit(&started, memory_order_relaxed);
}

size_t threads_alive(void)
{
    return atomic_load_explicit(&alive, memory_order_acquire);
}

int threads_refused(size_t *alive_then)
{
    *alive_then = atomic_load_explicit(&alive_when_refused, memory_order_relaxed);
    return atomic_load_explicit(&refusal, memory_order_relaxed);
}
