#include "sync/error_group.h"

#include "sync/thread.h"

#include <errno.h>
#include <stdlib.h>

/* What a thread of the group is started with. */
struct task {
    struct error_group *group;
    int (*run)(void *argument);
    void *argument;
};

int error_group_init(struct error_group *group, struct cancel *parent, size_t limit)
{
    group->has_limit = limit > 0;
    if (group->has_limit) {
        int error = semaphore_init(&group->slots, "slots of the group", limit);

        if (error != 0)
            return error;
    }
    cancel_init(&group->cancel, parent, DEADLINE_NEVER);
    wait_group_init(&group->running);
    mutex_init(&group->lock, "error group");
    group->error = 0;
    group->failed = NULL;
    return 0;
}

void error_group_destroy(struct error_group *group)
{
    mutex_destroy(&group->lock);
    wait_group_destroy(&group->running);
    cancel_destroy(&group->cancel);
    if (group->has_limit)
        semaphore_destroy(&group->slots);
}

static void fail(struct error_group *group, int error, void *failed)
{
    mutex_lock(&group->lock);
    if (group->error == 0) {
        group->error = error;
        group->failed = failed;
    }
    mutex_unlock(&group->lock);
    /* After it is noted: whoever fails because of this comes second. */
    cancel_with(&group->cancel, ECANCELED);
}

static void *run_task(void *started_with)
{
    struct task task = *(struct task *)started_with;
    int error;

    free(started_with);
    error = task.run(task.argument);
    if (error != 0)
        fail(task.group, error, task.argument);
    if (task.group->has_limit)
        semaphore_release(&task.group->slots);
    wait_group_done(&task.group->running);
    return NULL;
}

int error_group_go(struct error_group *group, const char *name, int (*run)(void *argument),
                   void *argument)
{
    struct task *task;
    int error;

    if (group->has_limit && semaphore_acquire(&group->slots, &group->cancel) != 0)
        return ECANCELED;
    task = malloc(sizeof *task);
    error = task == NULL ? ENOMEM : cancel_reason(&group->cancel) != 0 ? ECANCELED : 0;
    if (error == 0) {
        *task = (struct task){group, run, argument};
        wait_group_add(&group->running, 1);
        error = thread_start(name, run_task, task);
        if (error != 0)
            wait_group_done(&group->running);
    }
    if (error != 0) {
        free(task);
        if (group->has_limit)
            semaphore_release(&group->slots);
    }
    return error;
}

int error_group_wait(struct error_group *group, void **failed)
{
    int error;

    wait_group_wait(&group->running);
    mutex_lock(&group->lock);
    error = group->error;
    if (error != 0 && failed != NULL)
        *failed = group->failed;
    mutex_unlock(&group->lock);
    return error;
}
