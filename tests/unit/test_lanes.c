#include "unit.h"

#include "picture/lanes.h"
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct picture_about about = {.speed = 1};

static struct lanes *make_lanes(const char *const *names, size_t count)
{
    struct lanes *lanes = lanes_create(&about);
    struct span_sink sink = lanes_sink(lanes);

    for (size_t i = 0; i < count; i++)
        sink.on_thread(sink.context, (int)i, names[i]);
    return lanes;
}

/* What is shown in at most `count` rows: names, and how many more there are. */
static void list_rows(const struct lanes *lanes, size_t count, char *text, size_t size)
{
    struct lanes_row rows[64];
    size_t used = lanes_fit(lanes, rows, count), length = 0;

    assert_true(used <= count);
    for (size_t i = 0; i < used; i++) {
        const struct lanes_row *row = &rows[i];

        if (row->lane != NULL)
            length += (size_t)snprintf(text + length, size - length, "%s|", lane_name(row->lane));
        else
            length += (size_t)snprintf(text + length, size - length, "+%zu%s|", row->more,
                                       row->are_alike ? " alike" : "");
    }
}

static void assert_rows(const struct lanes *lanes, size_t count, const char *expected)
{
    char text[1024] = "";

    list_rows(lanes, count, text, sizeof text);
    assert_string_equal(text, expected);
}

TEST(lanes_are_in_the_order_of_the_work_and_of_their_numbers)
{
    static const char *const names[] = {
        "main",        "keywords 2", "keywords 1", "sentiment 1", "summarize 10",
        "summarize 9", "store",      "preprocess", "worker 2",    "article 1",
        "worker 10",   "worker 1",   "closer",     "feeder",
    };
    struct lanes *lanes = make_lanes(names, COUNT_OF(names));

    assert_rows(lanes, 20,
                "main|feeder|closer|article 1|worker 1|worker 2|worker 10|preprocess|summarize 9|"
                "summarize 10|sentiment 1|keywords 1|keywords 2|store|");
    lanes_destroy(lanes);
    assert_true(lane_compare_names("article 9", "article 10") < 0);
    assert_true(lane_compare_names("article", "article 1") < 0);
    assert_true(lane_compare_names("main", "article 1") < 0);
    assert_true(lane_compare_names("keywords 1", "store") < 0);
    assert_true(lane_compare_names("a", "ab") < 0);
    assert_int_equal(lane_compare_names("worker 2", "worker 2"), 0);
}

TEST(of_like_lanes_the_first_are_shown_and_the_others_are_counted)
{
    static const char *const names[] = {"main",     "closer",   "worker 1", "worker 2",
                                        "worker 3", "worker 4", "worker 5", "worker 6"};
    struct lanes *lanes = make_lanes(names, COUNT_OF(names));

    assert_rows(lanes, 8, "main|closer|worker 1|worker 2|worker 3|worker 4|worker 5|worker 6|");
    assert_rows(lanes, 7, "main|closer|worker 1|worker 2|worker 3|worker 4|+2 alike|");
    assert_rows(lanes, 4, "main|closer|worker 1|+5 alike|");
    assert_rows(lanes, 3, "main|closer|+6|");
    assert_rows(lanes, 2, "main|+7|");
    assert_rows(lanes, 1, "+8|");
    lanes_destroy(lanes);
}

TEST(the_kind_with_most_lanes_is_cut_first)
{
    static const char *const names[] = {"main",        "summarize 1", "summarize 2",
                                        "summarize 3", "keywords 1",  "keywords 2",
                                        "keywords 3",  "keywords 4",  "store"};
    struct lanes *lanes = make_lanes(names, COUNT_OF(names));

    assert_rows(lanes, 8,
                "main|summarize 1|summarize 2|summarize 3|keywords 1|keywords 2|+2 alike|store|");
    /* A row for one more lane shows that lane. */
    assert_rows(lanes, 7, "main|summarize 1|+2 alike|keywords 1|keywords 2|+2 alike|store|");
    assert_rows(lanes, 6, "main|summarize 1|+2 alike|keywords 1|+3 alike|store|");
    lanes_destroy(lanes);
}

static void assert_ended(const struct lanes *lanes, size_t count, const char *name,
                         int64_t ended_ns)
{
    struct lanes_row rows[64];
    size_t i = 0;

    assert_int_equal(lanes_fit(lanes, rows, count), count);
    while (i < count && (rows[i].lane == NULL || strcmp(lane_name(rows[i].lane), name) != 0))
        i++;
    assert_true(i < count);
    assert_int_equal(lane_ended_ns(rows[i].lane, NULL), ended_ns);
}

TEST(a_hundred_thousand_threads_are_counted_and_a_few_of_them_kept)
{
    struct lanes *lanes = make_lanes(NULL, 0);
    struct span_sink sink = lanes_sink(lanes);
    char name[32];

    assert_rows(lanes, 9, "");
    sink.on_thread(sink.context, 0, "main");
    for (int i = 1; i <= 100000; i++) {
        struct span span = {.kind = SPAN_CALL, .thread = i, .from_ns = i, .to_ns = i + 1};

        snprintf(name, sizeof name, "article %d", i);
        sink.on_thread(sink.context, i, name);
        sink.on_span(sink.context, &span);
        sink.on_ended(sink.context, i, i + 1);
    }
    assert_rows(lanes, 5, "main|article 1|article 2|article 3|+99997 alike|");
    /* The newest may be told first. */
    for (int i = 1000; i > 0; i--) {
        snprintf(name, sizeof name, "worker %d", i);
        sink.on_thread(sink.context, 100000 + i, name);
        if (i == 500)
            sink.on_thread(sink.context, 500000, "preprocess");
    }
    for (int i = 1; i <= 1000; i++)
        sink.on_ended(sink.context, 100000 + i, i);
    sink.on_ended(sink.context, 500000, 17);
    assert_rows(lanes, 8,
                "main|article 1|article 2|+99998 alike|worker 1|worker 2|+998 alike|preprocess|");
    assert_ended(lanes, 8, "worker 2", 2);
    assert_ended(lanes, 8, "preprocess", 17);
    /* Nor is there room for any number of kinds. */
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%c%c", 'a' + i / 26, 'a' + i % 26);
        sink.on_thread(sink.context, 200000 + i, name);
    }
    assert_rows(lanes, 5, "main|aa|ab|ac|+101098|");
    lanes_destroy(lanes);
}

TEST(what_a_terminal_obeys_is_not_in_a_name)
{
    static const char *const names[] = {"a\033[2J\xC2\x9B 1"};
    struct lanes *lanes = make_lanes(names, 1);

    assert_rows(lanes, 1, "a?[2J?? 1|");
    lanes_destroy(lanes);
}

/* The lane of thread 0, a letter for each of ten columns. */
static void assert_columns(const struct lanes *lanes, const struct span *open, int64_t until_ns,
                           const char *expected)
{
    enum lane_sign signs[10];
    struct lanes_row row;
    char text[11] = "";

    assert_int_equal(lanes_fit(lanes, &row, 1), 1);
    lane_columns(lanes, row.lane, open, until_ns, signs, 10);
    for (int i = 0; i < 10; i++)
        text[i] = " 123.:<>x!~"[signs[i]];
    assert_string_equal(text, expected);
}

static void add(struct lanes *lanes, struct span span)
{
    struct span_sink sink = lanes_sink(lanes);

    sink.on_span(sink.context, &span);
}

TEST(a_column_has_the_sign_of_what_took_most_of_it)
{
    static const char *const names[] = {"one"};

    /* The same at any length of a run: from a microsecond to months. */
    for (int64_t unit_ns = 1; unit_ns < 1000 * 1000 * NS_PER_S; unit_ns *= 10) {
        struct lanes *lanes = make_lanes(names, 1);

        add(lanes, (struct span){.kind = SPAN_CALL, .to_ns = 200 * unit_ns});
        add(lanes, (struct span){.kind = SPAN_CALL,
                                 .task = LLM_KEYWORDS,
                                 .from_ns = 200 * unit_ns,
                                 .to_ns = 270 * unit_ns});
        add(lanes, (struct span){.kind = SPAN_WAIT,
                                 .wait = TIMELINE_SEND,
                                 .from_ns = 270 * unit_ns,
                                 .to_ns = 400 * unit_ns});
        /* Half of it is no column's most. */
        add(lanes, (struct span){.kind = SPAN_HOLD, .from_ns = 0, .to_ns = 1000 * unit_ns});
        add(lanes, (struct span){.kind = SPAN_WAIT,
                                 .wait = TIMELINE_LOCK,
                                 .from_ns = 500 * unit_ns,
                                 .to_ns = 510 * unit_ns});
        add(lanes, (struct span){.kind = SPAN_WAIT,
                                 .wait = TIMELINE_DEADLINE,
                                 .from_ns = 650 * unit_ns,
                                 .to_ns = 800 * unit_ns});
        assert_columns(lanes, NULL, 1000 * unit_ns, "113>  ..  ");
        lanes_destroy(lanes);
    }
}

TEST(a_call_that_fails_is_seen_however_short_it_was)
{
    static const char *const names[] = {"one"};
    struct lanes *lanes = make_lanes(names, 1);

    add(lanes, (struct span){.kind = SPAN_REFUSED, .from_ns = 5});
    add(lanes, (struct span){.kind = SPAN_WAIT, .from_ns = 5, .to_ns = NS_PER_S});
    add(lanes, (struct span){.kind = SPAN_CALL,
                             .end = SPAN_FAILED,
                             .from_ns = 5 * NS_PER_S,
                             .to_ns = 6 * NS_PER_S + NS_PER_MS});
    add(lanes, (struct span){.kind = SPAN_CALL,
                             .end = SPAN_GIVEN_UP,
                             .from_ns = 8 * NS_PER_S,
                             .to_ns = 10 * NS_PER_S});
    assert_columns(lanes, NULL, 10 * NS_PER_S, "x    1! 1~");
    lanes_destroy(lanes);
}

TEST(a_lane_with_a_refused_or_failed_call_is_among_the_few_that_are_shown)
{
    static const char *const names[] = {"worker 1", "worker 2", "worker 3", "worker 4",
                                        "worker 5", "worker 6", "worker 7", "worker 8"};
    struct lanes *lanes = make_lanes(names, COUNT_OF(names));

    add(lanes, (struct span){.kind = SPAN_REFUSED, .thread = 4, .from_ns = 5});
    add(lanes, (struct span){.kind = SPAN_REFUSED, .thread = 5, .from_ns = 5});
    add(lanes, (struct span){.kind = SPAN_CALL, .end = SPAN_FAILED, .thread = 6, .to_ns = 9});
    assert_rows(lanes, 5, "worker 1|worker 2|worker 5|worker 7|+4 alike|");
    assert_rows(lanes, 3, "worker 1|worker 5|+6 alike|");
    assert_rows(lanes, 2, "worker 1|+7 alike|");
    lanes_destroy(lanes);
}

TEST(a_thread_that_lived_shortly_is_seen)
{
    static const char *const names[] = {"one"};
    struct lanes *lanes = make_lanes(names, 1);

    add(lanes, (struct span){.kind = SPAN_WAIT,
                             .wait = TIMELINE_SEND,
                             .from_ns = 3 * NS_PER_S,
                             .to_ns = 3 * NS_PER_S + NS_PER_MS});
    add(lanes, (struct span){.kind = SPAN_CALL,
                             .from_ns = 3 * NS_PER_S + NS_PER_MS,
                             .to_ns = 3 * NS_PER_S + 5 * NS_PER_MS});
    assert_columns(lanes, NULL, 10 * NS_PER_S, "   1      ");
    lanes_destroy(lanes);
}

TEST(what_a_thread_does_now_is_drawn_up_to_now)
{
    static const char *const names[] = {"one"};
    const struct span open = {
        .kind = SPAN_CALL, .task = LLM_SENTIMENT, .from_ns = 2 * NS_PER_S, .to_ns = 5 * NS_PER_S};
    struct lanes *lanes = make_lanes(names, 1);

    add(lanes, (struct span){.kind = SPAN_CALL, .to_ns = 2 * NS_PER_S});
    assert_columns(lanes, &open, 10 * NS_PER_S, "11222     ");
    assert_columns(lanes, NULL, 10 * NS_PER_S, "11        ");
    /* Each column is half of what it was. */
    assert_columns(lanes, &open, 5 * NS_PER_S, "1111222222");
    lanes_destroy(lanes);
}

/* The calls in flight as digits, in ten columns. */
static void assert_in_flight(const struct flight *flight, int64_t until_ns, const char *expected)
{
    char text[11] = "";
    int most[10];

    flight_columns(flight, until_ns, most, 10);
    for (int i = 0; i < 10; i++)
        text[i] = (char)('0' + most[i]);
    assert_string_equal(text, expected);
}

TEST(the_calls_in_flight_are_those_that_began_and_have_not_ended)
{
    for (int64_t unit_ns = 1; unit_ns < 1000 * 1000 * NS_PER_S; unit_ns *= 10) {
        struct flight flight = {.started_ns = 17};

        /* In the order in which they end. The second begins and the first ends in one column. */
        flight_add(&flight, &(struct span){.kind = SPAN_CALL,
                                           .end = SPAN_ANSWERED,
                                           .from_ns = 17,
                                           .to_ns = 17 + 230 * unit_ns,
                                           .in_flight = 1});
        flight_add(&flight, &(struct span){.kind = SPAN_CALL,
                                           .end = SPAN_FAILED,
                                           .from_ns = 17 + 610 * unit_ns,
                                           .to_ns = 17 + 620 * unit_ns,
                                           .in_flight = 3});
        flight_add(&flight, &(struct span){.kind = SPAN_CALL,
                                           .end = SPAN_GIVEN_UP,
                                           .from_ns = 17 + 220 * unit_ns,
                                           .to_ns = 17 + 810 * unit_ns,
                                           .in_flight = 2});
        flight_add(&flight, &(struct span){.kind = SPAN_CALL,
                                           .end = SPAN_OPEN,
                                           .from_ns = 17 + 510 * unit_ns,
                                           .to_ns = 17 + 1000 * unit_ns,
                                           .in_flight = 2});
        flight_add(&flight, &(struct span){.kind = SPAN_WAIT, .in_flight = 9});
        flight_add(&flight, &(struct span){.kind = SPAN_REFUSED, .in_flight = 9});
        assert_in_flight(&flight, 17 + 1000 * unit_ns, "1121123221");
        /* On the scale of a longer run. */
        assert_in_flight(&flight, 17 + 2000 * unit_ns, "1223211111");
    }
}

TEST(a_run_without_a_call_has_none_in_flight)
{
    struct flight flight = {.started_ns = 0};

    assert_in_flight(&flight, NS_PER_S, "0000000000");
    assert_in_flight(&flight, 0, "0000000000");
}
