#include "news/article_error.h"

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

char *article_error_format(int article_id, const struct article_error *error, char *text,
                           size_t size)
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
                 article_id, attempt, cause_of(error), retry);
    else
        snprintf(text, size, "article %d, %s%s: %s%s", article_id, error->stage, attempt,
                 cause_of(error), retry);
    return text;
}
