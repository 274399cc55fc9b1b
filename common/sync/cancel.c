#include "sync/cancel.h"

#include "sync/channel_select.h"
#include "sync/check.h"
#include "sync/mutex.h"
#include "system/clock.h"

#include <errno.h>

/* One lock for all trees: it is rarely taken, and a tree has no owner that could hold its own. */
static struct mutex tree_lock = MUTEX_UNLOCKED("cancellations");

/* The caller of these three holds the tree's lock. */
static void note_below(struct cancel *cancel, int reason, int64_t now_ns)
{
    /* If it is cancelled already, all below it is, too. */
    if (atomic_load_explicit(&cancel->reason, memory_order_relaxed) != 0)
        return;
    cancel->cancelled_ns = now_ns;
    atomic_store_explicit(&cancel->reason, reason, memory_order_release);
    for (struct cancel *child = cancel->first_child; child != NULL; child = child->next)
        note_below(child, reason, now_ns);
}

static void wake_below(struct cancel *cancel)
{
    /* Only this closes it. */
    if (cancel->cancelled.is_closed)
        return;
    channel_close(&cancel->cancelled);
    for (struct cancel *child = cancel->first_child; child != NULL; child = child->next)
        wake_below(child);
}

/* In two passes: a thread that wakes must find the whole tree cancelled, not a part of it. */
static void cancel_below(struct cancel *cancel, int reason, int64_t now_ns)
{
    note_below(cancel, reason, now_ns);
    wake_below(cancel);
}

void cancel_init(struct cancel *cancel, struct cancel *parent, int64_t deadline_ns)
{
    *cancel = (struct cancel){.parent = parent, .deadline_ns = deadline_ns};
    channel_init(&cancel->cancelled, "cancellation", 1, 0);
    if (parent == NULL)
        return;
    if (parent->deadline_ns < deadline_ns)
        cancel->deadline_ns = parent->deadline_ns;
    mutex_lock(&tree_lock);
    cancel->next = parent->first_child;
    if (cancel->next != NULL)
        cancel->next->previous = cancel;
    parent->first_child = cancel;
    if (parent->cancelled.is_closed)
        cancel_below(cancel, parent->reason, parent->cancelled_ns);
    mutex_unlock(&tree_lock);
}

void cancel_destroy(struct cancel *cancel)
{
    /* A thread that cancels holds the lock: after this, no such thread can still reach this one. */
    mutex_lock(&tree_lock);
    CHECK_CALLER(cancel->first_child == NULL, "cancel_destroy: there is a cancellation below it");
    if (cancel->previous != NULL)
        cancel->previous->next = cancel->next;
    else if (cancel->parent != NULL)
        cancel->parent->first_child = cancel->next;
    if (cancel->next != NULL)
        cancel->next->previous = cancel->previous;
    mutex_unlock(&tree_lock);
    channel_destroy(&cancel->cancelled);
}

static void cancel_as_of(struct cancel *cancel, int reason, int64_t now_ns)
{
    mutex_lock(&tree_lock);
    cancel_below(cancel, reason, now_ns);
    mutex_unlock(&tree_lock);
}

/* Its deadline is over: cancels it as of the deadline, however late a thread looks. */
static int expire(struct cancel *cancel)
{
    cancel_as_of(cancel, ETIMEDOUT, cancel->deadline_ns);
    return ECANCELED;
}

int64_t deadline_after(int64_t timeout_ns)
{
    return timeout_ns == 0 ? DEADLINE_NEVER : clock_after_ns(timeout_ns);
}

int cancel_reason(struct cancel *cancel)
{
    int reason = atomic_load_explicit(&cancel->reason, memory_order_acquire);

    if (reason != 0 || cancel->deadline_ns == DEADLINE_NEVER ||
        clock_now_ns() < cancel->deadline_ns)
        return reason;
    expire(cancel);
    return atomic_load_explicit(&cancel->reason, memory_order_acquire);
}

void cancel_with(struct cancel *cancel, int reason)
{
    CHECK_CALLER(reason != 0, "cancel_with: a cancellation has a reason");
    /* A deadline that is over came first, even if no thread has looked at it yet. */
    if (cancel_reason(cancel) == 0)
        cancel_as_of(cancel, reason, clock_now_ns());
}

int cancel_sleep_until(struct cancel *cancel, int64_t wake_ns)
{
    bool is_too_long = cancel->deadline_ns < wake_ns;

    /* If wake_ns is in the past, the deadline may be over, too, and cancel_reason() notices. */
    if (cancel_reason(cancel) != 0)
        return ECANCELED;
    if (channel_receive_until(&cancel->cancelled, NULL,
                              is_too_long ? cancel->deadline_ns : wake_ns) == EPIPE)
        return ECANCELED;
    return is_too_long ? expire(cancel) : 0;
}

int channel_send_cancellable(struct channel *channel, const void *item, struct cancel *cancel)
{
    const struct channel_case only = {.channel = channel, .send = item};
    size_t chosen;

    return channel_select_cancellable(&only, 1, &chosen, cancel);
}

int channel_receive_cancellable(struct channel *channel, void *item, struct cancel *cancel)
{
    const struct channel_case only = {.channel = channel, .receive = item};
    size_t chosen;

    return channel_select_cancellable(&only, 1, &chosen, cancel);
}
