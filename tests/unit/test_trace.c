/* A trace of spans that no run would have brought about in time. */
#include "unit.h"

#include "picture/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct picture_about about;
static char *text;
static size_t text_size;
static FILE *stream;
static struct trace *trace;
static struct span_sink sink;

/* A run that began at 1 ms on the clock, with main. */
static void begin(void)
{
    about = (struct picture_about){.title = "Part 3, \"try\"\n\xFF", .speed = 1};
    about.started_ns = 1000000;
    stream = open_memstream(&text, &text_size);
    assert_non_null(stream);
    trace = trace_create(stream);
    assert_non_null(trace);
    trace_begin(trace, &about);
    sink = trace_sink(trace);
    sink.on_thread(sink.context, 0, "main");
    sink.on_started(sink.context, 0, 900000);
}

static void end(int64_t ended_ns)
{
    about.ended_ns = ended_ns;
    assert_int_equal(trace_end(trace), 0);
    assert_int_equal(trace_finish(trace), 0);
    trace_destroy(trace);
    fclose(stream);
}

static void assert_has(const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("%s is missing in: %s", words, text);
}

static struct span make_span(enum span_kind kind, int64_t from_ns, int64_t to_ns)
{
    return (struct span){.kind = kind,
                         .end = kind == SPAN_CALL ? SPAN_ANSWERED : SPAN_OVER,
                         .from_ns = from_ns,
                         .to_ns = to_ns,
                         .article = 7,
                         .attempt = 1,
                         .in_flight = 1,
                         .wait = TIMELINE_LOCK,
                         .object = &about,
                         .name = "results",
                         .woken_by = TIMELINE_NOBODY};
}

/* A lock, or a call, from its begin on. */
static void take(struct span span)
{
    sink.on_begin(sink.context, &span);
}

static void give(struct span span)
{
    sink.on_span(sink.context, &span);
}

TEST(times_are_whole_microseconds_from_the_run_s_begin)
{
    begin();
    about.speed = 10;
    take(make_span(SPAN_CALL, 1000199, 1000399));
    give(make_span(SPAN_CALL, 1000199, 1000399));
    end(1002000);
    assert_has("\"ts\":1,\"dur\":2,\"cat\":\"call\",\"name\":\"summarize of article 7\"");
    /* What was before the begin is not shown. */
    assert_has("\"ts\":0,\"dur\":20,\"cat\":\"thread\",\"name\":\"main\"");
    free(text);
}

TEST(a_name_from_outside_is_a_string_of_json)
{
    begin();
    end(1000000);
    assert_has("\"process_name\",\"args\":{\"name\":\"Part 3, \\\"try\\\"\\u000a?\"}");
    free(text);
}

TEST(calls_in_flight_are_counted_by_time_whichever_thread_is_read_first)
{
    struct span first = make_span(SPAN_CALL, 2000000, 4000000);
    struct span second = make_span(SPAN_CALL, 3000000, 5000000);
    const char *at;

    begin();
    second.in_flight = 2;
    second.thread = 1;
    sink.on_thread(sink.context, 1, "worker 1");
    take(second);
    give(second);
    trace_flush(trace);
    take(first);
    give(first);
    trace_flush(trace);
    end(6000000);
    at = text;
    for (int i = 0; i < 4; i++) {
        static const char *const counts[] = {
            "\"ts\":1000,\"name\":\"calls in flight\",\"args\":{\"calls\":1}",
            "\"ts\":2000,\"name\":\"calls in flight\",\"args\":{\"calls\":2}",
            "\"ts\":3000,\"name\":\"calls in flight\",\"args\":{\"calls\":1}",
            "\"ts\":4000,\"name\":\"calls in flight\",\"args\":{\"calls\":0}",
        };

        at = strstr(at, counts[i]);
        if (at == NULL)
            fail_msg("%s is missing, or not in its place: %s", counts[i], text);
    }
    free(text);
}

/* Perfetto would show neither as it was. */
TEST(locks_that_are_given_back_in_the_order_of_their_taking_do_not_lie_across)
{
    struct span first = make_span(SPAN_HOLD, 2000000, 4000000);
    struct span second = make_span(SPAN_HOLD, 3000000, 5000000);

    begin();
    second.object = &stream;
    strcpy(second.name, "other");
    take(first);
    take(second);
    give(first);
    give(second);
    end(6000000);
    assert_has("\"ts\":1000,\"dur\":2000,\"cat\":\"lock\",\"name\":\"holding the lock "
               "\\\"results\\\"\"");
    assert_has("\"ts\":3000,\"dur\":1000,\"cat\":\"lock\",\"name\":\"holding the lock "
               "\\\"other\\\"\"");
    free(text);
}

TEST(an_arrow_ends_within_the_wait_although_the_thread_went_on_at_once)
{
    struct span wait = make_span(SPAN_WAIT, 2000000, 4000100);

    begin();
    sink.on_thread(sink.context, 1, "closer");
    wait.woken_by = 1;
    wait.woken_ns = 4000050;
    give(wait);
    end(6000000);
    assert_has("\"tid\":1,\"ts\":1000,\"dur\":2000,\"cat\":\"wait\"");
    assert_has("\"woken by\":\"closer\"");
    assert_has("{\"ph\":\"s\",\"pid\":1,\"tid\":2,\"ts\":2999,\"id\":1");
    assert_has("{\"ph\":\"f\",\"pid\":1,\"tid\":1,\"ts\":2999,\"bp\":\"e\",\"id\":1");
    free(text);
}

TEST(what_a_stall_leaves_open_never_ends)
{
    struct span wait = make_span(SPAN_WAIT, 2000000, 6000000);

    begin();
    about.is_stalled = true;
    wait.end = SPAN_OPEN;
    give(wait);
    end(6000000);
    assert_has("\"ts\":1000,\"dur\":4000,\"cat\":\"wait\"");
    assert_has("\"end\":\"never\"");
    free(text);
}

TEST(the_first_write_that_fails_is_told_and_the_last)
{
    FILE *full = fopen("/dev/full", "w");
    struct span wait = make_span(SPAN_WAIT, 2000000, 6000000);

    if (full == NULL)
        skip();
    about = (struct picture_about){.title = "", .speed = 1};
    trace = trace_create(full);
    assert_non_null(trace);
    trace_begin(trace, &about);
    sink = trace_sink(trace);
    for (int i = 0; i < 1000; i++)
        give(wait);
    assert_int_equal(trace_end(trace), ENOSPC);
    assert_int_equal(trace_finish(trace), ENOSPC);
    trace_destroy(trace);
    fclose(full);
}
