/*
 * A progress bar on standard error, for a run that would be silent otherwise. The threads that make
 * the progress draw it. It has no thread of its own, because a mode whose main leaves must end with
 * its last thread; and it takes no lock, which would order the lesson's threads.
 */
#ifndef LESSON_PROGRESS_H
#define LESSON_PROGRESS_H

/*
 * Draws "[####      ] 12 of 30 calls", at most ten times a second, in one line of the terminal, or
 * as much of it as fits. Does nothing unless standard error is a terminal whose TERM is not "dumb",
 * and nothing after progress_stop(). Any thread.
 */
void progress_show(const char *what, int done, int expected);

/* After progress_stop(): draws again. Any thread. */
void progress_start(void);

/* Wipes the bar, and draws no more until progress_start(). Any thread, and async-signal-safe. */
void progress_stop(void);

#endif
