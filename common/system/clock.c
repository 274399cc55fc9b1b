#include "system/clock.h"

#include "system/system.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    /* Both clocks exist on every system that has threads: this cannot fail. */
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_add_ns(int64_t time_ns, int64_t duration_ns)
{
    if (duration_ns > 0 && time_ns > INT64_MAX - duration_ns)
        return INT64_MAX;
    if (duration_ns < 0 && time_ns < INT64_MIN - duration_ns)
        return INT64_MIN;
    return time_ns + duration_ns;
}

int64_t clock_after_ns(int64_t duration_ns)
{
    return clock_add_ns(clock_now_ns(), duration_ns);
}

int64_t clock_round_up_ns(double duration_ns)
{
    /* 2^63 is the first number, and below -2^63 the last, that an int64_t cannot hold. */
    if (!(duration_ns < 0x1p63))
        return INT64_MAX;
    return duration_ns < -0x1p63 ? INT64_MIN : (int64_t)ceil(duration_ns);
}

void clock_sleep_ns(int64_t duration_ns)
{
    if (duration_ns > 0)
        system_sleep_until(clock_after_ns(duration_ns));
}

char *duration_format(char *text, size_t size, int64_t duration_ns)
{
    int64_t us = clock_add_ns(duration_ns, NS_PER_US / 2) / NS_PER_US;
    int64_t unit = us >= 1000000 ? 1000000 : us >= 1000 ? 1000 : 1;
    const char *name = us >= 1000000 ? "s" : us >= 1000 ? "ms" : us > 0 ? "us" : "s";
    int64_t fraction = us % unit;
    int digits = unit == 1000000 ? 6 : unit == 1000 ? 3 : 0;

    while (digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    if (digits > 0)
        snprintf(text, size, "%" PRId64 ".%0*" PRId64 "%s", us / unit, digits, fraction, name);
    else
        snprintf(text, size, "%" PRId64 "%s", us / unit, name);
    return text;
}
