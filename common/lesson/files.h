/*
 * The files that a run is given: where two options lead to one file, one of them would destroy what
 * the other has there.
 */
#ifndef LESSON_FILES_H
#define LESSON_FILES_H

#include "lesson/options.h"

#include <stdbool.h>

/*
 * Whether input, output, the store with the files beside it, standard output and standard error are
 * different files, whichever links lead to them, and also if they do not exist yet. --output may be
 * standard output or error. If two are the same, one line on standard error says which. Main,
 * before any of them is opened.
 */
bool files_are_distinct(const struct options *options);

/*
 * Whether --output is the file, pipe or terminal that standard output goes to: the results alone
 * belong there. False for /dev/null, which keeps nothing. Main.
 */
bool files_output_is_stdout(const struct options *options);

#endif
