#include "unit.h"

#include "lesson/judge.h"
#include "observe/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARTICLES 40

static struct articles articles;
static unsigned times[ARTICLES];
static struct article_status statuses[ARTICLES];
static struct judgement judgement;

/* In place of the load of the test before. */
static void load(size_t count)
{
    articles_destroy(&articles);
    assert_int_equal(articles_generate(&articles, count, 1), 0);
    memset(times, 0, sizeof times);
    memset(statuses, 0, sizeof statuses);
    judgement = (struct judgement){
        .articles = &articles, .statuses = statuses, .times = times, .counts.articles = count};
}

static void say(size_t position, enum article_state state, int cause)
{
    struct article_error error = {.stage = "sentiment", .attempt = 1, .cause = cause};

    atomic_store(&statuses[position].state, state);
    statuses[position].error = error;
}

static void assert_counts(size_t succeeded, size_t failed, size_t cancelled, size_t queued,
                          size_t unaccounted)
{
    struct account account = account_of(&judgement);

    assert_true(account.is_kept);
    assert_int_equal(account.succeeded, succeeded);
    assert_int_equal(account.failed, failed);
    assert_int_equal(account.cancelled, cancelled);
    assert_int_equal(account.queued, queued);
    assert_int_equal(account.unaccounted, unaccounted);
}

/* What the status says against the number of right results: each pair. */
TEST(words_and_results_are_held_against_each_other)
{
    enum { SUCCEEDED, FAILED, CANCELLED, QUEUED, UNACCOUNTED };
    static const int expected[][3] = {
        /* results: 0, 1, 2 */
        [ARTICLE_QUEUED] = {QUEUED, SUCCEEDED, UNACCOUNTED},
        [ARTICLE_RUNNING] = {UNACCOUNTED, SUCCEEDED, UNACCOUNTED},
        [ARTICLE_SUCCEEDED] = {UNACCOUNTED, SUCCEEDED, UNACCOUNTED},
        [ARTICLE_FAILED] = {FAILED, UNACCOUNTED, UNACCOUNTED},
        [ARTICLE_CANCELLED] = {CANCELLED, UNACCOUNTED, UNACCOUNTED},
    };

    for (int said = ARTICLE_QUEUED; said <= ARTICLE_CANCELLED; said++)
        for (unsigned results = 0; results < 3; results++) {
            int is = expected[said][results];

            load(1);
            times[0] = results;
            say(0, (enum article_state)said, said == ARTICLE_FAILED ? EIO : 0);
            assert_counts(is == SUCCEEDED, is == FAILED, is == CANCELLED, is == QUEUED,
                          is == UNACCOUNTED);
        }
}

TEST(every_article_is_counted_once)
{
    for (unsigned seed = 0; seed < 200; seed++) {
        struct account account;

        load(ARTICLES);
        srand(seed);
        for (size_t i = 0; i < ARTICLES; i++) {
            times[i] = (unsigned)rand() % 3;
            say(i, (enum article_state)(rand() % (ARTICLE_CANCELLED + 1)), EIO);
        }
        account = account_of(&judgement);
        assert_int_equal(account.succeeded + account.failed + account.cancelled + account.queued +
                             account.unaccounted,
                         ARTICLES);
    }
}

TEST(without_statuses_there_is_no_account)
{
    struct account account;

    load(3);
    judgement.statuses = NULL;
    account = account_of(&judgement);
    assert_false(account.is_kept);
    assert_int_equal(account.queued + account.unaccounted, 0);
}

static int print(void *unused)
{
    struct account account = account_of(&judgement);

    log_init("test");
    account_print(&account, &judgement, false, FAILURES_SHOWN);
    return log_finish();
}

static void assert_printed(const char *expected)
{
    struct child child = run_child(print, NULL);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.err, "");
    assert_string_equal(child.out, expected);
}

TEST(a_run_without_errors_is_one_line)
{
    load(5);
    for (size_t i = 0; i < 5; i++) {
        times[i] = 1;
        say(i, ARTICLE_SUCCEEDED, 0);
    }
    assert_printed("Account      5 succeeded + 0 failed + 0 cancelled + 0 queued = 5\n");
}

TEST(failures_are_told_and_the_others_listed)
{
    load(12);
    times[0] = times[1] = 1;
    say(0, ARTICLE_SUCCEEDED, 0);
    say(1, ARTICLE_SUCCEEDED, 0);
    say(2, ARTICLE_FAILED, EIO);
    say(3, ARTICLE_CANCELLED, ECANCELED);
    say(4, ARTICLE_CANCELLED, ECANCELED);
    say(5, ARTICLE_FAILED, EAGAIN);
    say(6, ARTICLE_CANCELLED, ECANCELED);
    say(7, ARTICLE_RUNNING, 0);
    say(8, ARTICLE_SUCCEEDED, 0);
    assert_printed("Account      2 succeeded + 2 failed + 3 cancelled + 3 queued"
                   " + 2 unknown = 12\n"
                   "Failed       article 3, sentiment, attempt 1: 503 Service Unavailable\n"
                   "             article 6, sentiment, attempt 1: 429 Too Many Requests\n"
                   "Cancelled    3: 4-5, 7\n"
                   "Queued       3, never started: 10-12\n"
                   "Unknown      2, nobody says why: 8-9\n");
}

TEST(more_than_ten_failures_are_counted)
{
    char expected[4096] = "Account      0 succeeded + 13 failed + 0 cancelled + 0 queued = 13\n";

    load(13);
    for (size_t i = 0; i < 13; i++)
        say(i, ARTICLE_FAILED, EIO);
    for (size_t i = 0; i < 10; i++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
                 "%-12s article %zu, sentiment, attempt 1: 503 Service Unavailable\n",
                 i == 0 ? "Failed" : "", i + 1);
    strcat(expected, "             13 in all: 1-13\n");
    assert_printed(expected);
}
