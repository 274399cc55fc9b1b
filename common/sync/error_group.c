#include "sync/error_group.h"

#include "sync/check.h"
#include "sync/thread_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* What a thread of the group is started with. */
struct task {
    struct error_group *group;
    int (*run)(void *argument);
    void *argument; /* if not is_copied */
    bool is_copied;
    _Alignas(max_align_t) unsigned char copy[];
};

_Static_assert(sizeof(struct task) == offsetof(struct task, copy),
               "the copy of the argument is right behind that of the task");

void error_group_init(struct error_group *group, struct cancel *parent)
{
    cancel_init(&group->cancel, parent, DEADLINE_NEVER);
    wait_group_init(&group->running);
    mutex_init(&group->lock, "error group");
    group->has_limit = false;
    atomic_init(&group->has_started, false);
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

/* Notes the error if it is the first, then cancels the group: what that causes comes second. */
static void fail(struct error_group *group, int error, const char *failed, int reason)
{
    mutex_lock(&group->lock);
    if (group->error == 0) {
        group->error = error;
        snprintf(group->failed, sizeof group->failed, "%s", failed);
    }
    mutex_unlock(&group->lock);
    cancel_with(&group->cancel, reason);
}

/* A thread that go has counted has ended, or could not be started. The last touch of the group. */
static void leave(struct error_group *group)
{
    if (group->has_limit)
        semaphore_release(&group->slots);
    wait_group_done(&group->running);
}

static void *run_task(void *argument)
{
    struct task *task = argument;
    int error = task->run(task->is_copied ? task->copy : task->argument);

    if (error != 0)
        fail(task->group, error, thread_name(), ECANCELED);
    leave(task->group);
    return NULL;
}

LOG_PRINTF(4, 0)
static int go(const struct task *task, const void *copied, size_t size, const char *name,
              va_list arguments)
{
    struct error_group *group = task->group;
    char own_name[THREAD_NAME_SIZE];
    va_list again;
    int error;

    if (group->has_limit && semaphore_acquire(&group->slots, &group->cancel) != 0)
        return ECANCELED;
    wait_group_add(&group->running, 1);
    error = ECANCELED;
    if (cancel_reason(&group->cancel) == 0) {
        va_copy(again, arguments);
        error = thread_start_copies(run_task, task, sizeof *task, copied, size, name, arguments);
        /* Relaxed: to start one thread after another must not order the two. */
        if (error == 0)
            atomic_store_explicit(&group->has_started, true, memory_order_relaxed);
        else if (!atomic_load_explicit(&group->has_started, memory_order_relaxed)) {
            vsnprintf(own_name, sizeof own_name, name, again);
            fail(group, error, own_name, error);
        }
        va_end(again);
    }
    if (error != 0)
        leave(group);
    return error;
}

int error_group_go(struct error_group *group, int (*run)(void *argument), void *argument,
                   const char *name, ...)
{
    const struct task task = {.group = group, .run = run, .argument = argument};
    va_list arguments;
    int error;

    va_start(arguments, name);
    error = go(&task, NULL, 0, name, arguments);
    va_end(arguments);
    return error;
}

int error_group_go_copy(struct error_group *group, int (*run)(void *argument), const void *argument,
                        size_t size, const char *name, ...)
{
    const struct task task = {.group = group, .run = run, .is_copied = true};
    va_list arguments;
    int error;

    va_start(arguments, name);
    error = go(&task, argument, size, name, arguments);
    va_end(arguments);
    return error;
}

int error_group_wait(struct error_group *group)
{
    int error;

    wait_group_wait(&group->running);
    mutex_lock(&group->lock);
    error = group->error;
    mutex_unlock(&group->lock);
    return error;
}
