/*
 * What is printed at the end of a run.
 */
#ifndef LESSON_REPORT_H
#define LESSON_REPORT_H

#include "lesson/judge.h"
#include "lesson/lesson.h"
#include "lesson/options.h"
#include "lesson/outcome.h"

/* Prints the report of one run. One thread. */
void report_print(const struct outcome *outcome, const struct judgement *judgement,
                  const struct options *options);

/* Prints how to get the same load again. One thread. */
void report_print_load(const struct options *options);

/* Prints where to read on and what to type next, after a run with this status. One thread. */
void report_print_next(const struct part *part, const struct options *options, int status);

#endif
