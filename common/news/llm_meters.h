/*
 * What a client's calls are counted by. Calls in flight and their peak prove how many calls ran at
 * once, without a clock. All functions: any thread.
 *
 * Every counter is relaxed: counting orders nothing between the threads that call, so it hides no
 * race of theirs from ThreadSanitizer. The counters fit together once all calls have ended.
 */
#ifndef NEWS_LLM_METERS_H
#define NEWS_LLM_METERS_H

#include "news/ai_result.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The seconds of a run in each of which attempts are counted; the last one takes the rest. */
#define LLM_SECONDS 60

/* All zero: no call yet. */
struct llm_meters {
    atomic_llong in_flight;            /* calls that wait for their answer now */
    atomic_llong peak;                 /* the most there were */
    atomic_llong attempts;             /* each ends in exactly one of the next five */
    atomic_llong completed[LLM_TASKS]; /* answered, by task */
    atomic_llong refused;              /* 429, beyond the calls that the provider takes at once */
    atomic_llong too_fast;             /* 429, beyond the provider's rate */
    atomic_llong failed;               /* 503 */
    atomic_llong given_up;             /* cancelled while in flight */
    atomic_llong asked;                /* first attempts: calls, however often each was tried */
    atomic_llong saved;                /* calls that a cache made unnecessary */
    atomic_llong busy_ns[LLM_TASKS];   /* on the clock, of all attempts, by task */
    atomic_llong first_ns, last_ns;    /* when the first and the last attempt began, on the clock */
    atomic_llong attempts_in[LLM_SECONDS]; /* that began in each second of the run, as at speed 1 */
};

/* Adds to one of the counters. */
void llm_meters_add(atomic_llong *counter, long long number);

/*
 * Counts a call into those in flight, unless limit calls are in flight already; limit 0: always.
 * Returns how many are in flight now, 0: it did not; else llm_meters_leave() must follow, once. The
 * count and the check are one atomic step on one variable, so the peak never exceeds the limit.
 */
int llm_meters_enter(struct llm_meters *meters, int limit);

/* Ends what llm_meters_enter() began. */
void llm_meters_leave(struct llm_meters *meters);

/*
 * Counts an attempt that begins at now_ns on the clock, run_time_ns after the run began, as at
 * speed 1. number is the attempt's, from 1.
 */
void llm_meters_count_attempt(struct llm_meters *meters, int number, int64_t now_ns,
                              double run_time_ns);

int llm_meters_in_flight(const struct llm_meters *meters);

/* Calls that have been answered so far. */
int llm_meters_calls(const struct llm_meters *meters);

/* Articles whose every task has been answered, if each is processed at most once. */
int llm_meters_articles(const struct llm_meters *meters);

/* The meters as plain numbers, for a report. The names mean what they mean above. */
struct llm_counts {
    int calls; /* answered */
    int completed[LLM_TASKS];
    int64_t busy_ns[LLM_TASKS];
    int peak;
    int attempts, asked;
    int refused, too_fast, failed, given_up;
    int saved;
    int64_t span_ns; /* from the first attempt to the last, on the clock */
    int attempts_in[LLM_SECONDS];
};

struct llm_counts llm_meters_read(const struct llm_meters *meters);

#endif
