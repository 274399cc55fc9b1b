/*
 * The command line that all lessons understand: one table of rules, from which --help, the checks
 * of each value and the lists of known options come.
 */
#ifndef LESSON_OPTIONS_H
#define LESSON_OPTIONS_H

#include "lesson/lesson.h"
#include "news/simulator.h"
#include "system/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    const struct mode *mode;
    size_t articles;    /* 0: all of the input */
    const char *input;  /* NULL: make the articles up */
    const char *output; /* NULL: do not write the results */
    const char *store;  /* NULL: none */
    int64_t latency_min_ns, latency_max_ns;
    uint64_t seed;
    double speed;
    size_t runs;
    size_t workers;                  /* 0: the mode has no pool, or a sweep chooses */
    size_t stage_workers[LLM_TASKS]; /* of each stage */
    size_t provider_limit;           /* calls at once; 0: any number */
    struct simulator_faults faults;
    int64_t timeout_ns, call_timeout_ns; /* as at speed 1; 0: none */
    uint64_t given; /* the options of the command line, a bit each: options_has() */
    bool drain;
    bool quiet;
    bool no_watch;
    bool timeline, log, ascii, no_live;
    const char *svg, *replay, *trace; /* NULL: none */
    int64_t svg_axis_ns;              /* at least; as at speed 1 */
    char command[200]; /* that repeats the run; without what only says where things go */
};

/* What options_parse() found. */
enum options_result {
    OPTIONS_RUN,  /* *options is complete */
    OPTIONS_DONE, /* --help or --version was answered on standard output */
    OPTIONS_WRONG /* one line on standard error says what is wrong and what is allowed */
};

/* The number of made-up articles if neither --articles nor the part says another. */
#define ARTICLES_DEFAULT 10

/* The size of the pool if neither --workers nor the mode says another, and the largest size. */
#define WORKERS_DEFAULT 5
#define WORKERS_MAX 10000

/* The bounds of a call's latency without --latency: those of the articles that are retold. */
#define LATENCY_MIN_DEFAULT_NS (500 * NS_PER_MS)
#define LATENCY_MAX_DEFAULT_NS (1500 * NS_PER_MS)

/* Whether the mode makes several runs, for one table. Any thread. */
bool mode_makes_table(const struct mode *mode);

/* Whether the command line has the option, by its name without dashes. Any thread. */
bool options_has(const struct options *options, const char *name);

/*
 * Whether the command line has an option that only some parts take, --workers apart: with it the
 * run shows something else than the mode by itself. Any thread.
 */
bool options_change_the_run(const struct options *options);

/*
 * Reads argv into *options, whose strings stay argv's, and completes it with the defaults of the
 * mode and the part. Call it once, from main.
 */
enum options_result options_parse(struct options *options, const struct part *part, int argc,
                                  char **argv);

#endif
