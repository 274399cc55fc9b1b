/*
 * What the program of every lesson shares: main.c is a table of modes and a call of lesson_main().
 */
#ifndef LESSON_LESSON_H
#define LESSON_LESSON_H

#include "lesson/batch.h"
#include "news/ai_result.h"
#include "news/simulator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outcome;

/* The exit status of a lesson. */
enum {
    STATUS_COMPLETE = 0,   /* each article was processed exactly once */
    STATUS_INCOMPLETE = 1, /* one was not, a file could not be written, or a thread was left */
    STATUS_USAGE = 2,      /* the command line or a file that it names is wrong */
    STATUS_STALLED = 3     /* no thread could go on */
};

/* Of a mode, at most how many options are followed by a command of their own. */
#define NEXT_WITH_MAX 2

/* What a run ends with: where to read on, and the command to type next. */
struct next {
    const char *file;       /* within the part's folder */
    const char *read;       /* text in the line to look at first */
    const char *type;       /* the command */
    const char *after_race; /* the command after a run under ThreadSanitizer; NULL: type */
    struct {
        const char *option; /* NULL: none */
        const char *type;   /* the command after a run with this option */
    } with[NEXT_WITH_MAX];  /* the first that fits */
};

/* What only some parts or modes can do; a part that can, or has such a mode, takes the options. */
enum ability {
    KEEPS_ACCOUNT = 1, /* of each article: --error-rate, --hang-rate, --provider-rate, --outage */
    SHUTS_DOWN = 2, /* when a signal or --timeout cancels the run: --call-timeout, --drain, too */
    HAS_POOL = 4,   /* a mode: --workers, --provider-limit */
    HAS_STAGES = 8, /* a mode: --stage-workers, --provider-limit */
    HAS_STORE = 16  /* a mode: --store */
};

/*
 * One way to run a part. The name, the summary and what is next come from the part's modes.txt: the
 * build makes a header of it, with a macro for each mode, as TEXTS_NO_WAIT for no-wait.
 */
struct mode {
    const char *name;    /* --mode=NAME */
    const char *summary; /* what it shows, in a line */
    /*
     * Processes the batch and leaves the results. A thread that cannot be started is no reason to
     * return early: sync/thread.h knows of it, and the report explains it.
     */
    void (*process_all)(const struct batch *batch, struct ai_results *results);
    const char *const *compared; /* instead of process_all: modes to run in turn, for one table */
    bool sweeps;                 /* runs with 1, 2, 5, 10, ... workers, for one table */
    unsigned abilities;          /* of enum ability, or'ed: its own, beside those of the part */
    bool tasks_at_once;          /* makes the three calls of an article at the same time */
    size_t copies;               /* at most how many articles share a made-up text; 0: one */

    /* What the options that were not given become. */
    size_t workers;     /* 0: WORKERS_DEFAULT */
    int provider_limit; /* 0: none */
    struct simulator_faults faults;
    int64_t timeout_ns, call_timeout_ns; /* as at speed 1; 0: none */

    struct next next;
    void (*epilogue)(const struct outcome *outcome); /* prints below the report; may be NULL */
};

/* A lesson. The header that the build makes has a macro, PART_TEXTS, for the first four members. */
struct part {
    int number;
    const char *folder; /* "part-02-threads"; the program has this name, too */
    const char *title;  /* what it shows, in a line */
    size_t mode_count;
    const struct mode *modes; /* the first is the default */
    size_t articles;          /* made up without --articles; 0: ARTICLES_DEFAULT */
    unsigned abilities;       /* of enum ability, or'ed: those of all its modes */
};

/*
 * The lesson's main: reads the options, runs the chosen mode over the load, checks every result,
 * and reports. Returns the exit status.
 *
 * It does not return
 * - if a signal has cancelled the run: the process dies by this signal, once all is reported and
 *   written;
 * - if a mode lets main leave by pthread_exit(): the last thread makes the report;
 * - if all threads wait for ever: the process ends with status 3.
 */
int lesson_main(const struct part *part, int argc, char **argv);

#endif
