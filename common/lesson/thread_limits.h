/*
 * Explains why the system starts no more threads: lists the limits, and marks the likely one.
 */
#ifndef LESSON_THREAD_LIMITS_H
#define LESSON_THREAD_LIMITS_H

#include <stddef.h>

/*
 * Prints to standard error a table of the limits on threads of this process, its user, its
 * container and the machine, with what counts against each. threads: how many this process had,
 * main included, when the next one could not be started. A limit that cannot be read is left out.
 * One thread.
 */
void thread_limits_explain(size_t threads);

/*
 * If a thread could not be started: says so on standard error, with that table. Once, also for all
 * rows of a table. Main, the last thread, or the watch's.
 */
void thread_limits_explain_refusal(void);

#endif
