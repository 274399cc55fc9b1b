/*
 * The simulated provider: a call sleeps for its latency, then answers, fails or hangs.
 *
 * The latency is a pure function of the seed, the article's id and the task. Threads cannot change
 * it, so every mode of every part works on the same load, and the sum of all waits is known before
 * the run. The answer is a pure function of the article's text, so that any result can be checked
 * against its article.
 *
 * Like the client it takes no lock and orders nothing between the threads that call.
 */
#ifndef NEWS_SIMULATOR_H
#define NEWS_SIMULATOR_H

#include "news/llm_provider.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How the provider misbehaves; all zero: it does not. Times are as at speed 1. */
struct simulator_faults {
    double error_rate; /* the share of attempts, 0 to 1, that fail after their latency: 503 */
    double hang_rate;  /* the share of attempts that never get an answer */
    double rate;       /* calls a second; calls beyond it are refused: 429; 0: any number */
    /* Attempts that start in between, counted from the run's start, fail after their latency. */
    int64_t outage_from_ns, outage_to_ns;
};

/*
 * Draws the latency of a call, in nanoseconds as at speed 1, in the thread that makes the call,
 * without any lock. source is what simulator_set_source() was given.
 */
typedef int64_t simulator_draw(void *source, int64_t latency_min_ns, int64_t latency_max_ns);

struct simulator {
    struct llm_provider provider; /* what llm_init() is given */
    /* Set before the first call, then only read. */
    uint64_t seed;
    int64_t latency_min_ns, latency_max_ns; /* both can be drawn */
    int limit;                              /* calls it takes at once; 0: any number */
    struct simulator_faults faults;
    simulator_draw *draw_latency; /* NULL: the pure function */
    void *source;                 /* what draw_latency is given */

    atomic_llong next_ns; /* when calls at exactly the rate would have used it up, on the clock */
};

/*
 * Prepares a provider without faults and limits; there is nothing to destroy. 0 <= latency_min_ns
 * <= latency_max_ns, both in whole microseconds. One thread.
 */
void simulator_init(struct simulator *simulator, uint64_t seed, int64_t latency_min_ns,
                    int64_t latency_max_ns);

/*
 * Before the first call: draw(source, ...) shall draw the latencies of the client's calls, which
 * are rounded down to the unit of simulator_latency_ns(). If the client's provider is no simulator,
 * nothing changes. One thread.
 */
void simulator_set_source(struct llm_client *llm, simulator_draw *draw, void *source);

/*
 * The latency of a call, in nanoseconds as at speed 1: drawn evenly from the least to the greatest,
 * in whole milliseconds if both are such, else in whole microseconds. Any thread.
 */
int64_t simulator_latency_ns(const struct simulator *simulator, enum llm_task task, int article_id);

/* Writes what a call would answer to the task's field of *result, at once and uncounted. Any
 * thread. */
void simulator_answer(enum llm_task task, const struct article *article, struct ai_result *result);

#endif
