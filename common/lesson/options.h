/*
 * The command line that all lessons understand.
 */
#ifndef LESSON_OPTIONS_H
#define LESSON_OPTIONS_H

#include "lesson/lesson.h"
#include "system/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    const struct mode *mode;
    size_t articles;    /* 0: not given */
    const char *input;  /* NULL: make the articles up */
    const char *output; /* NULL: do not write the results */
    int64_t latency_min_ns, latency_max_ns;
    uint64_t seed;
    double speed;
    int runs;
    size_t workers;          /* 0: not given */
    int provider_limit;      /* calls at once; 0: any number */
    bool has_provider_limit; /* it was given */
    struct llm_faults faults;
    int64_t timeout_ns, call_timeout_ns; /* as at speed 1; 0: none */
    bool drains;
    size_t stage_workers[STAGES];
    bool has_stage_workers; /* they were given */
    const char *store;      /* NULL: none */
    bool quiet;
    bool has_watch;
};

/* What is left to do after options_parse(). */
enum options_verdict {
    OPTIONS_RUN,  /* *options is complete */
    OPTIONS_DONE, /* --help or --version was answered on standard output */
    OPTIONS_WRONG /* the command line is wrong: one line on standard error says where and what is
                     allowed */
};

/* How many articles are made up where neither --articles nor --input nor the part says. */
#define ARTICLES_DEFAULT 10

/* The size of the pool where neither --workers nor the mode says, and the largest. */
#define WORKERS_DEFAULT 5
#define WORKERS_MAX 10000

/* The workers of each stage where --stage-workers is not given. */
#define STAGE_WORKERS_DEFAULT \
    {                         \
        1, 4, 4, 2, 1         \
    }

/* The bounds of a call's latency where --latency is not given: those of the articles. */
#define LATENCY_MIN_DEFAULT_NS (500 * NS_PER_MS)
#define LATENCY_MAX_DEFAULT_NS (1500 * NS_PER_MS)

/* Whether two names are the same, or lead to one file that is there. Any thread. */
bool is_same_file(const char *one, const char *other);

/* Reads argv into *options, whose strings stay argv's. One thread, once. */
enum options_verdict options_parse(struct options *options, const struct part *part, int argc,
                                   char **argv);

#endif
