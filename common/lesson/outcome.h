/*
 * What a run turned out to be, measured and counted from outside the lesson's code. It is put
 * together of smaller structs, each of which is filled by one function and printed by another. It
 * holds no pointer: one of many runs sends it to its parent through a pipe.
 */
#ifndef LESSON_OUTCOME_H
#define LESSON_OUTCOME_H

#include "news/llm_meters.h"
#include "news/llm_provider.h"
#include "news/time_bounds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The articles of the load, counted by their results. */
struct counts {
    size_t articles;  /* all of them: processed + lost + doubled */
    size_t processed; /* with exactly one result, the right one */
    size_t lost;      /* with none */
    size_t doubled;   /* with more than one */
    size_t damaged;   /* results that are no article's, or whose text is not their article's */
};

/* The same articles, counted by what the lesson says of them; the sum is their number. */
struct account {
    bool is_kept; /* the part keeps account */
    size_t succeeded, failed, cancelled, queued;
    size_t unaccounted; /* taken, but nothing says how it ended, or what is said does not hold */
};

/* How long it took. */
struct times {
    double speed;        /* sleeps were this many times shorter */
    int64_t measured_ns; /* on the clock */
    int64_t elapsed_ns;  /* the same, as at speed 1 */
    int64_t calling_ns;  /* from the first attempt of a call to the last one, as at speed 1 */
    int64_t cpu_ns;      /* processor time of all threads */
};

/* The run was cancelled before its end. */
struct shutdown {
    int reason;        /* as cancel_reason(); 0: the run was not cancelled */
    int signal_number; /* that cancelled it, or 0 */
    int64_t took_ns;   /* from then to the end, as at speed 1 */
};

struct outcome {
    size_t workers;  /* of its pool; 0: it has none */
    bool has_stages; /* each with workers of its own */
    struct counts counts;
    struct account account;
    struct times times;
    struct time_bounds bounds;
    bool are_bounds_known; /* false: the latencies were drawn during the run */
    struct llm_counts calls;
    struct llm_limits limits;
    struct shutdown shutdown;
    size_t stored;      /* articles that an earlier run had stored */
    bool is_store_lost; /* it does not have what was stored in it */
    bool is_pictured;   /* a picture stands above the report, and leaves it few rows */
    bool is_partial;    /* the lesson has marked the results as partial */
    bool is_stalled;    /* the watch ended it */
    size_t leaked;      /* threads that will never end */
};

/*
 * Whether each article was processed exactly once, nothing else is among the results, no thread is
 * left, and the store is where it was. Any thread.
 */
static inline bool outcome_is_complete(const struct outcome *outcome)
{
    return outcome->counts.processed == outcome->counts.articles && outcome->counts.damaged == 0 &&
           outcome->leaked == 0 && !outcome->is_store_lost;
}

#endif
