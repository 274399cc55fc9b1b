/*
 * Why the system starts no more threads: the limits that can be meant, and the one that most likely
 * is.
 */
#ifndef LESSON_THREAD_LIMITS_H
#define LESSON_THREAD_LIMITS_H

#include <stddef.h>

/*
 * Prints to standard error a table of the limits on threads of this process, of its user, its
 * container and the machine, with what counts against each, and marks the likely one. alive: how
 * many threads of this process there were, beside main, when the next one could not be started.
 * Reads Linux's /proc and cgroups; a limit that cannot be read is left out. One thread.
 */
void thread_limits_explain(size_t alive);

#endif
