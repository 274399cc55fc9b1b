/*
 * check_trace STATUS PROGRAM [OPTION]...: runs the program with --trace=/dev/stdout, and checks
 * that it ends with this status and that the trace is sound:
 *
 * - it is JSON; times are whole microseconds, 0 or more; each track has a name;
 * - the slices of a track nest, and lie in a slice of the thread's life;
 * - each arrow leads from a slice to a wait that was not over;
 * - the calls in flight go up and down by time, to 0 in the end unless a call did not end; the
 *   largest number is what the report says, and so is the number of calls that were answered
 *   (with status 0; else it may say more).
 *
 * Prints what there is: "2 processes, 12 threads, 76 slices, 3 deep, 9 arrows, 0 moments". Status:
 * 0 it is sound, 1 it is not.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct slice {
    int process, thread;
    json_int_t from, to;
    const char *category, *name, *end;
};

struct arrow {
    int process;
    json_int_t id;
    int thread; /* where it begins, or ends */
    json_int_t at;
    bool is_end;
};

static struct slice *slices;
static struct arrow *ends;
static size_t slice_count, end_count, named_count, moments, deepest;
static int processes, answered, peak, in_flight, open_calls;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    exit(1);
}

static void *make_room(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);

    if (room == NULL)
        fail("no memory");
    return room;
}

/* Runs the program; what it says is in the two files. Returns its status. */
static int run(char **arguments, FILE *out, FILE *err)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        execv(arguments[0], arguments);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        fail("it could not be run");
    rewind(out);
    rewind(err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const char *text_of(const json_t *event, const char *name)
{
    const char *text = json_string_value(json_object_get(event, name));

    if (text == NULL)
        fail("no text \"%s\" in %s", name, json_dumps(event, 0));
    return text;
}

static json_int_t number_of(const json_t *event, const char *name)
{
    const json_t *number = json_object_get(event, name);

    if (!json_is_integer(number) || json_integer_value(number) < 0)
        fail("\"%s\" is no whole number in %s", name, json_dumps(event, 0));
    return json_integer_value(number);
}

static void take_slice(const json_t *event, int process, int thread)
{
    const json_t *details = json_object_get(event, "args");
    struct slice *slice = &slices[slice_count++];

    *slice = (struct slice){process,
                            thread,
                            number_of(event, "ts"),
                            number_of(event, "ts") + number_of(event, "dur"),
                            text_of(event, "cat"),
                            text_of(event, "name"),
                            details != NULL ? text_of(details, "end") : ""};
    if (strcmp(slice->category, "call") == 0) {
        answered += strcmp(slice->end, "answered") == 0;
        open_calls += strcmp(slice->end, "never") == 0 || strcmp(slice->end, "after the run") == 0;
    }
}

/* A count stands behind all earlier ones of its run. */
static void take_count(const json_t *event, int process)
{
    static json_int_t last;
    static int of_process;
    json_int_t at = number_of(event, "ts");

    if (of_process != process)
        last = 0;
    if (at < last)
        fail("a count goes back in time: %s", json_dumps(event, 0));
    last = at;
    of_process = process;
    in_flight = (int)number_of(json_object_get(event, "args"), "calls");
    if (in_flight > peak)
        peak = in_flight;
}

static void take_event(const json_t *event)
{
    const char *phase = text_of(event, "ph");
    int process = (int)number_of(event, "pid"), thread = (int)number_of(event, "tid");

    if (process > processes)
        processes = process;
    switch (*phase) {
    case 'X':
        take_slice(event, process, thread);
        break;
    case 's':
    case 'f':
        ends[end_count++] = (struct arrow){process, number_of(event, "id"), thread,
                                           number_of(event, "ts"), *phase == 'f'};
        break;
    case 'C':
        take_count(event, process);
        break;
    case 'i':
        number_of(event, "ts");
        moments++;
        break;
    case 'M':
        text_of(event, "name");
        named_count += strcmp(text_of(event, "name"), "thread_name") == 0;
        break;
    default:
        fail("an unknown kind of event: %s", json_dumps(event, 0));
    }
}

/* By track and time; of two that begin together, the longer first. */
static int compare_slices(const void *left, const void *right)
{
    const struct slice *a = left, *b = right;

    if (a->process != b->process)
        return a->process - b->process;
    if (a->thread != b->thread)
        return a->thread - b->thread;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to > b->to ? -1 : 1;
    /* A life is written last, and may be as short as what is in it. */
    return (strcmp(b->category, "thread") == 0) - (strcmp(a->category, "thread") == 0);
}

static bool is_same_track(const struct slice *one, const struct slice *other)
{
    return one->process == other->process && one->thread == other->thread;
}

static void check_slices(void)
{
    size_t tracks = 0;
    const struct slice **around = make_room(slice_count, sizeof *around);
    size_t depth = 0;

    qsort(slices, slice_count, sizeof *slices, compare_slices);
    for (size_t i = 0; i < slice_count; i++) {
        const struct slice *slice = &slices[i];
        bool is_life = strcmp(slice->category, "thread") == 0;

        if (i == 0 || !is_same_track(slice, slice - 1)) {
            depth = 0;
            tracks++;
        }
        while (depth > 0 && around[depth - 1]->to <= slice->from &&
               (around[depth - 1]->to < slice->to || depth > 1))
            depth--;
        if (is_life != (depth == 0))
            fail("%s: not one life with all else in it, at %" JSON_INTEGER_FORMAT, slice->name,
                 slice->from);
        if (depth > 0 && slice->to > around[depth - 1]->to)
            fail("%s lies across %s, at %" JSON_INTEGER_FORMAT, slice->name,
                 around[depth - 1]->name, slice->from);
        around[depth++] = slice;
        if (depth > deepest)
            deepest = depth;
    }
    if (tracks > named_count)
        fail("%zu tracks have slices, but %zu have names", tracks, named_count);
    free(around);
}

static int compare_ends(const void *left, const void *right)
{
    const struct arrow *a = left, *b = right;

    if (a->process != b->process)
        return a->process - b->process;
    return a->id != b->id ? (a->id < b->id ? -1 : 1) : a->is_end - b->is_end;
}

static bool is_on(const struct arrow *end, const char *category)
{
    for (size_t i = 0; i < slice_count; i++)
        if (slices[i].process == end->process && slices[i].thread == end->thread &&
            slices[i].from <= end->at && end->at <= slices[i].to &&
            strcmp(slices[i].category, category) == 0)
            return true;
    return false;
}

static void check_arrows(void)
{
    qsort(ends, end_count, sizeof *ends, compare_ends);
    for (size_t i = 0; i < end_count; i += 2) {
        const struct arrow *from = &ends[i], *to = &ends[i + 1];

        if (i + 1 == end_count || from->id != to->id || from->is_end || !to->is_end ||
            from->at > to->at)
            fail("arrow %" JSON_INTEGER_FORMAT " has not two ends in their order", from->id);
        if (!is_on(from, "thread") || !is_on(to, "wait"))
            fail("arrow %" JSON_INTEGER_FORMAT " leads from nowhere, or to no wait", from->id);
    }
}

/* Whether the report has this number behind the words; or, if not exactly, more, or no words. */
static bool is_reported(const char *report, const char *words, int number, bool is_exact)
{
    const char *found = strstr(report, words);
    int there;

    if (found == NULL)
        return !is_exact;
    there = atoi(found + strlen(words));
    return there == number || (!is_exact && there > number);
}

int main(int argc, char **argv)
{
    FILE *out = tmpfile(), *err = tmpfile();
    char **arguments = make_room((size_t)argc, sizeof *arguments), report[2048];
    int status;
    bool is_all;
    json_error_t flaw;
    json_t *trace, *events, *event;
    size_t at;

    if (argc < 3 || out == NULL || err == NULL)
        fail("check_trace STATUS PROGRAM [OPTION]...");
    memcpy(arguments, argv + 2, (size_t)(argc - 2) * sizeof *arguments);
    arguments[argc - 2] = (char[]){"--trace=/dev/stdout"};
    status = run(arguments, out, err);
    fseek(err, -(long)sizeof report + 1, SEEK_END); /* its end, if it is longer */
    report[fread(report, 1, sizeof report - 1, err)] = '\0';
    if (status != atoi(argv[1]))
        fail("status %d: %s", status, report);
    trace = json_loadf(out, JSON_REJECT_DUPLICATES, &flaw);
    if (trace == NULL)
        fail("it is no JSON: line %d: %s", flaw.line, flaw.text);
    events = json_object_get(trace, "traceEvents");
    slices = make_room(json_array_size(events), sizeof *slices);
    ends = make_room(json_array_size(events), sizeof *ends);
    json_array_foreach(events, at, event) take_event(event);
    check_slices();
    check_arrows();
    if ((in_flight != 0) != (open_calls != 0))
        fail("%d in flight in the end, and %d calls are open", in_flight, open_calls);
    /* Threads that the run has left behind call on while the report is made; a table has none. */
    is_all = status == 0 && processes == 1;
    if (!is_reported(report, ", at most ", peak, is_all) ||
        !is_reported(report, "\nLLM calls ", answered, is_all))
        fail("%d calls, at most %d in flight: %s", answered, peak, report);
    printf("%d processes, %zu threads, %zu slices, %zu deep, %zu arrows, %zu moments\n", processes,
           named_count, slice_count, deepest, end_count / 2, moments);
    json_decref(trace);
    free(slices);
    free(ends);
    free(arguments);
    return 0;
}
