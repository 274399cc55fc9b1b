#include "unit.h"

#include "news/ai_result.h"
#include "system/clock.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

TEST(an_error_in_words)
{
    static const struct {
        int id;
        struct article_error error;
        const char *text;
    } cases[] = {
        {7,
         {"sentiment", 0, 1, EIO, 0},
         "article 7, sentiment, attempt 1: 503 Service Unavailable"},
        {7,
         {"sentiment", 0, 3, EIO, 0},
         "article 7, sentiment, attempt 3: 503 Service Unavailable"},
        {12,
         {"keywords", 0, 1, EAGAIN, 0},
         "article 12, keywords, attempt 1: 429 Too Many Requests"},
        {12,
         {"keywords", 0, 2, EAGAIN, 1500 * NS_PER_MS},
         "article 12, keywords, attempt 2: 429 Too Many Requests, retry after 1.5s"},
        {1,
         {"summarize", 0, 1, ETIMEDOUT, 0},
         "article 1, summarize, attempt 1: no answer in time"},
        {1, {"summarize", 0, 1, ECANCELED, 0}, "article 1, summarize, attempt 1: cancelled"},
        {1,
         {"summarize", 0, 0, ECONNREFUSED, 0},
         "article 1, summarize: not called, the breaker is open"},
        {5,
         {"start of the calls", 0, 0, EAGAIN, 0},
         "article 5, start of the calls: Resource temporarily unavailable"},
        {5, {"store", 0, 0, ENOSPC, 0}, "article 5, store: No space left on device"},
        /* With a stage's number the first attempt goes without saying. */
        {7, {"sentiment", 3, 1, EIO, 0}, "stage 3 (sentiment), article 7: 503 Service Unavailable"},
        {7,
         {"sentiment", 3, 2, EIO, 0},
         "stage 3 (sentiment), article 7, attempt 2: 503 Service Unavailable"},
        {7, {"store", 5, 0, ENOSPC, 0}, "stage 5 (store), article 7: No space left on device"},
        {7,
         {"sentiment", 3, 1, EAGAIN, NS_PER_S},
         "stage 3 (sentiment), article 7: 429 Too Many Requests, retry after 1s"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[ARTICLE_ERROR_SIZE];

        assert_ptr_equal(article_error_format(cases[i].id, &cases[i].error, text, sizeof text),
                         text);
        assert_string_equal(text, cases[i].text);
    }
}

TEST(the_longest_text_has_room_and_a_short_buffer_cuts_it)
{
    static const struct article_error longest = {"start of the calls", 5, INT_MAX, ECONNREFUSED,
                                                 INT64_MAX / 4};
    char text[ARTICLE_ERROR_SIZE], cut[2 * ARTICLE_ERROR_SIZE], whole[2 * ARTICLE_ERROR_SIZE];

    article_error_format(INT_MAX, &longest, text, sizeof text);
    article_error_format(INT_MAX, &longest, whole, sizeof whole);
    assert_string_equal(text, whole);
    for (size_t size = 1; size < sizeof cut; size++) {
        memset(cut, '#', sizeof cut);
        article_error_format(INT_MAX, &longest, cut, size);
        assert_int_equal(strlen(cut), size <= strlen(whole) ? size - 1 : strlen(whole));
        assert_memory_equal(cut, whole, strlen(cut));
        assert_int_equal(cut[size], '#');
    }
}

TEST(causes_in_words)
{
    assert_string_equal(article_error_cause(EIO), "503 Service Unavailable");
    assert_string_equal(article_error_cause(EAGAIN), "429 Too Many Requests");
    assert_string_equal(article_error_cause(ETIMEDOUT), "no answer in time");
    assert_string_equal(article_error_cause(ECANCELED), "cancelled");
    assert_string_equal(article_error_cause(ENOMEM), strerror(ENOMEM));
}

TEST(a_task_has_a_name_and_what_is_no_task_is_unknown)
{
    assert_string_equal(llm_task_name(LLM_KEYWORDS), "keywords");
    assert_string_equal(llm_task_title(LLM_SUMMARY), "Summarization");
    assert_string_equal(llm_task_name((enum llm_task)LLM_TASKS), "unknown");
    assert_string_equal(llm_task_name((enum llm_task) - 1), "unknown");
    assert_string_equal(llm_task_title((enum llm_task)LLM_TASKS), "Unknown Task");
}
