/*
 * Starting a thread, as "go f(x)" starts a goroutine. But each is a thread of the kernel, and a
 * machine has room for tens of thousands, not for millions: starting one can fail.
 */
#ifndef SYNC_THREAD_H
#define SYNC_THREAD_H

#include "observe/log.h"

#include <pthread.h>
#include <stddef.h>

/*
 * The stack of each thread, in bytes. The system's default, 8 MiB of address space for each, soon
 * reaches `ulimit -v`; no lesson nests calls deeply.
 */
#define THREAD_STACK_SIZE ((size_t)256 * 1024)

/* Room for a thread's name, its NUL included. A longer name is cut. */
#define THREAD_NAME_SIZE 32

/*
 * Starts run(argument) in a new detached thread; what run returns is dropped. The name is made as
 * printf makes its text, and copied. The caller keeps the argument alive for as long as the thread
 * uses it. Any thread may call this. Returns 0; or EAGAIN (the system's limit on threads is
 * reached) or ENOMEM, and then nothing was started.
 */
int thread_start(void *(*run)(void *argument), void *argument, const char *name, ...)
    LOG_PRINTF(3, 4);

/*
 * Does the same, but run gets the address of a copy of the size bytes at argument, as in "go f(x)".
 * The copy is aligned for any type, and is freed when run returns.
 */
int thread_start_copy(void *(*run)(void *argument), const void *argument, size_t size,
                      const char *name, ...) LOG_PRINTF(4, 5);

/*
 * Does the same as thread_start(), but the thread is not detached: the caller must call
 * pthread_join(*thread, ...). On failure *thread is not written.
 */
int thread_start_joinable(pthread_t *thread, void *(*run)(void *argument), void *argument,
                          const char *name, ...) LOG_PRINTF(4, 5);

/*
 * Returns the name that the calling thread was started with, "main" in main's thread, and "thread"
 * in one that other code has started. It stays valid until the thread ends. Takes no lock.
 */
const char *thread_name(void);

/*
 * Returns the calling thread's number, which no other thread of the process has, or had before. Not
 * 0. Takes no lock, and orders nothing.
 */
unsigned long thread_number(void);

/* Returns how many threads the functions above have started since the program began. Any thread. */
size_t threads_started(void);

/*
 * Returns how many of these threads have not ended yet. After 0, the caller can read all that they
 * wrote. Only for the report on a finished run: a lesson's thread that called this would be ordered
 * behind the threads that have ended, and ThreadSanitizer would not see its race.
 */
size_t threads_alive(void);

/*
 * Returns why the last start that failed has failed, an errno value, and writes to *alive_then how
 * many threads were alive then; returns 0 if no start has failed. Any thread.
 */
int threads_refused(size_t *alive_then);

/*
 * Returns how many threads the process had when that start failed, including those that the
 * functions above have not started: main, the watch's thread, the signal thread. All of them count
 * against a limit. Any thread.
 */
size_t threads_in_process_when_refused(void);

/* For error_group.c: notes that a start has failed with this error, and returns it. Any thread. */
int thread_refuse(int error);

#endif
