#include "sync/wait_group.h"

#include "sync/check.h"
#include "sync/sleeper.h"

#include <stdio.h>

/* A waiting thread, on its own stack. */
struct wait_group_waiter {
    struct sleeper sleeper;
    struct wait_group_waiter *next;
    struct timeline_event note;
};

void wait_group_init(struct wait_group *group, const char *name)
{
    group->name = name;
    spinlock_init(&group->lock);
    group->count = 0;
    group->waiting = NULL;
}

void wait_group_destroy(struct wait_group *group)
{
    /* The last wait_group_done() may still hold the lock: taking it once waits for that. */
    spin_lock(&group->lock);
    CHECK_CALLER(group->count == 0, "wait_group_destroy: the count is not zero");
    spin_unlock(&group->lock);
}

void wait_group_add(struct wait_group *group, int delta)
{
    spin_lock(&group->lock);
    group->count += delta;
    CHECK_CALLER(group->count >= 0, "wait_group: negative count, more done than added");
    /* Under the lock: after it, the first thread woken may have destroyed the group. */
    while (group->count == 0 && group->waiting != NULL) {
        struct wait_group_waiter *first = group->waiting;

        group->waiting = first->next;
        sleeper_wake(&first->sleeper); /* the last touch of it */
    }
    spin_unlock(&group->lock);
}

void wait_group_done(struct wait_group *group)
{
    wait_group_add(group, -1);
}

static void describe(const void *object, char *text, size_t size)
{
    const struct wait_group *group = object;

    snprintf(text, size, "waiting for wait group \"%s\" (%ld not done)", group->name, group->count);
}

void wait_group_wait(struct wait_group *group)
{
    struct wait_group_waiter waiter;

    spin_lock(&group->lock);
    if (group->count == 0) {
        spin_unlock(&group->lock);
        return;
    }
    sleeper_init(&waiter.sleeper);
    waiter.next = group->waiting;
    group->waiting = &waiter;
    if (timeline_is_on()) {
        waiter.note = (struct timeline_event){
            .kind = TIMELINE_WAITS,
            .wait = TIMELINE_WAIT_GROUP,
            .object = group,
            .count = (int)group->count,
        };
        snprintf(waiter.note.name, sizeof waiter.note.name, "%s", group->name);
        waiter.sleeper.note = &waiter.note;
    }
    spin_unlock(&group->lock);
    /* Once woken, this thread does not touch the group any more: it may be destroyed. */
    sleeper_wait(&waiter.sleeper, DEADLINE_NEVER, describe, group);
    sleeper_destroy(&waiter.sleeper);
}
