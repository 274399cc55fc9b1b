/*
 * macOS: what it has in place of the calls that POSIX or Linux have. Written from its manual pages,
 * and not yet run on a Mac by us.
 */
#include "system/system.h"

#include "system/clock.h"

#include <errno.h>
#include <libproc.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <time.h>
#include <unistd.h>

void system_name_thread(const char *name)
{
    pthread_setname_np(name); /* which names the calling thread alone */
}

bool system_is_main_thread(void)
{
    return pthread_main_np() != 0;
}

int system_condition_init(pthread_cond_t *condition)
{
    /* It has no choice of a clock: the waits below are for a duration. */
    return pthread_cond_init(condition, NULL);
}

static struct timespec duration_of(int64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

int system_condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                int64_t deadline_ns)
{
    int64_t rest_ns = clock_add_ns(deadline_ns, -clock_now_ns());
    const struct timespec rest = duration_of(rest_ns > 0 ? rest_ns : 0);
    int error;

    if (rest_ns <= 0)
        return ETIMEDOUT;
    error = pthread_cond_timedwait_relative_np(condition, mutex, &rest);
    /* It measures by another clock: where that clock is ahead of ours, the caller was woken for
     * nothing. */
    return error == ETIMEDOUT && clock_now_ns() < deadline_ns ? 0 : error;
}

void system_sleep_until(int64_t deadline_ns)
{
    int64_t rest_ns;

    while ((rest_ns = clock_add_ns(deadline_ns, -clock_now_ns())) > 0) {
        const struct timespec rest = duration_of(rest_ns);

        nanosleep(&rest, NULL);
    }
}

void system_terminal_size(int descriptor, int *columns, int *rows)
{
    struct winsize size = {0};

    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    *columns = size.ws_col;
    *rows = size.ws_row;
}

size_t system_count_threads(void)
{
    struct proc_taskinfo info;
    int size = proc_pidinfo(getpid(), PROC_PIDTASKINFO, 0, &info, (int)sizeof info);

    return size == (int)sizeof info ? (size_t)info.pti_threadnum : 1;
}

static void add_limit(struct system_limits *limits, const char *name, long long value,
                      long long used)
{
    struct system_limit *limit = &limits->items[limits->count++];

    *limit = (struct system_limit){.value = value, .used = used};
    snprintf(limit->name, sizeof limit->name, "%s", name);
}

static void add_number(struct system_limits *limits, const char *name, long long used)
{
    int value;
    size_t size = sizeof value;

    if (sysctlbyname(name, &value, &size, NULL, 0) == 0)
        add_limit(limits, name, value, used);
}

/* There is no limit on the threads of a user: RLIMIT_NPROC counts processes. */
void system_read_thread_limits(struct system_limits *limits, long long threads,
                               long long stack_size)
{
    struct rlimit resource;

    limits->count = 0;
    add_number(limits, "kern.num_taskthreads", threads);
    add_number(limits, "kern.num_threads", -1);
    if (getrlimit(RLIMIT_AS, &resource) == 0)
        add_limit(limits, "ulimit -v, address space in bytes",
                  resource.rlim_cur == RLIM_INFINITY ? -1 : (long long)resource.rlim_cur,
                  threads * stack_size);
}
