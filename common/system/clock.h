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

/* Returns what of it the calling thread has used. */
int64_t clock_thread_cpu_ns(void);

/*
 * Returns the sum of a time, or a duration, and a duration. A sum that no int64_t can hold becomes
 * the nearest value: INT64_MAX, which as a deadline means never, or INT64_MIN.
 */
int64_t clock_add_ns(int64_t time_ns, int64_t duration_ns);

/*
 * Returns the time that is duration_ns from now, in the past if that is negative; at most
 * INT64_MAX, as above. For a timeout where 0 means none, use deadline_after() (sync/cancel.h).
 */
int64_t clock_after_ns(int64_t duration_ns);

/*
 * Returns a duration that was calculated, rounded up to whole nanoseconds. A duration that no
 * int64_t can hold becomes INT64_MAX or INT64_MIN. NaN becomes INT64_MAX.
 */
int64_t clock_round_up_ns(double duration_ns);

/*
 * Sleeps for at least duration_ns; returns at once if that is zero or less. A signal does not cut
 * the sleep short.
 */
void clock_sleep_ns(int64_t duration_ns);

/* The longest text that duration_format() makes, its NUL included. */
#define DURATION_SIZE 32

/*
 * Writes a duration, 0 or more, the way Go prints one, rounded to microseconds and
 * without trailing zeros: "1.2s", "800ms", "1.031s", "0s". At most size bytes, NUL included.
 * Returns text.
 */
char *duration_format(char *text, size_t size, int64_t duration_ns);

#endif
