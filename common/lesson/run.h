/*
 * One run of a mode over a load: prepares the provider, the client and the batch; starts the mode
 * under the eyes of the watch and the signals; stops the clocks.
 */
#ifndef LESSON_RUN_H
#define LESSON_RUN_H

#include "lesson/batch.h"
#include "lesson/lesson.h"
#include "lesson/load.h"
#include "lesson/options.h"
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
    bool is_row;      /* of a table */

    /* Set by run_prepare(). */
    const struct mode *mode;
    struct simulator simulator;
    struct llm_client llm;
    struct batch batch;
    struct cancel cancel;

    /* Set by run_start() and run_stop(). */
    int64_t started_ns, cpu_started_ns;
    int64_t measured_ns, cpu_ns;
    int signal_number; /* that has cancelled the run, or 0 */
    bool is_stalled;   /* the caller sets it in the watch's thread */
};

/* Prepares a run of the mode, over a load that no run has used or that was cleared. Main. */
void run_prepare(struct run *run, const struct mode *mode, size_t workers);

/*
 * Runs the mode. If all its threads wait for ever, the watch calls on_stall in a thread of its own.
 * Does not return if the mode lets main leave by pthread_exit(): then the process ends with its
 * last thread. Main.
 */
void run_start(struct run *run, void (*on_stall)(void));

/*
 * The run has ended: stops the clocks and the watch. From now on a signal cancels nothing. Main,
 * the last thread, or the watch's.
 */
void run_stop(struct run *run);

#endif
