#include "picture/trace.h"

#include "observe/text.h"
#include "system/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LOCKS_HELD_MAX 8 /* of a thread at once; what it holds beyond is not shown */

struct held {
    const void *object;
    int64_t from_ns; /* from when on it is shown */
};

struct thread {
    char name[TIMELINE_NAME_SIZE];
    bool is_alive;
    int64_t started_ns, last_ns; /* the last moment at which it did something */
    struct held held[LOCKS_HELD_MAX];
    int held_count;
};

/* A call begins, or ends. */
struct change {
    int64_t at_ns;
    int in_flight; /* as a call begins; 0: a call ends */
};

struct trace {
    FILE *stream;
    int error;
    bool has_events;
    int run; /* from 1: the process that stands for it */
    const struct picture_about *about;
    struct thread *threads; /* by their numbers */
    size_t thread_count, thread_capacity;
    uint64_t arrows;
    /* The calls in flight: changes that are not written yet, in any order. */
    struct change *changes;
    size_t change_count, change_capacity;
    int64_t newest_ns, settled_ns; /* of these, and what that was when flushed last */
    int64_t counted_ns;            /* the time of the last change that was written */
    int in_flight;
};

/* Writing. */

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put(struct trace *trace, const char *format, ...)
{
    va_list arguments;

    if (trace->error != 0)
        return;
    va_start(arguments, format);
    errno = 0;
    if (vfprintf(trace->stream, format, arguments) < 0)
        trace->error = errno != 0 ? errno : EIO;
    va_end(arguments);
}

/* How many bytes of the text stand for themselves in a string of JSON. */
static int count_plain(const char *text)
{
    int count = 0;

    while (text[count] >= ' ' && text[count] < 0x7F && text[count] != '"' && text[count] != '\\')
        count++;
    return count;
}

/* Writes the text as a string of JSON. What is no UTF-8 becomes a question mark. */
static void put_string(struct trace *trace, const char *text)
{
    put(trace, "\"");
    while (*text != '\0') {
        int length = count_plain(text);

        if (length == 0)
            length = (int)text_character(text, strlen(text));
        if (length == 0)
            put(trace, "?");
        else if (*text == '"' || *text == '\\')
            put(trace, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            put(trace, "\\u%04x", (unsigned)*text);
        else
            put(trace, "%.*s", length, text);
        text += length > 0 ? length : 1;
    }
    put(trace, "\"");
}

/*
 * Whole microseconds, rounded down: what lay within or behind another still does. Nothing is before
 * the run's start.
 */
static int64_t time_us(const struct trace *trace, int64_t at_ns)
{
    int64_t time_ns = picture_time_ns(trace->about, at_ns);

    return time_ns > 0 ? time_ns / NS_PER_US : 0;
}

/* Begins the next event, on a line of its own. */
static void begin_next(struct trace *trace)
{
    put(trace, trace->has_events ? ",\n" : "\n");
    trace->has_events = true;
}

/* Begins an event of a thread; its name, and what else it has, must follow. */
static void begin_event(struct trace *trace, const char *phase, int thread, int64_t at_us)
{
    begin_next(trace);
    put(trace, "{\"ph\":\"%s\",\"pid\":%d,\"tid\":%d,\"ts\":%" PRId64, phase, trace->run,
        thread + 1, at_us);
}

static void put_name(struct trace *trace, const char *category, const char *name)
{
    put(trace, ",\"cat\":\"%s\",\"name\":", category);
    put_string(trace, name);
}

/* Says what a thread, or all of the run, is called. */
static void put_title(struct trace *trace, const char *what, int thread, const char *name)
{
    put(trace,
        "{\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"name\":\"%s\",\"args\":{\"name\":", trace->run,
        thread + 1, what);
    put_string(trace, name);
    put(trace, "}}");
}

static void begin_slice(struct trace *trace, int thread, int64_t from_us, int64_t to_us)
{
    begin_event(trace, "X", thread, from_us);
    put(trace, ",\"dur\":%" PRId64, to_us > from_us ? to_us - from_us : 0);
}

/* Threads. */

static struct thread *thread_of(struct trace *trace, int number)
{
    static struct thread nobody;

    if (number >= 0 && (size_t)number < trace->thread_count)
        return &trace->threads[number];
    nobody = (struct thread){.name = ""};
    return &nobody;
}

static void know_thread(void *context, int number, const char *name)
{
    struct trace *trace = context;
    size_t count = (size_t)number + 1;

    if (count > trace->thread_capacity) {
        size_t capacity = count > 2 * trace->thread_capacity ? count : 2 * trace->thread_capacity;
        struct thread *threads = realloc(trace->threads, capacity * sizeof *threads);

        if (threads == NULL) {
            trace->error = ENOMEM;
            return;
        }
        trace->threads = threads;
        trace->thread_capacity = capacity;
    }
    while (trace->thread_count < count)
        trace->threads[trace->thread_count++] = (struct thread){.name = ""};
    snprintf(trace->threads[number].name, sizeof trace->threads[number].name, "%s", name);
    begin_next(trace);
    put_title(trace, "thread_name", number, name);
    begin_next(trace);
    put(trace,
        "{\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"name\":\"thread_sort_index\",\"args\":"
        "{\"sort_index\":%d}}",
        trace->run, number + 1, number);
}

static void begin_life(void *context, int number, int64_t at_ns)
{
    struct thread *thread = thread_of(context, number);

    thread->is_alive = true;
    thread->started_ns = thread->last_ns = at_ns;
}

static void end_life(void *context, int number, int64_t at_ns)
{
    struct trace *trace = context;
    struct thread *thread = thread_of(trace, number);

    thread->is_alive = false;
    begin_slice(trace, number, time_us(trace, thread->started_ns), time_us(trace, at_ns));
    put_name(trace, "thread", thread->name);
    put(trace, "}");
}

/* Calls in flight. */

static void note_change(struct trace *trace, int64_t at_ns, int in_flight)
{
    if (trace->change_count == trace->change_capacity) {
        size_t capacity = trace->change_capacity > 0 ? trace->change_capacity * 2 : 64;
        struct change *changes = realloc(trace->changes, capacity * sizeof *changes);

        if (changes == NULL) {
            trace->error = ENOMEM;
            return;
        }
        trace->changes = changes;
        trace->change_capacity = capacity;
    }
    trace->changes[trace->change_count++] = (struct change){at_ns, in_flight};
    if (at_ns > trace->newest_ns)
        trace->newest_ns = at_ns;
}

/* The end of a call before the beginning of another at the same time. */
static int compare_changes(const void *left, const void *right)
{
    const struct change *a = left, *b = right;

    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return (a->in_flight > 0) - (b->in_flight > 0);
}

static void put_count(struct trace *trace, int64_t at_us, int in_flight)
{
    begin_event(trace, "C", 0, at_us);
    put(trace, ",\"name\":\"calls in flight\",\"args\":{\"calls\":%d}}", in_flight);
}

/* Writes the changes up to this time. */
static void count_until(struct trace *trace, int64_t until_ns)
{
    size_t done = 0;

    if (trace->change_count == 0)
        return;
    qsort(trace->changes, trace->change_count, sizeof *trace->changes, compare_changes);
    for (; done < trace->change_count && trace->changes[done].at_ns <= until_ns; done++) {
        const struct change *change = &trace->changes[done];

        trace->in_flight += change->in_flight > 0 ? 1 : -1;
        /* A change that was noted late counts from now on. */
        if (change->at_ns > trace->counted_ns)
            trace->counted_ns = change->at_ns;
        /*
         * A call enters a little before the note of it, and leaves a little after: so the meter may
         * have counted more than there are by the notes.
         */
        put_count(trace, time_us(trace, trace->counted_ns),
                  change->in_flight > 0 ? change->in_flight : trace->in_flight);
    }
    if (done == 0)
        return;
    trace->change_count -= done;
    memmove(trace->changes, trace->changes + done, trace->change_count * sizeof *trace->changes);
}

/* Spans. */

static void begin_span(void *context, const struct span *span)
{
    struct trace *trace = context;
    struct thread *thread = thread_of(trace, span->thread);

    if (span->kind == SPAN_CALL)
        note_change(trace, span->from_ns, span->in_flight);
    else if (span->kind == SPAN_HOLD && thread->held_count < LOCKS_HELD_MAX)
        thread->held[thread->held_count++] = (struct held){span->object, span->from_ns};
}

/* Forgets that the thread holds the lock. Returns since when it was shown, or when it ended. */
static int64_t give_back(struct thread *thread, const struct span *span)
{
    int at = thread->held_count - 1;
    int64_t from_ns;

    while (at >= 0 && thread->held[at].object != span->object)
        at--;
    if (at < 0)
        return span->to_ns;
    from_ns = thread->held[at].from_ns;
    if (span->end == SPAN_OPEN) /* at the run's end, when all others end, too */
        return from_ns;
    thread->held_count--;
    for (; at < thread->held_count; at++) {
        thread->held[at] = thread->held[at + 1];
        thread->held[at].from_ns = span->to_ns; /* they would lie across each other */
    }
    return from_ns;
}

/* An arrow from the thread that ended the wait. It ends within the wait, not at its end. */
static void put_arrow(struct trace *trace, const struct span *wait, int64_t from_us, int64_t to_us)
{
    int64_t at_us = time_us(trace, wait->woken_ns);

    if (at_us >= to_us)
        at_us = to_us - 1;
    if (at_us < from_us)
        at_us = from_us;
    trace->arrows++;
    begin_event(trace, "s", wait->woken_by, at_us);
    put(trace, ",\"id\":%" PRIu64 ",\"cat\":\"wake\",\"name\":\"wakes\"}", trace->arrows);
    begin_event(trace, "f", wait->thread, at_us);
    put(trace, ",\"bp\":\"e\",\"id\":%" PRIu64 ",\"cat\":\"wake\",\"name\":\"wakes\"}",
        trace->arrows);
}

static const char *end_words(const struct trace *trace, const struct span *span)
{
    switch (span->end) {
    case SPAN_ANSWERED:
        return "answered";
    case SPAN_FAILED:
        return "failed";
    case SPAN_GIVEN_UP:
        return "given up";
    case SPAN_OPEN:
        return trace->about->is_stalled ? "never" : "after the run";
    case SPAN_OVER:
        break;
    }
    return span->kind == SPAN_CALL ? "refused" : "over";
}

static void put_details(struct trace *trace, const struct span *span)
{
    put(trace, ",\"args\":{\"end\":\"%s\"", end_words(trace, span));
    if (span->kind == SPAN_CALL)
        put(trace, ",\"article\":%d,\"attempt\":%d", span->article, span->attempt);
    if (span->kind == SPAN_WAIT && span->woken_by != TIMELINE_NOBODY) {
        put(trace, ",\"woken by\":");
        put_string(trace, thread_of(trace, span->woken_by)->name);
    }
    put(trace, "}}");
}

static void end_span(void *context, const struct span *span)
{
    static const char *const categories[] = {"call", "refused", "wait", "lock"};
    struct trace *trace = context;
    struct thread *thread = thread_of(trace, span->thread);
    int64_t from_ns = span->kind == SPAN_HOLD ? give_back(thread, span) : span->from_ns;
    /* A leaked thread may have begun it after the end of the run. */
    int64_t to_ns = span->to_ns > from_ns ? span->to_ns : from_ns;
    int64_t from_us = time_us(trace, from_ns), to_us = time_us(trace, to_ns);
    char words[128];

    if (to_ns > thread->last_ns)
        thread->last_ns = to_ns;
    if (span->kind == SPAN_CALL && span->end != SPAN_OPEN)
        note_change(trace, span->to_ns, 0);
    if (span->kind == SPAN_REFUSED) {
        begin_event(trace, "i", span->thread, from_us);
        put(trace, ",\"s\":\"t\"");
    } else {
        begin_slice(trace, span->thread, from_us, to_us);
    }
    put_name(trace, categories[span->kind], span_words(span, words, sizeof words));
    put_details(trace, span);
    if (span->kind == SPAN_WAIT && span->woken_by != TIMELINE_NOBODY)
        put_arrow(trace, span, from_us, to_us);
}

static void put_moment(struct trace *trace, int thread, int64_t at_ns, const char *category,
                       int article, const char *what)
{
    char words[48];

    snprintf(words, sizeof words, "article %d %s", article, what);
    begin_event(trace, "i", thread, time_us(trace, at_ns));
    put(trace, ",\"s\":\"t\"");
    put_name(trace, category, words);
    put(trace, "}");
}

static void take(void *context, int thread, int article, int64_t at_ns)
{
    put_moment(context, thread, at_ns, "take", article, "taken");
}

static void store(void *context, int thread, int article, int64_t at_ns)
{
    put_moment(context, thread, at_ns, "store", article, "stored");
}

/* The whole. */

struct trace *trace_create(FILE *stream)
{
    struct trace *trace = calloc(1, sizeof *trace);

    if (trace == NULL)
        return NULL;
    trace->stream = stream;
    put(trace, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    return trace;
}

void trace_begin(struct trace *trace, const struct picture_about *about)
{
    trace->about = about;
    trace->run++;
    trace->thread_count = trace->change_count = 0;
    trace->newest_ns = trace->settled_ns = trace->counted_ns = INT64_MIN;
    trace->in_flight = 0;
}

struct span_sink trace_sink(struct trace *trace)
{
    return (struct span_sink){
        .context = trace,
        .on_thread = know_thread,
        .on_started = begin_life,
        .on_ended = end_life,
        .on_begin = begin_span,
        .on_span = end_span,
        .on_taken = take,
        .on_stored = store,
    };
}

void trace_flush(struct trace *trace)
{
    /* The newest may have come before an older one of a thread that was read before. */
    count_until(trace, trace->settled_ns);
    trace->settled_ns = trace->newest_ns;
}

int trace_end(struct trace *trace)
{
    count_until(trace, INT64_MAX);
    for (size_t i = 0; i < trace->thread_count; i++) {
        const struct thread *thread = &trace->threads[i];

        if (thread->is_alive)
            end_life(trace, (int)i,
                     thread->last_ns > trace->about->ended_ns ? thread->last_ns
                                                              : trace->about->ended_ns);
    }
    begin_next(trace);
    put_title(trace, "process_name", 0, trace->about->title);
    return trace->error;
}

int trace_finish(struct trace *trace)
{
    put(trace, "\n]}\n");
    return trace->error;
}

void trace_destroy(struct trace *trace)
{
    if (trace == NULL)
        return;
    free(trace->threads);
    free(trace->changes);
    free(trace);
}
