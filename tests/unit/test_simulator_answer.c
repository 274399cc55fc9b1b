#include "unit.h"

#include "news/simulator.h"

#include <stdlib.h>
#include <string.h>

#define FIRST "The harbour authority opened its doors to visitors."

static const enum llm_task tasks[] = {LLM_SUMMARY, LLM_SENTIMENT, LLM_KEYWORDS};

static char answer[256];

static const char *ask(enum llm_task task, const char *title, const char *content)
{
    struct article article = {1, title, content};

    memset(answer, '#', sizeof answer);
    simulator_answer(task, &article, answer, sizeof answer);
    return answer;
}

static void a_summary_is_the_first_sentence_of_some_length(void **state)
{
    (void)state;
    assert_string_equal(ask(LLM_SUMMARY, "t", FIRST " More of it."), FIRST);
    assert_string_equal(ask(LLM_SUMMARY, "t", FIRST), FIRST);
    /* A full stop too early, or within a number, ends none. */
    assert_string_equal(
        ask(LLM_SUMMARY, "t", "Dr. No paid 1.5 million for the island of his dreams! X."),
        "Dr. No paid 1.5 million for the island of his dreams!");
    assert_string_equal(ask(LLM_SUMMARY, "t", "Short. Text"), "Short. Text");
}

static void a_summary_of_nothing_is_the_title(void **state)
{
    (void)state;
    assert_string_equal(ask(LLM_SUMMARY, "Only a title", ""), "Only a title");
    assert_string_equal(ask(LLM_SUMMARY, "", ""), "");
}

static void sentiment_weighs_good_words_against_bad(void **state)
{
    (void)state;
    assert_string_equal(ask(LLM_SENTIMENT, "", "A record profit after a weak year"), "positive");
    assert_string_equal(ask(LLM_SENTIMENT, "LAWSUIT", "They praised it, worried"), "negative");
    assert_string_equal(ask(LLM_SENTIMENT, "", "A record loss"), "neutral");
    assert_string_equal(ask(LLM_SENTIMENT, "", "Recorded, profitable; nothing lossless"),
                        "neutral");
    assert_string_equal(ask(LLM_SENTIMENT, "", ""), "neutral");
}

static void keywords_are_the_five_most_frequent_long_words(void **state)
{
    (void)state;
    assert_string_equal(ask(LLM_KEYWORDS, "Bees swarm",
                            "Swarm after swarm left; ALPINE, alpine and harbour, harbour; would "
                            "hospital be first? The hospital library railway"),
                        "swarm, alpine, harbour, hospital, library");
    assert_string_equal(ask(LLM_KEYWORDS, "one two", "four"), "");
    assert_string_equal(ask(LLM_KEYWORDS, "", ""), "");
}

static void every_answer_is_terminated_and_within_its_size(void **state)
{
    static const char umlauts[] = "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F";
    static const char wide[] = "\xE4\xB8\xAD\xE6\x96\x87\xF0\x9F\x98\x80";
    static const char *const texts[] = {"", umlauts, wide, FIRST " warned, lost, lawsuit"};

    (void)state;
    for (size_t text = 0; text < COUNT_OF(texts); text++) {
        char content[400] = "";
        struct article article = {1, texts[text], content};

        while (strlen(content) + strlen(texts[text]) + 2 < 300 && texts[text][0] != '\0')
            strcat(strcat(content, texts[text]), strlen(content) % 3 == 0 ? " " : "x");
        for (size_t size = 16; size <= 64; size++) {
            for (size_t task = 0; task < COUNT_OF(tasks); task++) {
                /* Of exactly this size, so that AddressSanitizer sees the first byte too many. */
                char *exact = malloc(size);

                assert_non_null(exact);
                memset(exact, '#', size);
                simulator_answer(tasks[task], &article, exact, size);
                assert_non_null(memchr(exact, '\0', size));
                assert_true(has_whole_characters(exact));
                free(exact);
            }
        }
    }
}

static void a_cut_summary_says_so_and_fills_its_size(void **state)
{
    struct article article = {1, "t", "abcdefghijklmnopqrstuvwxyz"};
    char small[16];

    (void)state;
    simulator_answer(LLM_SUMMARY, &article, small, sizeof small);
    assert_string_equal(small, "abcdefghijkl...");
}

static void cut_keywords_end_at_a_whole_word(void **state)
{
    struct article article = {1, "t", "alpine harbour hospital"};
    char small[20];

    (void)state;
    simulator_answer(LLM_KEYWORDS, &article, small, sizeof small);
    assert_string_equal(small, "alpine, harbour");
}

static void endless_words_are_no_keywords_and_do_no_harm(void **state)
{
    enum { SIZE = 60000 };
    char *content = malloc(SIZE + 32);

    (void)state;
    assert_non_null(content);
    memset(content, 'w', SIZE);
    strcpy(content + SIZE, " record");
    assert_string_equal(ask(LLM_KEYWORDS, "", content), "record");
    assert_string_equal(ask(LLM_SENTIMENT, "", content), "positive");
    ask(LLM_SUMMARY, "", content);
    assert_int_equal(strlen(answer), 203);
    assert_string_equal(answer + 197, "www...");
    free(content);
}

static void a_word_is_a_keyword_up_to_24_bytes(void **state)
{
    (void)state;
    assert_string_equal(ask(LLM_KEYWORDS, "", "abcdefghijklmnopqrstuvwx 1234"),
                        "abcdefghijklmnopqrstuvwx");
    assert_string_equal(ask(LLM_KEYWORDS, "", "abcdefghijklmnopqrstuvwxy abcde"), "abcde");
}

static void more_words_than_are_counted_do_no_harm(void **state)
{
    char content[2000] = "";

    (void)state;
    for (int i = 0; i < 200; i++)
        strcat(content, (const char[]){'w', 'o', 'r', 'd', (char)('a' + i / 26),
                                       (char)('a' + i % 26), ' ', '\0'});
    assert_string_equal(ask(LLM_KEYWORDS, "", content), "wordaa, wordab, wordac, wordad, wordae");
}

struct question {
    struct articles articles;
    struct ai_result *answers; /* of each article */
    atomic_int differing;
};

static void answer_all(const struct article *article, struct ai_result *result)
{
    memset(result, 0, sizeof *result);
    simulator_answer(LLM_SUMMARY, article, result->summary, sizeof result->summary);
    simulator_answer(LLM_SENTIMENT, article, result->sentiment, sizeof result->sentiment);
    simulator_answer(LLM_KEYWORDS, article, result->keywords, sizeof result->keywords);
}

static void *compare_answers(void *argument)
{
    struct question *question = argument;

    for (size_t i = 0; i < question->articles.count; i++) {
        struct ai_result result;

        answer_all(&question->articles.items[i], &result);
        if (memcmp(&result, &question->answers[i], sizeof result) != 0)
            atomic_fetch_add(&question->differing, 1);
    }
    return NULL;
}

static void answers_are_the_same_whoever_asks(void **state)
{
    static struct question question;

    (void)state;
    assert_int_equal(articles_generate(&question.articles, 50, 1), 0);
    question.answers = calloc(question.articles.count, sizeof *question.answers);
    assert_non_null(question.answers);
    for (size_t i = 0; i < question.articles.count; i++)
        answer_all(&question.articles.items[i], &question.answers[i]);
    run_threads(8, compare_answers, &question);
    assert_int_equal(atomic_load(&question.differing), 0);
    free(question.answers);
    articles_destroy(&question.articles);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_is_the_first_sentence_of_some_length),
        cmocka_unit_test(a_summary_of_nothing_is_the_title),
        cmocka_unit_test(sentiment_weighs_good_words_against_bad),
        cmocka_unit_test(keywords_are_the_five_most_frequent_long_words),
        cmocka_unit_test(every_answer_is_terminated_and_within_its_size),
        cmocka_unit_test(a_cut_summary_says_so_and_fills_its_size),
        cmocka_unit_test(cut_keywords_end_at_a_whole_word),
        cmocka_unit_test(endless_words_are_no_keywords_and_do_no_harm),
        cmocka_unit_test(a_word_is_a_keyword_up_to_24_bytes),
        cmocka_unit_test(more_words_than_are_counted_do_no_harm),
        cmocka_unit_test(answers_are_the_same_whoever_asks),
    };

    return UNIT_RUN(tests, argc, argv);
}
