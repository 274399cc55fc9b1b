#include "observe/log.h"

#include "observe/text.h"
#include "observe/timeline.h"
#include "system/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL_COLUMNS 13
#define MESSAGE_SIZE 512 /* with its escapes it fits the small stack of a lesson's thread */

/* Written before any thread is started. */
static const char *program_name = "lesson";
static bool is_on_stderr;
static struct {
    int64_t started_ns;
    double speed; /* 0: lines bear no time */
} times;
static atomic_bool is_quiet, is_noted;
static _Atomic(FILE *) held; /* what is printed is kept there; NULL: it is not */
static char *held_text;
static size_t held_size;
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

/* How a message is written. */
struct layout {
    char before[64];  /* in front of it, in the same line */
    const char *kept; /* control characters that are written as they are */
    int indent;       /* of the lines below the first; 0: it is not broken into lines */
    const char *end;  /* behind it */
};

/* Writes all in one call, so that the lines of two threads or processes do not mix. */
static int write_laid_out(FILE *stream, const struct layout *layout, const char *message)
{
    size_t size = TEXT_WRAPPED_SIZE(strlen(message));
    char *wrapped = layout->indent > 0 ? malloc(size) : NULL;
    int result;

    if (wrapped != NULL)
        message = text_wrap(message, (int)strlen(layout->before), layout->indent, wrapped, size);
    result = fprintf(stream, "%s%s%s", layout->before, message, layout->end);
    free(wrapped);
    return result;
}

/*
 * Writes the message, shown, to the stream. A message that is long is cut if there is no memory for
 * it, or is not broken into lines. Returns less than 0 if it cannot be written.
 */
LOG_PRINTF(3, 0)
static int write_shown(FILE *stream, const struct layout *layout, const char *format,
                       va_list arguments)
{
    char small[(1 + TEXT_SHOWN_MAX) * MESSAGE_SIZE], *message = small;
    size_t size = MESSAGE_SIZE;
    va_list again;
    int length, result;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length >= MESSAGE_SIZE)
        message = malloc((1 + TEXT_SHOWN_MAX) * ((size_t)length + 1));
    if (message == NULL)
        message = small;
    else if (message != small)
        size = (size_t)length + 1;
    vsnprintf(message, size, format, arguments);
    text_show(message, strlen(message), layout->kept, message + size, TEXT_SHOWN_MAX * size);
    result = write_laid_out(stream, layout, message + size);
    if (message != small)
        free(message);
    return result;
}

void log_error(const char *format, ...)
{
    struct layout layout = {.kept = "", .indent = isatty(STDERR_FILENO) ? 4 : 0, .end = "\n"};
    va_list arguments;

    snprintf(layout.before, sizeof layout.before, "%s: ", program_name);
    va_start(arguments, format);
    write_shown(stderr, &layout, format, arguments);
    va_end(arguments);
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
    fprintf(stderr, "%s: standard %s: %s: nothing more is shown, the run goes on\n", program_name,
            is_on_stderr ? "error" : "output", strerror(error));
}

static FILE *own_stream(void)
{
    return is_on_stderr ? stderr : stdout;
}

/* Of the thread that reports. A line of the log never goes to what is held. */
static FILE *report_stream(void)
{
    FILE *stream = atomic_load_explicit(&held, memory_order_relaxed);

    return stream != NULL ? stream : own_stream();
}

LOG_PRINTF(3, 0)
static void print(FILE *stream, const struct layout *layout, const char *format, va_list arguments)
{
    if (atomic_load_explicit(&first_error, memory_order_relaxed) != 0)
        return;
    if (write_shown(stream, layout, format, arguments) < 0)
        write_failed(errno);
}

static const struct layout as_it_is = {.kept = "\n", .end = ""};

void log_to_timeline(bool noted)
{
    atomic_store_explicit(&is_noted, noted, memory_order_relaxed);
}

/* Without memory the line is lost. */
LOG_PRINTF(1, 0) static void note_line(const char *format, va_list arguments)
{
    struct timeline_event event = {.kind = TIMELINE_LINE, .text = malloc(MESSAGE_SIZE)};

    if (event.text == NULL)
        return;
    vsnprintf(event.text, MESSAGE_SIZE, format, arguments);
    event.text[strcspn(event.text, "\n")] = '\0';
    timeline_note(&event);
}

void log_show_times(int64_t started_ns, double speed)
{
    times.started_ns = started_ns;
    times.speed = speed;
}

void log_line(const char *format, ...)
{
    struct layout layout = as_it_is;
    va_list arguments;

    if (atomic_load_explicit(&is_quiet, memory_order_relaxed))
        return;
    if (times.speed > 0)
        snprintf(layout.before, sizeof layout.before, "%7.3f  ",
                 (double)(clock_now_ns() - times.started_ns) * times.speed / NS_PER_S);
    va_start(arguments, format);
    if (atomic_load_explicit(&is_noted, memory_order_relaxed))
        note_line(format, arguments);
    else
        print(own_stream(), &layout, format, arguments);
    va_end(arguments);
}

void log_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print(report_stream(), &as_it_is, format, arguments);
    va_end(arguments);
}

void log_wrapped(int indent, const char *format, ...)
{
    struct layout layout = {.kept = "\n", .indent = indent, .end = "\n"};
    va_list arguments;

    va_start(arguments, format);
    print(report_stream(), &layout, format, arguments);
    va_end(arguments);
}

void log_figure(const char *label, const char *format, ...)
{
    struct layout layout = {.kept = "", .indent = LABEL_COLUMNS, .end = "\n"};
    va_list arguments;

    snprintf(layout.before, sizeof layout.before, "%-*s ", LABEL_COLUMNS - 1, label);
    va_start(arguments, format);
    print(report_stream(), &layout, format, arguments);
    va_end(arguments);
}

void log_picture(const char *text)
{
    if (atomic_load_explicit(&first_error, memory_order_relaxed) == 0 &&
        fputs(text, own_stream()) < 0)
        write_failed(errno);
}

bool log_hold(void)
{
    FILE *stream = open_memstream(&held_text, &held_size);

    atomic_store_explicit(&held, stream, memory_order_relaxed);
    return stream != NULL;
}

char *log_release(void)
{
    FILE *stream = atomic_exchange_explicit(&held, NULL, memory_order_relaxed);

    if (fclose(stream) == 0)
        return held_text;
    free(held_text);
    return NULL;
}

int log_descriptor(void)
{
    return is_on_stderr ? STDERR_FILENO : STDOUT_FILENO;
}

int log_finish(void)
{
    if (atomic_load_explicit(&first_error, memory_order_relaxed) == 0 && fflush(stdout) != 0)
        write_failed(errno);
    return atomic_load_explicit(&first_error, memory_order_relaxed);
}
