#include "news/article_status.h"

#include <errno.h>

void article_status_begin(struct article_status *status)
{
    int queued = ARTICLE_QUEUED;

    /* Relaxed: calls of different articles, and of the same, stay unordered. */
    atomic_compare_exchange_strong_explicit(&status->state, &queued, ARTICLE_RUNNING,
                                            memory_order_relaxed, memory_order_relaxed);
}

void article_status_end(struct article_status *status, const struct article_error *error)
{
    status->error = *error;
    atomic_store_explicit(&status->state,
                          error->cause == 0           ? ARTICLE_SUCCEEDED
                          : error->cause == ECANCELED ? ARTICLE_CANCELLED
                                                      : ARTICLE_FAILED,
                          memory_order_release);
}

enum article_state article_status_state(const struct article_status *status)
{
    return (enum article_state)atomic_load_explicit(&status->state, memory_order_acquire);
}
