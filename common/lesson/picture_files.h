/*
 * The pictures that go into files: --svg, --replay, --trace. The files are open from the first run
 * on, because some are written as it goes, and one file may show several runs. A failure is told on
 * standard error in one line a file, and the run goes on: its results matter more.
 */
#ifndef LESSON_PICTURE_FILES_H
#define LESSON_PICTURE_FILES_H

#include "lesson/options.h"
#include "picture/about.h"
#include "picture/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens the files that the options name. Main, before the first run. */
void picture_files_open(const struct options *options);

/*
 * Begins a run: adds what its spans are told to the sinks. *about outlives the run, and has its
 * times before the first span. Returns the new number of sinks. Main, before the run's threads.
 */
size_t picture_files_begin(const struct picture_about *about, struct span_sink *sinks,
                           size_t count);

/* There is no recording, for this reason: the files stay as they were. Main. */
void picture_files_give_up(int error);

/* After each spans_read(). The thread that reads. */
void picture_files_flush(void);

/* The run has stalled: after spans_finish(), and before the spans are gone. */
void picture_files_stall(const struct spans *spans);

/*
 * Ends the run, after spans_finish(spans), once *about says how. A file that could not be written
 * is removed: a disk that it has filled has room again, for the results.
 */
void picture_files_end(const struct spans *spans);

/* Closes the files. Returns whether all of them could be written. The thread that finishes the last
 * run. */
bool picture_files_close(void);

#endif
