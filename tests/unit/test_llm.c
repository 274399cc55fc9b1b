#include "unit.h"

#include "simulated.h"

#include "news/llm_provider.h"
#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static struct simulated simulated; /* each test prepares it */

static const struct article article = {.id = 3, .title = "A title", .content = "A record profit."};

/* --- What it counts */

TEST(a_call_takes_its_latency_at_any_speed)
{
    static const double speeds[] = {0.5, 1, 3, 7};

    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        struct ai_result result;
        int64_t started_ns = clock_now_ns();

        simulated_init(&simulated, 1, 40 * NS_PER_MS, 40 * NS_PER_MS);
        simulated.llm.speed = speeds[i];
        assert_int_equal(llm_call(&simulated.llm, LLM_SENTIMENT, &article, &result), 0);
        assert_true((double)(clock_now_ns() - started_ns) * speeds[i] >= 40 * NS_PER_MS);
    }
}

TEST(calls_in_a_row_are_counted_and_one_in_flight)
{
    struct ai_result result;

    simulated_init(&simulated, 1, 0, 0);
    for (int i = 0; i < 7; i++)
        llm_call(&simulated.llm, LLM_SUMMARY, &article, &result);
    for (int i = 0; i < 3; i++)
        llm_call(&simulated.llm, LLM_KEYWORDS, &article, &result);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 10);
    assert_int_equal(llm_meters_articles(&simulated.llm.meters), 0);
    for (int i = 0; i < 2; i++)
        llm_call(&simulated.llm, LLM_SENTIMENT, &article, &result);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 12);
    assert_int_equal(llm_meters_articles(&simulated.llm.meters), 2);
    assert_int_equal(simulated.llm.meters.peak, 1);
    assert_int_equal(simulated.llm.meters.in_flight, 0);
}

static void *call_once(void *unused)
{
    struct ai_result result;

    llm_call(&simulated.llm, LLM_SENTIMENT, &article, &result);
    return unused;
}

TEST(the_peak_is_how_many_calls_overlapped)
{
    /* A machine that stalls may keep short calls apart, so they get longer until all overlap. */
    for (int64_t latency_ns = 50 * NS_PER_MS; latency_ns < 8 * NS_PER_S; latency_ns *= 2) {
        simulated_init(&simulated, 1, latency_ns, latency_ns);
        run_threads(8, call_once, NULL);
        assert_int_equal(llm_meters_calls(&simulated.llm.meters), 8);
        assert_int_equal(simulated.llm.meters.in_flight, 0);
        assert_between(simulated.llm.meters.peak, 1, 8);
        if (simulated.llm.meters.peak == 8)
            return;
    }
    fail_msg("eight calls never overlapped");
}

#define CALLERS 4
#define SAVES_EACH 50000

static void *save_calls(void *argument)
{
    for (int i = 0; i < SAVES_EACH; i++)
        llm_count_saved(argument, 1 + i % 3);
    return NULL;
}

TEST(saved_calls_are_added_up)
{
    int saved_each = 0;

    simulated_init(&simulated, 1, 0, 0);
    for (int i = 0; i < SAVES_EACH; i++)
        saved_each += 1 + i % 3;
    assert_int_equal(simulated.llm.meters.saved, 0);
    run_threads(CALLERS, save_calls, &simulated.llm);
    assert_int_equal(simulated.llm.meters.saved, CALLERS * saved_each);
    assert_int_equal(llm_meters_calls(&simulated.llm.meters), 0);
}

/* --- What it says */

static int completed_when_told;

static void note_completed(void *context, const struct article *completed)
{
    struct llm_client *llm = context;

    completed_when_told = completed->id == 3 ? llm_meters_calls(&llm->meters) : -1;
}

static int call_and_log(void *unused)
{
    struct ai_result result;

    simulated_init(&simulated, 1, 2 * NS_PER_MS, 2 * NS_PER_MS);
    simulated.llm.hooks.on_completed = note_completed;
    simulated.llm.hooks.context = &simulated.llm;
    log_init("test");
    log_set_quiet(false);
    llm_call(&simulated.llm, LLM_SUMMARY, &article, &result);
    llm_call(&simulated.llm, LLM_SENTIMENT, &article, &result);
    llm_call(&simulated.llm, LLM_KEYWORDS, &article, &result);
    return completed_when_told;
}

TEST(a_call_says_when_it_starts_and_has_completed)
{
    struct child child = run_child(call_and_log, NULL);

    assert_int_equal(child.status, 3);
    assert_string_equal(child.out, "  [3] Summarization started (2ms)\n"
                                   "  [3] Summarization completed\n"
                                   "  [3] Sentiment Analysis started (2ms)\n"
                                   "  [3] Sentiment Analysis completed\n"
                                   "  [3] Keyword Extraction started (2ms)\n"
                                   "  [3] Keyword Extraction completed\n");
}

/* --- What it tells others */

struct told {
    int started, completed;
    int last_id;
};

static void tell_started(void *context, const struct article *started)
{
    struct told *told = context;

    told->started++;
    told->last_id = started->id;
}

static void tell_completed(void *context, const struct article *completed)
{
    struct told *told = context;

    told->completed += completed->id == told->last_id;
}

TEST(each_attempt_is_told_and_each_answer)
{
    struct article_error error = {0};
    struct told told = {0};

    simulated_init(&simulated, 1, 0, 0);
    simulated.llm.hooks = (struct llm_hooks){tell_started, tell_completed, &told};
    simulated.simulator.faults.error_rate = 1;
    for (int attempt = 1; attempt <= 3; attempt++) {
        simulated_request(&simulated, LLM_SUMMARY, 5, NULL, &error);
        assert_int_equal(told.started, attempt);
        assert_int_equal(told.completed, 0);
        assert_int_equal(told.last_id, 5);
    }
    simulated.simulator.faults.error_rate = 0;
    assert_int_equal(simulated_first(&simulated, 6), 0);
    assert_int_equal(told.last_id, 6);
    assert_int_equal(told.completed, 1);
    /* One that is refused is an attempt, too. */
    simulated.simulator.limit = 1;
    atomic_store(&simulated.llm.meters.in_flight, 1);
    assert_int_equal(simulated_first(&simulated, 7), EAGAIN);
    assert_int_equal(told.last_id, 7);
    assert_int_equal(told.started, 5);
    assert_int_equal(told.completed, 1);
}

/* --- Another provider */

/* It knows no latency, and how a call ends is up to the test. */
struct other {
    struct llm_provider provider;
    int cause;
    int64_t retry_after_ns;
    int last_number, in_flight;
};

static int request_other(struct llm_client *llm, const struct llm_attempt *attempt,
                         struct cancel *cancel, struct ai_result *result)
{
    struct other *other = (struct other *)llm->provider;
    char *answer = attempt->task == LLM_SUMMARY ? result->summary : result->keywords;

    llm_enter(llm, attempt, 0, LLM_LATENCY_UNKNOWN);
    other->last_number = attempt->number;
    other->in_flight = llm_meters_in_flight(&llm->meters);
    llm_leave(llm, other->cause);
    result->error.retry_after_ns = other->retry_after_ns;
    if (other->cause == 0)
        sprintf(answer, "%d", attempt->article->id);
    return other->cause;
}

static struct llm_limits allow_seven(const struct llm_provider *provider, int callers)
{
    return (struct llm_limits){.at_once = 7, .rate = 2.5, .burst = 10 + callers};
}

static int call_other(void *unused)
{
    struct other other = {.provider = {request_other, allow_seven}};
    struct ai_result result = {.article_id = 3};
    struct llm_counts counts;
    struct llm_client llm;
    int wrong = 0;

    llm_init(&llm, &other.provider, 1, 2);
    llm.callers = 4;
    log_init("test");
    wrong += llm_limit(&llm) != 7 || llm_rate(&llm) != 5 || llm_burst(&llm) != 14;
    other.cause = ETIMEDOUT;
    wrong += llm_request(&llm, LLM_SUMMARY, &article, NULL, &result) != ETIMEDOUT;
    other.cause = EAGAIN;
    other.retry_after_ns = 2 * NS_PER_S;
    wrong += llm_request(&llm, LLM_SUMMARY, &article, NULL, &result) != EAGAIN;
    wrong += result.error.retry_after_ns != 2 * NS_PER_S || other.last_number != 2;
    other.cause = 0;
    other.retry_after_ns = 0;
    wrong += llm_request(&llm, LLM_SUMMARY, &article, NULL, &result) != 0;
    wrong += strcmp(result.summary, "3") != 0 || other.in_flight != 1;
    wrong += llm_call(&llm, LLM_KEYWORDS, &article, &result) != 0;
    wrong += strcmp(result.keywords, "3") != 0 || other.last_number != 1;
    counts = llm_meters_read(&llm.meters);
    wrong += counts.attempts != 4 || counts.calls != 2 || counts.failed != 1 ||
             counts.too_fast != 1 || counts.asked != 2 || counts.peak != 1;
    return wrong;
}

TEST(another_provider_stands_behind_the_same_calls)
{
    struct child child = run_child(call_other, NULL);

    assert_string_equal(child.out,
                        "  [3] Summarization started\n"
                        "  [3] Summarization failed: no answer in time\n"
                        "  [3] Summarization started (attempt 2)\n"
                        "  [3] Summarization refused: 429 Too Many Requests, retry after 2s\n"
                        "  [3] Summarization started (attempt 3)\n"
                        "  [3] Summarization completed\n"
                        "  [3] Keyword Extraction started\n"
                        "  [3] Keyword Extraction completed\n");
    assert_int_equal(child.status, 0);
}
