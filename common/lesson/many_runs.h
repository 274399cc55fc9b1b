/*
 * --runs: makes the same run many times, and counts the complete ones.
 */
#ifndef LESSON_MANY_RUNS_H
#define LESSON_MANY_RUNS_H

#include "lesson/lesson.h"
#include "lesson/options.h"

/*
 * Calls run() options->runs times, each time in a new process, so that what a broken run leaves
 * behind ends with its process. run() writes its struct outcome into the pipe that it is given, and
 * returns the process's exit status. Prints how many runs were complete, and what the others
 * lacked. Returns the highest status of a run. Main, while no other thread is alive.
 */
int many_runs(const struct part *part, const struct options *options, int (*run)(int outcome_pipe));

#endif
