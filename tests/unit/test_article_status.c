#include "unit.h"

#include "news/article_status.h"
#include "system/clock.h"

#include <errno.h>
#include <string.h>

static void an_error_in_words(void **state)
{
    static const struct {
        struct article_error error;
        const char *text;
    } cases[] = {
        {{7, "sentiment", 0, 1, EIO, 0},
         "article 7, sentiment, attempt 1: 503 Service Unavailable"},
        {{7, "sentiment", 0, 3, EIO, 0},
         "article 7, sentiment, attempt 3: 503 Service Unavailable"},
        {{12, "keywords", 0, 1, EAGAIN, 0},
         "article 12, keywords, attempt 1: 429 Too Many Requests"},
        {{12, "keywords", 0, 2, EAGAIN, 1500 * NS_PER_MS},
         "article 12, keywords, attempt 2: 429 Too Many Requests, retry after 1.5s"},
        {{1, "summarize", 0, 1, ETIMEDOUT, 0},
         "article 1, summarize, attempt 1: no answer in time"},
        {{1, "summarize", 0, 1, ECANCELED, 0}, "article 1, summarize, attempt 1: cancelled"},
        {{1, "summarize", 0, 0, ECONNREFUSED, 0},
         "article 1, summarize: not called, the circuit breaker is open"},
        {{5, "start of the calls", 0, 0, EAGAIN, 0},
         "article 5, start of the calls: Resource temporarily unavailable"},
        {{5, "store", 0, 0, ENOSPC, 0}, "article 5, store: No space left on device"},
        /* With a stage's number the first attempt goes without saying. */
        {{7, "sentiment", 3, 1, EIO, 0}, "stage 3 (sentiment), article 7: 503 Service Unavailable"},
        {{7, "sentiment", 3, 2, EIO, 0},
         "stage 3 (sentiment), article 7, attempt 2: 503 Service Unavailable"},
        {{7, "store", 5, 0, ENOSPC, 0}, "stage 5 (store), article 7: No space left on device"},
        {{7, "sentiment", 3, 1, EAGAIN, NS_PER_S},
         "stage 3 (sentiment), article 7: 429 Too Many Requests, retry after 1s"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[ARTICLE_ERROR_SIZE];

        assert_ptr_equal(article_error_format(&cases[i].error, text, sizeof text), text);
        assert_string_equal(text, cases[i].text);
    }
}

static void the_longest_text_has_room_and_a_short_buffer_cuts_it(void **state)
{
    static const struct article_error longest = {2147483647, "start of the calls", 5,
                                                 2147483647, ECONNREFUSED,         INT64_MAX / 4};
    char text[ARTICLE_ERROR_SIZE], cut[2 * ARTICLE_ERROR_SIZE], whole[2 * ARTICLE_ERROR_SIZE];

    (void)state;
    article_error_format(&longest, text, sizeof text);
    article_error_format(&longest, whole, sizeof whole);
    assert_string_equal(text, whole);
    for (size_t size = 1; size < sizeof cut; size++) {
        memset(cut, '#', sizeof cut);
        article_error_format(&longest, cut, size);
        assert_int_equal(strlen(cut), size <= strlen(whole) ? size - 1 : strlen(whole));
        assert_memory_equal(cut, whole, strlen(cut));
        assert_int_equal(cut[size], '#');
    }
}

static void causes_in_words(void **state)
{
    (void)state;
    assert_string_equal(article_error_cause(EIO), "503 Service Unavailable");
    assert_string_equal(article_error_cause(EAGAIN), "429 Too Many Requests");
    assert_string_equal(article_error_cause(ETIMEDOUT), "no answer in time");
    assert_string_equal(article_error_cause(ECANCELED), "cancelled");
    assert_string_equal(article_error_cause(ENOMEM), strerror(ENOMEM));
}

static void the_state_follows_from_the_cause(void **state)
{
    static const struct {
        int cause;
        enum article_state expected;
    } cases[] = {{0, ARTICLE_SUCCEEDED},   {ECANCELED, ARTICLE_CANCELLED}, {EIO, ARTICLE_FAILED},
                 {EAGAIN, ARTICLE_FAILED}, {ETIMEDOUT, ARTICLE_FAILED},    {ENOMEM, ARTICLE_FAILED},
                 {EINTR, ARTICLE_FAILED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct article_error error = {3, "summarize", 0, 1, cases[i].cause, 0};
        struct article_status status = {0};

        assert_int_equal(article_status_state(&status), ARTICLE_QUEUED);
        article_status_begin(&status);
        assert_int_equal(article_status_state(&status), ARTICLE_RUNNING);
        article_status_end(&status, &error);
        assert_int_equal(article_status_state(&status), cases[i].expected);
        assert_memory_equal(&status.error, &error, sizeof error);
    }
}

#define ROUNDS 2000

static struct article_status shared[ROUNDS];
static atomic_int differing;

static void *write_or_read(void *unused)
{
    static atomic_int writer;
    bool is_writer = atomic_fetch_add(&writer, 1) == 0;

    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        struct article_error error = {i + 1, "keywords", 0, i + 1, EIO, i};

        if (is_writer) {
            article_status_begin(&shared[i]);
            article_status_end(&shared[i], &error);
            continue;
        }
        while (article_status_state(&shared[i]) != ARTICLE_FAILED)
            continue;
        atomic_fetch_add(&differing, shared[i].error.article_id != i + 1 ||
                                         shared[i].error.attempt != i + 1 ||
                                         shared[i].error.retry_after_ns != i);
    }
    return NULL;
}

static void who_sees_the_end_can_read_the_error(void **state)
{
    (void)state;
    run_threads(3, write_or_read, NULL);
    assert_int_equal(atomic_load(&differing), 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_in_words),
        cmocka_unit_test(the_longest_text_has_room_and_a_short_buffer_cuts_it),
        cmocka_unit_test(causes_in_words),
        cmocka_unit_test(the_state_follows_from_the_cause),
        cmocka_unit_test(who_sees_the_end_can_read_the_error),
    };

    return UNIT_RUN(tests, argc, argv);
}
