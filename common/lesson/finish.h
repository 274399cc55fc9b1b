/*
 * What follows a run: its outcome is judged, its results are written, the report is printed, and
 * the exit status is found.
 */
#ifndef LESSON_FINISH_H
#define LESSON_FINISH_H

#include "lesson/outcome.h"
#include "lesson/run.h"

/*
 * Stops a run that is a row of a table, and judges it. Fills in the outcome, whose articles are 0
 * if there was no memory to judge it; then one line on standard error says so. Returns the run's
 * status. Main.
 */
int finish_row(struct run *run, struct outcome *outcome);

/*
 * Stops a run, and does all that follows it: reports it, or sends its outcome to the parent; closes
 * the store; frees the load, if no thread is alive that may still use it. Returns the exit status
 * of the process. Does not return if a signal has cancelled the run: then the process dies by the
 * signal. Main, the last thread, or the watch's; once.
 */
int finish_run(struct run *run);

#endif
