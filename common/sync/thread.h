/*
 * What "go f()" is in Go: start a function beside the caller. A POSIX thread is not a goroutine:
 * each is a thread of the kernel's, of which a machine has tens of thousands, not millions, so
 * starting one can fail.
 */
#ifndef SYNC_THREAD_H
#define SYNC_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * The stack of each thread, in bytes. The default is 8 MiB of address space for each, and
 * `ulimit -v` ends that soon; no lesson nests deeply. Memory is used only as far as it is touched.
 */
#define THREAD_STACK_SIZE ((size_t)256 * 1024)

/* Room for a thread's name, its NUL included; debuggers show its first 15 characters. */
#define THREAD_NAME_SIZE 32

/*
 * Starts run(argument) in a new detached thread; what run returns is dropped. The name is copied.
 * The argument stays the caller's, who keeps it alive for as long as the thread uses it. Any thread
 * may call. Returns 0, or EAGAIN (a limit on threads is reached), or ENOMEM; then nothing was
 * started.
 */
int thread_start(const char *name, void *(*run)(void *), void *argument);

/*
 * The same, but the thread is not detached: who starts it must pthread_join(*thread). On failure
 * *thread is not written.
 */
int thread_start_joinable(pthread_t *thread, const char *name, void *(*run)(void *),
                          void *argument);

/* How many threads the two functions above have started since the program began. Any thread. */
size_t threads_started(void);

/*
 * How many of them have not ended yet. Zero means that all they wrote can be read now: it acquires
 * what each thread released as its last step. Only whoever reports on a finished run may ask: a
 * lesson's thread that did would be ordered behind those that have ended, and ThreadSanitizer would
 * not see its race.
 */
size_t threads_alive(void);

/*
 * Why a thread could last not be started: the errno value, with *alive_then the threads that there
 * were; 0 if all could. Any thread.
 */
int threads_refused(size_t *alive_then);

#endif
