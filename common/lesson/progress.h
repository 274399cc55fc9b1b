/*
 * A progress bar on standard error, for what would be silent otherwise. It is drawn by whoever
 * makes the progress: no thread of its own (a mode whose main leaves must end with its last
 * thread), no lock (it would order the lesson's threads).
 */
#ifndef LESSON_PROGRESS_H
#define LESSON_PROGRESS_H

/*
 * Draws "[####      ] 12 of 30 calls", ten times a second at most. Does nothing unless standard
 * error is a terminal, and nothing after progress_stop(). Any thread.
 */
void progress_show(const char *what, int done, int expected);

/* After progress_stop(): draws again. Any thread. */
void progress_start(void);

/* Wipes the bar, and draws no more until progress_start(). Any thread, and async-signal-safe. */
void progress_stop(void);

#endif
