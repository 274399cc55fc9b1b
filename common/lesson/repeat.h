/*
 * --runs: the same run again and again, and how many were complete.
 */
#ifndef LESSON_REPEAT_H
#define LESSON_REPEAT_H

#include "lesson/lesson.h"
#include "lesson/options.h"

/*
 * Calls run() options->runs times, each in a process of its own, as if the command had been typed
 * again: what a broken run leaves behind ends with it. run() writes its struct outcome into the
 * pipe that it is given and returns the process's exit status. Counts, and prints how many runs
 * were complete and how those failed that were not. Returns the highest status of a run. Main, with
 * no other thread alive.
 */
int repeat_run(const struct part *part, const struct options *options,
               int (*run)(int outcome_pipe));

#endif
