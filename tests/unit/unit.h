/*
 * What the unit tests share: cmocka's headers in their order, an empty folder for each test,
 * children whose output is caught, and calls that another thread makes.
 *
 * cmocka's assertions jump out of the failing test, so they belong to the test's own thread and
 * process: children and threads return what they saw, and the test judges it.
 */
#ifndef UNIT_H
#define UNIT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <cmocka.h>

/* In place of cmocka's own, which cmocka 2 deprecates. Each argument is converted to long long. */
#undef assert_in_range
#define assert_between(value, low, high) \
    assert_true(is_between(#value, (long long)(value), (long long)(low), (long long)(high)))
bool is_between(const char *what, long long value, long long low, long long high);

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* So far away, in nanoseconds, that a test which waits for it has failed. */
#define FAR_NS INT64_C(30000000000)

/*
 * Begins a test, whose name is its claim: TEST(a_wait_at_zero_returns) { ... }. The test registers
 * itself before main() runs, and CMakeLists.txt finds it here. The program runs the test that the
 * command line names, or all of them, each in a process of its own, in a new empty folder.
 */
#define TEST(name)                                                 \
    static void name(void **state);                                \
    __attribute__((constructor)) static void register_##name(void) \
    {                                                              \
        unit_register(#name, name);                                \
    }                                                              \
    static void name(void **state)
void unit_register(const char *name, CMUnitTestFunction test);

/* For a main() with a table of tests of its own: return UNIT_RUN(tests, argc, argv). */
#define UNIT_RUN(tests, argc, argv) unit_run(tests, COUNT_OF(tests), (argc) > 1 ? (argv)[1] : NULL)
int unit_run(const struct CMUnitTest *tests, size_t count, const char *name);

/* How a child ended, and what it wrote. */
struct child {
    int status; /* its exit status; -1 if a signal killed it */
    int signal; /* that signal, or 0 */
    char out[16384], err[16384];
};

/*
 * Runs run(argument) in a child process that ends with the status it returns. Standard output and
 * error are files, and there are no core dumps. A child that hangs is killed after a minute, by
 * SIGALRM. A sanitizer's report in the child fails the test.
 */
struct child run_child(int (*run)(void *argument), void *argument);

/* Runs such a child, which must abort and leave one line that says where, and has this text. */
void assert_aborts(int (*run)(void *argument), void *argument, const char *text);

/* The two halves of run_child(), for children that run at once: each that is started is waited for.
 */
struct running_child {
    pid_t pid;
    FILE *out, *err;
};
struct running_child start_child(int (*run)(void *argument), void *argument);
struct child wait_for_child(const struct running_child *running);

/*
 * In a child: gives up root's rights, if it has them, for those of a user that no other test is:
 * the limits of a user would count their threads, too. Returns whether it has none of root's now.
 */
bool become_ordinary_user(void);

/*
 * Whether malloc() returns NULL for more than there can be, as the system's does. A sanitizer's
 * ends the process.
 */
bool malloc_can_fail(void);

/* Makes descriptor lead to path, which is opened for writing. Returns 0 or an errno value. */
int redirect(int descriptor, const char *path);

/* Makes a file of these bytes. */
void write_file(const char *path, const char *bytes, size_t size);

/* What a file holds, at most 1 MiB, and a NUL behind it; free it. */
struct bytes {
    size_t size;
    char at[(1 << 20) + 1];
};
struct bytes *read_file(const char *path);

/* The file holds this text. */
void assert_holds(const char *path, const char *text);

/* The test's folder has this one file in it and nothing else. */
void assert_only_file(const char *name);

/* Runs run(argument) in as many threads at once, and waits for all of them. */
void run_threads(int count, void *(*run)(void *argument), void *argument);

/* A call that another thread makes, and that may block. */
struct background_call {
    int (*run)(void *argument);
    void *argument;
    int result;
    atomic_bool has_returned;
    pthread_t thread;
};

void background_start(struct background_call *call, int (*run)(void *argument), void *argument);

/* Waits for the call and returns its result. A call that takes FAR_NS fails the test. */
int background_join(struct background_call *call);

/* How many threads wait to send to the channel, or to receive from it. */
struct channel;
size_t count_waiting(struct channel *channel);

/* Returns as soon as so many of them wait. */
void wait_until_waiting(struct channel *channel, size_t count);

size_t count_lines(const char *text);

/* Whether the text is well-formed UTF-8 as far as where characters begin and end. */
bool has_whole_characters(const char *text);

#endif
