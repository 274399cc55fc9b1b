#include "unit.h"

#include "news/llm.h"
#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <string.h>

static const struct article article = {.id = 3, .title = "A title", .content = "A record profit."};

static struct llm_client make_client(uint64_t seed, int64_t min_ns, int64_t max_ns)
{
    struct llm_client llm;

    llm_init(&llm, seed, min_ns, max_ns, 1);
    return llm;
}

#define IDS 500

/* The latencies of IDS articles' calls, and what made them. */
struct draws {
    struct llm_client llm;
    int64_t latency_ns[IDS][LLM_TASKS];
    atomic_int differing;
};

static void *compare_draws(void *argument)
{
    struct draws *draws = argument;

    for (int round = 0; round < 5; round++)
        for (int id = IDS; id > 0; id--)
            for (int task = 0; task < LLM_TASKS; task++)
                if (llm_latency_ns(&draws->llm, (enum llm_task)task, id) !=
                    draws->latency_ns[id - 1][task])
                    atomic_fetch_add(&draws->differing, 1);
    return NULL;
}

static void latency_is_the_same_whoever_asks_and_when(void **state)
{
    static struct draws draws;

    (void)state;
    draws.llm = make_client(1, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    for (int id = 1; id <= IDS; id++)
        for (int task = 0; task < LLM_TASKS; task++)
            draws.latency_ns[id - 1][task] = llm_latency_ns(&draws.llm, (enum llm_task)task, id);
    run_threads(8, compare_draws, &draws);
    assert_int_equal(atomic_load(&draws.differing), 0);
}

static void latency_keeps_the_bounds_and_their_unit(void **state)
{
    static const struct {
        int64_t min_ns, max_ns, unit_ns;
    } cases[] = {
        {500 * NS_PER_MS, 1500 * NS_PER_MS, NS_PER_MS},
        {0, 7 * NS_PER_MS, NS_PER_MS},
        {1500 * NS_PER_US, 2750 * NS_PER_US, NS_PER_US},
        {NS_PER_MS, 1005 * NS_PER_US, NS_PER_US},
        {NS_PER_MS, NS_PER_MS + 9, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_client llm = make_client(1, cases[i].min_ns, cases[i].max_ns);

        for (int id = 1; id <= 2000; id++) {
            int64_t latency_ns = llm_latency_ns(&llm, LLM_SUMMARY, id);

            assert_in_range(latency_ns, cases[i].min_ns, cases[i].max_ns);
            assert_int_equal(latency_ns % cases[i].unit_ns, 0);
        }
    }
}

static void equal_bounds_leave_no_choice(void **state)
{
    struct llm_client llm = make_client(1, 70 * NS_PER_MS, 70 * NS_PER_MS);

    (void)state;
    for (int id = 1; id <= 100; id++)
        assert_int_equal(llm_latency_ns(&llm, LLM_KEYWORDS, id), 70 * NS_PER_MS);
}

/* The seed is fixed, so this is the same computation each time; 30 is what one in 2,300 exceeds. */
static void latencies_are_spread_evenly(void **state)
{
    enum { VALUES = 10, DRAWS = 9999 };
    struct llm_client llm = make_client(1, 0, (VALUES - 1) * NS_PER_MS);
    double expected = (double)DRAWS / VALUES, chi_square = 0;
    int counts[VALUES] = {0};

    (void)state;
    for (int i = 0; i < DRAWS; i++)
        counts[llm_latency_ns(&llm, (enum llm_task)(i % LLM_TASKS), i / LLM_TASKS + 1) /
               NS_PER_MS]++;
    for (int i = 0; i < VALUES; i++)
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    assert_true(chi_square < 30);
}

/* How many of the calls get the same latency from both. */
static int count_equal(const struct llm_client *a, enum llm_task a_task, const struct llm_client *b,
                       enum llm_task b_task, int id_offset)
{
    int equal = 0;

    for (int id = 1; id <= 1000; id++)
        equal += llm_latency_ns(a, a_task, id) == llm_latency_ns(b, b_task, id + id_offset);
    return equal;
}

static void seed_task_and_article_each_change_the_latency(void **state)
{
    struct llm_client one = make_client(1, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    struct llm_client two = make_client(2, 500 * NS_PER_MS, 1500 * NS_PER_MS);

    (void)state;
    assert_int_equal(count_equal(&one, LLM_SUMMARY, &one, LLM_SUMMARY, 0), 1000);
    /* About one in a thousand is equal by chance. */
    assert_true(count_equal(&one, LLM_SUMMARY, &two, LLM_SUMMARY, 0) < 10);
    assert_true(count_equal(&one, LLM_SUMMARY, &one, LLM_SENTIMENT, 0) < 10);
    assert_true(count_equal(&one, LLM_SUMMARY, &one, LLM_SUMMARY, 1) < 10);
}

static void the_load_is_the_sum_and_the_slowest(void **state)
{
    struct llm_client llm = make_client(7, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    struct articles articles;
    struct llm_load load;
    int64_t sum_ns = 0, slowest_ns = 0;

    (void)state;
    assert_int_equal(articles_generate(&articles, 100, 1), 0);
    for (int id = 1; id <= 100; id++) {
        int64_t article_ns = llm_latency_ns(&llm, LLM_SUMMARY, id) +
                             llm_latency_ns(&llm, LLM_SENTIMENT, id) +
                             llm_latency_ns(&llm, LLM_KEYWORDS, id);

        sum_ns += article_ns;
        slowest_ns = article_ns > slowest_ns ? article_ns : slowest_ns;
    }
    load = llm_load(&llm, articles.items, articles.count, 0, false);
    assert_int_equal(load.sum_ns, sum_ns);
    assert_int_equal(load.slowest_ns, slowest_ns);
    articles_destroy(&articles);
}

/* The schedule of a pool. */

/* With latencies of 1 to 9 ms and the seed 1; so long do the calls of articles 1 to 8 take. */
static const int article_ms[] = {13, 23, 14, 13, 19, 16, 16, 15};

static void a_pool_takes_as_long_as_worked_out_by_hand(void **state)
{
    /*
     * Three workers: 1, 4 and 7 go to the first, which is free again at 13, 26 and 42; 2 and 6 to
     * the second, at 23 and 39; 3, 5 and 8 to the third, at 14, 33 and 48. Dealt out in turn it
     * would be 57, and 47 with the longest first.
     */
    static const struct {
        size_t workers;
        int64_t ms;
    } cases[] = {{1, 129}, {2, 67}, {3, 48}, {8, 23}, {9, 23}, {1000, 23}, {0, 23}};
    struct llm_client llm = make_client(1, NS_PER_MS, 9 * NS_PER_MS);
    struct articles articles;

    (void)state;
    assert_int_equal(articles_generate(&articles, COUNT_OF(article_ms), 1), 0);
    for (size_t i = 0; i < articles.count; i++)
        assert_int_equal(llm_load(&llm, &articles.items[i], 1, 0, false).sum_ns,
                         article_ms[i] * NS_PER_MS);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_load load =
            llm_load(&llm, articles.items, articles.count, cases[i].workers, false);

        assert_int_equal(load.greedy_ns, cases[i].ms * NS_PER_MS);
        assert_int_equal(load.sum_ns, 129 * NS_PER_MS);
        assert_int_equal(load.slowest_ns, 23 * NS_PER_MS);
    }
    articles_destroy(&articles);
}

#define WORKERS 130

/* The same schedule, in the slow and obvious way. */
static int64_t schedule_ns(const struct llm_client *llm, const struct articles *articles,
                           size_t workers)
{
    int64_t free_ns[WORKERS] = {0}, end_ns = 0;

    for (size_t i = 0; i < articles->count; i++) {
        size_t first = 0;

        for (size_t worker = 1; worker < workers; worker++)
            if (free_ns[worker] < free_ns[first])
                first = worker;
        free_ns[first] += llm_load(llm, &articles->items[i], 1, 0, false).sum_ns;
        if (free_ns[first] > end_ns)
            end_ns = free_ns[first];
    }
    return end_ns;
}

static void a_pool_of_any_size_keeps_its_bounds(void **state)
{
    struct llm_client llm = make_client(5, 500 * NS_PER_MS, 1500 * NS_PER_MS);
    struct articles articles;

    (void)state;
    assert_int_equal(articles_generate(&articles, 120, 1), 0);
    for (size_t workers = 1; workers <= WORKERS; workers++) {
        struct llm_load load = llm_load(&llm, articles.items, articles.count, workers, false);

        assert_int_equal(load.greedy_ns, schedule_ns(&llm, &articles, workers));
        assert_true(load.greedy_ns * (int64_t)workers >= load.sum_ns);
        assert_true(load.greedy_ns >= load.slowest_ns);
        if (workers == 1)
            assert_int_equal(load.greedy_ns, load.sum_ns);
        if (workers >= articles.count)
            assert_int_equal(load.greedy_ns, load.slowest_ns);
    }
    articles_destroy(&articles);
}

static void a_call_takes_its_latency_at_any_speed(void **state)
{
    static const double speeds[] = {0.5, 1, 3, 7};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        struct llm_client llm;
        char answer[64];
        int64_t started_ns = clock_now_ns();

        llm_init(&llm, 1, 40 * NS_PER_MS, 40 * NS_PER_MS, speeds[i]);
        assert_int_equal(llm_call(&llm, LLM_SENTIMENT, &article, answer, sizeof answer), 0);
        assert_true((double)(clock_now_ns() - started_ns) * speeds[i] >= 40 * NS_PER_MS);
    }
}

static void calls_in_a_row_are_counted_and_one_in_flight(void **state)
{
    struct llm_client llm = make_client(1, 0, 0);
    char answer[64];

    (void)state;
    for (int i = 0; i < 7; i++)
        llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer);
    for (int i = 0; i < 3; i++)
        llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer);
    assert_int_equal(llm_calls_completed(&llm), 10);
    assert_int_equal(llm_articles_completed(&llm), 0);
    for (int i = 0; i < 2; i++)
        llm_call(&llm, LLM_SENTIMENT, &article, answer, sizeof answer);
    assert_int_equal(llm_calls_completed(&llm), 12);
    assert_int_equal(llm_articles_completed(&llm), 2);
    assert_int_equal(atomic_load(&llm.peak), 1);
    assert_int_equal(atomic_load(&llm.in_flight), 0);
}

static void *call_once(void *argument)
{
    char answer[64];

    llm_call(argument, LLM_SENTIMENT, &article, answer, sizeof answer);
    return NULL;
}

static void the_peak_is_how_many_calls_overlapped(void **state)
{
    (void)state;
    /* A machine that stalls may keep short calls apart, so they get longer until all overlap. */
    for (int64_t latency_ns = 50 * NS_PER_MS; latency_ns < 8 * NS_PER_S; latency_ns *= 2) {
        struct llm_client llm = make_client(1, latency_ns, latency_ns);

        run_threads(8, call_once, &llm);
        assert_int_equal(llm_calls_completed(&llm), 8);
        assert_int_equal(atomic_load(&llm.in_flight), 0);
        assert_in_range(atomic_load(&llm.peak), 1, 8);
        if (atomic_load(&llm.peak) == 8)
            return;
    }
    fail_msg("eight calls never overlapped");
}

/* A provider with a limit. */

#define UNTOUCHED "untouched"

static int calls_told;

static void count_told(void)
{
    calls_told++;
}

/* As if so many calls of others were in flight. */
static struct llm_client make_busy_client(int limit, int in_flight, int64_t latency_ns)
{
    struct llm_client llm = make_client(1, latency_ns, latency_ns);

    llm.limit = limit;
    atomic_store(&llm.in_flight, in_flight);
    calls_told = 0;
    llm.on_completed = count_told;
    return llm;
}

static void a_refused_call_answers_nothing_and_is_not_counted_as_one(void **state)
{
    static const int beyond[] = {0, 1, 100};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        /* A latency that would be noticed. */
        struct llm_client llm = make_busy_client(3, 3 + beyond[i], 600 * NS_PER_S);
        char answer[64] = UNTOUCHED;

        assert_int_equal(llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer), EAGAIN);
        assert_int_equal(llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer), EAGAIN);
        assert_string_equal(answer, UNTOUCHED);
        assert_int_equal(atomic_load(&llm.refused), 2);
        assert_int_equal(atomic_load(&llm.in_flight), 3 + beyond[i]);
        assert_int_equal(atomic_load(&llm.peak), 0);
        assert_int_equal(llm_calls_completed(&llm), 0);
        assert_int_equal(calls_told, 0);
    }
}

static void the_last_call_within_the_limit_is_taken(void **state)
{
    struct llm_client llm = make_busy_client(3, 2, 0);
    char answer[64] = UNTOUCHED;

    (void)state;
    assert_int_equal(llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer), 0);
    assert_string_not_equal(answer, UNTOUCHED);
    assert_int_equal(atomic_load(&llm.refused), 0);
    assert_int_equal(atomic_load(&llm.in_flight), 2);
    assert_int_equal(atomic_load(&llm.peak), 3);
    assert_int_equal(llm_calls_completed(&llm), 1);
    assert_int_equal(calls_told, 1);
}

static void without_a_limit_no_call_is_refused(void **state)
{
    struct llm_client llm = make_busy_client(0, 1000000, 0);
    char answer[64];

    (void)state;
    assert_int_equal(llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer), 0);
    assert_int_equal(atomic_load(&llm.refused), 0);
    assert_int_equal(llm_calls_completed(&llm), 1);
}

#define LIMIT 5
#define BEYOND 7

/* What threads that call once saw. */
struct crowd {
    struct llm_client llm;
    atomic_int taken, refused, wrong;
};

static void *call_in_crowd(void *argument)
{
    struct crowd *crowd = argument;
    char answer[64] = UNTOUCHED;
    int error = llm_call(&crowd->llm, LLM_SENTIMENT, &article, answer, sizeof answer);
    bool has_answer = strcmp(answer, UNTOUCHED) != 0;

    if (error == 0 && has_answer)
        atomic_fetch_add(&crowd->taken, 1);
    else if (error == EAGAIN && !has_answer)
        atomic_fetch_add(&crowd->refused, 1);
    else
        atomic_fetch_add(&crowd->wrong, 1);
    return NULL;
}

static void as_many_calls_are_refused_as_come_beyond_the_limit(void **state)
{
    static struct crowd crowd;

    (void)state;
    /* As above: until all overlap. Whatever the machine does, no more than that are refused. */
    for (int64_t latency_ns = 50 * NS_PER_MS; latency_ns < 8 * NS_PER_S; latency_ns *= 2) {
        crowd = (struct crowd){.llm = make_client(1, latency_ns, latency_ns)};
        crowd.llm.limit = LIMIT;
        run_threads(LIMIT + BEYOND, call_in_crowd, &crowd);
        assert_int_equal(atomic_load(&crowd.wrong), 0);
        assert_int_equal(atomic_load(&crowd.taken) + atomic_load(&crowd.refused), LIMIT + BEYOND);
        assert_int_equal(atomic_load(&crowd.llm.refused), atomic_load(&crowd.refused));
        assert_int_equal(llm_calls_completed(&crowd.llm), atomic_load(&crowd.taken));
        assert_int_equal(atomic_load(&crowd.llm.in_flight), 0);
        assert_in_range(atomic_load(&crowd.llm.peak), 1, LIMIT);
        assert_in_range(atomic_load(&crowd.refused), 0, BEYOND);
        if (atomic_load(&crowd.refused) == BEYOND)
            return;
    }
    fail_msg("the calls never overlapped");
}

#define CALLERS 4
#define CALLS_EACH 50000

/* Many calls that take no time, so that ends and beginnings meet in every way. */
static void *call_often_in_crowd(void *argument)
{
    for (int i = 0; i < CALLS_EACH; i++)
        call_in_crowd(argument);
    return NULL;
}

static void the_peak_never_exceeds_the_limit(void **state)
{
    static struct crowd crowd;

    (void)state;
    crowd = (struct crowd){.llm = make_client(1, 0, 0)};
    crowd.llm.limit = 1;
    run_threads(CALLERS, call_often_in_crowd, &crowd);
    assert_int_equal(atomic_load(&crowd.llm.peak), 1);
    assert_int_equal(atomic_load(&crowd.wrong), 0);
    assert_int_equal(atomic_load(&crowd.taken) + atomic_load(&crowd.refused), CALLERS * CALLS_EACH);
    assert_int_equal(atomic_load(&crowd.llm.refused), atomic_load(&crowd.refused));
    assert_int_equal(atomic_load(&crowd.llm.in_flight), 0);
}

/* Latencies from elsewhere. */

struct source {
    int draws;
    int64_t min_ns, max_ns;
    int64_t draw_ns;
};

static int64_t draw(void *argument, int64_t latency_min_ns, int64_t latency_max_ns)
{
    struct source *source = argument;

    source->draws++;
    source->min_ns = latency_min_ns;
    source->max_ns = latency_max_ns;
    return source->draw_ns;
}

static void a_latency_source_is_given_the_bounds_and_believed(void **state)
{
    struct source source = {.draw_ns = 60 * NS_PER_MS}; /* within no bounds: it decides */
    struct llm_client llm = make_client(1, 3 * NS_PER_MS, 7 * NS_PER_MS);
    int64_t started_ns = clock_now_ns();
    char answer[64];

    (void)state;
    llm.draw_latency_ns = draw;
    llm.latency_source = &source;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer), 0);
        assert_int_equal(source.draws, i);
    }
    assert_int_equal(source.min_ns, 3 * NS_PER_MS);
    assert_int_equal(source.max_ns, 7 * NS_PER_MS);
    assert_true(clock_now_ns() - started_ns >= 3 * 60 * NS_PER_MS);
    assert_int_equal(llm_calls_completed(&llm), 3);
}

static void the_load_is_that_of_the_pure_function_all_the_same(void **state)
{
    struct source source = {.draw_ns = 0};
    struct llm_client llm = make_client(1, NS_PER_MS, 9 * NS_PER_MS);
    struct article first = {.id = 1};

    (void)state;
    llm.draw_latency_ns = draw;
    llm.latency_source = &source;
    assert_int_equal(llm_load(&llm, &first, 1, 1, false).sum_ns, article_ms[0] * NS_PER_MS);
    assert_int_equal(source.draws, 0);
}

static void *save_calls(void *argument)
{
    for (int i = 0; i < CALLS_EACH; i++)
        llm_count_saved(argument, 1 + i % 3);
    return NULL;
}

static void saved_calls_are_added_up(void **state)
{
    struct llm_client llm = make_client(1, 0, 0);
    int saved_each = 0;

    (void)state;
    for (int i = 0; i < CALLS_EACH; i++)
        saved_each += 1 + i % 3;
    assert_int_equal(atomic_load(&llm.saved), 0);
    run_threads(CALLERS, save_calls, &llm);
    assert_int_equal(atomic_load(&llm.saved), CALLERS * saved_each);
    assert_int_equal(llm_calls_completed(&llm), 0);
}

/* What it says. */

static struct llm_client *watched;
static int completed_when_told;

static void note_completed(void)
{
    completed_when_told = llm_calls_completed(watched);
}

static int call_and_log(void *unused)
{
    struct llm_client llm = make_client(1, 2 * NS_PER_MS, 2 * NS_PER_MS);
    char answer[64];

    (void)unused;
    watched = &llm;
    llm.on_completed = note_completed;
    log_init("test");
    log_set_quiet(false);
    llm_call(&llm, LLM_SUMMARY, &article, answer, sizeof answer);
    llm_call(&llm, LLM_SENTIMENT, &article, answer, sizeof answer);
    llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer);
    return completed_when_told;
}

static void a_call_says_when_it_starts_and_has_completed(void **state)
{
    struct child child = run_child(call_and_log, NULL);

    (void)state;
    assert_int_equal(child.status, 3);
    assert_string_equal(child.out, "  [3] Summarization started (2ms)\n"
                                   "  [3] Summarization completed\n"
                                   "  [3] Sentiment Analysis started (2ms)\n"
                                   "  [3] Sentiment Analysis completed\n"
                                   "  [3] Keyword Extraction started (2ms)\n"
                                   "  [3] Keyword Extraction completed\n");
}

static int log_drawn_and_refused(void *unused)
{
    struct source source = {.draw_ns = 42 * NS_PER_MS};
    struct llm_client llm = make_client(1, 2 * NS_PER_MS, 2 * NS_PER_MS);
    char answer[64];

    (void)unused;
    log_init("test");
    log_set_quiet(false);
    llm.draw_latency_ns = draw;
    llm.latency_source = &source;
    llm.limit = 1;
    llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer);
    atomic_store(&llm.in_flight, 1);
    llm_call(&llm, LLM_KEYWORDS, &article, answer, sizeof answer);
    return 0;
}

static void a_call_says_what_was_drawn_and_that_it_is_refused(void **state)
{
    struct child child = run_child(log_drawn_and_refused, NULL);

    (void)state;
    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, "  [3] Keyword Extraction started (42ms)\n"
                                   "  [3] Keyword Extraction completed\n"
                                   "  [3] Keyword Extraction refused: 429 Too Many Requests\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_the_same_whoever_asks_and_when),
        cmocka_unit_test(latency_keeps_the_bounds_and_their_unit),
        cmocka_unit_test(equal_bounds_leave_no_choice),
        cmocka_unit_test(latencies_are_spread_evenly),
        cmocka_unit_test(seed_task_and_article_each_change_the_latency),
        cmocka_unit_test(the_load_is_the_sum_and_the_slowest),
        cmocka_unit_test(a_pool_takes_as_long_as_worked_out_by_hand),
        cmocka_unit_test(a_pool_of_any_size_keeps_its_bounds),
        cmocka_unit_test(a_call_takes_its_latency_at_any_speed),
        cmocka_unit_test(calls_in_a_row_are_counted_and_one_in_flight),
        cmocka_unit_test(the_peak_is_how_many_calls_overlapped),
        cmocka_unit_test(a_refused_call_answers_nothing_and_is_not_counted_as_one),
        cmocka_unit_test(the_last_call_within_the_limit_is_taken),
        cmocka_unit_test(without_a_limit_no_call_is_refused),
        cmocka_unit_test(as_many_calls_are_refused_as_come_beyond_the_limit),
        cmocka_unit_test(the_peak_never_exceeds_the_limit),
        cmocka_unit_test(a_latency_source_is_given_the_bounds_and_believed),
        cmocka_unit_test(the_load_is_that_of_the_pure_function_all_the_same),
        cmocka_unit_test(saved_calls_are_added_up),
        cmocka_unit_test(a_call_says_when_it_starts_and_has_completed),
        cmocka_unit_test(a_call_says_what_was_drawn_and_that_it_is_refused),
    };

    log_set_quiet(true);
    return UNIT_RUN(tests, argc, argv);
}
