#include "sync/wait_group.h"

#include "sync/check.h"
#include "sync/sleeper.h"

#include <stdio.h>

/* A thread that waits, on its own stack. */
struct wait_group_waiter {
    struct sleeper sleeper;
    struct wait_group_waiter *next;
};

static void lock(struct wait_group *group)
{
    lock_politely(&group->lock);
}

static void unlock(struct wait_group *group)
{
    CHECK_CALL(pthread_spin_unlock(&group->lock));
}

void wait_group_init(struct wait_group *group)
{
    CHECK_CALL(pthread_spin_init(&group->lock, PTHREAD_PROCESS_PRIVATE));
    group->count = 0;
    group->waiting = NULL;
}

void wait_group_destroy(struct wait_group *group)
{
    /* The last wait_group_done() may still hold the lock: take it once, behind that thread. */
    lock(group);
    CHECK_CALLER(group->count == 0, "wait_group_destroy: the count is not zero");
    unlock(group);
    CHECK_CALL(pthread_spin_destroy(&group->lock));
}

void wait_group_add(struct wait_group *group, int delta)
{
    lock(group);
    group->count += delta;
    CHECK_CALLER(group->count >= 0, "wait_group: negative count, more done than added");
    /* Under the lock: after it, the first one woken may have destroyed the group. */
    while (group->count == 0 && group->waiting != NULL) {
        struct wait_group_waiter *first = group->waiting;

        group->waiting = first->next;
        sleeper_wake(&first->sleeper); /* the last touch of it */
    }
    unlock(group);
}

void wait_group_done(struct wait_group *group)
{
    wait_group_add(group, -1);
}

static void describe(const void *object, char *text, size_t size)
{
    const struct wait_group *group = object;

    snprintf(text, size, "waiting for a wait group, of which %ld are not done", group->count);
}

void wait_group_wait(struct wait_group *group)
{
    struct wait_group_waiter waiter;

    lock(group);
    if (group->count == 0) {
        unlock(group);
        return;
    }
    sleeper_init(&waiter.sleeper);
    waiter.next = group->waiting;
    group->waiting = &waiter;
    unlock(group);
    /* Woken, this thread touches the group no more. */
    sleeper_wait(&waiter.sleeper, DEADLINE_NEVER, describe, group);
    sleeper_destroy(&waiter.sleeper);
}
