/*
 * The interface that a provider of LLM calls stands behind. The simulator is one; one that calls a
 * real model over HTTP can stand here, and neither llm_request() nor a lesson changes.
 *
 * llm_request() counts the attempt, calls the provider, and counts and logs how the attempt ended.
 */
#ifndef NEWS_LLM_PROVIDER_H
#define NEWS_LLM_PROVIDER_H

#include "news/llm.h"

/* One attempt to do one task for one article. */
struct llm_attempt {
    enum llm_task task;
    const struct article *article;
    int number; /* from 1: an attempt after a failed one has the next number */
};

/* What a provider allows its callers; beyond that it refuses. Times are as at speed 1. */
struct llm_limits {
    int at_once; /* calls in flight; 0: any number */
    double rate; /* calls a second; 0: any number */
    int burst;   /* with a rate: calls that it lets through at once after a pause */
};

/*
 * A provider embeds this struct as the first member of its own struct, and so finds its own struct
 * at llm->provider. Any number of threads call both functions at once.
 */
struct llm_provider {
    /*
     * Makes one attempt, in the thread of the caller, which waits for the answer.
     *
     * - Calls llm_enter() when the call begins to be in flight, and llm_leave() when it no longer
     *   is. A call that the provider refuses without making it is never in flight.
     * - Gives the call up soon after cancel is cancelled. cancel = NULL: nobody cancels it.
     * - On success writes the answer to the task's field of *result, cut to its size, but never
     *   within a character. Touches nothing else there but error.retry_after_ns.
     *
     * Returns 0, or an errno value:
     * ECANCELED: the call was in flight and was given up.
     * EAGAIN: the provider refused it (429). If the call came beyond the rate, the provider sets
     *   result->error.retry_after_ns to how long the caller should wait, as at speed 1. If it is
     *   0, as many calls were in flight as the provider takes.
     * Any other: the call failed. EIO stands for 503.
     */
    int (*request)(struct llm_client *llm, const struct llm_attempt *attempt, struct cancel *cancel,
                   struct ai_result *result);

    /* What the provider allows, where callers threads call at once (0: not known). */
    struct llm_limits (*limits)(const struct llm_provider *provider, int callers);
};

/* A latency that the provider does not know before the answer comes. */
#define LLM_LATENCY_UNKNOWN (-1)

/*
 * Counts the attempt's call into those in flight, unless limit calls are in flight already; limit
 * 0: always. Returns whether it did, and has logged that the attempt starts: "  [3] Summarization
 * started (1.2s, attempt 2)"; then llm_leave() must follow, once. The latency is as at speed 1, or
 * LLM_LATENCY_UNKNOWN. Any thread.
 */
bool llm_enter(struct llm_client *llm, const struct llm_attempt *attempt, int limit,
               int64_t latency_ns);

/* Ends what llm_enter() began. error is what the provider's request() will return. */
void llm_leave(struct llm_client *llm, int error);

#endif
