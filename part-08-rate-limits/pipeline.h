/* Part 8: a provider that takes so many calls at once, and so many a second. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "lesson/lesson.h"

/* A call that a worker wants made. */
struct request {
    const struct batch *batch;
    int worker; /* which one, from 1 */
    enum llm_task task;
    const struct article *article;
    struct cancel *cancel;
    char *answer;
    size_t size;
};

/*
 * Makes the call, at once, with a deadline of its own. Returns 0 or an errno value, and *why says
 * the rest and counts the attempts, as llm_request() has it; ETIMEDOUT: it took longer than
 * batch->call_timeout_ns.
 */
int call_provider(const struct request *request, struct article_error *why);

/* The call is given up before it was made: *why says so. Returns ECANCELED. */
int give_up(const struct request *request, struct article_error *why);

/*
 * The pool of part 7, whose workers make their calls by call(limits, request, why), which returns
 * as call_provider() does. The variants differ in that function.
 */
int process_each(const struct batch *batch, struct ai_results *results,
                 int (*call)(void *limits, const struct request *request,
                             struct article_error *why),
                 void *limits);

/* The lesson. */
int process_all(const struct batch *batch, struct ai_results *results);

/* The same, written another way, each in its own file under variants/. */
int process_all_flood(const struct batch *batch, struct ai_results *results);
int process_all_retry(const struct batch *batch, struct ai_results *results);
int process_all_retry_storm(const struct batch *batch, struct ai_results *results);
int process_all_per_worker_rate(const struct batch *batch, struct ai_results *results);
int process_all_breaker(const struct batch *batch, struct ai_results *results);

#endif
