/*
 * The words and figures at the end of a run.
 */
#ifndef LESSON_REPORT_H
#define LESSON_REPORT_H

#include "lesson/lesson.h"
#include "lesson/options.h"
#include "lesson/verdict.h"

/* Prints the report of one run; statuses are NULL where no account is kept. One thread. */
void report_print(const struct outcome *outcome, const struct verdict *verdict,
                  const struct article_status *statuses, const struct options *options);

/* Prints how to get the same load again. One thread. */
void report_print_load(const struct options *options);

/* Prints where to read on and what to type next, after a run with this status. One thread. */
void report_print_next(const struct part *part, const struct mode *mode, int status);

#endif
