#include "unit.h"

#include "news/article_status.h"

#include <errno.h>

TEST(the_state_follows_from_the_cause)
{
    static const struct {
        int cause;
        enum article_state expected;
    } cases[] = {{0, ARTICLE_SUCCEEDED},   {ECANCELED, ARTICLE_CANCELLED}, {EIO, ARTICLE_FAILED},
                 {EAGAIN, ARTICLE_FAILED}, {ETIMEDOUT, ARTICLE_FAILED},    {ENOMEM, ARTICLE_FAILED},
                 {EINTR, ARTICLE_FAILED}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct article_error error = {"summarize", 0, 1, cases[i].cause, 0};
        struct article_status status = {0};

        assert_int_equal(article_status_state(&status), ARTICLE_QUEUED);
        article_status_begin(&status);
        assert_int_equal(article_status_state(&status), ARTICLE_RUNNING);
        article_status_end(&status, &error);
        assert_int_equal(article_status_state(&status), cases[i].expected);
        assert_memory_equal(&status.error, &error, sizeof error);
    }
}

TEST(an_article_that_has_ended_does_not_begin_again)
{
    static const int causes[] = {0, EIO, ECANCELED};

    for (size_t i = 0; i < COUNT_OF(causes); i++) {
        struct article_error error = {.stage = "summarize", .cause = causes[i]};
        struct article_status status = {0};
        enum article_state ended;

        article_status_end(&status, &error);
        ended = article_status_state(&status);
        article_status_begin(&status);
        assert_int_equal(article_status_state(&status), ended);
    }
}

#define ROUNDS 2000

static struct article_status shared[ROUNDS];
static atomic_int differing;

static void *write_or_read(void *unused)
{
    static atomic_int writer;
    bool is_writer = atomic_fetch_add(&writer, 1) == 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct article_error error = {"keywords", 0, i + 1, EIO, i};

        if (is_writer) {
            article_status_begin(&shared[i]);
            article_status_end(&shared[i], &error);
            continue;
        }
        while (article_status_state(&shared[i]) != ARTICLE_FAILED)
            continue;
        atomic_fetch_add(&differing,
                         shared[i].error.attempt != i + 1 || shared[i].error.retry_after_ns != i);
    }
    return NULL;
}

TEST(who_sees_the_end_can_read_the_error)
{
    run_threads(3, write_or_read, NULL);
    assert_int_equal(differing, 0);
}
