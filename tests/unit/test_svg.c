#include "unit.h"

#include "picture/svg.h"
#include "system/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct picture_about about = {.title = "Part 3, bad-lock",
                                     .summary = "one at a time",
                                     .command = "./lesson 3 --mode=bad-lock",
                                     .started_ns = NS_PER_S,
                                     .speed = 1,
                                     .figures = "10.000 s, 1.0x, at most 1 in flight"};

/* A picture of one run, of ten seconds, so that a second is 68.4 wide and 0 s is at 100. */
static struct svg *svg;
static struct span_sink sink;

static void begin_run(void)
{
    assert_int_equal(svg_begin(svg, &about), 0);
    sink = svg_sink(svg);
}

static void begin(void)
{
    svg = svg_create(0);
    assert_non_null(svg);
    begin_run();
}

static void end_run(double length)
{
    about.ended_ns = about.started_ns + (int64_t)(length * 1e9 / about.speed);
    svg_end(svg);
}

/* Returns the picture; free it. */
static char *write_picture(void)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    assert_int_equal(svg_write(svg, file), 0);
    assert_int_equal(fclose(file), 0);
    svg_destroy(svg);
    return text;
}

static char *end(void)
{
    end_run(10);
    return write_picture();
}

static void add_thread(int thread, const char *name)
{
    char room[TIMELINE_NAME_SIZE] = "";

    strncpy(room, name, sizeof room - 1);
    sink.on_thread(sink.context, thread, room);
}

static struct span make(enum span_kind kind, int thread, double from, double to)
{
    return (struct span){.kind = kind,
                         .end = kind == SPAN_CALL ? SPAN_ANSWERED : SPAN_OVER,
                         .thread = thread,
                         .from_ns = about.started_ns + (int64_t)(from * 1e9 / about.speed),
                         .to_ns = about.started_ns + (int64_t)(to * 1e9 / about.speed),
                         .article = 7,
                         .attempt = 1,
                         .in_flight = kind == SPAN_CALL,
                         .name = "results",
                         .woken_by = TIMELINE_NOBODY};
}

static void add_call(int thread, double from, double to, enum llm_task task)
{
    struct span span = make(SPAN_CALL, thread, from, to);

    span.task = task;
    sink.on_span(sink.context, &span);
}

static void add_wait(int thread, double from, double to, enum timeline_wait wait)
{
    struct span span = make(SPAN_WAIT, thread, from, to);

    span.wait = wait;
    sink.on_span(sink.context, &span);
}

static size_t count(const char *text, const char *part)
{
    size_t times = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        times++;
    return times;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in:\n%s", part, text);
}

TEST(a_call_is_as_long_as_it_lasts_and_says_what_it_is)
{
    char *text;

    begin();
    add_thread(0, "main");
    add_call(0, 0, 5, LLM_SUMMARY);
    add_call(0, 5, 7.5, LLM_SENTIMENT);
    text = end();
    assert_has(text, "<rect class=\"c0\" x=\"100.0\" y=\"47\" width=\"341.5\" height=\"12\"><title>"
                     "summarize of article 7, 0.000 s to 5.000 s</title></rect>");
    assert_has(text, "<rect class=\"c1\" x=\"442.0\" y=\"47\" width=\"170.5\"");
    assert_has(text, ">main</text>");
    free(text);
}

TEST(times_are_those_at_speed_1)
{
    char *text;

    about.speed = 50;
    begin();
    add_thread(0, "main");
    add_call(0, 0, 5, LLM_SUMMARY);
    text = end();
    assert_has(text, "x=\"100.0\" y=\"47\" width=\"341.5\"");
    assert_has(text, "0.000 s to 5.000 s");
    free(text);
}

TEST(the_legend_has_what_is_drawn_and_no_more)
{
    char *text;

    begin();
    add_thread(0, "main");
    add_call(0, 0, 5, LLM_KEYWORDS);
    add_wait(0, 5, 8, TIMELINE_LOCK);
    text = end();
    assert_has(text, ">keywords</text>");
    assert_has(text, ">waits for a lock</text>");
    assert_null(strstr(text, ">summarize</text>"));
    assert_null(strstr(text, ">waits to send</text>"));
    free(text);
}

TEST(calls_that_are_not_answered_are_marked_however_short)
{
    struct span span;
    char *text;

    begin();
    add_thread(0, "main");
    add_call(0, 0, 2, LLM_SUMMARY);
    for (int i = 0; i < 3; i++) {
        span = make(SPAN_CALL, 0, 2 + 2 * i, 2.001 + 2 * i);
        span.end = i == 0 ? SPAN_FAILED : SPAN_GIVEN_UP;
        if (i == 2)
            span = make(SPAN_REFUSED, 0, 6, 6);
        sink.on_span(sink.context, &span);
        add_wait(0, 2.001 + 2 * i, 4 + 2 * i, TIMELINE_DEADLINE);
    }
    text = end();
    assert_has(text, ">!</text>");
    assert_has(text, ">~</text>");
    assert_int_equal(count(text, "<path class=\"x\""), 2); /* one is in the legend */
    assert_has(text, "summarize of article 7 refused, 6.000 s</title>");
    free(text);
}

TEST(waits_for_the_same_with_nothing_between_them_are_one)
{
    char *text;

    begin();
    add_thread(0, "main");
    for (int i = 0; i < 9; i++)
        add_wait(0, i, i + 0.999999, TIMELINE_RECEIVE);
    add_wait(0, 9, 10, TIMELINE_SEND);
    text = end();
    assert_has(text, "receiving from \"results\" and 8 more, 0.000 s to 9.000 s</title>");
    assert_int_equal(count(text, "<path class=\"wr\""), 2); /* one is in the legend */
    free(text);
}

TEST(of_what_is_too_narrow_to_be_told_apart_the_longest_is_drawn)
{
    char *text;

    begin();
    add_thread(0, "main");
    add_call(0, 1, 1.001, LLM_SUMMARY);
    add_call(0, 1.001, 1.004, LLM_SENTIMENT);
    add_call(0, 1.004, 1.006, LLM_KEYWORDS);
    text = end();
    assert_has(text, "sentiment of article 7 and 2 more, 1.000 s to 1.006 s</title>");
    free(text);
}

TEST(a_lock_is_held_below_what_its_holder_does)
{
    struct span hold;
    char *text;

    begin();
    add_thread(0, "main");
    add_call(0, 1, 4, LLM_SUMMARY);
    hold = make(SPAN_HOLD, 0, 1, 4);
    sink.on_span(sink.context, &hold);
    text = end();
    assert_has(text, "<path class=\"h\" d=\"M168.4 60h205.2\">"
                     "<title>holding the lock \"results\", 1.000 s to 4.000 s</title>");
    free(text);
}

TEST(lanes_are_in_natural_order_whatever_the_order_of_starting)
{
    char *text;

    begin();
    add_thread(2, "article 10");
    add_thread(1, "article 9");
    add_thread(3, "article 1");
    add_thread(0, "main");
    text = end();
    assert_true(strstr(text, ">main<") < strstr(text, ">article 1<"));
    assert_true(strstr(text, ">article 1<") < strstr(text, ">article 9<"));
    assert_true(strstr(text, ">article 9<") < strstr(text, ">article 10<"));
    free(text);
}

TEST(several_runs_have_one_scale)
{
    char *text;

    begin();
    add_thread(0, "main");
    add_call(0, 0, 5, LLM_SUMMARY);
    end_run(5);
    about.title = "Part 3, good-lock";
    begin_run();
    add_thread(0, "main");
    add_call(0, 0, 10, LLM_SUMMARY);
    text = end();
    assert_has(text, "width=\"341.5\"");
    assert_has(text, "width=\"683.5\"");
    assert_has(text, "<title id=\"title\">Part 3, bad-lock; Part 3, good-lock</title>");
    free(text);
}

TEST(the_axis_reaches_as_far_as_asked_for_but_never_less_far_than_the_run)
{
    char *text;

    svg = svg_create(20 * NS_PER_S);
    assert_non_null(svg);
    begin_run();
    add_thread(0, "main");
    add_call(0, 0, 10, LLM_SUMMARY);
    text = end();
    assert_has(text, "width=\"341.5\"");
    assert_has(text, ">20</text>");
    free(text);
    svg = svg_create(NS_PER_S);
    assert_non_null(svg);
    begin_run();
    add_thread(0, "main");
    add_call(0, 0, 10, LLM_SUMMARY);
    text = end();
    assert_has(text, "width=\"683.5\"");
    free(text);
}

TEST(a_stalled_run_says_which_threads_wait_for_ever_and_what_else_is_known)
{
    struct span span;
    char *text;

    about.is_stalled = true;
    begin();
    add_thread(0, "main");
    add_thread(1, "article 1");
    add_thread(2, "article 2");
    span = make(SPAN_WAIT, 0, 0, 10);
    span.end = SPAN_OPEN;
    sink.on_span(sink.context, &span);
    sink.on_ended(sink.context, 1, about.started_ns + 5 * NS_PER_S);
    svg_note(svg, "main waits until 1 is done -> article 1");
    text = end();
    assert_int_equal(count(text, ">for ever</text>"), 1);
    assert_has(text, ">5.0 s</text>");
    assert_has(text, ">main waits until 1 is done -&gt; article 1</text>");
    free(text);
}

TEST(a_stalled_run_ends_soon_after_its_last_step)
{
    struct span span;
    char *text;

    about.is_stalled = true;
    begin();
    add_thread(0, "main");
    add_call(0, 0, 4, LLM_SUMMARY);
    span = make(SPAN_WAIT, 0, 4, 100);
    span.end = SPAN_OPEN;
    span.wait = TIMELINE_SEND;
    sink.on_span(sink.context, &span);
    end_run(100);
    text = write_picture();
    assert_has(text, "<path class=\"ws\" d=\"M647.2 53h136.8\"><title>sending to \"results\", "
                     "4.000 s to the end</title>");
    free(text);
}

TEST(text_from_outside_stays_text)
{
    char *text;

    about.title = "<script>alert(1)</script> & \"more\"";
    about.command = "./lesson 2 --input=]]>\x1B[2J\xFF\xEF\xBF\xBF\xEF\xBF\xBE\xE2\x82\xAC";
    begin();
    add_thread(0, "</text>");
    text = end();
    assert_null(strstr(text, "<script"));
    assert_has(text, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \"more\"");
    assert_has(text, "--input=]]&gt;\\u001B[2J\\xFF\xE2\x82\xAC.");
    assert_has(text, ">&lt;/text&gt;</text>");
    free(text);
}

TEST(threads_that_have_no_lane_are_counted_and_their_calls_are_in_flight)
{
    char *text, name[16];

    begin();
    for (int thread = 0; thread < SVG_LANES_MAX + 23; thread++) {
        struct span span = make(SPAN_CALL, thread, 1, 2);

        snprintf(name, sizeof name, "article %d", thread + 1);
        add_thread(thread, name);
        span.in_flight = thread + 1;
        sink.on_span(sink.context, &span);
    }
    text = end();
    assert_has(text, ">... and 23 more threads</text>");
    assert_has(text, ">at most 123</text>");
    assert_int_equal(count(text, "<rect class=\"c0\""), SVG_LANES_MAX + 1);
    free(text);
}

TEST(a_picture_of_two_hundred_calls_is_below_100_kilobytes)
{
    char *text;

    begin();
    for (int thread = 0; thread < 10; thread++) {
        add_thread(thread, "worker");
        for (int i = 0; i < 20; i++) {
            double at = i * 0.5;

            add_wait(thread, at, at + 0.1, TIMELINE_RECEIVE);
            add_call(thread, at + 0.1, at + 0.3, LLM_SUMMARY);
            add_wait(thread, at + 0.3, at + 0.4, TIMELINE_SEND);
            add_wait(thread, at + 0.4, at + 0.5, TIMELINE_LOCK);
        }
    }
    text = end();
    assert_int_equal(count(text, "summarize of article"), 200);
    assert_true(strlen(text) < 100000);
    free(text);
}

TEST(a_picture_of_a_very_long_run_is_no_larger)
{
    static const enum timeline_wait waits[] = {TIMELINE_LOCK, TIMELINE_SEND, TIMELINE_RECEIVE};
    enum { THREADS = 20, CALLS = 20000 };
    char *text;

    begin();
    for (int thread = 0; thread < THREADS; thread++) {
        add_thread(thread, "worker");
        for (int i = 0; i < CALLS; i++) {
            struct span span = make(SPAN_CALL, thread, i, i + 0.4 + i % 3 * 0.1);

            span.task = (enum llm_task)(i % LLM_TASKS);
            span.in_flight = thread == 7 && i == 777 ? 19 : 3;
            sink.on_span(sink.context, &span);
            add_wait(thread, i + 0.6, i + 1, waits[i % 3]);
        }
    }
    end_run(CALLS);
    text = write_picture();
    assert_has(text, ">at most 19</text>");
    assert_true(strlen(text) > 10000 && strlen(text) < 500000);
    free(text);
}

TEST(a_run_of_nothing_is_a_picture_too)
{
    char *text;

    begin();
    end_run(0);
    text = write_picture();
    assert_has(text, "at most 0");
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    free(text);
}

TEST(a_picture_that_cannot_be_written_is_an_error)
{
    FILE *full = fopen("/dev/full", "w");

    if (full == NULL)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    begin();
    end_run(1);
    assert_int_equal(svg_write(svg, full), ENOSPC);
    svg_destroy(svg);
    fclose(full);
}
