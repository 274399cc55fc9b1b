/*
 * The files that a run is given: where two options lead to one file, one of them would destroy what
 * the other has there.
 */
#ifndef LESSON_FILES_H
#define LESSON_FILES_H

#include "lesson/options.h"

#include <stdbool.h>

/*
 * Whether input, output, the pictures, the store with the files beside it, standard output and
 * standard error are different files, whichever links lead to them, and also if they do not exist
 * yet. The output or a picture may be standard output or error. If two are the same, one line on
 * standard error says which. Main, before any of them is opened.
 */
bool files_are_distinct(const struct options *options);

/*
 * Whether --output, --svg, --replay or --trace is the file, pipe or terminal that standard output
 * goes to: what the run writes there stands alone. False for /dev/null, which keeps nothing. Main.
 */
bool files_are_for_stdout(const struct options *options);

#endif
