#include "unit.h"

#include "news/simulator.h"

#include <stdlib.h>
#include <string.h>

#define FIRST "The harbour authority opened its doors to visitors."

static struct ai_result result;

static const char *ask(enum llm_task task, const char *title, const char *content)
{
    struct article article = {1, title, content};

    memset(&result, '#', sizeof result);
    simulator_answer(task, &article, &result);
    return task == LLM_SUMMARY     ? result.summary
           : task == LLM_SENTIMENT ? result.sentiment
                                   : result.keywords;
}

TEST(a_summary_is_the_first_sentence_of_some_length)
{
    assert_string_equal(ask(LLM_SUMMARY, "t", FIRST " More of it."), FIRST);
    assert_string_equal(ask(LLM_SUMMARY, "t", FIRST), FIRST);
    /* A full stop too early, or within a number, ends none. */
    assert_string_equal(
        ask(LLM_SUMMARY, "t", "Dr. No paid 1.5 million for the island of his dreams! X."),
        "Dr. No paid 1.5 million for the island of his dreams!");
    assert_string_equal(ask(LLM_SUMMARY, "t", "Short. Text"), "Short. Text");
}

TEST(a_summary_of_nothing_is_the_title)
{
    assert_string_equal(ask(LLM_SUMMARY, "Only a title", ""), "Only a title");
    assert_string_equal(ask(LLM_SUMMARY, "", ""), "");
}

TEST(sentiment_weighs_good_words_against_bad)
{
    assert_string_equal(ask(LLM_SENTIMENT, "", "A record profit after a weak year"), "positive");
    assert_string_equal(ask(LLM_SENTIMENT, "LAWSUIT", "They praised it, worried"), "negative");
    assert_string_equal(ask(LLM_SENTIMENT, "", "A record loss"), "neutral");
    assert_string_equal(ask(LLM_SENTIMENT, "", "Recorded, profitable; nothing lossless"),
                        "neutral");
    assert_string_equal(ask(LLM_SENTIMENT, "", ""), "neutral");
}

TEST(keywords_are_the_five_most_frequent_long_words)
{
    assert_string_equal(ask(LLM_KEYWORDS, "Bees swarm",
                            "Swarm after swarm left; ALPINE, alpine and harbour, harbour; would "
                            "hospital be first? The hospital library railway"),
                        "swarm, alpine, harbour, hospital, library");
    assert_string_equal(ask(LLM_KEYWORDS, "one two", "four"), "");
    assert_string_equal(ask(LLM_KEYWORDS, "", ""), "");
}

TEST(every_answer_is_terminated_and_within_its_size)
{
    static const char umlauts[] = "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F";
    static const char wide[] = "\xE4\xB8\xAD\xE6\x96\x87\xF0\x9F\x98\x80";
    static const char *const texts[] = {"", umlauts, wide, FIRST " warned, lost, lawsuit"};

    for (size_t text = 0; text < COUNT_OF(texts); text++) {
        char content[400] = "";

        while (strlen(content) + strlen(texts[text]) + 2 < 300 && texts[text][0] != '\0')
            strcat(strcat(content, texts[text]), strlen(content) % 3 == 0 ? " " : "x");
        ask(LLM_SUMMARY, texts[text], content);
        assert_non_null(memchr(result.summary, '\0', sizeof result.summary));
        assert_true(has_whole_characters(result.summary));
        assert_int_equal(result.sentiment[0], '#');
        ask(LLM_SENTIMENT, texts[text], content);
        assert_non_null(memchr(result.sentiment, '\0', sizeof result.sentiment));
        assert_int_equal(result.keywords[0], '#');
        ask(LLM_KEYWORDS, texts[text], content);
        assert_non_null(memchr(result.keywords, '\0', sizeof result.keywords));
        assert_true(has_whole_characters(result.keywords));
        assert_int_equal(result.summary[0], '#');
    }
}

TEST(endless_words_are_no_keywords_and_do_no_harm)
{
    enum { SIZE = 60000 };
    char *content = malloc(SIZE + 32);

    assert_non_null(content);
    memset(content, 'w', SIZE);
    strcpy(content + SIZE, " record");
    assert_string_equal(ask(LLM_KEYWORDS, "", content), "record");
    assert_string_equal(ask(LLM_SENTIMENT, "", content), "positive");
    assert_int_equal(strlen(ask(LLM_SUMMARY, "", content)), 203);
    assert_string_equal(result.summary + 197, "www...");
    free(content);
}

TEST(a_word_is_a_keyword_up_to_24_bytes)
{
    assert_string_equal(ask(LLM_KEYWORDS, "", "abcdefghijklmnopqrstuvwx 1234"),
                        "abcdefghijklmnopqrstuvwx");
    assert_string_equal(ask(LLM_KEYWORDS, "", "abcdefghijklmnopqrstuvwxy abcde"), "abcde");
}

TEST(more_words_than_are_counted_do_no_harm)
{
    char content[2000] = "";

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

static void answer_all(const struct article *article, struct ai_result *answers)
{
    memset(answers, 0, sizeof *answers);
    for (int task = 0; task < LLM_TASKS; task++)
        simulator_answer((enum llm_task)task, article, answers);
}

static void *compare_answers(void *argument)
{
    struct question *question = argument;

    for (size_t i = 0; i < question->articles.count; i++) {
        struct ai_result answers;

        answer_all(&question->articles.items[i], &answers);
        if (memcmp(&answers, &question->answers[i], sizeof answers) != 0)
            atomic_fetch_add(&question->differing, 1);
    }
    return NULL;
}

TEST(answers_are_the_same_for_any_caller)
{
    static struct question question;

    assert_int_equal(articles_generate(&question.articles, 50, 1), 0);
    question.answers = calloc(question.articles.count, sizeof *question.answers);
    assert_non_null(question.answers);
    for (size_t i = 0; i < question.articles.count; i++)
        answer_all(&question.articles.items[i], &question.answers[i]);
    run_threads(8, compare_answers, &question);
    assert_int_equal(question.differing, 0);
    free(question.answers);
    articles_destroy(&question.articles);
}
