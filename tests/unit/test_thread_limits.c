#include "unit.h"

#include "lesson/thread_limits.h"
#include "sync/thread.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MARK "<- likely this one"

/* Copies the table's line about a limit; empty if there is none. */
static void find_line(const char *table, const char *limit, char *line, size_t size)
{
    const char *found = strstr(table, limit);

    snprintf(line, size, "%.*s", found != NULL ? (int)strcspn(found, "\n") : 0, found);
}

static void assert_marked(const char *table, const char *limit)
{
    char line[256];

    find_line(table, limit, line, sizeof line);
    if (strstr(line, MARK) == NULL)
        fail_msg("%s is not marked: %s", limit, table);
    assert_null(strstr(strstr(table, MARK) + 1, MARK));
    assert_null(strstr(table, "None of these is near"));
}

static int explain_few(void *unused)
{
    thread_limits_explain(3);
    return 0;
}

TEST(the_table_names_the_limits_with_their_values)
{
    static const char *const limits[] = {"ulimit -u", "kernel.threads-max", "kernel.pid_max",
                                         "vm.max_map_count", "ulimit -v"};
    struct child child = run_child(explain_few, NULL);

    assert_string_equal(child.out, "");
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        char line[256], value[32];

        find_line(child.err, limits[i], line, sizeof line);
        assert_int_equal(sscanf(line, "%*46c %31s", value), 1);
        assert_true(strcmp(value, "unlimited") == 0 || strspn(value, "0123456789") > 2);
    }
}

TEST(where_none_is_near_it_says_so)
{
    struct child child = run_child(explain_few, NULL);

    assert_null(strstr(child.err, MARK));
    assert_non_null(strstr(child.err, "None of these is near"));
}

static int explain_under_user_limit(void *argument)
{
    const struct rlimit limit = {100, 100};

    if (*(bool *)argument && !become_ordinary_user())
        return 1;
    if (setrlimit(RLIMIT_NPROC, &limit) != 0)
        return 1;
    thread_limits_explain(100);
    return 0;
}

TEST(the_limit_of_an_ordinary_user_is_marked)
{
    bool as_ordinary_user = true;
    struct child child = run_child(explain_under_user_limit, &as_ordinary_user);
    char line[256];

    assert_int_equal(child.status, 0);
    assert_marked(child.err, "ulimit -u");
    find_line(child.err, "ulimit -u", line, sizeof line);
    assert_non_null(strstr(line, " 100             100  "));
}

TEST(the_limit_that_does_not_bind_root_is_not_marked_for_root)
{
    bool as_ordinary_user = false;
    struct child child = run_child(explain_under_user_limit, &as_ordinary_user);

    assert_int_equal(child.status, 0);
    assert_non_null(strstr(child.err, "ulimit -u"));
    if (geteuid() == 0)
        assert_null(strstr(child.err, MARK));
    else
        assert_marked(child.err, "ulimit -u");
}

#define STARTED 1000

static int explain_under_memory_limit(void *unused)
{
    FILE *file = fopen("/proc/self/statm", "r");
    struct rlimit limit;
    long long pages;

    if (file == NULL || fscanf(file, "%lld", &pages) != 1)
        return 1;
    fclose(file);
    /* Room for about as many stacks as are said to be there. */
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + STARTED * THREAD_STACK_SIZE;
    limit.rlim_max = limit.rlim_cur;
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return 1;
    thread_limits_explain(STARTED);
    return 0;
}

TEST(a_limit_of_address_space_is_marked)
{
    struct child child = run_child(explain_under_memory_limit, NULL);

    assert_int_equal(child.status, 0);
    assert_marked(child.err, "ulimit -v");
}
