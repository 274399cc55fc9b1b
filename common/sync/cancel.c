#include "sync/cancel.h"

#include "sync/channel_internal.h"
#include "sync/channel_select.h"
#include "sync/check.h"
#include "sync/mutex.h"
#include "system/clock.h"

#include <errno.h>

/* One lock for all trees: it is rarely taken, and a tree has no owner that could hold its own. */
static struct mutex tree_lock = MUTEX_UNLOCKED("cancellations");

/* The caller of the functions down to end_below() holds the tree's lock. */

/*
 * Returns what comes behind `at` in the tree below top, or NULL. It goes by the pointers of the
 * tree, because a call for each level would need a stack as deep as the tree.
 */
static struct cancel *next_below(const struct cancel *top, struct cancel *at, bool with_children)
{
    if (with_children && at->first_child != NULL)
        return at->first_child;
    while (at != top && at->next == NULL)
        at = at->parent;
    return at == top ? NULL : at->next;
}

/*
 * Notes the end of all below top that has not ended. If its deadline is earlier, that ended it,
 * even if no thread has looked at the clock since.
 */
static void note_below(struct cancel *top, int reason, int64_t ended_ns)
{
    bool is_new;

    for (struct cancel *at = top; at != NULL; at = next_below(top, at, is_new)) {
        /* Below an ended one all have ended. */
        is_new = atomic_load_explicit(&at->reason, memory_order_relaxed) == 0;
        if (!is_new)
            continue;
        at->cancelled_ns = at->deadline_ns < ended_ns ? at->deadline_ns : ended_ns;
        atomic_store_explicit(&at->reason, at->deadline_ns <= ended_ns ? ETIMEDOUT : reason,
                              memory_order_release);
    }
}

static void wake_below(struct cancel *top)
{
    bool is_new;

    for (struct cancel *at = top; at != NULL; at = next_below(top, at, is_new)) {
        is_new = !at->cancelled.is_closed; /* only this closes it */
        if (is_new)
            channel_close(&at->cancelled);
    }
}

/* In two passes: a thread that wakes must find the whole tree cancelled, not a part of it. */
static void end_below(struct cancel *top, int reason, int64_t ended_ns)
{
    note_below(top, reason, ended_ns);
    wake_below(top);
}

static void join_parent(struct cancel *cancel, struct cancel *parent)
{
    if (parent->deadline_ns < cancel->deadline_ns)
        cancel->deadline_ns = parent->deadline_ns;
    mutex_lock(&tree_lock);
    cancel->next = parent->first_child;
    if (cancel->next != NULL)
        cancel->next->previous = cancel;
    parent->first_child = cancel;
    if (parent->cancelled.is_closed)
        end_below(cancel, parent->reason, parent->cancelled_ns);
    mutex_unlock(&tree_lock);
}

void cancel_init(struct cancel *cancel, struct cancel *parent, int64_t deadline_ns)
{
    *cancel = (struct cancel){.parent = parent, .deadline_ns = deadline_ns};
    channel_init(&cancel->cancelled, "cancellation", 1, 0);
    if (parent != NULL)
        join_parent(cancel, parent);
    cancel_reason(cancel); /* closes it if the deadline is over already */
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

/* Its deadline is over: ends it as of the deadline, however late a thread looks. */
static int expire(struct cancel *cancel)
{
    struct cancel *top = cancel;

    mutex_lock(&tree_lock);
    /* The deadline may be inherited: then those above with the same one have ended, too. */
    while (top->parent != NULL && top->parent->deadline_ns == top->deadline_ns)
        top = top->parent;
    end_below(top, ETIMEDOUT, top->deadline_ns);
    mutex_unlock(&tree_lock);
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
    mutex_lock(&tree_lock);
    end_below(cancel, reason, clock_now_ns());
    mutex_unlock(&tree_lock);
}

int cancel_sleep_until(struct cancel *cancel, int64_t wake_ns)
{
    return cancel_sleep_noted(cancel, wake_ns, TIMELINE_DEADLINE, "its cancellation");
}

int cancel_sleep_noted(struct cancel *cancel, int64_t wake_ns, enum timeline_wait wait,
                       const char *name)
{
    bool is_too_long = cancel->deadline_ns < wake_ns;

    /* If wake_ns is in the past, the deadline may be over, too, and cancel_reason() notices. */
    if (cancel_reason(cancel) != 0)
        return ECANCELED;
    if (channel_await_close(&cancel->cancelled, is_too_long ? cancel->deadline_ns : wake_ns, wait,
                            name) == EPIPE)
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
