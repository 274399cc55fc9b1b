/*
 * The LLM provider, simulated: a call takes its time, counts itself and answers.
 *
 * Its latency is a pure function of the seed, the article's id and the task. Threads cannot change
 * the draw, so every mode of every part works on the same load, and the sum of all waits is known
 * before the run. Its answer is a pure function of the article's text, so that any result can be
 * checked against its article.
 *
 * It takes no lock and its counters are relaxed: it orders nothing between the threads that call
 * it, and hides no race of theirs from ThreadSanitizer.
 */
#ifndef NEWS_LLM_H
#define NEWS_LLM_H

#include "news/ai_result.h"
#include "news/article.h"
#include "news/article_status.h"
#include "sync/cancel.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum llm_task { LLM_SUMMARY, LLM_SENTIMENT, LLM_KEYWORDS };

/* How many calls an article takes. */
#define LLM_TASKS 3

/* How a provider misbehaves; all zero: it does not. Times are as at speed 1. */
struct llm_faults {
    double error_rate; /* the share of calls, 0 to 1, that fail after their latency: 503 */
    double hang_rate;  /* the share that never answers */
    double rate;       /* calls a second; more are refused: 429; 0: any number */
    /* Calls that start in between, counted from started_ns, fail after their latency: 503. */
    int64_t outage_from_ns, outage_to_ns;
};

/* The seconds of a run for which attempts are counted one by one; the last one takes the rest. */
#define LLM_SECONDS 60

struct llm_client {
    /* Set before the first call, then only read. Latencies are whole microseconds. */
    uint64_t seed;
    int64_t latency_min_ns, latency_max_ns; /* both can be drawn */
    double speed;               /* sleeps are this many times shorter than the latency */
    void (*on_completed)(void); /* called after each call by its thread; may be NULL */
    int limit;                  /* calls it takes at once, 0: any number */
    int callers; /* workers of the pool that calls, where there is no limit; 0: not known */
    /*
     * Draws the latency of a call, from min to max, in place of the pure function; it is rounded
     * down to the same unit. Called by all threads that make calls. NULL: the pure function.
     */
    int64_t (*draw_latency_ns)(void *source, int64_t latency_min_ns, int64_t latency_max_ns);
    void *latency_source; /* what it is given */
    struct llm_faults faults;
    int64_t started_ns; /* of the outage's clock: llm_init(), or set anew before the first call */

    atomic_int completed[LLM_TASKS]; /* calls that have answered, by task */
    atomic_int in_flight, peak;      /* calls that sleep now, and the most there ever were */
    atomic_int refused;              /* calls beyond the limit */
    atomic_int saved;                /* calls that a cache has made unnecessary */
    atomic_int asked;                /* calls not counting their later attempts */
    atomic_int attempts;             /* counting them; each is completed or one of the following: */
    atomic_int too_fast;             /* beyond the rate; those beyond the limit are in refused */
    atomic_int failed, given_up;     /* 503; cancelled while they were in flight */
    atomic_llong next_ns;            /* when the provider's rate has room again, on the clock */
    atomic_llong first_ns, last_ns;  /* when the first and the last attempt was made, likewise */
    atomic_int attempts_in[LLM_SECONDS]; /* each second since started_ns, as at speed 1 */
};

/*
 * Prepares a client without calls. Latencies from 0, min <= max; speed above 0. The caller owns the
 * struct; there is nothing to destroy. One thread.
 */
void llm_init(struct llm_client *llm, uint64_t seed, int64_t latency_min_ns, int64_t latency_max_ns,
              double speed);

/*
 * Calls the provider for one task of one article: logs that it starts, sleeps for the call's
 * latency, logs that it has completed, and writes the answer, cut to size bytes (at least
 * 1, NUL included), never within a character. Any number of threads at once. Returns 0, or EAGAIN
 * if as many calls as the provider takes are in flight already ("429 Too Many Requests"): that is
 * said at once, and nothing is written.
 */
int llm_call(struct llm_client *llm, enum llm_task task, const struct article *article,
             char *answer, size_t size);

/*
 * The same, of a provider that may misbehave (llm->faults), and for a caller who may be told to
 * stop: the call ends with ECANCELED as soon as cancel is cancelled, and is not made where it was
 * before. cancel = NULL: nobody tells.
 *
 * *error tells the attempts apart: empty ({0}) before the first attempt, left as it is before the
 * next. Returns 0, *answer is written and *error is empty again; or error->cause, and *error says
 * the rest: EIO (503, after the call's latency), EAGAIN (429, at once), ECANCELED. Whether an
 * attempt fails or hangs is a pure function of the seed, the article's id, the task and the
 * attempt; the outage, the limit and the rate depend on when it is made. Any number of threads at
 * once.
 */
int llm_request(struct llm_client *llm, enum llm_task task, const struct article *article,
                struct cancel *cancel, char *answer, size_t size, struct article_error *error);

/*
 * The most calls that the rate lets through at once, after a pause: those of a second, at least 2,
 * and as many as the limit, or without one the callers, since that many may be on their way. So who
 * never lets more than rate * t + b pass in a time t, with p callers at once, is never refused if b
 * + p is no more than this. Any thread.
 */
int llm_rate_burst(const struct llm_client *llm);

/* A duration as at speed 1, in nanoseconds on the clock, rounded up. Any thread. */
int64_t llm_scale_ns(const struct llm_client *llm, int64_t duration_ns);

/*
 * 64 evenly drawn bits for what a caller does at random after an attempt: a pure function of the
 * seed, the article's id, the task and the attempt. Any thread.
 */
uint64_t llm_random(const struct llm_client *llm, enum llm_task task, int article_id, int attempt);

/* "summarize", "sentiment", "keywords". */
const char *llm_task_name(enum llm_task task);

/*
 * The latency of a call, in nanoseconds, as at speed 1: drawn evenly from min to max, in whole
 * milliseconds if both are such, else in microseconds. The generator is SplitMix64 (Steele, Lea,
 * Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). Any thread.
 */
int64_t llm_latency_ns(const struct llm_client *llm, enum llm_task task, int article_id);

/* The answer to a task: what llm_call() would write, at once and uncounted. Any thread. */
void llm_answer(enum llm_task task, const struct article *article, char *answer, size_t size);

/* How long a run over these articles must take, known from their latencies. */
struct llm_load {
    int64_t sum_ns;     /* one call at a time */
    int64_t slowest_ns; /* the article whose calls take longest together: all articles at once */
    int64_t greedy_ns; /* a number of workers, each taking the next article as soon as it is free */
};

/*
 * The load that count articles are, for a number of workers; 0: one for each article. An article
 * takes the sum of its calls, or, with tasks_at_once, the longest of them. The last
 * figure is that of list scheduling (Graham: "Bounds on multiprocessing timing anomalies", 1969):
 * not the best that can be done, but what a pool does, if handing out work took no time. Without
 * memory for the schedule it is 0. Any thread.
 */
struct llm_load llm_load(const struct llm_client *llm, const struct article *articles, size_t count,
                         size_t workers, bool tasks_at_once);

/* Notes that so many calls were not needed, because their answers were at hand. Any thread. */
void llm_count_saved(struct llm_client *llm, int calls);

/* Calls that have answered so far. Any thread. */
int llm_calls_completed(const struct llm_client *llm);

/* Articles whose every task has answered so far, each processed once at most. Any thread. */
int llm_articles_completed(const struct llm_client *llm);

#endif
