/*
 * What a run prints while it runs: whole lines on standard output, and one complaint on standard
 * error when they can no longer be written. It takes no lock that ThreadSanitizer sees, and its
 * flags are relaxed atomics: so it orders no two threads, and a line printed beside a data race
 * does not hide the race.
 *
 * What is printed may hold text of a file, a path or an option. It is shown as text_show() shows it
 * (observe/text.h): no function here sends a terminal a control character but the newlines of the
 * program's own.
 */
#ifndef OBSERVE_LOG_H
#define OBSERVE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__GNUC__)
#define LOG_PRINTF(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))
#else
#define LOG_PRINTF(format_at, arguments_at)
#endif

/*
 * Names the program for its lines on standard error, and makes standard output line-buffered, so
 * that each line appears when it is written, on a pipe too. main calls this once, before it prints
 * or starts a thread. The name is not copied, and must stay valid.
 */
void log_init(const char *program);

/*
 * Lets log_line() and log_print() write to standard error: standard output belongs to the results
 * of the run. main calls this once, before it starts a thread.
 */
void log_to_stderr(void);

/* Returns that name, for a line on standard error; "lesson" before log_init(). Any thread. */
const char *log_program(void);

/*
 * Prints a line on standard error: that name, and the message, as printf. A newline in it is shown
 * as \n. A terminal gets it broken into lines of TEXT_COLUMNS columns. Any thread.
 */
void log_error(const char *format, ...) LOG_PRINTF(1, 2);

/* Turns log_line() off (true) or on (false). Any thread. */
void log_set_quiet(bool quiet);

/*
 * Lets log_line() note its lines in the timeline, where a picture shows them, instead of printing
 * them. true: main, before the run's threads; false: the thread that finishes the run.
 */
void log_to_timeline(bool noted);

/*
 * Prints to standard output, as printf, unless quiet. The format ends with a newline. A text in
 * which a newline may stand is first shown by the caller. Any thread.
 */
void log_line(const char *format, ...) LOG_PRINTF(1, 2);

/*
 * From now on a line of log_line() begins with the seconds since started_ns, on the clock, times
 * speed. main, before the run's threads.
 */
void log_show_times(int64_t started_ns, double speed);

/*
 * Prints to standard output, as printf, quiet or not: for what a run reports at its end. The
 * lesson's threads use log_line(). Any thread.
 */
void log_print(const char *format, ...) LOG_PRINTF(1, 2);

/*
 * Prints a text as log_print() does, and ends the line: broken into lines of TEXT_COLUMNS columns,
 * those below the first behind `indent` spaces, at least 1. Any thread.
 */
void log_wrapped(int indent, const char *format, ...) LOG_PRINTF(2, 3);

/*
 * Prints a figure of the report: "Processed    10 of 10 articles". A text that is too long for the
 * line goes on below, behind the column of the labels. The label may be empty. Any thread.
 */
void log_figure(const char *label, const char *format, ...) LOG_PRINTF(2, 3);

/*
 * Prints a picture: as log_print(), but the text is the program's own, and its escape codes reach
 * the terminal, and log_hold() does not keep it. Any thread.
 */
void log_picture(const char *text);

/*
 * Keeps what is printed from now on, until log_release() returns it, for the caller to free.
 * Returns false without memory: then it is printed. The thread that finishes the run.
 */
bool log_hold(void);
char *log_release(void);

/* Where log_line() and log_print() write to: standard output or standard error. Any thread. */
int log_descriptor(void);

/*
 * Flushes standard output. Returns 0, or the errno value of the first write of the log and the
 * report that failed in this process, to standard output or to where log_to_stderr() sent them.
 * That failure was reported on standard error, once, when it happened. Any thread.
 */
int log_finish(void);

#endif
