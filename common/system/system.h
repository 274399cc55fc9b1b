/*
 * What POSIX leaves open or has no call for. Porting the project to another operating system is
 * writing the file behind this header anew: linux.c is Linux's, macos.c is that of macOS.
 */
#ifndef SYSTEM_SYSTEM_H
#define SYSTEM_SYSTEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names the calling thread for debuggers, which on Linux show the first 15 characters. */
void system_name_thread(const char *name);

/* Whether the calling thread is the one that runs main(). */
bool system_is_main_thread(void);

/*
 * Makes a condition variable whose timed waits go by the clock of clock_now_ns(). The default is
 * the wall clock, on which such a deadline is long over. The caller destroys it with
 * pthread_cond_destroy(). Returns 0 or an errno value.
 */
int system_condition_init(pthread_cond_t *condition);

/* Does what pthread_cond_timedwait() does, with a deadline in nanoseconds on that clock. */
int system_condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                int64_t deadline_ns);

/* Sleeps until the deadline, in nanoseconds on that clock. A signal does not cut it short. */
void system_sleep_until(int64_t deadline_ns);

/* How large the terminal is now; 0 and 0 if it does not say, or is none. Async-signal-safe. */
void system_terminal_size(int descriptor, int *columns, int *rows);

/* A limit on the number of threads. */
struct system_limit {
    char name[160];
    long long value; /* -1: unlimited */
    long long used;  /* about what counts against it; -1: not known */
    bool spares_me;  /* it does not bind this process: ulimit -u does not bind root */
};

#define SYSTEM_LIMITS_MAX 24

struct system_limits {
    struct system_limit items[SYSTEM_LIMITS_MAX];
    int count;
};

/* Returns how many threads this process has now, main included; 1 if it cannot know. */
size_t system_count_threads(void);

/*
 * Reads the limits on threads of this process, its user, its container and the machine, with what
 * would count against each if this process had `threads` threads, main included, each with a stack
 * of stack_size bytes. Leaves out a limit that it cannot read.
 */
void system_read_thread_limits(struct system_limits *limits, long long threads,
                               long long stack_size);

#endif
