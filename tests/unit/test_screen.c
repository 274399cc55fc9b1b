#include "unit.h"

#include "observe/text.h"
#include "observe/timeline.h"
#include "picture/screen.h"
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct picture_about about;

static void add(struct lanes *lanes, struct span span)
{
    struct span_sink sink = lanes_sink(lanes);

    span.from_ns *= NS_PER_S;
    span.to_ns *= NS_PER_S;
    sink.on_span(sink.context, &span);
}

static void add_call(struct lanes *lanes, int thread, enum llm_task task, int64_t from_s,
                     int64_t to_s, int in_flight)
{
    add(lanes, (struct span){.kind = SPAN_CALL,
                             .end = SPAN_ANSWERED,
                             .thread = thread,
                             .task = task,
                             .from_ns = from_s,
                             .to_ns = to_s,
                             .in_flight = in_flight});
}

static void add_wait(struct lanes *lanes, int thread, enum timeline_wait wait, int64_t from_s,
                     int64_t to_s, enum span_end end)
{
    add(lanes, (struct span){.kind = SPAN_WAIT,
                             .end = end,
                             .thread = thread,
                             .wait = wait,
                             .from_ns = from_s,
                             .to_ns = to_s});
}

/* Six seconds. An article works, and gets in the way of another one, which gets stuck. */
static struct lanes *make_lanes(void)
{
    static const char *const names[] = {"main", "article 1", "article 2"};
    struct lanes *lanes;
    struct span_sink sink;

    about = (struct picture_about){.speed = 1};
    lanes = lanes_create(&about);
    sink = lanes_sink(lanes);
    for (int i = 0; i < 3; i++)
        sink.on_thread(sink.context, i, names[i]);
    add_call(lanes, 1, LLM_SUMMARY, 0, 1, 1);
    add_call(lanes, 1, LLM_SENTIMENT, 1, 2, 1);
    add_call(lanes, 1, LLM_KEYWORDS, 2, 3, 1);
    sink.on_ended(sink.context, 1, 3 * NS_PER_S);
    add_wait(lanes, 2, TIMELINE_LOCK, 0, 3, SPAN_OVER);
    add_call(lanes, 2, LLM_SUMMARY, 3, 4, 1);
    add_wait(lanes, 2, TIMELINE_SEND, 4, 6, SPAN_OPEN);
    add_wait(lanes, 0, TIMELINE_WAIT_GROUP, 0, 6, SPAN_OPEN);
    return lanes;
}

static void assert_drawn(const struct screen *screen, const struct lanes *lanes, int64_t until_s,
                         const char *expected)
{
    char *text = screen_draw(screen, lanes, NULL, 6 * NS_PER_S, until_s * NS_PER_S);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

TEST(a_run_is_drawn_in_shades)
{
    const struct screen screen = {.columns = 80, .rows = 24};
    struct lanes *lanes = make_lanes();

    assert_drawn(&screen, lanes, 6,
                 "            0 s       1         2         3         4         5\n"
                 "main        ····························································\n"
                 "article 1   ░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓                               3.0 s\n"
                 "article 2   ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌░░░░░░░░░░››››››››››››››››››››\n"
                 "in flight   111111111111111111111111111111111111111100000000000000000000 max 1\n"
                 "            ░ summarize ▒ sentiment ▓ keywords · waits ╌ for a lock › to send\n");
    lanes_destroy(lanes);
}

TEST(a_run_is_drawn_in_ascii)
{
    const struct screen screen = {.columns = 60, .rows = 24, .is_ascii = true};
    struct lanes *lanes = make_lanes();

    assert_drawn(&screen, lanes, 6,
                 "            0 s          2            4\n"
                 "main        ........................................\n"
                 "article 1   11111112222223333333                     3.0 s\n"
                 "article 2   ::::::::::::::::::::1111111>>>>>>>>>>>>>\n"
                 "in flight   1111111111111111111111111110000000000000 max 1\n"
                 "            1 summarize 2 sentiment 3 keywords . waits\n"
                 "            : for a lock > to send\n");
    lanes_destroy(lanes);
}

TEST(a_run_is_drawn_on_the_scale_of_a_longer_one)
{
    const struct screen screen = {.columns = 80, .rows = 24, .is_ascii = true};
    struct lanes *lanes = make_lanes();

    assert_drawn(&screen, lanes, 60,
                 "            0 s       10        20        30        40        50\n"
                 "main        ......\n"
                 "article 1   123                                                          3.0 s\n"
                 "article 2   :::1>>\n"
                 "in flight   111100                                                       max 1\n"
                 "            1 summarize 2 sentiment 3 keywords . waits : for a lock > to send\n");
    lanes_destroy(lanes);
}

TEST(at_a_stall_what_is_not_over_lasts_for_ever)
{
    const struct screen screen = {.columns = 60, .rows = 24, .is_ascii = true};
    struct lanes *lanes = make_lanes();

    about.is_stalled = true;
    assert_drawn(&screen, lanes, 6,
                 "            0 s         2            4\n"
                 "main        ...................................... for ever\n"
                 "article 1   1111112222222333333                    3.0 s\n"
                 "article 2   :::::::::::::::::::111111>>>>>>>>>>>>> for ever\n"
                 "in flight   11111111111111111111111111000000000000 max 1\n"
                 "            1 summarize 2 sentiment 3 keywords . waits\n"
                 "            : for a lock > to send\n");
    lanes_destroy(lanes);
}

/* Takes the escape codes out; counts them. */
static int strip_colours(char *text)
{
    char *to = text;
    int codes = 0;

    for (const char *from = text; *from != '\0'; from++) {
        if (*from != '\033') {
            *to++ = *from;
            continue;
        }
        codes++;
        from += strcspn(from, "m");
    }
    *to = '\0';
    return codes;
}

TEST(in_colour_a_call_is_a_block_that_begins_with_its_digit)
{
    const struct screen screen = {.columns = 60, .rows = 24, .has_colour = true};
    struct lanes *lanes = make_lanes();
    char *text = screen_draw(&screen, lanes, NULL, 6 * NS_PER_S, 6 * NS_PER_S);

    assert_non_null(strstr(text, "article 1   \033[7;94m1\033[m\033[94m██████\033[m\033[7;32m2"));
    assert_true(strip_colours(text) > 20);
    assert_string_equal(text, "            0 s          2            4\n"
                              "main        ········································\n"
                              "article 1   1██████2█████3██████                     3.0 s\n"
                              "article 2   ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌1██████›››››››››››››\n"
                              "in flight   1111111111111111111111111110000000000000 max 1\n"
                              "            1█ summarize 2█ sentiment 3█ keywords · waits\n"
                              "            ╌ for a lock › to send\n");
    free(text);
    lanes_destroy(lanes);
}

TEST(colour_ends_with_its_line)
{
    const struct screen screen = {.columns = 80, .rows = 24, .has_colour = true};
    struct lanes *lanes = make_lanes();
    char *text = screen_draw(&screen, lanes, NULL, 6 * NS_PER_S, 6 * NS_PER_S);

    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *last = NULL;

        for (const char *at = line; (at = strchr(at, '\033')) != NULL; at++)
            last = at;
        assert_true(last == NULL || strncmp(last, "\033[m", 3) == 0);
    }
    free(text);
    lanes_destroy(lanes);
}

/* How many columns the widest line has. */
static int widest(const char *text)
{
    int columns = 0, most = 0;
    size_t left = strlen(text);

    while (left > 0) {
        size_t bytes = text_character(text, left);

        columns = *text == '\n' ? 0 : columns + 1;
        most = columns > most ? columns : most;
        text += bytes;
        left -= bytes;
    }
    return most;
}

TEST(a_picture_has_room_in_any_terminal)
{
    static const int64_t lengths_ns[] = {
        0, 1, 3 * NS_PER_MS, NS_PER_S, 99 * NS_PER_S, 12345 * NS_PER_S, 3000000 * NS_PER_S};
    char name[TIMELINE_NAME_SIZE];

    for (size_t i = 0; i < COUNT_OF(lengths_ns); i++) {
        struct lanes *lanes = make_lanes();
        struct span_sink sink = lanes_sink(lanes);

        for (int thread = 3; thread < 50; thread++) {
            snprintf(name, sizeof name, "a worker with a long name %d", thread);
            sink.on_thread(sink.context, thread, name);
            add_wait(lanes, thread, TIMELINE_RECEIVE, 0, 3, SPAN_OPEN);
            if (thread % 2 == 0)
                sink.on_ended(sink.context, thread, lengths_ns[i]);
        }
        add(lanes, (struct span){.kind = SPAN_REFUSED, .thread = 1});
        about.is_stalled = i % 2 == 0;
        for (int columns = 40; columns <= 250; columns += 7) {
            for (int rows = SCREEN_ROWS_MIN; rows < 70; rows += 9) {
                const struct screen screen = {.columns = columns, .rows = rows};
                char *text = screen_draw(&screen, lanes, NULL, lengths_ns[i], lengths_ns[i]);

                assert_true(widest(text) < columns);
                assert_true(count_lines(text) <= (size_t)rows);
                free(text);
            }
        }
        lanes_destroy(lanes);
    }
}

TEST(what_has_no_room_is_counted)
{
    const struct screen screen = {.columns = 60, .rows = 6, .is_ascii = true};
    struct lanes *lanes = make_lanes();
    struct span_sink sink = lanes_sink(lanes);

    sink.on_thread(sink.context, 3, "article 3");
    assert_drawn(&screen, lanes, 6,
                 "            0 s          2            4\n"
                 "main        ........................................\n"
                 "article 1   11111112222223333333                     3.0 s\n"
                 "            ... and 2 more, alike\n"
                 "in flight   1111111111111111111111111110000000000000 max 1\n"
                 "            1 summarize 2 sentiment 3 keywords . waits\n");
    lanes_destroy(lanes);
}

TEST(the_wait_that_is_explained_first_says_that_it_is_one)
{
    const struct screen screen = {.columns = 60, .rows = 24, .is_ascii = true};
    struct lanes *lanes = lanes_create(&about);
    struct span_sink sink = lanes_sink(lanes);

    about = (struct picture_about){.speed = 1};
    sink.on_thread(sink.context, 0, "main");
    add_wait(lanes, 0, TIMELINE_RECEIVE, 0, 3, SPAN_OVER);
    add_wait(lanes, 0, TIMELINE_SEND, 3, 6, SPAN_OVER);
    assert_drawn(&screen, lanes, 6,
                 "            0 s          2            4\n"
                 "main        <<<<<<<<<<<<<<<<<<<<>>>>>>>>>>>>>>>>>>>>\n"
                 "in flight   0000000000000000000000000000000000000000 max 0\n"
                 "            < waits to receive > to send\n");
    lanes_destroy(lanes);
}

TEST(times_are_those_at_speed_1)
{
    const struct screen screen = {.columns = 60, .rows = 24, .is_ascii = true};
    struct lanes *lanes = make_lanes();
    char *text;

    about.speed = 1000;
    text = screen_draw(&screen, lanes, NULL, 6 * NS_PER_S, 6 * NS_PER_S);
    assert_non_null(strstr(text, " 3000.0 s\n"));
    assert_ptr_equal(strstr(text, "            0 s         2000         4000\n"), text);
    free(text);
    about.speed = 0.001;
    text = screen_draw(&screen, lanes, NULL, 6 * NS_PER_S, 6 * NS_PER_S);
    assert_non_null(strstr(text, " 3.0 ms\n"));
    assert_ptr_equal(strstr(text, "            0 ms         2            4\n"), text);
    free(text);
    lanes_destroy(lanes);
}

TEST(calls_in_flight_go_from_0_to_9_and_from_a_to_z)
{
    static const struct {
        int in_flight;
        char digit;
    } cases[] = {{1, '1'}, {9, '9'}, {10, 'A'}, {35, 'Z'}, {36, '+'}, {10000, '+'}};
    const struct screen screen = {.columns = 60, .rows = 24};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lanes *lanes = make_lanes();
        char *text, *in_flight;

        add_call(lanes, 7, LLM_SUMMARY, 1, 2, cases[i].in_flight);
        text = screen_draw(&screen, lanes, NULL, 6 * NS_PER_S, 6 * NS_PER_S);
        in_flight = strstr(text, "in flight ");
        assert_non_null(strchr(in_flight, cases[i].digit));
        free(text);
        lanes_destroy(lanes);
    }
}

static void say_what(void *context, int thread, char *text, size_t size)
{
    snprintf(text, size, "%s thread %d \033[2J of the lock", *(const char **)context, thread);
}

TEST(while_it_runs_each_lane_says_what_its_thread_does_now)
{
    const char *word = "of";
    struct screen screen = {.columns = 80,
                            .rows = 24,
                            .is_ascii = true,
                            .beside = say_what,
                            .context = &word,
                            .beside_columns = 30};
    struct timeline_event call = {.kind = TIMELINE_CALL, .task = LLM_SENTIMENT, .count = 1};
    struct lanes *lanes = lanes_create(&about);
    struct span_sink sink = lanes_sink(lanes);
    struct spans *spans = spans_create(&sink, 1);
    struct span open;
    int64_t now_ns;
    char *text;

    about = (struct picture_about){.speed = 1};
    assert_int_equal(timeline_start(), 0);
    timeline_note(&call);
    spans_read(spans);
    assert_true(spans_open(spans, 0, 0, &open));
    about.started_ns = open.from_ns - 4100 * NS_PER_MS;
    now_ns = about.started_ns + 6 * NS_PER_S;
    text = screen_draw(&screen, lanes, spans, now_ns, now_ns + 2 * NS_PER_S);
    assert_string_equal(
        text, "            0 s      2        4        6\n"
              "main                          222222222          of thread 0 \\u001B[2J of the l\n"
              "in flight   000000000000000000111111111          max 1\n"
              "            2 sentiment\n");
    free(text);
    /* When it has ended, that is what is said. */
    sink.on_ended(sink.context, 0, now_ns);
    text = screen_draw(&screen, lanes, spans, now_ns, now_ns + 2 * NS_PER_S);
    assert_non_null(strstr(text, " 6.0 s\n"));
    free(text);
    timeline_stop();
    spans_destroy(spans);
    lanes_destroy(lanes);
}

/* A run of this length, with in_flight calls from its begin to its end. */
static struct lanes *make_busy(struct picture_about *ran, int in_flight, int64_t length_s)
{
    struct lanes *lanes = lanes_create(ran);
    struct span_sink sink = lanes_sink(lanes);
    char name[TIMELINE_NAME_SIZE];

    *ran = (struct picture_about){
        .speed = 1, .started_ns = length_s, .ended_ns = length_s + length_s * NS_PER_S};
    sink.on_thread(sink.context, 0, "main");
    for (int i = 1; i <= in_flight; i++) {
        struct span span = {.kind = SPAN_CALL,
                            .end = SPAN_ANSWERED,
                            .thread = i,
                            .task = (enum llm_task)(i % LLM_TASKS),
                            .from_ns = ran->started_ns,
                            .to_ns = ran->ended_ns,
                            .in_flight = i};

        snprintf(name, sizeof name, "worker %d", i);
        sink.on_thread(sink.context, i, name);
        sink.on_span(sink.context, &span);
    }
    return lanes;
}

static void assert_strips(const struct screen *screen, const struct screen_strip *strips,
                          size_t count, size_t lanes_each, const char *expected)
{
    char *text = screen_draw_strips(screen, strips, count, lanes_each);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

TEST(strips_of_several_runs_have_one_scale)
{
    struct picture_about ran[3];
    const struct screen_strip strips[] = {
        {"   1 ", make_busy(&ran[0], 1, 60)},
        {"   5 ", make_busy(&ran[1], 5, 12)},
        {"  20 ", make_busy(&ran[2], 20, 3)},
    };
    struct screen screen = {.columns = 46, .is_ascii = true};

    assert_strips(&screen, strips, 3, 0,
                  "   1 1111111111111111111111111111111111111111\n"
                  "   5 55555555\n"
                  "  20 KK\n");
    screen.is_ascii = false;
    assert_strips(&screen, strips, 3, 0,
                  "   1 ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁\n"
                  "   5 ▂▂▂▂▂▂▂▂\n"
                  "  20 ██\n");
    for (size_t i = 0; i < COUNT_OF(strips); i++)
        lanes_destroy((struct lanes *)strips[i].lanes);
}

TEST(below_a_strip_stand_lanes_of_its_workers)
{
    struct picture_about ran[2];
    const struct screen_strip strips[] = {
        {"  the one      ", make_busy(&ran[0], 1, 60)},
        {"  the other    ", make_busy(&ran[1], 5, 12)},
    };
    struct screen screen = {.columns = 56, .is_ascii = true};

    assert_strips(&screen, strips, 2, 3,
                  "  the one      1111111111111111111111111111111111111111\n"
                  "     worker 1  2222222222222222222222222222222222222222\n"
                  "  the other    55555555\n"
                  "     worker 1  22222222\n"
                  "     worker 2  33333333\n"
                  "     worker 3  11111111\n"
                  "  1 summarize 2 sentiment 3 keywords\n");
    for (size_t i = 0; i < COUNT_OF(strips); i++)
        lanes_destroy((struct lanes *)strips[i].lanes);
}

TEST(a_strip_of_a_run_without_calls_is_empty)
{
    struct picture_about ran;
    const struct screen_strip strips[] = {{"a ", make_busy(&ran, 0, 6)}};
    const struct screen screen = {.columns = 46};

    assert_strips(&screen, strips, 1, 0, "a \n");
    lanes_destroy((struct lanes *)strips[0].lanes);
}
