/*
 * Starting a thread, as "go f(x)" starts a goroutine. A POSIX thread is not a goroutine: each is a
 * thread of the kernel, and a machine has room for tens of thousands, not for millions. So starting
 * one can fail.
 */
#ifndef SYNC_THREAD_H
#define SYNC_THREAD_H

#include "observe/log.h"

#include <pthread.h>
#include <stddef.h>

/*
 * The stack of each thread, in bytes. The system's default is 8 MiB of address space for each
 * thread, which `ulimit -v` ends soon; no lesson nests calls deeply. A thread uses memory only for
 * the part of its stack that it touches.
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
 * Does the same, but run gets the address of a copy of the size bytes at argument: the thread has
 * an argument of its own, as in "go f(x)". The copy is aligned for any type, and is freed when run
 * returns.
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
 * Returns the name of the calling thread: the one that it was started with, "main" in the thread
 * that runs main(), and "thread" in a thread that other code has started. It stays valid until the
 * calling thread ends. Any thread; takes no lock.
 */
const char *thread_name(void);

/* Returns how many threads the functions above have started since the program began. Any thread. */
size_t threads_started(void);

/*
 * Returns how many of these threads have not ended yet. After 0, the caller can read all that they
 * wrote: the call acquires what each thread released as its last step. Only the report on a
 * finished run calls this. A lesson's thread that did would be ordered behind the threads that have
 * ended, and ThreadSanitizer would not see its race.
 */
size_t threads_alive(void);

/*
 * Returns why the last start that failed has failed, an errno value, and writes to *alive_then how
 * many threads were alive then; returns 0 if no start has failed. Any thread.
 */
int threads_refused(size_t *alive_then);

/* For error_group.c: notes that a start has failed with this error, and returns it. Any thread. */
int thread_refuse(int error);

#endif
