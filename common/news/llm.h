/*
 * The LLM, as a lesson sees it: a client that makes calls, counts them and logs them. Which model
 * answers is the provider's business (news/llm_provider.h); in these lessons it is the simulator
 * (news/simulator.h).
 *
 * A client takes no lock, and its counters are relaxed: it orders nothing between the threads that
 * call it, and hides no race of theirs from ThreadSanitizer. All functions but llm_init(): any
 * number of threads at once.
 */
#ifndef NEWS_LLM_H
#define NEWS_LLM_H

#include "news/ai_result.h"
#include "news/article.h"
#include "news/llm_meters.h"
#include "sync/cancel.h"

#include <stdint.h>

struct llm_provider;

/* Functions that the client calls in the thread that makes the call; NULL: none. */
struct llm_hooks {
    /* Before each attempt, one that the provider refuses included. */
    void (*on_started)(void *context, const struct article *article);
    /* After each call that was answered, once it is counted. */
    void (*on_completed)(void *context, const struct article *article);
    void *context; /* what both are given */
};

struct llm_client {
    /* Set before the first call, then only read. */
    struct llm_provider *provider; /* must outlive the client's calls */
    uint64_t seed;                 /* of llm_random() */
    double speed;           /* the clock's seconds are this many times shorter than those shown */
    int callers;            /* threads that call at once; 0: not known */
    int64_t started_ns;     /* when the run began: llm_init(), or set anew before the first call */
    struct llm_hooks hooks; /* none at first */

    struct llm_meters meters;
};

/* Prepares a client without calls; there is nothing to destroy. speed is above 0. One thread. */
void llm_init(struct llm_client *llm, struct llm_provider *provider, uint64_t seed, double speed);

/*
 * Makes one call: does the task for the article, and waits for the answer. The answer goes to the
 * task's field of *result, which is the caller's own. Logs that the call starts, and how it ends.
 *
 * Returns 0, and result->error is empty; or an errno value, the same as result->error.cause, and
 * the answer's field is as it was before. EAGAIN: the provider takes no more calls at once ("429
 * Too Many Requests") and said so immediately. EIO: it is out of order ("503 Service
 * Unavailable").
 */
int llm_call(struct llm_client *llm, enum llm_task task, const struct article *article,
             struct ai_result *result);

/*
 * Makes one attempt at a call, as llm_call() does, for a caller who counts attempts and can be
 * cancelled. The call ends with ECANCELED as soon as cancel is cancelled. If that was so before,
 * no attempt is made. cancel = NULL: nobody cancels it.
 *
 * result->error is empty before the first attempt; the caller leaves it as it is before the next
 * attempt, so that the attempts of one task are numbered 1, 2, 3. After success it is empty again.
 * After a failure it has the task as its stage, the attempt, the cause, and, if the provider
 * refused a call beyond its rate, how long to wait before the next attempt. A call that was
 * cancelled before it was made leaves the attempt as it was.
 */
int llm_request(struct llm_client *llm, enum llm_task task, const struct article *article,
                struct cancel *cancel, struct ai_result *result);

/*
 * What the provider allows, for a caller who wants no call to be refused. None is, if at most p
 * calls are made at once and at most llm_rate() * t + b in any time of t seconds, where p is at
 * most llm_limit() and p + b at most llm_burst().
 *
 * llm_limit(): at most how many calls to make at once: the provider's limit; without one,
 * llm->callers; if they are not known, 1. llm_rate(): at most how many to make a second on the
 * clock (the provider's rate times the speed); 0: any number. llm_burst(): with a rate, how many
 * the provider lets through at once after a pause.
 */
int llm_limit(const struct llm_client *llm);
double llm_rate(const struct llm_client *llm);
int llm_burst(const struct llm_client *llm);

/* Counts calls that were not needed, because their answers were at hand. */
void llm_count_saved(struct llm_client *llm, int calls);

/*
 * 64 evenly drawn bits, for what a caller decides at random after an attempt. They depend on the
 * client's seed and the arguments, and on nothing else, so that every run draws the same ones.
 */
uint64_t llm_random(const struct llm_client *llm, enum llm_task task, int article_id, int attempt);

/* How long a duration as at speed 1 takes on the clock, in nanoseconds, rounded up; at most
   INT64_MAX. */
int64_t llm_scale_ns(const struct llm_client *llm, int64_t duration_ns);

/* How long the run has gone on at now_ns on the clock, in nanoseconds as at speed 1. */
double llm_run_time_ns(const struct llm_client *llm, int64_t now_ns);

#endif
