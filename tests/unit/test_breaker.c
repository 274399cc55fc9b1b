#include "unit.h"

#include "sync/breaker.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* So long that no test lasts: where it has to be over, the test turns the time back. */
#define OPEN_NS (1000 * NS_PER_S)

/* What on_change told, in words: "closed>open open>half-open ". */
struct diary {
    char text[4096];
    int changes, broken; /* how many; those that did not begin where the one before ended */
    enum breaker_state state;
};

static void note(void *context, enum breaker_state from, enum breaker_state to)
{
    struct diary *diary = context;
    size_t used = strlen(diary->text);

    snprintf(diary->text + used, sizeof diary->text - used, "%s>%s ", breaker_state_name(from),
             breaker_state_name(to));
    diary->changes++;
    diary->broken += from != diary->state || to == from;
    diary->state = to;
}

struct fixture {
    struct breaker breaker;
    struct diary diary;
};

static void init(struct fixture *fixture, int failures)
{
    memset(&fixture->diary, 0, sizeof fixture->diary);
    fixture->diary.state = BREAKER_CLOSED;
    breaker_init(&fixture->breaker, failures, OPEN_NS, note, &fixture->diary);
}

/* Ends the test: this is what happened, and nothing else. */
static void destroy(struct fixture *fixture, const char *expected)
{
    assert_string_equal(fixture->diary.text, expected);
    assert_int_equal(fixture->diary.broken, 0);
    breaker_destroy(&fixture->breaker);
}

static uint64_t enter(struct fixture *fixture)
{
    uint64_t pass;

    assert_int_equal(breaker_enter(&fixture->breaker, &pass), 0);
    return pass;
}

static void assert_refuses(struct fixture *fixture)
{
    uint64_t pass = 4711;

    for (int i = 0; i < 3; i++)
        assert_int_equal(breaker_enter(&fixture->breaker, &pass), ECONNREFUSED);
    assert_int_equal(pass, 4711);
}

static void call(struct fixture *fixture, bool succeeds)
{
    breaker_leave(&fixture->breaker, enter(fixture), succeeds);
}

/* Half of the time is not enough, twice half is. */
static void pass_half_of_the_time(struct fixture *fixture)
{
    fixture->breaker.opened_ns -= OPEN_NS / 2;
}

static void pass_the_time(struct fixture *fixture)
{
    pass_half_of_the_time(fixture);
    assert_refuses(fixture);
    pass_half_of_the_time(fixture);
}

/* Transitions. */

TEST(as_many_failures_in_a_row_as_said_open_it)
{
    for (int failures = 1; failures <= 5; failures++) {
        struct fixture fixture;

        init(&fixture, failures);
        for (int i = 0; i < failures; i++) {
            assert_int_equal(fixture.diary.changes, 0);
            call(&fixture, false);
        }
        assert_refuses(&fixture);
        destroy(&fixture, "closed>open ");
    }
}

TEST(a_success_ends_a_row_of_failures)
{
    struct fixture fixture;

    init(&fixture, 3);
    for (int i = 0; i < 10; i++) {
        call(&fixture, false);
        call(&fixture, false);
        call(&fixture, true);
    }
    call(&fixture, false);
    call(&fixture, false);
    assert_int_equal(fixture.diary.changes, 0);
    call(&fixture, false);
    destroy(&fixture, "closed>open ");
}

TEST(successes_never_change_it)
{
    struct fixture fixture;

    init(&fixture, 1);
    for (int i = 0; i < 100; i++)
        call(&fixture, true);
    destroy(&fixture, "");
}

TEST(a_probe_that_succeeds_closes_it)
{
    struct fixture fixture;
    uint64_t probe;

    init(&fixture, 2);
    call(&fixture, false);
    call(&fixture, false);
    pass_the_time(&fixture);
    probe = enter(&fixture);
    assert_refuses(&fixture);
    breaker_leave(&fixture.breaker, probe, true);
    /* As new: one failure does not open it, two do. */
    call(&fixture, false);
    assert_int_equal(fixture.diary.changes, 3);
    call(&fixture, false);
    assert_refuses(&fixture);
    destroy(&fixture, "closed>open open>half-open half-open>closed closed>open ");
}

TEST(a_probe_that_fails_opens_it_for_the_whole_time_again)
{
    struct fixture fixture;

    init(&fixture, 3);
    for (int i = 0; i < 3; i++)
        call(&fixture, false);
    for (int i = 0; i < 2; i++) {
        pass_the_time(&fixture);
        call(&fixture, false);
        assert_refuses(&fixture);
    }
    pass_the_time(&fixture);
    call(&fixture, true);
    call(&fixture, true);
    destroy(&fixture, "closed>open open>half-open half-open>open open>half-open half-open>open "
                      "open>half-open half-open>closed ");
}

TEST(it_is_not_half_open_before_its_time)
{
    struct breaker breaker;
    uint64_t pass;
    int64_t before_ns;

    breaker_init(&breaker, 1, 30 * NS_PER_MS, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        if (i == 0)
            assert_int_equal(breaker_enter(&breaker, &pass), 0);
        before_ns = clock_now_ns();
        breaker_leave(&breaker, pass, false);
        while (breaker_enter(&breaker, &pass) != 0)
            clock_sleep_ns(NS_PER_MS);
        assert_true(clock_now_ns() - before_ns >= 30 * NS_PER_MS);
    }
    breaker_destroy(&breaker);
}

TEST(nobody_has_to_listen)
{
    struct breaker breaker;
    uint64_t pass;

    breaker_init(&breaker, 1, 0, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(breaker_enter(&breaker, &pass), 0);
        breaker_leave(&breaker, pass, i == 2);
    }
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    breaker_destroy(&breaker);
}

/* One probe. */

struct crowd {
    struct breaker *breaker;
    atomic_int come, let_in, refused;
    int size;
    uint64_t pass; /* written by the one that was let in */
};

static void *come_together(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t pass;
    int error;

    atomic_fetch_add(&crowd->come, 1);
    while (atomic_load(&crowd->come) < crowd->size)
        sched_yield();
    error = breaker_enter(crowd->breaker, &pass);
    if (error == 0) {
        crowd->pass = pass;
        atomic_fetch_add(&crowd->let_in, 1);
    }
    atomic_fetch_add(&crowd->refused, error == ECONNREFUSED);
    return NULL;
}

TEST(of_eight_at_once_one_is_the_probe)
{
    struct fixture fixture;

    init(&fixture, 1);
    call(&fixture, false);
    for (int round = 0; round < 60; round++) {
        struct crowd crowd = {.breaker = &fixture.breaker, .size = 8};

        pass_the_time(&fixture);
        run_threads(crowd.size, come_together, &crowd);
        assert_int_equal(atomic_load(&crowd.let_in), 1);
        assert_int_equal(atomic_load(&crowd.refused), 7);
        breaker_leave(&fixture.breaker, crowd.pass, false);
    }
    assert_int_equal(fixture.diary.changes, 1 + 2 * 60);
    assert_int_equal(fixture.diary.broken, 0);
    breaker_destroy(&fixture.breaker);
}

/* Late results: of calls that were under way when it opened. */

TEST(what_comes_late_counts_neither_way_while_it_is_open)
{
    struct fixture fixture;
    uint64_t late[4];
    int64_t opened_ns;

    init(&fixture, 1);
    for (size_t i = 0; i < COUNT_OF(late); i++)
        late[i] = enter(&fixture);
    call(&fixture, false);
    opened_ns = fixture.breaker.opened_ns;
    for (size_t i = 0; i < COUNT_OF(late); i++)
        breaker_leave(&fixture.breaker, late[i], i % 2 == 0);
    assert_refuses(&fixture);
    assert_true(fixture.breaker.opened_ns == opened_ns); /* nor is it open for longer */
    destroy(&fixture, "closed>open ");
}

TEST(what_comes_late_counts_neither_way_while_the_probe_is_under_way)
{
    struct fixture fixture;
    uint64_t failure, success, forgotten, probe;

    init(&fixture, 1);
    failure = enter(&fixture);
    success = enter(&fixture);
    forgotten = enter(&fixture);
    call(&fixture, false);
    pass_the_time(&fixture);
    probe = enter(&fixture);
    breaker_leave(&fixture.breaker, failure, false);
    breaker_leave(&fixture.breaker, success, true);
    breaker_forget(&fixture.breaker, forgotten);
    assert_refuses(&fixture); /* the probe is still the one */
    breaker_leave(&fixture.breaker, probe, true);
    destroy(&fixture, "closed>open open>half-open half-open>closed ");
}

TEST(what_comes_late_counts_neither_way_once_it_is_closed_again)
{
    struct fixture fixture;
    uint64_t late[3], success;

    init(&fixture, 2);
    for (size_t i = 0; i < COUNT_OF(late); i++)
        late[i] = enter(&fixture);
    success = enter(&fixture);
    call(&fixture, false);
    call(&fixture, false);
    pass_the_time(&fixture);
    call(&fixture, true);
    for (size_t i = 0; i < COUNT_OF(late); i++)
        breaker_leave(&fixture.breaker, late[i], false); /* or it would open */
    call(&fixture, false);
    breaker_leave(&fixture.breaker, success, true); /* or the row would be at an end */
    assert_int_equal(fixture.diary.changes, 3);
    call(&fixture, false);
    destroy(&fixture, "closed>open open>half-open half-open>closed closed>open ");
}

TEST(calls_under_way_together_are_counted_as_they_end)
{
    struct fixture fixture;
    uint64_t passes[5];

    init(&fixture, 3);
    for (size_t i = 0; i < COUNT_OF(passes); i++)
        passes[i] = enter(&fixture);
    for (size_t i = 0; i < 2; i++)
        breaker_leave(&fixture.breaker, passes[i], false);
    assert_int_equal(fixture.diary.changes, 0);
    breaker_leave(&fixture.breaker, passes[2], false);
    assert_int_equal(fixture.diary.changes, 1);
    breaker_leave(&fixture.breaker, passes[3], false);
    breaker_leave(&fixture.breaker, passes[4], true);
    destroy(&fixture, "closed>open ");
}

/* Calls that were given up. */

TEST(what_is_forgotten_counts_neither_way)
{
    struct fixture fixture;

    init(&fixture, 2);
    for (int i = 0; i < 10; i++)
        breaker_forget(&fixture.breaker, enter(&fixture)); /* or it would open */
    call(&fixture, false);
    breaker_forget(&fixture.breaker, enter(&fixture)); /* or the row would be at an end */
    assert_int_equal(fixture.diary.changes, 0);
    call(&fixture, false);
    destroy(&fixture, "closed>open ");
}

TEST(after_a_forgotten_probe_the_next_one_is_it)
{
    struct fixture fixture;
    uint64_t probe;

    init(&fixture, 1);
    call(&fixture, false);
    pass_the_time(&fixture);
    for (int i = 0; i < 3; i++) {
        probe = enter(&fixture);
        assert_refuses(&fixture);
        breaker_forget(&fixture.breaker, probe);
    }
    probe = enter(&fixture);
    assert_refuses(&fixture);
    breaker_leave(&fixture.breaker, probe, true);
    call(&fixture, true);
    destroy(&fixture, "closed>open open>half-open half-open>closed ");
}

/* Many threads. */

static void *call_at_random(void *argument)
{
    struct fixture *fixture = argument;
    static atomic_uint seeds;
    uint32_t random = atomic_fetch_add(&seeds, 1) * 2654435769U;

    for (int i = 0; i < 2000; i++) {
        uint64_t pass;

        random = random * 1664525 + 1013904223;
        if (breaker_enter(&fixture->breaker, &pass) != 0)
            continue;
        if (random >> 16 & 1)
            sched_yield();
        if ((random >> 17) % 8 == 0)
            breaker_forget(&fixture->breaker, pass);
        else
            breaker_leave(&fixture->breaker, pass, (random >> 20) % 2 == 0);
    }
    return NULL;
}

/* ThreadSanitizer judges, too: the diary has no lock of its own. */
TEST(on_change_is_called_under_the_lock_and_in_order)
{
    struct fixture fixture;
    uint64_t pass;

    init(&fixture, 2);
    fixture.breaker.open_ns = 0;
    run_threads(8, call_at_random, &fixture);
    assert_int_equal(fixture.diary.broken, 0);
    assert_true(fixture.diary.changes > 10);
    assert_int_equal(fixture.diary.state, fixture.breaker.state);
    assert_int_equal(fixture.diary.changes, fixture.breaker.changes);
    /* And it is not stuck: nobody is under way, so the next one is let in. */
    assert_int_equal(breaker_enter(&fixture.breaker, &pass), 0);
    breaker_destroy(&fixture.breaker);
}

TEST(its_states_have_names)
{
    assert_string_equal(breaker_state_name(BREAKER_CLOSED), "closed");
    assert_string_equal(breaker_state_name(BREAKER_OPEN), "open");
    assert_string_equal(breaker_state_name(BREAKER_HALF_OPEN), "half-open");
    assert_string_equal(breaker_state_name((enum breaker_state)3), "unknown");
    assert_string_equal(breaker_state_name((enum breaker_state) - 1), "unknown");
}

static int allow_no_failure(void *unused)
{
    struct breaker breaker;

    breaker_init(&breaker, 0, 0, NULL, NULL);
    return 0;
}

TEST(a_breaker_that_would_never_be_closed_aborts)
{
    assert_aborts(allow_no_failure, NULL, "never be closed");
}
