/*
 * Go's select: waits for several sends and receives at once, and does exactly one of them. If
 * several are possible, each of them has a chance, so that a busy channel does not starve a quiet
 * one. The idea is that of Go's runtime (runtime/select.go): lock all channels, in the order of
 * their addresses so that two selects cannot block each other, look, and wait in all queues.
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

/* The most cases that one select takes. */
#define CHANNEL_SELECT_MAX 32

/*
 * A send if send is not NULL, else a receive, whose item is dropped if receive is NULL as well. One
 * channel may stand in several cases. A case whose channel is NULL is never possible.
 */
struct channel_case {
    struct channel *channel;
    const void *send; /* the item */
    void *receive;    /* where the item goes */
};

/*
 * Waits until one of the cases is possible and does it; *chosen is its index. A closed channel is
 * possible. Returns what the send or receive would: 0 or EPIPE. Any thread.
 */
int channel_select(const struct channel_case *cases, size_t count, size_t *chosen);

/* The same, without waiting: EAGAIN if none is possible, and *chosen is left alone. */
int channel_try_select(const struct channel_case *cases, size_t count, size_t *chosen);

/* The same, until the deadline, absolute on the monotonic clock: ETIMEDOUT then, likewise. */
int channel_select_until(const struct channel_case *cases, size_t count, size_t *chosen,
                         int64_t deadline_ns);

#endif
