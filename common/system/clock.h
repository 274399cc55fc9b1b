/*
 * The one clock of the project. It is monotonic, so setting the computer's clock changes no run. It
 * counts in nanoseconds, so nobody guesses a unit. Any thread may call these functions.
 */
#ifndef SYSTEM_CLOCK_H
#define SYSTEM_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* Returns nanoseconds on CLOCK_MONOTONIC. Only differences mean anything. */
int64_t clock_now_ns(void);

/* Returns the processor time that all threads of the process have used so far, in nanoseconds. */
int64_t clock_cpu_ns(void);

/*
 * Sleeps for at least duration_ns; returns at once if that is zero or less. A signal does not cut
 * the sleep short.
 */
void clock_sleep_ns(int64_t duration_ns);

/* The longest text that duration_format() makes, its NUL included. */
#define DURATION_SIZE 32

/*
 * Writes a duration, from 0 to a century, the way Go prints one, rounded to microseconds and
 * without trailing zeros: "1.2s", "800ms", "1.031s", "0s". At most size bytes, NUL included.
 * Returns text.
 */
char *duration_format(char *text, size_t size, int64_t duration_ns);

#endif
