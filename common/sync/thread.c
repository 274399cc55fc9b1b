#include "sync/thread.h"

#include "observe/watch.h"
#include "sync/check.h"
#include "sync/thread_internal.h"
#include "system/system.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a thread is started with. It is on the heap, and the thread's own until the thread ends. */
struct start {
    void *(*run)(void *argument);
    void *argument;
    struct watch_thread *record;
    char name[THREAD_NAME_SIZE];
    _Alignas(max_align_t) unsigned char copy[];
};

static atomic_size_t started;
static atomic_size_t alive;
static atomic_size_t alive_when_refused;
static atomic_int refusal;

static _Thread_local char own_name[THREAD_NAME_SIZE];

/*
 * Nothing here may order two threads of a lesson, at their start or their end: ThreadSanitizer
 * would not see the races between them. So this takes no lock, and what it releases only the watch
 * and threads_alive() acquire.
 */
static void *run_thread(void *argument)
{
    struct start *start = argument;
    struct watch_thread *record = start->record;
    void *returned;

    watch_thread_begin(record);
    memcpy(own_name, start->name, sizeof own_name);
    /* A detached thread may be gone before its parent could name it, so it names itself. */
    system_name_thread(own_name);
    returned = start->run(start->argument);
    free(start);
    watch_thread_end(record);
    atomic_fetch_sub_explicit(&alive, 1, memory_order_release);
    return returned;
}

static void note_refusal(int error, size_t alive_then)
{
    atomic_store_explicit(&alive_when_refused, alive_then, memory_order_relaxed);
    atomic_store_explicit(&refusal, error, memory_order_relaxed);
}

/* Returns NULL without memory. The caller sets the argument. */
LOG_PRINTF(3, 0)
static struct start *make_start(void *(*run)(void *argument), size_t copy_size, const char *name,
                                va_list arguments)
{
    struct start *start = NULL;

    if (copy_size <= SIZE_MAX - sizeof *start)
        start = malloc(sizeof *start + copy_size);
    if (start == NULL) {
        note_refusal(ENOMEM, atomic_load_explicit(&alive, memory_order_relaxed));
        return NULL;
    }
    start->run = run;
    memset(start->name, 0, sizeof start->name);
    vsnprintf(start->name, sizeof start->name, name, arguments);
    return start;
}

/* Frees the start if there is no thread that will. */
static int start_thread(pthread_t *thread, int detach_state, struct start *start)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (error != 0) {
        note_refusal(error, atomic_load_explicit(&alive, memory_order_relaxed));
        free(start);
        return error;
    }
    CHECK_CALL(pthread_attr_setdetachstate(&attributes, detach_state));
    CHECK_CALL(pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE));
    start->record = watch_thread_create(start->name);
    atomic_fetch_add_explicit(&alive, 1, memory_order_relaxed);
    error = pthread_create(thread, &attributes, run_thread, start);
    if (error == 0) {
        atomic_fetch_add_explicit(&started, 1, memory_order_relaxed);
    } else {
        note_refusal(error, atomic_fetch_sub_explicit(&alive, 1, memory_order_relaxed) - 1);
        watch_thread_end(start->record);
        free(start);
    }
    pthread_attr_destroy(&attributes);
    return error;
}

int thread_start(void *(*run)(void *argument), void *argument, const char *name, ...)
{
    struct start *start;
    pthread_t thread;
    va_list arguments;

    va_start(arguments, name);
    start = make_start(run, 0, name, arguments);
    va_end(arguments);
    if (start == NULL)
        return ENOMEM;
    start->argument = argument;
    return start_thread(&thread, PTHREAD_CREATE_DETACHED, start);
}

int thread_start_joinable(pthread_t *thread, void *(*run)(void *argument), void *argument,
                          const char *name, ...)
{
    struct start *start;
    va_list arguments;

    va_start(arguments, name);
    start = make_start(run, 0, name, arguments);
    va_end(arguments);
    if (start == NULL)
        return ENOMEM;
    start->argument = argument;
    return start_thread(thread, PTHREAD_CREATE_JOINABLE, start);
}

int thread_start_copies(void *(*run)(void *argument), const void *head, size_t head_size,
                        const void *tail, size_t tail_size, const char *name, va_list arguments)
{
    struct start *start = make_start(
        run, tail_size <= SIZE_MAX - head_size ? head_size + tail_size : SIZE_MAX, name, arguments);
    pthread_t thread;

    if (start == NULL)
        return ENOMEM;
    start->argument = start->copy;
    memcpy(start->copy, head, head_size);
    if (tail_size > 0)
        memcpy(start->copy + head_size, tail, tail_size);
    return start_thread(&thread, PTHREAD_CREATE_DETACHED, start);
}

int thread_start_copy(void *(*run)(void *argument), const void *argument, size_t size,
                      const char *name, ...)
{
    va_list arguments;
    int error;

    va_start(arguments, name);
    error = thread_start_copies(run, argument, size, NULL, 0, name, arguments);
    va_end(arguments);
    return error;
}

const char *thread_name(void)
{
    if (own_name[0] == '\0')
        strcpy(own_name, system_is_main_thread() ? "main" : "thread");
    return own_name;
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
