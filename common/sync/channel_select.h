/*
 * Go's select: waits for several sends and receives at once, and does exactly one of them. If
 * several are possible it draws lots, so that a busy channel does not starve a quiet one; two cases
 * with the same channel have the same chance, too, when they wait. As in Go's runtime
 * (runtime/select.go) it locks all channels, in the order of their addresses.
 *
 * Unlike Go's it has at most 32 cases, its default case is channel_try_select(), and a send to a
 * closed channel is a possible case that returns EPIPE, where Go's panics.
 *
 *     struct channel_case cases[] = {
 *         {.channel = &jobs, .receive = &job},
 *         {.channel = &results, .send = &result},
 *     };
 *     error = channel_select(cases, 2, &chosen);
 */
#ifndef SYNC_CHANNEL_SELECT_H
#define SYNC_CHANNEL_SELECT_H

#include "sync/channel.h"

#include <stddef.h>
#include <stdint.h>

struct cancel;

/* The most cases that one select takes. */
#define CHANNEL_SELECT_MAX 32

/*
 * A send if send is not NULL, otherwise a receive, which drops the item if receive is NULL as well.
 * A channel may stand in several cases. A case whose channel is NULL is never possible.
 */
struct channel_case {
    struct channel *channel;
    const void *send; /* the item */
    void *receive;    /* where the item goes */
};

/*
 * Waits until a case is possible, does it, and writes its index to *chosen. A case with a closed
 * channel is possible. Returns what the send or receive returns: 0 or EPIPE. Without cases it waits
 * for ever. Any thread.
 */
int channel_select(const struct channel_case *cases, size_t count, size_t *chosen);

/* Does not wait: returns EAGAIN if no case is possible, and leaves *chosen alone. Any thread. */
int channel_try_select(const struct channel_case *cases, size_t count, size_t *chosen);

/*
 * Waits at most until the deadline, in nanoseconds on the clock of clock_now_ns(): then it returns
 * ETIMEDOUT, and leaves *chosen alone. It does what is possible at once even if the deadline is
 * over. Any thread.
 */
int channel_select_until(const struct channel_case *cases, size_t count, size_t *chosen,
                         int64_t deadline_ns);

/*
 * Waits until a case is possible, or until it is cancelled or the deadline of cancel is over: then
 * it returns ECANCELED, leaves *chosen alone, and cancel_reason() says why. If that was so before,
 * no case is done, even if one is possible: a case for the channel `cancelled` would draw lots with
 * the others, and miss a deadline. cancel may be NULL: channel_select(). Any thread.
 */
int channel_select_cancellable(const struct channel_case *cases, size_t count, size_t *chosen,
                               struct cancel *cancel);

#endif
