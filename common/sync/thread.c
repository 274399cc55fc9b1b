#include "sync/thread.h"

#include "observe/timeline.h"
#include "observe/watch.h"
#include "sync/check.h"
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
    struct timeline_thread *part; /* of the timeline, or NULL */
    char name[THREAD_NAME_SIZE];
    _Alignas(max_align_t) unsigned char copy[];
};

static atomic_size_t started;
static atomic_size_t alive;
static atomic_size_t alive_when_refused, in_process_when_refused;
static atomic_int refusal;

static _Thread_local char own_name[THREAD_NAME_SIZE];
static _Thread_local unsigned long own_number;

/*
 * Nothing here may order two threads of a lesson, at their start or their end: ThreadSanitizer
 * would not see the races between them. So this takes no lock, and what it releases only the watch
 * and threads_alive() acquire.
 */
static void *run_thread(void *argument)
{
    struct start *start = argument;
    struct watch_thread *record = start->record;
    struct timeline_thread *part = start->part;
    void *returned;

    watch_thread_begin(record);
    timeline_thread_begin(part);
    memcpy(own_name, start->name, sizeof own_name);
    /* A detached thread may be gone before its parent could name it, so it names itself. */
    system_name_thread(own_name);
    returned = start->run(start->argument);
    free(start);
    timeline_thread_end(part);
    watch_thread_end(record);
    atomic_fetch_sub_explicit(&alive, 1, memory_order_release);
    return returned;
}

int thread_refuse(int error)
{
    atomic_store_explicit(&alive_when_refused, atomic_load_explicit(&alive, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(&in_process_when_refused, system_count_threads(), memory_order_relaxed);
    atomic_store_explicit(&refusal, error, memory_order_relaxed);
    return error;
}

/* Returns NULL without memory. */
LOG_PRINTF(4, 0)
static struct start *make_start(void *(*run)(void *argument), void *argument, size_t copy_size,
                                const char *name, va_list arguments)
{
    struct start *start = NULL;

    if (copy_size <= SIZE_MAX - sizeof *start)
        start = calloc(1, sizeof *start + copy_size);
    if (start == NULL)
        return NULL;
    start->run = run;
    start->argument = argument;
    vsnprintf(start->name, sizeof start->name, name, arguments);
    start->record = watch_thread_create(start->name);
    if (start->record == NULL) {
        free(start);
        return NULL;
    }
    start->part = timeline_thread_create(start->name);
    return start;
}

/* Frees a start of which no thread came. Returns the error. */
static int give_up_start(struct start *start, int error)
{
    timeline_thread_end(start->part);
    watch_thread_end(start->record);
    free(start);
    return thread_refuse(error);
}

/* Starts a detached thread if joinable is NULL. Frees the start if there is no thread that will. */
static int start_thread(struct start *start, pthread_t *joinable)
{
    pthread_attr_t attributes;
    pthread_t detached;
    int error;

    if (start == NULL)
        return thread_refuse(ENOMEM);
    error = pthread_attr_init(&attributes);
    if (error != 0)
        return give_up_start(start, error);
    if (joinable == NULL)
        CHECK_CALL(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
    CHECK_CALL(pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE));
    atomic_fetch_add_explicit(&alive, 1, memory_order_relaxed);
    error = pthread_create(joinable != NULL ? joinable : &detached, &attributes, run_thread, start);
    pthread_attr_destroy(&attributes);
    if (error == 0) {
        atomic_fetch_add_explicit(&started, 1, memory_order_relaxed);
        return 0;
    }
    atomic_fetch_sub_explicit(&alive, 1, memory_order_relaxed);
    return give_up_start(start, error);
}

int thread_start(void *(*run)(void *argument), void *argument, const char *name, ...)
{
    struct start *start;
    va_list arguments;

    va_start(arguments, name);
    start = make_start(run, argument, 0, name, arguments);
    va_end(arguments);
    return start_thread(start, NULL);
}

int thread_start_joinable(pthread_t *thread, void *(*run)(void *argument), void *argument,
                          const char *name, ...)
{
    struct start *start;
    va_list arguments;

    va_start(arguments, name);
    start = make_start(run, argument, 0, name, arguments);
    va_end(arguments);
    return start_thread(start, thread);
}

int thread_start_copy(void *(*run)(void *argument), const void *argument, size_t size,
                      const char *name, ...)
{
    struct start *start;
    va_list arguments;

    va_start(arguments, name);
    start = make_start(run, NULL, size, name, arguments);
    va_end(arguments);
    if (start != NULL)
        start->argument = memcpy(start->copy, argument, size);
    return start_thread(start, NULL);
}

const char *thread_name(void)
{
    if (own_name[0] == '\0')
        strcpy(own_name, system_is_main_thread() ? "main" : "thread");
    return own_name;
}

unsigned long thread_number(void)
{
    static atomic_ulong numbers;

    if (own_number == 0)
        own_number = 1 + atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed);
    return own_number;
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

size_t threads_in_process_when_refused(void)
{
    return atomic_load_explicit(&in_process_when_refused, memory_order_relaxed);
}
