#include "unit.h"

#include "observe/text.h"
#include "observe/timeline.h"
#include "picture/circle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run: main is thread 0, and the others are numbered as they are named here. */
struct run {
    struct spans *spans;
    struct circle *circle;
    struct span_sink sink;
};

static struct run begin(const char *const *names, size_t count)
{
    struct run run = {.spans = spans_create(NULL, 0), .circle = circle_create()};

    run.sink = circle_sink(run.circle);
    assert_int_equal(timeline_start(), 0);
    for (size_t i = 0; i < count; i++)
        timeline_thread_create(names[i]);
    spans_read(run.spans);
    assert_int_equal(spans_thread_count(run.spans), count + 1);
    return run;
}

static void add(const struct run *run, struct span span)
{
    run->sink.on_span(run->sink.context, &span);
}

/* Objects that are waited for. */
static const char articles[] = "articles", finished[] = "finished", jobs[] = "jobs",
                  room[] = "room", list[] = "list", count[] = "count";

static void sleep_for_ever(const struct run *run, int thread, enum timeline_wait wait,
                           const char *object, int number)
{
    struct span span = {.kind = SPAN_WAIT,
                        .end = SPAN_OPEN,
                        .thread = thread,
                        .wait = wait,
                        .object = object,
                        .count = number,
                        .woken_by = TIMELINE_NOBODY};

    snprintf(span.name, sizeof span.name, "%s", object);
    add(run, span);
}

static void wait_once(const struct run *run, int thread, enum timeline_wait wait,
                      const char *object, int woken_by)
{
    struct span span = {.kind = SPAN_WAIT,
                        .end = SPAN_OVER,
                        .thread = thread,
                        .wait = wait,
                        .object = object,
                        .woken_by = woken_by};

    snprintf(span.name, sizeof span.name, "%s", object);
    add(run, span);
}

static void hold(const struct run *run, int thread, const char *lock)
{
    add(run, (struct span){.kind = SPAN_HOLD,
                           .end = SPAN_OPEN,
                           .thread = thread,
                           .wait = TIMELINE_LOCK,
                           .object = lock});
}

static void assert_drawn(struct run *run, const struct screen *screen, const char *expected)
{
    char *text = circle_draw(run->circle, run->spans, screen);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    circle_destroy(run->circle);
    spans_destroy(run->spans);
    timeline_stop();
}

static const struct screen wide = {.columns = 80}, ascii = {.columns = 80, .is_ascii = true};

TEST(all_wait_for_main_and_main_for_all)
{
    static const char *const names[] = {"article 10", "article 2", "article 1"};
    struct run run = begin(names, COUNT_OF(names));

    sleep_for_ever(&run, 0, TIMELINE_WAIT_GROUP, articles, 3);
    for (int i = 1; i <= 3; i++)
        sleep_for_ever(&run, i, TIMELINE_SEND, finished, 0);
    assert_drawn(&run, &wide,
                 "  main             waits until 3 are done  ──▶ article 1-2, 10  ┐ a\n"
                 "  article 1-2, 10  send to \"finished\"      ──▶ main             ┘ circle\n");
}

TEST(main_needs_both_and_so_can_wake_neither)
{
    static const char *const names[] = {"store", "process"};
    struct run run = begin(names, COUNT_OF(names));

    sleep_for_ever(&run, 0, TIMELINE_WAIT_GROUP, articles, 2);
    sleep_for_ever(&run, 1, TIMELINE_RECEIVE, finished, 0);
    sleep_for_ever(&run, 2, TIMELINE_RECEIVE, room, 0);
    assert_drawn(&run, &ascii,
                 "  main     waits until 2 are done    --> process, store\n"
                 "  process  receives from \"room\"      --> store    \\ a\n"
                 "  store    receives from \"finished\"  --> process  / circle\n");
}

TEST(main_that_needs_one_of_two_may_wake_either)
{
    static const char *const names[] = {"store", "process"};
    struct run run = begin(names, COUNT_OF(names));

    sleep_for_ever(&run, 0, TIMELINE_WAIT_GROUP, articles, 1);
    sleep_for_ever(&run, 1, TIMELINE_RECEIVE, finished, 0);
    sleep_for_ever(&run, 2, TIMELINE_RECEIVE, room, 0);
    assert_drawn(&run, &ascii,
                 "  main     waits until 1 is done     --> process, store   \\ a\n"
                 "  process  receives from \"room\"      --> main or store    | circle\n"
                 "  store    receives from \"finished\"  --> main or process  /\n");
}

TEST(nobody_is_left)
{
    struct run run = begin(NULL, 0);

    sleep_for_ever(&run, 0, TIMELINE_RECEIVE, finished, 0);
    assert_drawn(&run, &wide,
                 "  main  receives from \"finished\"  ──▶ nobody is left to send or to close\n");
}

TEST(two_hold_what_the_other_wants)
{
    static const char *const names[] = {"article 1", "article 2"};
    struct run run = begin(names, COUNT_OF(names));

    sleep_for_ever(&run, 1, TIMELINE_LOCK, list, 0);
    hold(&run, 1, count);
    sleep_for_ever(&run, 2, TIMELINE_LOCK, count, 0);
    hold(&run, 2, list);
    sleep_for_ever(&run, 0, TIMELINE_WAIT_GROUP, articles, 2);
    assert_drawn(
        &run, &wide,
        "  main       waits until 2 are done      ──▶ article 1, article 2\n"
        "  article 1  waits for the lock \"list\"   ──▶ article 2, its holder  ┐ a\n"
        "  article 2  waits for the lock \"count\"  ──▶ article 1, its holder  ┘ circle\n");
}

TEST(a_thread_has_ended_and_kept_its_lock)
{
    static const char *const names[] = {"article 1", "article 2"};
    struct run run = begin(names, COUNT_OF(names));

    hold(&run, 1, list);
    sleep_for_ever(&run, 2, TIMELINE_LOCK, list, 0);
    assert_drawn(&run, &wide,
                 "  article 2  waits for the lock \"list\"  ──▶ article 1, which has ended\n");
}

TEST(a_thread_waits_for_its_own_lock)
{
    struct run run = begin(NULL, 0);

    hold(&run, 0, list);
    sleep_for_ever(&run, 0, TIMELINE_LOCK, list, 0);
    assert_drawn(&run, &wide, "  main  waits for the lock \"list\"  ──▶ main, its holder\n");
}

TEST(what_the_run_has_shown_is_used)
{
    static const char *const names[] = {"closer", "worker 1", "worker 2"};
    struct run run = begin(names, COUNT_OF(names));

    /* A worker was woken by the closer as it received a job: so the workers receive jobs. */
    wait_once(&run, 2, TIMELINE_RECEIVE, jobs, 1);
    /* Worker 2 woke main with a result: so the workers send results. */
    wait_once(&run, 0, TIMELINE_RECEIVE, finished, 3);
    sleep_for_ever(&run, 0, TIMELINE_RECEIVE, finished, 0);
    sleep_for_ever(&run, 1, TIMELINE_SEND, jobs, 0);
    for (int i = 2; i <= 3; i++)
        add(&run, (struct span){.kind = SPAN_CALL, .end = SPAN_OPEN, .thread = i});
    assert_drawn(&run, &wide,
                 "  main        receives from \"finished\"  ──▶ worker 1-2\n"
                 "  closer      sends to \"jobs\"           ──▶ worker 1-2\n"
                 "  worker 1-2  wait for an answer        ──▶ the provider\n");
}

TEST(an_object_of_another_name_at_the_same_address_is_another_one)
{
    static const char *const names[] = {"a", "b"};
    struct run run = begin(names, COUNT_OF(names));
    struct span old = {.kind = SPAN_WAIT,
                       .end = SPAN_OVER,
                       .wait = TIMELINE_SEND,
                       .object = finished,
                       .name = "old",
                       .woken_by = 1};

    add(&run, old);
    sleep_for_ever(&run, 0, TIMELINE_SEND, finished, 0);
    sleep_for_ever(&run, 1, TIMELINE_RECEIVE, jobs, 0);
    sleep_for_ever(&run, 2, TIMELINE_RECEIVE, room, 0);
    assert_drawn(&run, &wide,
                 "  main  sends to \"finished\"   ──▶ a or b     ┐ a\n"
                 "  a     receives from \"jobs\"  ──▶ main or b  │ circle\n"
                 "  b     receives from \"room\"  ──▶ main or a  ┘\n");
}

/* How many columns the widest line has. */
static int widest(const char *text)
{
    int columns = 0, most = 0;

    for (; *text != '\0'; text += text_character(text, strlen(text))) {
        columns = *text == '\n' ? 0 : columns + 1;
        most = columns > most ? columns : most;
    }
    return most;
}

TEST(a_circle_has_room_in_80_columns)
{
    static char names[200][TIMELINE_NAME_SIZE], objects[200][TIMELINE_NAME_SIZE];
    static const char *pointers[200];
    struct run run;
    char *text;

    for (int i = 0; i < 200; i++) {
        snprintf(names[i], sizeof names[i], "thread of a long name %d", i % 2 == 0 ? i : i / 40);
        snprintf(objects[i], sizeof objects[i], "an object of a long name %d", i);
        pointers[i] = names[i];
    }
    run = begin(pointers, COUNT_OF(pointers));
    for (int i = 0; i < 200; i++)
        sleep_for_ever(&run, i + 1, TIMELINE_SEND, objects[i < 100 ? 0 : i], 0);
    text = circle_draw(run.circle, run.spans, &wide);
    assert_true(widest(text) < 80);
    assert_non_null(strstr(text, "  and 85 more threads\n"));
    free(text);
    circle_destroy(run.circle);
    spans_destroy(run.spans);
    timeline_stop();
}

TEST(without_a_wait_there_is_nothing_to_draw)
{
    struct run run = begin(NULL, 0);

    wait_once(&run, 0, TIMELINE_RECEIVE, jobs, TIMELINE_NOBODY);
    assert_null(circle_draw(run.circle, run.spans, &wide));
    circle_destroy(run.circle);
    spans_destroy(run.spans);
    timeline_stop();
}
