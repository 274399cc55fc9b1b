#include "news/article_status.h"

#include "system/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *article_error_cause(int cause)
{
    switch (cause) {
    case EIO:
        return "503 Service Unavailable";
    case EAGAIN:
        return "429 Too Many Requests";
    case ETIMEDOUT:
        return "no answer in time";
    case ECANCELED:
        return "cancelled";
    case ECONNREFUSED:
        return "not called, the circuit breaker is open";
    default:
        return strerror(cause);
    }
}

/* Without an attempt it was not the provider: no thread could be started, a disk has failed. */
static const char *cause_of(const struct article_error *error)
{
    if (error->attempt == 0 && (error->cause == EAGAIN || error->cause == EIO))
        return strerror(error->cause);
    return article_error_cause(error->cause);
}

char *article_error_format(const struct article_error *error, char *text, size_t size)
{
    char attempt[32] = "", retry[DURATION_SIZE + sizeof ", retry after "] = "";
    char duration[DURATION_SIZE];

    if (error->attempt > 1 || (error->attempt == 1 && error->stage_number == 0))
        snprintf(attempt, sizeof attempt, ", attempt %d", error->attempt);
    if (error->retry_after_ns > 0)
        snprintf(retry, sizeof retry, ", retry after %s",
                 duration_format(duration, sizeof duration, error->retry_after_ns));
    if (error->stage_number > 0)
        snprintf(text, size, "stage %d (%s), article %d%s: %s%s", error->stage_number, error->stage,
                 error->article_id, attempt, cause_of(error), retry);
    else
        snprintf(text, size, "article %d, %s%s: %s%s", error->article_id, error->stage, attempt,
                 cause_of(error), retry);
    return text;
}

void article_status_begin(struct article_status *status)
{
    atomic_store_explicit(&status->state, ARTICLE_RUNNING, memory_order_relaxed);
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
