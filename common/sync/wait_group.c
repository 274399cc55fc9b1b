#include "sync/wait_group.h"

#include "sync/check.h"

#include <stdio.h>

void wait_group_init(struct wait_group *group)
{
    CHECK_CALL(pthread_mutex_init(&group->lock, NULL));
    CHECK_CALL(pthread_cond_init(&group->zero, NULL));
    group->count = 0;
    group->sleepers.first = NULL;
}

void wait_group_destroy(struct wait_group *group)
{
    /* The last wait_group_done() may still hold the lock: take it once, behind that thread. */
    CHECK_CALL(pthread_mutex_lock(&group->lock));
    CHECK_CALLER(group->count == 0, "wait_group_destroy: the count is not zero");
    CHECK_CALL(pthread_mutex_unlock(&group->lock));
    CHECK_CALL(pthread_cond_destroy(&group->zero));
    CHECK_CALL(pthread_mutex_destroy(&group->lock));
}

void wait_group_add(struct wait_group *group, int delta)
{
    CHECK_CALL(pthread_mutex_lock(&group->lock));
    group->count += delta;
    CHECK_CALLER(group->count >= 0, "wait_group: negative count, more done than added");
    /* Signalled before the unlock: after it, the waiter may have destroyed the group. */
    if (group->count == 0) {
        watch_wake_all(&group->sleepers);
        CHECK_CALL(pthread_cond_broadcast(&group->zero));
    }
    CHECK_CALL(pthread_mutex_unlock(&group->lock));
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
    struct watch_sleeper sleeper = {.is_listed = false};

    CHECK_CALL(pthread_mutex_lock(&group->lock));
    while (group->count > 0) {
        watch_sleep_among(&group->sleepers, &sleeper, describe, group);
        CHECK_CALL(pthread_cond_wait(&group->zero, &group->lock));
    }
    CHECK_CALL(pthread_mutex_unlock(&group->lock));
}
