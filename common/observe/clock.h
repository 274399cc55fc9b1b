/*
 * The one clock of the project: monotonic, so that nobody's run is changed by a clock that is set,
 * in nanoseconds, so that nobody guesses a unit. Every function here may be called by any thread.
 */
#ifndef OBSERVE_CLOCK_H
#define OBSERVE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* Nanoseconds on CLOCK_MONOTONIC: only differences mean anything. */
int64_t clock_now_ns(void);

/* Nanoseconds of processor time that all threads of the process have used so far. */
int64_t clock_cpu_ns(void);

/*
 * Sleeps for at least duration_ns; zero or less returns at once. A signal does not cut it short:
 * the deadline is absolute, so what is left of the sleep is slept.
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
