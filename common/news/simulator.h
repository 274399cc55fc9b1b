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

#include "news/article.h"
#include "news/llm.h"
#include "news/llm_provider.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
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
 * Draws the latency of a call. It is called in the thread that makes the call, without any lock.
 * source is what simulator_set_source() was given. Returns nanoseconds as at speed 1.
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
 * Prepares a provider without faults and limits. 0 <= latency_min_ns <= latency_max_ns, both in
 * whole microseconds. The caller owns the struct; there is nothing to destroy. One thread.
 */
void simulator_init(struct simulator *simulator, uint64_t seed, int64_t latency_min_ns,
                    int64_t latency_max_ns);

/*
 * From now on draw(source, ...) draws the latencies of the client's calls, in place of the pure
 * function; they are rounded down to the unit of simulator_latency_ns(). If the client's provider
 * is no simulator, nothing changes. Before the first call; one thread.
 */
void simulator_set_source(struct llm_client *llm, simulator_draw *draw, void *source);

/* Whether every latency is known before the run: no source was set. Any thread. */
bool simulator_is_predictable(const struct simulator *simulator);

/*
 * The latency of a call, in nanoseconds as at speed 1: drawn evenly from the least to the greatest,
 * in whole milliseconds if both are such, else in whole microseconds. The bits come from SplitMix64
 * (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). Any thread.
 */
int64_t simulator_latency_ns(const struct simulator *simulator, enum llm_task task, int article_id);

/*
 * Writes the answer to a task: what a call would answer, but at once and uncounted. At most size
 * bytes (at least 1), NUL included, cut between two characters. Any thread.
 */
void simulator_answer(enum llm_task task, const struct article *article, char *answer, size_t size);

#endif
