/*
 * The modes that make several runs on the same load and print them in one table: compare, sweep.
 */
#ifndef LESSON_TABLE_H
#define LESSON_TABLE_H

#include "lesson/lesson.h"
#include "lesson/options.h"

/*
 * Makes the runs of options->mode, one after the other, by calling run(), which fills in the
 * outcome and returns the run's status. An outcome without articles: the run could not be made, and
 * run() has said why. Prints each row as soon as its run has ended. Returns the highest status of a
 * run. Main.
 */
int table_run(const struct part *part, const struct options *options, size_t articles,
              int (*run)(const struct mode *mode, size_t workers, struct outcome *outcome));

#endif
