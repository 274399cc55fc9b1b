/*
 * What a run says while it runs: whole lines on standard output, and the one complaint when they
 * can no longer be written. Takes no lock of ours and orders nothing between threads (its flags are
 * relaxed atomics), so that a line printed beside a data race does not hide the race from
 * ThreadSanitizer.
 */
#ifndef OBSERVE_LOG_H
#define OBSERVE_LOG_H

#include <stdbool.h>

#if defined(__GNUC__)
#define LOG_PRINTF(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))
#else
#define LOG_PRINTF(format_at, arguments_at)
#endif

/*
 * Names the program for the complaint and makes standard output line-buffered, so that lines appear
 * as they are written, on a pipe too. Called once by main, before any thread is started. The name
 * is kept, not copied.
 */
void log_init(const char *program);

/* Returns that name, for a line on standard error; "lesson" before log_init(). Any thread. */
const char *log_program(void);

/* Turns log_line() off (true) or on. Any thread. */
void log_set_quiet(bool quiet);

/* printf to standard output, unless quiet. The format ends with a newline. Any thread. */
void log_line(const char *format, ...) LOG_PRINTF(1, 2);

/*
 * printf to standard output, quiet or not: for what a run reports at its end. Any thread; the
 * lesson's threads use log_line().
 */
void log_print(const char *format, ...) LOG_PRINTF(1, 2);

/*
 * Flushes standard output. Returns 0, or the errno value of the first write to it that failed in
 * this process. That first failure was told on standard error, once, when it happened.
 */
int log_finish(void);

#endif
