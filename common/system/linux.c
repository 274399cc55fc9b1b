/* Linux: /proc, control groups, and two calls that POSIX lacks. */
#define _GNU_SOURCE /* pthread_setname_np, gettid's number */
#include "system/system.h"

#include "system/clock.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_NAME_SIZE 16 /* what the kernel keeps of a thread's name, NUL included */
#define RESERVED_PIDS 300   /* kernel/pid.c: given out once, never again */

void system_name_thread(const char *name)
{
    char cut[KERNEL_NAME_SIZE] = "";

    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}

bool system_is_main_thread(void)
{
    return syscall(SYS_gettid) == getpid();
}

int system_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);

    if (error != 0)
        return error;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (error == 0)
        error = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return error;
}

static struct timespec time_of(int64_t ns)
{
    if (ns < 0)
        ns = 0; /* over as well, and a valid timespec */
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

int system_condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                int64_t deadline_ns)
{
    const struct timespec deadline = time_of(deadline_ns);

    return pthread_cond_timedwait(condition, mutex, &deadline);
}

void system_sleep_until(int64_t deadline_ns)
{
    const struct timespec deadline = time_of(deadline_ns);

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
        continue;
}

void system_terminal_size(int descriptor, int *columns, int *rows)
{
    struct winsize size = {0};

    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    *columns = size.ws_col;
    *rows = size.ws_row;
}

/* The limits on threads. */

static void add_limit(struct system_limits *limits, const char *name, long long value,
                      long long used)
{
    struct system_limit *limit = &limits->items[limits->count];

    if (limits->count == SYSTEM_LIMITS_MAX)
        return;
    limits->count++;
    snprintf(limit->name, sizeof limit->name, "%s", name);
    limit->value = value;
    limit->used = used;
    limit->spares_me = false;
}

/*
 * Returns the first number in a file, behind the first mark if there is one (not 0), or what to
 * take if it cannot be read; "max" reads as -1.
 */
static long long read_number(const char *path, int mark, long long otherwise)
{
    FILE *file = fopen(path, "r");
    char line[128];
    const char *at;

    if (file == NULL)
        return otherwise;
    at = fgets(line, sizeof line, file);
    fclose(file);
    if (at != NULL && mark != 0)
        at = strchr(at, mark);
    if (at == NULL)
        return otherwise;
    at += mark != 0;
    return strncmp(at, "max", 3) == 0 ? -1 : atoll(at);
}

static void add_file(struct system_limits *limits, const char *name, const char *path,
                     long long used)
{
    long long value = read_number(path, 0, LLONG_MIN);

    if (value != LLONG_MIN)
        add_limit(limits, name, value, used);
}

static void add_resource(struct system_limits *limits, const char *name,
                         const struct rlimit *resource, long long used)
{
    bool is_unlimited = resource->rlim_cur == RLIM_INFINITY;

    add_limit(limits, name, is_unlimited ? -1 : (long long)resource->rlim_cur, used);
}

/* Returns how many threads a process has, given its folder of them; 0 if it cannot be read. A
   folder has two links, and one more for each folder in it: here, for each thread. */
static long long count_tasks(const struct stat *folder)
{
    return folder->st_nlink > 2 ? (long long)folder->st_nlink - 2 : 0;
}

size_t system_count_threads(void)
{
    struct stat status;

    return stat("/proc/self/task", &status) == 0 && count_tasks(&status) > 0
               ? (size_t)count_tasks(&status)
               : 1;
}

/* Threads of this user's other processes, which count against the same ulimit. */
static long long count_users_other_threads(void)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    long long count = 0;

    if (processes == NULL)
        return 0;
    while ((entry = readdir(processes)) != NULL) {
        char path[300];
        struct stat status;

        snprintf(path, sizeof path, "/proc/%s/task", entry->d_name);
        if (atol(entry->d_name) <= 0 || atol(entry->d_name) == (long)getpid() ||
            stat(path, &status) != 0 || status.st_uid != getuid())
            continue;
        count += count_tasks(&status);
    }
    closedir(processes);
    return count;
}

/*
 * Memory mappings that are not threads' stacks: those with a name. Each thread adds its stack and
 * the guard page in front of it, which have none; of threads that have ended, glibc keeps some.
 */
static long long count_named_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    long long count = 0;
    char line[512];

    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        count += strpbrk(line, "/[") != NULL;
    fclose(file);
    return count;
}

static void add_cgroup(struct system_limits *limits, const char *root, const char *group,
                       long long threads)
{
    char path[640], name[160];

    snprintf(path, sizeof path, "%s%s/pids.current", root, group);
    /* It counts those of this process that are still there, too. */
    threads += read_number(path, 0, 0) - (long long)system_count_threads();
    snprintf(path, sizeof path, "%s%s/pids.max", root, group);
    snprintf(name, sizeof name, "pids.max of control group %.100s", *group != '\0' ? group : "/");
    add_file(limits, name, path, threads);
}

/* This process's control group and each group around it. */
static void add_cgroups(struct system_limits *limits, long long threads)
{
    FILE *file = fopen("/proc/self/cgroup", "r");
    char line[512];

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        /* NUMBER:CONTROLLERS:GROUP; version 2 names no controllers. */
        bool is_version_1 = strstr(line, ":pids:/") != NULL;
        char *group = strstr(line, is_version_1 ? ":/" : "::/");

        if (group == NULL)
            continue;
        group = strchr(group, '/');
        for (char *end = strchr(group, '\n'); end != NULL; end = strrchr(group, '/')) {
            *end = '\0';
            if (strcmp(group, "/") != 0) /* comes last, as the empty name */
                add_cgroup(limits, is_version_1 ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup", group,
                           threads);
        }
    }
    fclose(file);
}

void system_read_thread_limits(struct system_limits *limits, long long threads,
                               long long stack_size)
{
    /* Of all that this process can see. */
    long long others = read_number("/proc/loadavg", '/', 0) - (long long)system_count_threads();
    struct rlimit resource;

    limits->count = 0;
    if (getrlimit(RLIMIT_NPROC, &resource) == 0) {
        add_resource(limits, "ulimit -u, threads of one user (not of root)", &resource,
                     threads + count_users_other_threads());
        limits->items[0].spares_me = geteuid() == 0;
    }
    add_file(limits, "kernel.threads-max", "/proc/sys/kernel/threads-max", threads + others);
    add_file(limits, "kernel.pid_max, 300 of which are reserved", "/proc/sys/kernel/pid_max",
             threads + others + RESERVED_PIDS);
    add_file(limits, "vm.max_map_count, two a thread", "/proc/sys/vm/max_map_count",
             2 * threads + count_named_mappings());
    if (getrlimit(RLIMIT_AS, &resource) == 0)
        add_resource(limits, "ulimit -v, address space in bytes", &resource,
                     (threads - (long long)system_count_threads()) * stack_size +
                         read_number("/proc/self/statm", 0, 0) * sysconf(_SC_PAGESIZE));
    add_cgroups(limits, threads);
}
