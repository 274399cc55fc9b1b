#include "unit.h"

#include "news/llm.h"
#include "observe/log.h"
#include "observe/watch.h"
#include "sync/cancel.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_SIZE 256

/* Calls that take no time and say nothing. */
static struct llm_client make_client(uint64_t seed)
{
    struct llm_client llm;

    log_set_quiet(true);
    llm_init(&llm, seed, 0, 0, 1);
    return llm;
}

static struct article make_article(int id)
{
    return (struct article){.id = id, .title = "A title", .content = "A record profit."};
}

/* One attempt, whose number is in *error. */
static int request_as(struct llm_client *llm, enum llm_task task, int id, struct cancel *cancel,
                      struct article_error *error)
{
    struct article article = make_article(id);
    char answer[ANSWER_SIZE];

    return llm_request(llm, task, &article, cancel, answer, sizeof answer, error);
}

static int request(struct llm_client *llm, int id)
{
    struct article_error error = {0};

    return request_as(llm, LLM_SENTIMENT, id, NULL, &error);
}

static int refused(const struct llm_client *llm)
{
    return atomic_load(&llm->refused) + atomic_load(&llm->too_fast);
}

/* Every attempt ended in exactly one way. */
static void assert_adds_up(const struct llm_client *llm)
{
    assert_int_equal(atomic_load(&llm->attempts), llm_calls_completed(llm) +
                                                      atomic_load(&llm->failed) +
                                                      atomic_load(&llm->given_up) + refused(llm));
    assert_int_equal(atomic_load(&llm->in_flight), 0);
}

/* --- What a call gives back */

static void without_faults_it_is_llm_call(void **state)
{
    struct llm_client llm = make_client(1);
    struct article article = make_article(7);
    struct article_error error = {0};
    char expected[ANSWER_SIZE], answer[ANSWER_SIZE] = "";
    struct cancel cancel;

    (void)state;
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    for (int task = 0; task < LLM_TASKS; task++) {
        llm_answer((enum llm_task)task, &article, expected, sizeof expected);
        assert_int_equal(llm_request(&llm, (enum llm_task)task, &article,
                                     task == LLM_KEYWORDS ? NULL : &cancel, answer, sizeof answer,
                                     &error),
                         0);
        assert_string_equal(answer, expected);
        assert_int_equal(error.cause, 0);
        assert_int_equal(error.attempt, 0);
        assert_null(error.stage);
    }
    assert_int_equal(atomic_load(&llm.attempts), LLM_TASKS);
    assert_int_equal(atomic_load(&llm.asked), LLM_TASKS);
    assert_int_equal(llm_calls_completed(&llm), LLM_TASKS);
    cancel_destroy(&cancel);
}

static void a_failed_call_says_which_and_why_and_writes_no_answer(void **state)
{
    static const char *const stages[LLM_TASKS] = {"summarize", "sentiment", "keywords"};
    struct llm_client llm = make_client(1);
    struct article article = make_article(7);

    (void)state;
    llm.faults.error_rate = 1;
    for (int task = 0; task < LLM_TASKS; task++) {
        struct article_error error = {0};
        char answer[ANSWER_SIZE] = "untouched";

        for (int attempt = 1; attempt <= 3; attempt++) {
            assert_int_equal(llm_request(&llm, (enum llm_task)task, &article, NULL, answer,
                                         sizeof answer, &error),
                             EIO);
            assert_int_equal(error.cause, EIO);
            assert_int_equal(error.article_id, 7);
            assert_string_equal(error.stage, stages[task]);
            assert_int_equal(error.attempt, attempt);
            assert_int_equal(error.retry_after_ns, 0);
            assert_string_equal(answer, "untouched");
        }
    }
    assert_int_equal(atomic_load(&llm.attempts), 3 * LLM_TASKS);
    assert_int_equal(atomic_load(&llm.asked), LLM_TASKS);
    assert_int_equal(atomic_load(&llm.failed), 3 * LLM_TASKS);
    assert_adds_up(&llm);
}

static void a_call_fails_after_its_latency(void **state)
{
    struct llm_client llm = make_client(1);
    int64_t started_ns;

    (void)state;
    llm.latency_min_ns = llm.latency_max_ns = 40 * NS_PER_MS;
    llm.speed = 2;
    llm.faults.error_rate = 1;
    started_ns = clock_now_ns();
    assert_int_equal(request(&llm, 1), EIO);
    assert_true(clock_now_ns() - started_ns >= 20 * NS_PER_MS);
}

static int fail_aloud(void *unused)
{
    struct llm_client llm = make_client(1);
    struct article_error error = {0};

    (void)unused;
    log_init("test");
    log_set_quiet(false);
    llm.faults.error_rate = 1;
    request_as(&llm, LLM_SUMMARY, 3, NULL, &error);
    request_as(&llm, LLM_SUMMARY, 3, NULL, &error);
    llm.faults.error_rate = 0;
    llm.faults.rate = 0.001; /* two at once, the next one after a thousand seconds */
    request_as(&llm, LLM_SENTIMENT, 4, NULL, &(struct article_error){0});
    request_as(&llm, LLM_SENTIMENT, 5, NULL, &(struct article_error){0});
    return request_as(&llm, LLM_SENTIMENT, 6, NULL, &(struct article_error){0}) != EAGAIN;
}

static void the_log_says_how_each_attempt_ended(void **state)
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

    (void)state;
    assert_int_equal(child.status, 0);
    assert_memory_equal(child.out, expected, strlen(expected));
    assert_int_equal(count_lines(child.out), 9);
}

/* --- Which calls fail */

#define IDS 3000

static int count_failures(double error_rate, uint64_t seed)
{
    struct llm_client llm = make_client(seed);
    int failures = 0;

    llm.faults.error_rate = error_rate;
    for (int id = 1; id <= IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++) {
            struct article_error error = {0};

            failures += request_as(&llm, (enum llm_task)task, id, NULL, &error) == EIO;
        }
    assert_int_equal(atomic_load(&llm.failed), failures);
    assert_int_equal(atomic_load(&llm.asked), IDS * LLM_TASKS);
    assert_adds_up(&llm);
    return failures;
}

/* Of 9,000 calls; the seeds are fixed, so this is the same computation each time. */
static void the_error_rate_is_the_share_that_fails(void **state)
{
    /* Within four standard deviations of the mean. */
    static const struct {
        double rate;
        int least, most;
    } cases[] = {{0, 0, 0},         {0.01, 53, 127},   {0.1, 787, 1013},
                 {0.5, 4311, 4689}, {0.9, 7987, 8213}, {1, 9000, 9000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            assert_in_range(count_failures(cases[i].rate, seed), cases[i].least, cases[i].most);
}

#define ATTEMPTS 3
#define DRAWN_IDS 200

/* Whether each attempt of a share of one half fails. */
struct draws {
    uint64_t seed;
    double speed;
    bool fails[DRAWN_IDS + 1][LLM_TASKS][ATTEMPTS];
    atomic_int differing;
};

static bool draw(const struct draws *draws, int id, int task, int attempt)
{
    struct llm_client llm = make_client(draws->seed);
    struct article_error error = {.attempt = attempt};

    llm.speed = draws->speed;
    llm.faults.error_rate = 0.5;
    return request_as(&llm, (enum llm_task)task, id, NULL, &error) == EIO;
}

static void draw_all(struct draws *draws)
{
    for (int id = 1; id <= DRAWN_IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++)
            for (int attempt = 0; attempt < ATTEMPTS; attempt++)
                draws->fails[id][task][attempt] = draw(draws, id, task, attempt);
}

static void *compare_draws(void *argument)
{
    struct draws *draws = argument;

    for (int id = DRAWN_IDS; id > 0; id--)
        for (int attempt = ATTEMPTS - 1; attempt >= 0; attempt--)
            for (int task = 0; task < LLM_TASKS; task++)
                if (draw(draws, id, task, attempt) != draws->fails[id][task][attempt])
                    atomic_fetch_add(&draws->differing, 1);
    return NULL;
}

static void what_fails_is_the_same_whoever_calls_and_when(void **state)
{
    static struct draws draws = {.seed = 5, .speed = 1};

    (void)state;
    draw_all(&draws);
    draws.speed = 1000;
    run_threads(8, compare_draws, &draws);
    assert_int_equal(atomic_load(&draws.differing), 0);
}

static void seed_article_task_and_attempt_each_change_what_fails(void **state)
{
    static struct draws one = {.seed = 5, .speed = 1}, other = {.seed = 6, .speed = 1};
    int seeds = 0, articles = 0, tasks = 0, attempts = 0;

    (void)state;
    draw_all(&one);
    draw_all(&other);
    for (int id = 1; id < DRAWN_IDS; id++) {
        seeds += one.fails[id][0][0] == other.fails[id][0][0];
        articles += one.fails[id][0][0] == one.fails[id + 1][0][0];
        tasks += one.fails[id][0][0] == one.fails[id][1][0];
        attempts += one.fails[id][0][0] == one.fails[id][0][1];
    }
    /* Half of 199, within four standard deviations. */
    assert_in_range(seeds, 71, 128);
    assert_in_range(articles, 71, 128);
    assert_in_range(tasks, 71, 128);
    assert_in_range(attempts, 71, 128);
}

/* --- Calls that never answer */

#define CALLERS 60

/* Many calls at once, each in a thread of its own. */
struct calls {
    struct llm_client llm;
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
        request_as(&calls.llm, LLM_SUMMARY, calls.first_id + number, &calls.cancel, &error);

    atomic_store(&calls.ended[number], 1 + result);
    return NULL;
}

/* Returns how many of the calls hang: once all others have ended, nobody is left to wake them. */
static size_t start_calls(uint64_t seed, double hang_rate, int first_id, struct cancel *parent)
{
    calls.llm = make_client(seed);
    calls.llm.faults.hang_rate = hang_rate;
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

    assert_int_equal(atomic_load(&calls.llm.in_flight), hung);
    for (int i = 0; i < CALLERS; i++) {
        int ended = atomic_load(&calls.ended[i]);

        assert_true(ended == 0 || ended == 1);
        which |= (uint64_t)(ended == 0) << i;
        counted += ended == 0;
    }
    assert_int_equal(counted, hung);
    cancel_with(&calls.cancel, ECANCELED);
    assert_int_equal(watch_count_leaked(NULL), 0);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(atomic_load(&calls.ended[i]), which >> i & 1 ? 1 + ECANCELED : 1);
    assert_int_equal(atomic_load(&calls.llm.given_up), hung);
    assert_int_equal(llm_calls_completed(&calls.llm), CALLERS - hung);
    assert_adds_up(&calls.llm);
    cancel_destroy(&calls.cancel);
    return which;
}

static void calls_that_hang_end_when_they_are_cancelled(void **state)
{
    (void)state;
    assert_int_equal(hanging(1, 0, 1), 0);
    assert_int_equal(hanging(1, 1, 1), (UINT64_C(1) << CALLERS) - 1);
}

static void the_hang_rate_is_the_share_that_hangs_and_is_in_the_seed(void **state)
{
    int hung = 0;

    (void)state;
    for (int batch = 0; batch < 4; batch++) {
        uint64_t which = hanging(2, 0.3, batch * CALLERS);

        assert_int_equal(hanging(2, 0.3, batch * CALLERS), which);
        assert_int_not_equal(hanging(3, 0.3, batch * CALLERS), which);
        for (; which != 0; which &= which - 1)
            hung++;
    }
    /* Of 240: within four standard deviations of 72. */
    assert_in_range(hung, 44, 100);
}

static void a_parent_that_is_cancelled_ends_them_too(void **state)
{
    struct cancel parent;

    (void)state;
    cancel_init(&parent, NULL, DEADLINE_NEVER);
    assert_int_equal(start_calls(1, 1, 1, &parent), CALLERS);
    cancel_with(&parent, EINTR);
    assert_int_equal(watch_count_leaked(NULL), 0);
    assert_int_equal(cancel_reason(&calls.cancel), EINTR);
    assert_int_equal(atomic_load(&calls.llm.given_up), CALLERS);
    cancel_destroy(&calls.cancel);
    cancel_destroy(&parent);
}

static void a_deadline_ends_a_call_that_hangs(void **state)
{
    struct llm_client llm = make_client(1);
    struct article_error error = {0};
    int64_t deadline_ns = deadline_after(20 * NS_PER_MS);
    struct cancel cancel;

    (void)state;
    llm.faults.hang_rate = 1;
    cancel_init(&cancel, NULL, deadline_ns);
    assert_int_equal(request_as(&llm, LLM_SENTIMENT, 1, &cancel, &error), ECANCELED);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(cancel_reason(&cancel), ETIMEDOUT);
    assert_int_equal(error.cause, ECANCELED);
    assert_adds_up(&llm);
    cancel_destroy(&cancel);
}

static void a_deadline_is_so_long_from_now_or_never(void **state)
{
    int64_t before_ns = clock_now_ns(), deadline_ns = deadline_after(NS_PER_S),
            after_ns = clock_now_ns();

    (void)state;
    assert_in_range(deadline_ns, before_ns + NS_PER_S, after_ns + NS_PER_S);
    assert_true(deadline_after(1) > before_ns);
    assert_true(deadline_after(0) == DEADLINE_NEVER);
}

static void after_the_cancellation_no_call_is_made(void **state)
{
    struct llm_client llm = make_client(1);
    struct article_error error = {0};
    struct cancel cancel;

    (void)state;
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    cancel_with(&cancel, ECANCELED);
    assert_int_equal(request_as(&llm, LLM_SENTIMENT, 9, &cancel, &error), ECANCELED);
    assert_int_equal(error.cause, ECANCELED);
    assert_int_equal(error.article_id, 9);
    assert_string_equal(error.stage, "sentiment");
    assert_int_equal(error.attempt, 0);
    assert_int_equal(atomic_load(&llm.attempts), 0);
    assert_int_equal(atomic_load(&llm.asked), 0);
    assert_int_equal(atomic_load(&llm.given_up), 0);
    cancel_destroy(&cancel);
}

/* --- The outage. Its clock starts with the client, so it is set back to be somewhere. */

static void what_starts_in_the_outage_fails(void **state)
{
    static const struct {
        int64_t from_s, to_s;
        double speed;
        int expected;
    } cases[] = {
        /* A hundred seconds have passed, and the machine may take hundreds more. */
        {0, 600, 1, EIO},    {50, 600, 1, EIO},  {0, 50, 1, 0},  {100, 100, 1, 0},
        {500, 600, 1, 0},    {500, 600, 5, EIO}, {0, 600, 6, 0}, {0, 0, 1, 0},
        {40, 600, 0.5, EIO}, {60, 600, 0.5, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_client llm = make_client(1);

        llm.started_ns = clock_now_ns() - 100 * NS_PER_S;
        llm.speed = cases[i].speed;
        llm.faults.outage_from_ns = cases[i].from_s * NS_PER_S;
        llm.faults.outage_to_ns = cases[i].to_s * NS_PER_S;
        for (int id = 1; id <= 5; id++)
            assert_int_equal(request(&llm, id), cases[i].expected);
        assert_int_equal(atomic_load(&llm.failed), cases[i].expected == 0 ? 0 : 5);
        assert_adds_up(&llm);
    }
}

static void who_started_before_the_outage_is_answered_in_it(void **state)
{
    struct llm_client llm = make_client(1);

    (void)state;
    llm.latency_min_ns = llm.latency_max_ns = 600 * NS_PER_S;
    llm.speed = 500; /* a call takes 1.2 s, and the outage begins after 1.1 s */
    llm.faults.outage_from_ns = 550 * NS_PER_S;
    llm.faults.outage_to_ns = 3600 * NS_PER_S;
    llm.started_ns = clock_now_ns();
    assert_int_equal(request(&llm, 1), 0);
    assert_int_equal(request(&llm, 2), EIO);
}

/* --- The rate and the limit */

static void the_burst_is_that_of_a_second_and_the_limit(void **state)
{
    static const struct {
        double rate;
        int limit, burst;
    } cases[] = {{0.001, 0, 2}, {1, 0, 2},   {2, 0, 2},   {2.5, 0, 3},
                 {10, 0, 10},   {10, 5, 15}, {0.5, 1, 3}, {1000000, 0, 1000000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_client llm = make_client(1);

        llm.faults.rate = cases[i].rate;
        llm.limit = cases[i].limit;
        assert_int_equal(llm_rate_burst(&llm), cases[i].burst);
    }
}

/* At a call in a thousand seconds, a test's time lets no further call through. */
static void a_burst_passes_and_no_call_more(void **state)
{
    for (int limit = 0; limit < 10; limit++) {
        struct llm_client llm = make_client(1);
        struct article_error error = {0};

        (void)state;
        llm.faults.rate = 0.001;
        llm.limit = limit;
        for (int id = 1; id <= 2 + limit; id++)
            assert_int_equal(request(&llm, id), 0);
        for (int id = 1; id <= 3; id++) {
            error = (struct article_error){0};
            assert_int_equal(request_as(&llm, LLM_SUMMARY, id, NULL, &error), EAGAIN);
            assert_in_range(error.retry_after_ns, 1, 1000 * NS_PER_S);
            assert_int_equal(error.attempt, 1);
        }
        assert_int_equal(atomic_load(&llm.too_fast), 3);
        assert_int_equal(atomic_load(&llm.refused), 0);
        assert_adds_up(&llm);
    }
}

static void after_retry_after_there_is_room(void **state)
{
    static const double speeds[] = {0.5, 1, 7, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        struct llm_client llm = make_client(1);
        int refusals = 0;

        llm.speed = speeds[i];
        llm.faults.rate = 97 / speeds[i];
        for (int n = 0; n < 130; n++) {
            struct article_error error = {0};

            if (request_as(&llm, LLM_SUMMARY, 1, NULL, &error) == 0)
                continue;
            refusals++;
            clock_sleep_ns(llm_scale_ns(&llm, error.retry_after_ns));
            assert_int_equal(request_as(&llm, LLM_SUMMARY, 1, NULL, &error), 0);
            assert_int_equal(error.retry_after_ns, 0);
        }
        assert_int_equal(atomic_load(&llm.too_fast), refusals);
        assert_adds_up(&llm);
    }
}

#define PASSES_MAX 4000

/* The calls that were let through, each between two readings of the clock. */
static struct {
    struct llm_client llm;
    int64_t stop_ns;
    atomic_int count;
    struct pass {
        int64_t before_ns, after_ns;
    } passes[PASSES_MAX];
} passed;

static void *call_as_fast_as_can_be(void *unused)
{
    (void)unused;
    while (clock_now_ns() < passed.stop_ns) {
        int64_t before_ns = clock_now_ns();

        if (request(&passed.llm, 1) == 0) {
            int number = atomic_fetch_add(&passed.count, 1);

            if (number < PASSES_MAX)
                passed.passes[number] = (struct pass){before_ns, clock_now_ns()};
        }
    }
    return NULL;
}

static int compare_ends(const void *left, const void *right)
{
    const struct pass *a = left, *b = right;

    return a->after_ns < b->after_ns ? -1 : a->after_ns > b->after_ns;
}

/* In no window are there more than the rate gives in its time, and the burst. */
static void assert_rate_kept(void)
{
    double per_ns = passed.llm.faults.rate * passed.llm.speed / 1e9;
    int burst = llm_rate_burst(&passed.llm), count = atomic_load(&passed.count);

    assert_in_range(count, 1, PASSES_MAX);
    qsort(passed.passes, (size_t)count, sizeof *passed.passes, compare_ends);
    for (int i = 0; i < count; i++) {
        int64_t begin_ns = passed.passes[i].before_ns;
        int within = 0;

        for (int j = 0; j < count; j++) {
            int64_t end_ns = passed.passes[j].after_ns;
            double allowed = (double)(end_ns - begin_ns) * per_ns * 1.000001 + burst;

            if (passed.passes[j].before_ns < begin_ns)
                continue;
            if (++within > allowed)
                fail_msg("%d calls in %lld ns, not %f", within, (long long)(end_ns - begin_ns),
                         allowed);
        }
    }
}

static void no_window_has_more_calls_than_rate_and_burst(void **state)
{
    static const struct {
        double rate, speed;
        int limit;
    } cases[] = {{1, 1, 0}, {100, 1, 0}, {200, 1, 0}, {3, 100, 0}, {50, 10, 4}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        passed.llm = make_client(1);
        passed.llm.faults.rate = cases[i].rate;
        passed.llm.speed = cases[i].speed;
        passed.llm.limit = cases[i].limit;
        atomic_store(&passed.count, 0);
        passed.stop_ns = clock_now_ns() + 200 * NS_PER_MS;
        run_threads(6, call_as_fast_as_can_be, NULL);
        assert_rate_kept();
        assert_adds_up(&passed.llm);
    }
}

/* --- All at once */

static struct {
    struct llm_client llm;
    struct cancel cancel;
    atomic_int first_attempts, results[5]; /* 0, EIO, EAGAIN, ECANCELED, anything else */
} storm;

static void *weather(void *unused)
{
    (void)unused;
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
            result = request_as(&storm.llm, LLM_SUMMARY, id, &cancel, &error);
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

static void the_counters_add_up_in_any_weather(void **state)
{
    int unmade;

    (void)state;
    storm.llm = make_client(3);
    storm.llm.latency_max_ns = 2 * NS_PER_MS;
    storm.llm.limit = 5;
    storm.llm.faults = (struct llm_faults){.error_rate = 0.3, .hang_rate = 0.05, .rate = 20000};
    cancel_init(&storm.cancel, NULL, DEADLINE_NEVER);
    run_threads(8, weather, NULL);
    assert_adds_up(&storm.llm);
    assert_int_equal(atomic_load(&storm.results[4]), 0);
    assert_int_equal(llm_calls_completed(&storm.llm), atomic_load(&storm.results[0]));
    assert_int_equal(atomic_load(&storm.llm.failed), atomic_load(&storm.results[1]));
    assert_int_equal(refused(&storm.llm), atomic_load(&storm.results[2]));
    /* A deadline may pass between our look at it and the call's. */
    unmade = atomic_load(&storm.results[3]) - atomic_load(&storm.llm.given_up);
    assert_true(unmade >= 0);
    assert_in_range(atomic_load(&storm.llm.asked), atomic_load(&storm.first_attempts) - unmade,
                    atomic_load(&storm.first_attempts));
    assert_true(atomic_load(&storm.llm.peak) <= 5);
    cancel_destroy(&storm.cancel);
}

static void durations_are_scaled_and_rounded_up(void **state)
{
    struct llm_client llm = make_client(1);

    (void)state;
    llm.speed = 3;
    assert_int_equal(llm_scale_ns(&llm, 0), 0);
    assert_int_equal(llm_scale_ns(&llm, 9), 3);
    assert_int_equal(llm_scale_ns(&llm, 10), 4);
    llm.speed = 0.5;
    assert_int_equal(llm_scale_ns(&llm, 10), 20);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_it_is_llm_call),
        cmocka_unit_test(a_failed_call_says_which_and_why_and_writes_no_answer),
        cmocka_unit_test(a_call_fails_after_its_latency),
        cmocka_unit_test(the_log_says_how_each_attempt_ended),
        cmocka_unit_test(the_error_rate_is_the_share_that_fails),
        cmocka_unit_test(what_fails_is_the_same_whoever_calls_and_when),
        cmocka_unit_test(seed_article_task_and_attempt_each_change_what_fails),
        cmocka_unit_test(calls_that_hang_end_when_they_are_cancelled),
        cmocka_unit_test(the_hang_rate_is_the_share_that_hangs_and_is_in_the_seed),
        cmocka_unit_test(a_parent_that_is_cancelled_ends_them_too),
        cmocka_unit_test(a_deadline_ends_a_call_that_hangs),
        cmocka_unit_test(a_deadline_is_so_long_from_now_or_never),
        cmocka_unit_test(after_the_cancellation_no_call_is_made),
        cmocka_unit_test(what_starts_in_the_outage_fails),
        cmocka_unit_test(who_started_before_the_outage_is_answered_in_it),
        cmocka_unit_test(the_burst_is_that_of_a_second_and_the_limit),
        cmocka_unit_test(a_burst_passes_and_no_call_more),
        cmocka_unit_test(after_retry_after_there_is_room),
        cmocka_unit_test(no_window_has_more_calls_than_rate_and_burst),
        cmocka_unit_test(the_counters_add_up_in_any_weather),
        cmocka_unit_test(durations_are_scaled_and_rounded_up),
    };

    return UNIT_RUN(tests, argc, argv);
}
