#include "sync/error_group.h"

#include "sync/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a thread of the group is started with. It is on the heap, and the thread frees it. */
struct task {
    struct error_group *group;
    int (*run)(void *argument);
    void *argument;
    _Alignas(max_align_t) unsigned char copy[];
};

void error_group_init(struct error_group *group, struct cancel *parent)
{
    cancel_init(&group->cancel, parent, DEADLINE_NEVER);
    strcpy(group->name, "error group");
    atomic_init(&group->has_name, false);
    wait_group_init(&group->running, group->name);
    mutex_init(&group->lock, "error group");
    group->has_limit = false;
    atomic_init(&group->has_started, false);
    group->is_over = false;
    group->error = 0;
    group->failed[0] = '\0';
}

void error_group_limit(struct error_group *group, size_t limit)
{
    CHECK_CALLER(!group->has_limit, "error_group_limit: the group has a limit already");
    CHECK_CALLER(!atomic_load_explicit(&group->has_started, memory_order_relaxed),
                 "error_group_limit: the group has started a thread already");
    semaphore_init(&group->slots, "slots of the group", limit);
    group->has_limit = true;
}

void error_group_destroy(struct error_group *group)
{
    mutex_destroy(&group->lock);
    wait_group_destroy(&group->running);
    cancel_destroy(&group->cancel);
    if (group->has_limit)
        semaphore_destroy(&group->slots);
}

/* Notes the error if it is the first. */
static void note(struct error_group *group, int error, const char *failed)
{
    mutex_lock(&group->lock);
    if (group->error == 0 && !group->is_over) {
        group->error = error;
        snprintf(group->failed, sizeof group->failed, "%s", failed);
    }
    mutex_unlock(&group->lock);
}

/* Then cancels the group for it: what that causes comes second. */
static void fail(struct error_group *group, int error, const char *failed)
{
    note(group, error, failed);
    cancel_with(&group->cancel, error);
}

static void *run_task(void *argument)
{
    struct task *task = argument;
    struct error_group *group = task->group;
    int error = task->run(task->argument);

    free(task);
    if (error != 0)
        fail(group, error, thread_name());
    if (group->has_limit)
        semaphore_release(&group->slots);
    wait_group_done(&group->running); /* the last touch of the group */
    return NULL;
}

/* Returns NULL without memory. */
static struct task *make_task(struct error_group *group, int (*run)(void *argument),
                              size_t copy_size)
{
    struct task *task = NULL;

    if (copy_size <= SIZE_MAX - sizeof *task)
        task = malloc(sizeof *task + copy_size);
    if (task != NULL)
        *task = (struct task){.group = group, .run = run};
    return task;
}

/*
 * Starts the task, which may be NULL: there was no memory for it. The caller has its slot. Frees
 * the task if there is no thread that will.
 */
static int start(struct error_group *group, struct task *task, const char *name)
{
    int error = ECANCELED;

    if (cancel_reason(&group->cancel) == 0)
        error = task == NULL ? thread_refuse(ENOMEM) : thread_start(run_task, task, "%s", name);
    if (error == 0)
        /* Relaxed: to start one thread after another must not order the two. */
        atomic_store_explicit(&group->has_started, true, memory_order_relaxed);
    else
        free(task);
    return error;
}

LOG_PRINTF(3, 0)
static int go(struct error_group *group, struct task *task, const char *name, va_list arguments)
{
    char own_name[THREAD_NAME_SIZE];
    int error;

    vsnprintf(own_name, sizeof own_name, name, arguments);
    /* Relaxed, as below: the watch sees the name once this thread sleeps or has ended. */
    if (!atomic_exchange_explicit(&group->has_name, true, memory_order_relaxed))
        snprintf(group->name, sizeof group->name, "error group of %s", own_name);
    /* Before the wait for a slot: error_group_wait() waits for this thread, too. */
    wait_group_add(&group->running, 1);
    if (group->has_limit && semaphore_acquire(&group->slots, &group->cancel) != 0) {
        free(task);
        error = ECANCELED;
    } else {
        error = start(group, task, own_name);
        if (error != 0 && group->has_limit)
            semaphore_release(&group->slots);
    }
    if (error == ECANCELED)
        note(group, ECANCELED, own_name);
    else if (error != 0 && !atomic_load_explicit(&group->has_started, memory_order_relaxed))
        fail(group, error, own_name);
    if (error != 0)
        wait_group_done(&group->running);
    return error;
}

int error_group_go(struct error_group *group, int (*run)(void *argument), void *argument,
                   const char *name, ...)
{
    struct task *task = make_task(group, run, 0);
    va_list arguments;
    int error;

    if (task != NULL)
        task->argument = argument;
    va_start(arguments, name);
    error = go(group, task, name, arguments);
    va_end(arguments);
    return error;
}

int error_group_go_copy(struct error_group *group, int (*run)(void *argument), const void *argument,
                        size_t size, const char *name, ...)
{
    struct task *task = make_task(group, run, size);
    va_list arguments;
    int error;

    if (task != NULL)
        task->argument = memcpy(task->copy, argument, size);
    va_start(arguments, name);
    error = go(group, task, name, arguments);
    va_end(arguments);
    return error;
}

int error_group_wait(struct error_group *group)
{
    int error;

    wait_group_wait(&group->running);
    mutex_lock(&group->lock);
    group->is_over = true;
    error = group->error;
    mutex_unlock(&group->lock);
    cancel_with(&group->cancel, error != 0 ? error : ECANCELED);
    return error;
}
