#include "observe/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Written before any thread is started. */
static const char *program_name = "lesson";
static bool is_on_stderr;
static atomic_bool is_quiet;
static atomic_int first_error; /* errno value of the first failed write, 0 while all is well */

void log_init(const char *program)
{
    program_name = program;
    setvbuf(stdout, NULL, _IOLBF, 0);
}

void log_to_stderr(void)
{
    is_on_stderr = true;
}

const char *log_program(void)
{
    return program_name;
}

void log_error(const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", program_name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void log_set_quiet(bool quiet)
{
    atomic_store_explicit(&is_quiet, quiet, memory_order_relaxed);
}

static void write_failed(int error)
{
    int none = 0;

    if (error == 0)
        error = EIO;
    if (!atomic_compare_exchange_strong_explicit(&first_error, &none, error, memory_order_relaxed,
                                                 memory_order_relaxed))
        return;
    fprintf(stderr, "%s: standard output: %s: nothing more is shown, the run goes on\n",
            program_name, strerror(error));
}

LOG_PRINTF(1, 0) static void print(const char *format, va_list arguments)
{
    if (atomic_load_explicit(&first_error, memory_order_relaxed) != 0)
        return;
    if (vfprintf(is_on_stderr ? stderr : stdout, format, arguments) < 0)
        write_failed(errno);
}

void log_line(const char *format, ...)
{
    va_list arguments;

    if (atomic_load_explicit(&is_quiet, memory_order_relaxed))
        return;
    va_start(arguments, format);
    print(format, arguments);
    va_end(arguments);
}

void log_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print(format, arguments);
    va_end(arguments);
}

int log_finish(void)
{
    if (atomic_load_explicit(&first_error, memory_order_relaxed) == 0 && fflush(stdout) != 0)
        write_failed(errno);
    return atomic_load_explicit(&first_error, memory_order_relaxed);
}
