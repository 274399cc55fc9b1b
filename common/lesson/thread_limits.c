#include "lesson/thread_limits.h"

#include "sync/thread.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMITS_MAX 24
#define RESERVED_PIDS 300 /* kernel/pid.c: given out once, never again */
#define NEAR 0.9          /* of a limit: from here on it is a likely cause */

struct limit {
    char name[160];
    long long value; /* -1: unlimited */
    long long used;  /* -1: not known */
};

struct limits {
    struct limit items[LIMITS_MAX];
    int count;
};

static void add_limit(struct limits *limits, const char *name, long long value, long long used)
{
    struct limit *limit = &limits->items[limits->count];

    if (limits->count == LIMITS_MAX)
        return;
    limits->count++;
    snprintf(limit->name, sizeof limit->name, "%s", name);
    limit->value = value;
    limit->used = used;
}

/* The first number in a file; "max" reads as -1. */
static bool read_number(const char *path, long long *number)
{
    FILE *file = fopen(path, "r");
    char text[64];
    bool is_read;

    if (file == NULL)
        return false;
    is_read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    if (!is_read)
        return false;
    *number = strncmp(text, "max", 3) == 0 ? -1 : atoll(text);
    return true;
}

static void add_file(struct limits *limits, const char *name, const char *path, long long used)
{
    long long value;

    if (read_number(path, &value))
        add_limit(limits, name, value, used);
}

static void add_resource(struct limits *limits, const char *name, int resource, long long used)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) == 0)
        add_limit(limits, name, limit.rlim_cur == RLIM_INFINITY ? -1 : (long long)limit.rlim_cur,
                  used);
}

/* All threads that this process can see: behind the slash in /proc/loadavg. */
static long long count_threads(void)
{
    FILE *file = fopen("/proc/loadavg", "r");
    long long total = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*s %*s %*s %*d/%lld", &total) != 1)
        total = 0;
    fclose(file);
    return total;
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
        /* A folder has two links, and one more for each folder in it: here, for each thread. */
        count += (long long)status.st_nlink - 2;
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

static long long address_space(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%lld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* pids.max of this process's control group and of each group around it. */
static void add_cgroups(struct limits *limits, long long alive)
{
    FILE *file = fopen("/proc/self/cgroup", "r");
    char line[512];

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        const char *root = "/sys/fs/cgroup";

        if (group == NULL)
            continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        if (strcmp(controllers + 1, "pids") == 0)
            root = "/sys/fs/cgroup/pids"; /* version 1 */
        else if (controllers[1] != '\0')
            continue;
        for (char *slash = group; slash != NULL && limits->count < LIMITS_MAX;) {
            char path[640], name[160];
            long long value, used;

            snprintf(path, sizeof path, "%s%s/pids.max", root, strcmp(group, "/") ? group : "");
            snprintf(name, sizeof name, "pids.max of control group %.100s",
                     *group != '\0' ? group : "/");
            if (read_number(path, &value)) {
                snprintf(path, sizeof path, "%s%s/pids.current", root,
                         strcmp(group, "/") ? group : "");
                /* The threads have ended by now: what is still there comes on top of them. */
                if (!read_number(path, &used))
                    used = 0;
                add_limit(limits, name, value, used + alive);
            }
            slash = strrchr(group, '/');
            if (slash != NULL)
                *slash = '\0';
        }
    }
    fclose(file);
}

static double share_used(const struct limit *limit)
{
    bool is_per_user = strncmp(limit->name, "ulimit -u", 9) == 0;

    if (limit->value <= 0 || (is_per_user && geteuid() == 0))
        return 0;
    return (double)limit->used / (double)limit->value;
}

static bool is_near(const struct limit *limit)
{
    return share_used(limit) >= NEAR;
}

void thread_limits_explain(size_t alive)
{
    struct limits limits = {.count = 0};
    long long count = (long long)alive + 1;                              /* main */
    long long others = count_threads() - (long long)threads_alive() - 1; /* main */
    int likely = -1;

    add_resource(&limits, "ulimit -u, threads of one user (not of root)", RLIMIT_NPROC,
                 count + count_users_other_threads());
    add_file(&limits, "kernel.threads-max", "/proc/sys/kernel/threads-max", count + others);
    add_file(&limits, "kernel.pid_max, 300 of which are reserved", "/proc/sys/kernel/pid_max",
             count + others + RESERVED_PIDS);
    add_file(&limits, "vm.max_map_count, two a thread", "/proc/sys/vm/max_map_count",
             2 * count + count_named_mappings());
    add_resource(&limits, "ulimit -v, address space in bytes", RLIMIT_AS,
                 count * (long long)THREAD_STACK_SIZE + address_space());
    add_cgroups(&limits, count);

    for (int i = 0; i < limits.count; i++)
        if (is_near(&limits.items[i]) &&
            (likely < 0 || share_used(&limits.items[i]) > share_used(&limits.items[likely])))
            likely = i;
    fprintf(stderr, "  %-46s %15s %15s\n", "limit", "value", "needed, about");
    for (int i = 0; i < limits.count; i++) {
        const struct limit *limit = &limits.items[i];
        char value[32];

        snprintf(value, sizeof value, "%lld", limit->value);
        fprintf(stderr, "  %-46s %15s %15lld%s\n", limit->name,
                limit->value < 0 ? "unlimited" : value, limit->used,
                i == likely      ? "  <- likely this one"
                : is_near(limit) ? "  <- or this one"
                                 : "");
    }
    if (likely < 0)
        fputs(
            "  None of these is near: memory, or a limit that cannot be read here, is likelier.\n",
            stderr);
}
