/*
 * What a client's calls are counted by. Calls in flight and their peak prove how many calls ran at
 * once, without a clock.
 *
 * Every counter is relaxed: counting orders nothing between the threads that call, so it hides no
 * race of theirs from ThreadSanitizer. While calls are made, two counters that are read one after
 * the other need not fit together; once all calls have ended, they do.
 */
#ifndef NEWS_LLM_METERS_H
#define NEWS_LLM_METERS_H

#include "news/llm_task.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The seconds of a run in each of which attempts are counted; the last one takes the rest. */
#define LLM_SECONDS 60

/* All zero: no call yet. */
struct llm_meters {
    atomic_int in_flight, peak; /* calls that wait for their answer now, and the most there were */
    atomic_int attempts;        /* each ends in exactly one of the next five */
    atomic_int completed[LLM_TASKS]; /* answered, by task */
    atomic_llong busy_ns[LLM_TASKS]; /* that callers spent in calls, all together, by task */
    atomic_int refused;              /* 429, beyond the calls that the provider takes at once */
    atomic_int too_fast;             /* 429, beyond the provider's rate */
    atomic_int failed;               /* 503 */
    atomic_int given_up;             /* cancelled while in flight */
    atomic_int asked;                /* first attempts: calls, however often each was tried */
    atomic_int saved;                /* calls that a cache made unnecessary */
    atomic_llong first_ns, last_ns;  /* when the first and the last attempt began, on the clock */
    atomic_int attempts_in[LLM_SECONDS]; /* that began in each second of the run, as at speed 1 */
};

/*
 * Counts a call into those in flight, unless limit calls are in flight already; limit 0: always.
 * Returns whether it did; then llm_meters_leave() must follow, once. The count and the check are
 * one atomic step on one variable, so the peak never exceeds the limit. Any thread.
 */
bool llm_meters_enter(struct llm_meters *meters, int limit);

/* Ends what llm_meters_enter() began. Any thread. */
void llm_meters_leave(struct llm_meters *meters);

/*
 * Counts an attempt that begins at now_ns on the clock, run_time_ns after the run began, as at
 * speed 1. number is the attempt's, from 1. Any thread.
 */
void llm_meters_count_attempt(struct llm_meters *meters, int number, int64_t now_ns,
                              double run_time_ns);

/* Adds to one of the counters above. Any thread. */
void llm_meters_add(atomic_int *counter, int number);

/* Adds to busy_ns what an attempt at the task took on the clock, however it ended. Any thread. */
void llm_meters_add_busy(struct llm_meters *meters, enum llm_task task, int64_t took_ns);

/* Calls in flight now. Any thread. */
int llm_meters_in_flight(const struct llm_meters *meters);

/* Calls that have been answered so far. Any thread. */
int llm_meters_calls(const struct llm_meters *meters);

/* Articles whose every task has been answered, if each is processed at most once. Any thread. */
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

/* Reads all meters. Any thread; the numbers fit together once all calls have ended. */
struct llm_counts llm_meters_read(const struct llm_meters *meters);

#endif
