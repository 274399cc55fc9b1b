#include "unit.h"

#include "lesson/judge.h"
#include "news/simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS_MAX 2000

static struct articles articles;
static struct ai_result items[RESULTS_MAX];
static struct ai_results results;
static struct judgement judgement;

static struct ai_result *append(size_t position)
{
    const struct article *article = &articles.items[position];
    struct ai_result *result = &items[results.count++];

    assert_true(results.count <= RESULTS_MAX);
    result->article_id = article->id;
    for (int task = 0; task < LLM_TASKS; task++)
        simulator_answer((enum llm_task)task, article, result);
    return result;
}

static void append_times(size_t position, int times)
{
    for (int i = 0; i < times; i++)
        append(position);
}

/* A load of count articles, without results, in place of the load of the test before. */
static void load(size_t count)
{
    judgement_destroy(&judgement);
    articles_destroy(&articles);
    assert_int_equal(articles_generate(&articles, count, 1), 0);
    results = (struct ai_results){.items = items, .capacity = RESULTS_MAX};
}

static void assert_counts(size_t processed, size_t lost, size_t doubled, size_t damaged)
{
    assert_int_equal(judgement_init(&judgement, &articles, &results, NULL), 0);
    assert_int_equal(judgement.counts.processed, processed);
    assert_int_equal(judgement.counts.lost, lost);
    assert_int_equal(judgement.counts.doubled, doubled);
    assert_int_equal(judgement.counts.damaged, damaged);
}

TEST(each_result_once_in_any_order_is_all_processed)
{
    load(100);
    for (size_t i = 100; i > 0; i--)
        append(i - 1);
    assert_counts(100, 0, 0, 0);
}

TEST(what_has_no_result_is_lost)
{
    load(10);
    append(3);
    items[results.count++] = (struct ai_result){0}; /* an empty slot is no result */
    append(5);
    assert_counts(2, 8, 0, 0);
}

TEST(what_has_more_results_is_doubled)
{
    load(4);
    append_times(1, 5);
    append_times(2, 2);
    append(0);
    assert_counts(1, 1, 2, 0);
}

TEST(a_torn_or_foreign_result_is_damaged)
{
    load(7);
    append(0)->summary[0] ^= 1;
    strcpy(append(1)->sentiment, "?");
    append(2)->keywords[0] = '\0';
    append(3)->article_id = 5; /* another article's text */
    append(4)->article_id = 8;
    append(4)->article_id = -1;
    append(6);
    assert_counts(1, 6, 0, 6);
}

TEST(a_text_without_an_end_is_damaged)
{
    load(1);
    memset(append(0)->summary, 'x', sizeof items->summary);
    memset(items[0].sentiment, 'x', sizeof items->sentiment);
    memset(items[0].keywords, 'x', sizeof items->keywords);
    assert_counts(0, 1, 0, 1);
}

static void assert_list(unsigned times, const char *expected)
{
    char text[400];

    assert_ptr_equal(judgement_list(&judgement, times, text, sizeof text), text);
    assert_string_equal(text, expected);
}

TEST(neighbours_are_drawn_together)
{
    static const size_t done[] = {0, 2, 3, 9, 11};

    load(12);
    for (size_t i = 0; i < COUNT_OF(done); i++)
        append(done[i]);
    assert_counts(5, 7, 0, 0);
    assert_list(0, "2, 5-9, 11");
    assert_list(1, "1, 3-4, 10, 12");
    assert_list(2, "");
}

TEST(only_neighbours_in_the_load_and_by_number_are)
{
    static const int ids[] = {5, 6, 9, 8, 1, 2, 3};
    size_t first, second;

    load(COUNT_OF(ids));
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        articles.items[i].id = ids[i];
    free(articles.by_id);
    assert_int_equal(articles_index(&articles, &first, &second), 0);
    assert_counts(0, 7, 0, 0);
    assert_list(0, "5-6, 9, 8, 1-3");
}

TEST(doubled_ones_stand_alone_with_how_often)
{
    load(10);
    append_times(9, 4);
    append_times(7, 2);
    append_times(8, 2);
    assert_counts(0, 7, 3, 0);
    assert_list(2, "8 (2 times), 9 (2 times), 10 (4 times)");
}

/* How many articles a list names: ranges and the words for the rest included. */
static size_t count_named(const char *list)
{
    size_t named = 0;

    while (*list != '\0') {
        char *end;
        unsigned long first = strtoul(list + strspn(list, ", and"), &end, 10), last = first;

        if (strncmp(end, " more", 5) == 0)
            return named + first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        named += last - first + 1;
        list = end;
    }
    return named;
}

/* The lost articles, in memory of exactly this size: AddressSanitizer sees a byte too many. */
static char *list_lost(size_t size)
{
    char *text = malloc(size);

    assert_non_null(text);
    memset(text, '#', size);
    judgement_list(&judgement, 0, text, size);
    assert_non_null(memchr(text, '\0', size));
    return text;
}

TEST(a_list_is_cut_to_its_size_and_counts_the_rest)
{
    load(1000);
    for (size_t i = 0; i < 1000; i++)
        if (i % 7 < 3)
            append(i);
    assert_counts(429, 571, 0, 0);
    for (size_t size = 40; size <= 400; size++) {
        char *text = list_lost(size);

        assert_non_null(strstr(text, " more"));
        assert_int_equal(count_named(text), 571);
        free(text);
    }
}

TEST(no_size_is_too_small_to_keep_to)
{
    load(30);
    assert_counts(0, 30, 0, 0);
    for (size_t size = 1; size < 40; size++)
        free(list_lost(size));
}
