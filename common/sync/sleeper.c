#include "sync/sleeper.h"

#include "observe/timeline.h"
#include "observe/watch.h"
#include "sync/check.h"
#include "sync/memory.h"
#include "sync/thread.h"
#include "system/clock.h"
#include "system/system.h"

#include <errno.h>
#include <sched.h>

enum state {
    AWAKE,  /* not woken yet, and not asleep: to wake it is to set the state */
    ASLEEP, /* asleep, or about to be: to wake it takes a signal, too */
    WOKEN
};

void sleeper_init(struct sleeper *sleeper)
{
    atomic_init(&sleeper->state, AWAKE);
    sleeper->patience = SLEEPER_PATIENCE;
    sleeper->has_lock = false;
    sleeper->note = NULL;
}

void sleeper_destroy(struct sleeper *sleeper)
{
    if (!sleeper->has_lock)
        return;
    CHECK_CALL(pthread_cond_destroy(&sleeper->woken));
    CHECK_CALL(pthread_mutex_destroy(&sleeper->lock));
}

static void init_lock(struct sleeper *sleeper)
{
    int error = system_condition_init(&sleeper->woken);

    if (error == 0)
        error = pthread_mutex_init(&sleeper->lock, NULL);
    memory_check(error, "condition variable of thread", thread_name());
    sleeper->is_woken = false;
    sleeper->thread = NULL;
    sleeper->has_lock = true;
}

/* The caller holds the lock. */
static int sleep_until(struct sleeper *sleeper, int64_t deadline_ns, watch_describe *describe,
                       const void *object)
{
    int error = 0;

    /* Noted only where it really sleeps: once woken, no thread comes to clear the note. */
    if (!sleeper->is_woken && deadline_ns == DEADLINE_NEVER && describe != NULL) {
        sleeper->thread = watch_self();
        watch_sleep(describe, object);
    }
    while (!sleeper->is_woken && error == 0)
        error = deadline_ns == DEADLINE_NEVER
                    ? pthread_cond_wait(&sleeper->woken, &sleeper->lock)
                    : system_condition_wait_until(&sleeper->woken, &sleeper->lock, deadline_ns);
    if (sleeper->is_woken)
        error = 0;
    CHECK_CALL(error == ETIMEDOUT ? 0 : error);
    return error;
}

static int wait_until(struct sleeper *sleeper, int64_t deadline_ns, watch_describe *describe,
                      const void *object)
{
    bool was_asleep = sleeper->has_lock; /* in an earlier call, until its deadline */
    /* On a busy machine a single yield may take longer than the time to the deadline. */
    int patience = was_asleep || deadline_ns != DEADLINE_NEVER ? 0 : sleeper->patience;
    int state = AWAKE, error = 0;

    for (int i = 0; i < patience; i++) {
        if (atomic_load_explicit(&sleeper->state, memory_order_acquire) == WOKEN)
            return 0;
        sched_yield();
    }
    if (!was_asleep)
        init_lock(sleeper);
    CHECK_CALL(pthread_mutex_lock(&sleeper->lock));
    /* A waker that finds ASLEEP, from here on, takes the lock; one that came before did not. */
    if (was_asleep || atomic_compare_exchange_strong(&sleeper->state, &state, ASLEEP))
        error = sleep_until(sleeper, deadline_ns, describe, object);
    CHECK_CALL(pthread_mutex_unlock(&sleeper->lock));
    return error;
}

#if defined(__GNUC__)
#define NOT_INLINE __attribute__((noinline))
#else
#define NOT_INLINE
#endif

/* A function of its own: a wait that is not noted must not pay for the room of an event. */
NOT_INLINE static int wait_and_note(struct sleeper *sleeper, int64_t deadline_ns,
                                    watch_describe *describe, const void *object)
{
    struct timeline_event woken = {.kind = TIMELINE_WOKEN, .other = TIMELINE_NOBODY};
    int error;

    timeline_note(sleeper->note);
    error = wait_until(sleeper, deadline_ns, describe, object);
    if (error == 0) {
        woken.other = sleeper->waker;
        woken.other_ns = sleeper->woken_ns;
    }
    timeline_note(&woken);
    return error;
}

int sleeper_wait(struct sleeper *sleeper, int64_t deadline_ns, watch_describe *describe,
                 const void *object)
{
    if (sleeper->note == NULL || describe == NULL)
        return wait_until(sleeper, deadline_ns, describe, object);
    return wait_and_note(sleeper, deadline_ns, describe, object);
}

void sleeper_wake(struct sleeper *sleeper)
{
    if (sleeper->note != NULL) {
        sleeper->waker = timeline_self();
        sleeper->woken_ns = clock_now_ns();
    }
    /* If the thread is not asleep, this was the last touch: it may return at once. */
    if (atomic_exchange(&sleeper->state, WOKEN) != ASLEEP)
        return;
    CHECK_CALL(pthread_mutex_lock(&sleeper->lock));
    sleeper->is_woken = true;
    watch_wake(sleeper->thread);
    CHECK_CALL(pthread_cond_signal(&sleeper->woken));
    CHECK_CALL(pthread_mutex_unlock(&sleeper->lock));
}
