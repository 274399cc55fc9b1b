/*
 * What the program of every lesson shares: main.c is a table of modes and a call of lesson_main().
 */
#ifndef LESSON_LESSON_H
#define LESSON_LESSON_H

#include "news/ai_result.h"
#include "news/article.h"
#include "news/article_status.h"
#include "news/llm.h"
#include "news/simulator.h"
#include "sync/cancel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outcome;
struct store;

/* The load of a run. All of it outlives every thread of the run. */
struct batch {
    struct llm_client *llm;
    const struct article *articles;
    size_t count;
    size_t workers; /* 0: the mode has no pool */
    /* Of a part that keeps account of each article; else NULL. */
    struct article_status *statuses; /* of each article, by its position; all queued at first */
    struct cancel *cancel;           /* of the run */
    /* Of a part that can be shut down. */
    int64_t call_timeout_ns; /* on the clock; 0: none */
    bool drain;              /* a cancelled run lets the articles that were taken be finished */
    /* Of a part with stages. */
    const size_t *stage_workers; /* of each stage, LLM_TASKS of them */
    /* Of a part with a store. */
    struct store *store; /* where the results are put; NULL: nowhere */
};

/* The exit status of a lesson. */
enum { STATUS_COMPLETE = 0, STATUS_INCOMPLETE = 1, STATUS_USAGE = 2, STATUS_STALLED = 3 };

/* What a run ends with: where to read on, and the command to type next. */
struct next {
    const char *file;          /* within the part's folder */
    const char *read;          /* text in the line to look at first */
    const char *type;          /* the command */
    const char *after_race;    /* the command after a run under ThreadSanitizer; NULL: type */
    const char *after_failure; /* the command after a run that was not complete; NULL: as above */
};

/*
 * One way to run a part. The name, the summary and what is next come from the part's modes.txt: the
 * build makes a header of it, with a macro for each mode, as TEXTS_NO_WAIT for no-wait.
 */
struct mode {
    const char *name;    /* --mode=NAME */
    const char *summary; /* what it shows, in a line */
    /*
     * Processes the batch and leaves the results. Returns 0, or the errno value of what kept it
     * from starting all the work; the results of what was started are there all the same.
     */
    int (*process_all)(const struct batch *batch, struct ai_results *results);
    const char *const *compared;    /* instead: names of modes to run one by one, for one table */
    bool sweeps;                    /* runs with 1, 2, 5, 10, ... workers, for one table */
    bool has_pool;                  /* takes --workers */
    bool has_stages;                /* takes --stage-workers */
    bool has_store;                 /* takes --store */
    size_t workers;                 /* where --workers is not given; 0: WORKERS_DEFAULT */
    int provider_limit;             /* where --provider-limit is not given; 0: none */
    size_t copies;                  /* ids that each made-up text stands under; 0: one */
    struct simulator_faults faults; /* where the options do not say otherwise */
    bool tasks_at_once;             /* the calls of an article are made side by side */
    struct next next;
    void (*epilogue)(const struct outcome *outcome); /* prints below the report; may be NULL */
};

/* What a part can do beyond the others: it takes the options for it. */
enum part_ability {
    KEEPS_ACCOUNT = 1, /* of each article, of a provider that may misbehave: --error-rate etc. */
    SHUTS_DOWN = 2,    /* a signal or --timeout cancels the run; --call-timeout, --drain */
    HAS_STAGES = 4,    /* --stage-workers */
    HAS_STORE = 8      /* --store */
};

/* A lesson. The first mode is the default. */
struct part {
    int number;
    const char *folder; /* "part-02-threads", the program's name too */
    const char *title;  /* what it shows, in a line */
    const struct mode *modes;
    size_t mode_count;
    size_t articles;    /* how many are made up by default; 0: ARTICLES_DEFAULT */
    unsigned abilities; /* of enum part_ability, or'ed */
};

/*
 * The lesson's main: reads the options, runs the chosen mode on the load, checks every result,
 * reports. Returns the exit status (0 every article processed once, 1 not so, 2 usage). Dies by the
 * signal, once all is reported and written, where one has shut the run down. Does not return where
 * a mode lets main leave by pthread_exit(): then the report is made as the last thread ends; nor
 * where all threads are asleep for ever: then the process ends with status 3.
 */
int lesson_main(const struct part *part, int argc, char **argv);

#endif
