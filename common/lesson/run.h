/*
 * One run of a mode over a load: prepares the provider, the client and the batch; runs the mode
 * under the eyes of the watch and the signals; judges what it left, writes the results, prints the
 * report, and finds the exit status.
 */
#ifndef LESSON_RUN_H
#define LESSON_RUN_H

#include "lesson/batch.h"
#include "lesson/lesson.h"
#include "lesson/load.h"
#include "lesson/options.h"
#include "lesson/outcome.h"
#include "news/llm.h"
#include "news/simulator.h"
#include "sync/cancel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Must outlive the threads of a broken mode, which go on using it after main has returned. */
struct run {
    /* Set by the caller. */
    const struct part *part;
    const struct options *options;
    struct load *load;
    int outcome_pipe; /* of one of many runs, whose parent prints and handles signals; else -1 */
    bool is_row;      /* of a table, which prints the outcome */

    /* Set by run_start(). */
    const struct mode *mode;
    struct simulator simulator;
    struct llm_client llm;
    struct batch batch;
    struct cancel cancel;
    int64_t cpu_started_ns;
    bool is_unfinished; /* no run_finish() so far */

    /* Set by run_finish(), but the caller sets is_stalled before, in the watch's thread. */
    struct outcome outcome;
};

/*
 * Runs the mode over a load that no run has used or that was cleared. If all its threads wait for
 * ever, the watch calls on_stall in a thread of its own. Does not return if the mode lets main
 * leave by pthread_exit(): then the process ends with its last thread. Main.
 */
void run_start(struct run *run, const struct mode *mode, size_t workers, void (*on_stall)(void));

/*
 * Stops the clocks and the watch, and judges the run. Returns the exit status. Without memory to
 * judge it, the outcome counts no article, and one line on standard error says so.
 *
 * This is all for a row of a table. Any other run is reported, or its outcome is sent to the
 * parent; the store is closed; the load is freed, if no thread is alive that may still use it. If a
 * signal has cancelled the run, the process dies by that signal instead of returning. Main, the
 * last thread, or the watch's; once.
 */
int run_finish(struct run *run);

#endif
