#include "unit.h"

#include "simulated.h"

#include "observe/log.h"
#include "observe/watch.h"
#include "sync/cancel.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static struct simulated simulated; /* each test prepares it */

/* --- What a call gives back */

/* How much of a result is not its error, nor padding. */
#define ANSWERS_SIZE \
    (offsetof(struct ai_result, keywords) + sizeof((struct ai_result *)0)->keywords)

/* Every byte of a result, so that any that a call should not touch is noticed. */
static struct ai_result make_untouched(void)
{
    struct ai_result result;

    memset(&result, '#', sizeof result);
    result.error = (struct article_error){0};
    return result;
}

TEST(without_faults_it_is_llm_call)
{
    struct article article = {.id = 7, .title = "A title", .content = "A record profit."};
    struct ai_result expected = make_untouched(), result = make_untouched();
    struct cancel cancel;

    simulated_init(&simulated, 1, 0, 0);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    for (int task = 0; task < LLM_TASKS; task++) {
        assert_int_equal(llm_call(&simulated.llm, (enum llm_task)task, &article, &expected), 0);
        assert_int_equal(llm_request(&simulated.llm, (enum llm_task)task, &article,
                                     task == LLM_KEYWORDS ? NULL : &cancel, &result),
                         0);
        assert_memory_equal(&result, &expected, ANSWERS_SIZE);
        assert_int_equal(result.error.cause, 0);
        assert_int_equal(result.error.attempt, 0);
        assert_null(result.error.stage);
    }
    assert_int_equal(simulated.llm.meters.attempts, 2 * LLM_TASKS);
    assert_int_equal(simulated.llm.meters.asked, 2 * LLM_TASKS);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 2 * LLM_TASKS);
    cancel_destroy(&cancel);
}

TEST(a_failed_call_says_which_and_why_and_writes_no_answer)
{
    static const char *const stages[LLM_TASKS] = {"summarize", "sentiment", "keywords"};
    struct article article = {.id = 7, .title = "A title", .content = "A record profit."};
    struct ai_result untouched = make_untouched();

    simulated_init(&simulated, 1, 0, 0);
    simulated.simulator.faults.error_rate = 1;
    for (int task = 0; task < LLM_TASKS; task++) {
        struct ai_result result = untouched;

        for (int attempt = 1; attempt <= 3; attempt++) {
            assert_int_equal(
                llm_request(&simulated.llm, (enum llm_task)task, &article, NULL, &result), EIO);
            assert_int_equal(result.error.cause, EIO);
            assert_string_equal(result.error.stage, stages[task]);
            assert_int_equal(result.error.attempt, attempt);
            assert_int_equal(result.error.retry_after_ns, 0);
            assert_memory_equal(&result, &untouched, ANSWERS_SIZE);
        }
        /* llm_call() knows of one attempt only. */
        assert_int_equal(llm_call(&simulated.llm, (enum llm_task)task, &article, &result), EIO);
        assert_int_equal(result.error.cause, EIO);
        assert_string_equal(result.error.stage, stages[task]);
        assert_int_equal(result.error.attempt, 1);
    }
    assert_int_equal(simulated.llm.meters.attempts, 4 * LLM_TASKS);
    assert_int_equal(simulated.llm.meters.asked, 2 * LLM_TASKS);
    assert_int_equal(simulated.llm.meters.failed, 4 * LLM_TASKS);
    simulated_assert_adds_up(&simulated);
}

TEST(a_call_fails_after_its_latency)
{
    int64_t started_ns;

    simulated_init(&simulated, 1, 0, 0);
    simulated.simulator.latency_min_ns = simulated.simulator.latency_max_ns = 40 * NS_PER_MS;
    simulated.llm.speed = 2;
    simulated.simulator.faults.error_rate = 1;
    started_ns = clock_now_ns();
    assert_int_equal(simulated_first(&simulated, 1), EIO);
    assert_true(clock_now_ns() - started_ns >= 20 * NS_PER_MS);
}

static int fail_aloud(void *unused)
{
    struct article_error error = {0};

    simulated_init(&simulated, 1, 0, 0);
    log_init("test");
    log_set_quiet(false);
    simulated.simulator.faults.error_rate = 1;
    simulated_request(&simulated, LLM_SUMMARY, 3, NULL, &error);
    simulated_request(&simulated, LLM_SUMMARY, 3, NULL, &error);
    simulated.simulator.faults.error_rate = 0;
    /* Two calls at once, the next one after a thousand seconds. */
    simulated.simulator.faults.rate = 0.001;
    simulated_request(&simulated, LLM_SENTIMENT, 4, NULL, &(struct article_error){0});
    simulated_request(&simulated, LLM_SENTIMENT, 5, NULL, &(struct article_error){0});
    return simulated_request(&simulated, LLM_SENTIMENT, 6, NULL, &(struct article_error){0}) !=
           EAGAIN;
}

TEST(the_log_says_how_each_attempt_ended)
{
    static const char expected[] = "  [3] Summarization started (0s)\n"
                                   "  [3] Summarization failed: 503 Service Unavailable\n"
                                   "  [3] Summarization started (0s, attempt 2)\n"
                                   "  [3] Summarization failed: 503 Service Unavailable\n"
                                   "  [4] Sentiment Analysis started (0s)\n"
                                   "  [4] Sentiment Analysis completed\n"
                                   "  [5] Sentiment Analysis started (0s)\n"
                                   "  [5] Sentiment Analysis completed\n"
                                   "  [6] Sentiment Analysis refused: 429 Too Many Requests, "
                                   "retry after ";
    struct child child = run_child(fail_aloud, NULL);

    assert_int_equal(child.status, 0);
    assert_memory_equal(child.out, expected, strlen(expected));
    assert_int_equal(count_lines(child.out), 9);
}

/* --- Calls that never answer */

#define CALLERS 60

/* Many calls at once, each in a thread of its own. */
struct calls {
    struct cancel cancel;
    int first_id;
    atomic_int ended[CALLERS]; /* 1 + what the call returned */
};

static struct calls calls; /* static: a test that fails leaves its threads behind */

struct caller {
    int number;
};
static struct caller callers[CALLERS];

static void *call(void *argument)
{
    int number = ((struct caller *)argument)->number;
    struct article_error error = {0};
    int result =
        simulated_request(&simulated, LLM_SUMMARY, calls.first_id + number, &calls.cancel, &error);

    atomic_store(&calls.ended[number], 1 + result);
    return NULL;
}

/* Returns how many of the calls hang: once all others have ended, nobody is left to wake them. */
static size_t start_calls(uint64_t seed, double hang_rate, int first_id, struct cancel *parent)
{
    simulated_init(&simulated, seed, 0, 0);
    simulated.simulator.faults.hang_rate = hang_rate;
    calls.first_id = first_id;
    cancel_init(&calls.cancel, parent, DEADLINE_NEVER);
    for (int i = 0; i < CALLERS; i++) {
        callers[i].number = i;
        atomic_store(&calls.ended[i], 0);
        assert_int_equal(thread_start(call, &callers[i], "call"), 0);
    }
    return watch_count_leaked(NULL);
}

/* A bit for each call that hung; all of them are ended. */
static uint64_t hanging(uint64_t seed, double hang_rate, int first_id)
{
    size_t hung = start_calls(seed, hang_rate, first_id, NULL), counted = 0;
    uint64_t which = 0;

    assert_int_equal(simulated.llm.meters.in_flight, hung);
    for (int i = 0; i < CALLERS; i++) {
        int ended = calls.ended[i];

        assert_true(ended == 0 || ended == 1);
        which |= (uint64_t)(ended == 0) << i;
        counted += ended == 0;
    }
    assert_int_equal(counted, hung);
    cancel_with(&calls.cancel, ECANCELED);
    assert_int_equal(watch_count_leaked(NULL), 0);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(calls.ended[i], which >> i & 1 ? 1 + ECANCELED : 1);
    assert_int_equal(simulated.llm.meters.given_up, hung);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), CALLERS - hung);
    simulated_assert_adds_up(&simulated);
    cancel_destroy(&calls.cancel);
    return which;
}

TEST(calls_that_hang_end_when_they_are_cancelled)
{
    assert_int_equal(hanging(1, 0, 1), 0);
    assert_int_equal(hanging(1, 1, 1), (UINT64_C(1) << CALLERS) - 1);
}

TEST(the_hang_rate_is_the_share_that_hangs_and_is_in_the_seed)
{
    int hung = 0;

    for (int batch = 0; batch < 4; batch++) {
        uint64_t which = hanging(2, 0.3, batch * CALLERS);

        assert_int_equal(hanging(2, 0.3, batch * CALLERS), which);
        assert_int_not_equal(hanging(3, 0.3, batch * CALLERS), which);
        for (; which != 0; which &= which - 1)
            hung++;
    }
    /* Of 240: within four standard deviations of 72. */
    assert_between(hung, 44, 100);
}

TEST(a_parent_that_is_cancelled_ends_them_too)
{
    struct cancel parent;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    assert_int_equal(start_calls(1, 1, 1, &parent), CALLERS);
    cancel_with(&parent, EINTR);
    assert_int_equal(watch_count_leaked(NULL), 0);
    assert_int_equal(cancel_reason(&calls.cancel), EINTR);
    assert_int_equal(simulated.llm.meters.given_up, CALLERS);
    cancel_destroy(&calls.cancel);
    cancel_destroy(&parent);
}

TEST(a_deadline_ends_a_call_that_hangs)
{
    struct article_error error = {0};
    int64_t deadline_ns = deadline_after(20 * NS_PER_MS);
    struct cancel cancel;

    simulated_init(&simulated, 1, 0, 0);
    simulated.simulator.faults.hang_rate = 1;
    cancel_init(&cancel, NULL, deadline_ns);
    assert_int_equal(simulated_request(&simulated, LLM_SENTIMENT, 1, &cancel, &error), ECANCELED);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(cancel_reason(&cancel), ETIMEDOUT);
    assert_int_equal(error.cause, ECANCELED);
    simulated_assert_adds_up(&simulated);
    cancel_destroy(&cancel);
}

TEST(a_deadline_is_so_long_from_now_or_never)
{
    int64_t before_ns = clock_now_ns(), deadline_ns = deadline_after(NS_PER_S),
            after_ns = clock_now_ns();

    assert_between(deadline_ns, before_ns + NS_PER_S, after_ns + NS_PER_S);
    assert_true(deadline_after(1) > before_ns);
    assert_true(deadline_after(0) == DEADLINE_NEVER);
    assert_true(deadline_after(-1) < clock_now_ns());
    assert_true(deadline_after(INT64_MIN) < clock_now_ns());
    assert_true(deadline_after(INT64_MAX) == DEADLINE_NEVER);
    assert_true(deadline_after(INT64_MAX - 1) == DEADLINE_NEVER);
}

static int calls_begun;

static void count_begun(void *context, const struct article *article)
{
    calls_begun++;
}

TEST(after_the_cancellation_no_call_is_made)
{
    static const int attempts[] = {0, 3};

    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        struct article_error error = {.attempt = attempts[i], .cause = EIO};
        struct cancel cancel;

        simulated_init(&simulated, 1, 0, 0);
        simulated.llm.hooks.on_started = count_begun;
        calls_begun = 0;
        cancel_init(&cancel, NULL, DEADLINE_NEVER);
        cancel_with(&cancel, ECANCELED);
        assert_int_equal(simulated_request(&simulated, LLM_SENTIMENT, 9, &cancel, &error),
                         ECANCELED);
        assert_int_equal(error.cause, ECANCELED);
        assert_string_equal(error.stage, "sentiment");
        assert_int_equal(error.attempt, attempts[i]);
        assert_int_equal(simulated.llm.meters.attempts, 0);
        assert_int_equal(simulated.llm.meters.asked, 0);
        assert_int_equal(simulated.llm.meters.given_up, 0);
        assert_int_equal(calls_begun, 0);
        cancel_destroy(&cancel);
    }
}

/* --- All at once */

static struct {
    struct cancel cancel;
    atomic_int first_attempts, results[5]; /* 0, EIO, EAGAIN, ECANCELED, anything else */
} storm;

static void *weather(void *unused)
{
    for (int id = 1; id <= 60; id++) {
        struct article_error error = {0};
        struct cancel cancel;
        int result;

        cancel_init(&cancel, &storm.cancel, deadline_after(3 * NS_PER_MS));
        atomic_fetch_add(&storm.first_attempts, 1);
        for (int attempt = 0; attempt < 3; attempt++) {
            if (cancel_reason(&cancel) != 0) {
                /* It is not made, and is no attempt. */
                if (attempt == 0)
                    atomic_fetch_sub(&storm.first_attempts, 1);
                break;
            }
            result = simulated_request(&simulated, LLM_SUMMARY, id, &cancel, &error);
            atomic_fetch_add(&storm.results[result == 0           ? 0
                                            : result == EIO       ? 1
                                            : result == EAGAIN    ? 2
                                            : result == ECANCELED ? 3
                                                                  : 4],
                             1);
            if (result == 0)
                break;
        }
        cancel_destroy(&cancel);
    }
    return NULL;
}

TEST(the_counters_add_up_in_any_weather)
{
    long long unmade;

    simulated_init(&simulated, 3, 0, 0);
    simulated.simulator.latency_max_ns = 2 * NS_PER_MS;
    simulated.simulator.limit = 5;
    simulated.simulator.faults =
        (struct simulator_faults){.error_rate = 0.3, .hang_rate = 0.05, .rate = 20000};
    cancel_init(&storm.cancel, NULL, DEADLINE_NEVER);
    run_threads(8, weather, NULL);
    simulated_assert_adds_up(&simulated);
    assert_int_equal(storm.results[4], 0);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), storm.results[0]);
    assert_int_equal(simulated.llm.meters.failed, storm.results[1]);
    assert_int_equal(simulated.llm.meters.refused + simulated.llm.meters.too_fast,
                     storm.results[2]);
    /* A deadline may pass between our look at it and the call's. */
    unmade = storm.results[3] - simulated.llm.meters.given_up;
    assert_true(unmade >= 0);
    assert_between(simulated.llm.meters.asked, storm.first_attempts - unmade, storm.first_attempts);
    assert_true(simulated.llm.meters.peak <= 5);
    cancel_destroy(&storm.cancel);
}

TEST(durations_are_scaled_and_rounded_up)
{
    simulated_init(&simulated, 1, 0, 0);
    simulated.llm.speed = 3;
    assert_int_equal(llm_scale_ns(&simulated.llm, 0), 0);
    assert_int_equal(llm_scale_ns(&simulated.llm, 9), 3);
    assert_int_equal(llm_scale_ns(&simulated.llm, 10), 4);
    simulated.llm.speed = 0.5;
    assert_int_equal(llm_scale_ns(&simulated.llm, 10), 20);
    assert_true(llm_scale_ns(&simulated.llm, INT64_MAX / 3 * 2) == INT64_MAX);
    assert_true(llm_scale_ns(&simulated.llm, INT64_MAX) == INT64_MAX);
}
