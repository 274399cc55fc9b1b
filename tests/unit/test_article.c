#include "unit.h"

#include "news/article.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

TEST(generated_articles_have_the_ids_from_one)
{
    static const size_t counts[] = {1, 10, 1000};

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct articles articles;

        assert_int_equal(articles_generate(&articles, counts[i], 1), 0);
        assert_int_equal(articles.count, counts[i]);
        for (size_t at = 0; at < articles.count; at++)
            assert_int_equal(articles.items[at].id, at + 1);
        articles_destroy(&articles);
    }
}

TEST(generated_articles_keep_the_limits_of_read_ones)
{
    struct articles articles;

    assert_int_equal(articles_generate(&articles, 1000, 1), 0);
    for (size_t i = 0; i < articles.count; i++) {
        assert_between(strlen(articles.items[i].title), 1, ARTICLE_TITLE_MAX);
        assert_between(strlen(articles.items[i].content), 1, ARTICLE_CONTENT_MAX);
        assert_true(has_whole_characters(articles.items[i].content));
    }
    articles_destroy(&articles);
}

TEST(an_article_is_the_same_in_every_load)
{
    struct articles few, many;

    assert_int_equal(articles_generate(&few, 20, 1), 0);
    assert_int_equal(articles_generate(&many, 500, 1), 0);
    for (size_t i = 0; i < few.count; i++) {
        assert_string_equal(few.items[i].title, many.items[i].title);
        assert_string_equal(few.items[i].content, many.items[i].content);
    }
    articles_destroy(&few);
    articles_destroy(&many);
}

TEST(no_two_articles_are_the_same)
{
    struct articles articles;

    assert_int_equal(articles_generate(&articles, 500, 1), 0);
    for (size_t i = 1; i < articles.count; i++) {
        assert_string_not_equal(articles.items[i].content, articles.items[i - 1].content);
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(articles.items[i].title, articles.items[other].title);
    }
    articles_destroy(&articles);
}

/* How many of the articles before this one stand under the same text. */
static size_t count_same(const struct articles *articles, size_t at)
{
    size_t same = 0;

    for (size_t other = 0; other < at; other++) {
        bool has_title = strcmp(articles->items[other].title, articles->items[at].title) == 0;
        bool has_content = strcmp(articles->items[other].content, articles->items[at].content) == 0;

        assert_true(has_title == has_content);
        same += has_title;
    }
    return same;
}

TEST(a_text_stands_under_as_many_ids_as_copies_are_wanted)
{
    static const struct {
        size_t count, copies, texts;
    } cases[] = {{12, 3, 4}, {12, 1, 12}, {10, 4, 3}, {10, 10, 1}, {3, 1000, 1}, {1, 2, 1}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct articles articles;
        size_t texts = 0;

        assert_int_equal(articles_generate(&articles, cases[i].count, cases[i].copies), 0);
        assert_int_equal(articles.count, cases[i].count);
        for (size_t at = 0; at < articles.count; at++) {
            size_t same = count_same(&articles, at);

            assert_int_equal(articles.items[at].id, at + 1);
            assert_int_equal(articles_find(&articles, (int)at + 1), at);
            assert_true(same < cases[i].copies);
            texts += same == 0;
        }
        assert_int_equal(texts, cases[i].texts);
        articles_destroy(&articles);
    }
}

TEST(every_article_is_found_and_no_other)
{
    struct articles articles;

    assert_int_equal(articles_generate(&articles, 77, 1), 0);
    for (size_t i = 0; i < articles.count; i++)
        assert_int_equal(articles_find(&articles, articles.items[i].id), i);
    assert_int_equal(articles_find(&articles, 0), articles.count);
    assert_int_equal(articles_find(&articles, -1), articles.count);
    assert_int_equal(articles_find(&articles, 78), articles.count);
    articles_destroy(&articles);
    assert_int_equal(articles_find(&articles, 1), 0);
}

/* Articles with these ids, on the stack: only the index is allocated. */
static void make_articles(struct articles *articles, struct article *items, const int *ids,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        items[i] = (struct article){ids[i], "", ""};
    *articles = (struct articles){.items = items, .count = count};
}

TEST(articles_in_any_order_are_found)
{
    static const int ids[] = {2147483647, 3, 500, 1, 44};
    struct article items[COUNT_OF(ids)];
    struct articles articles;
    size_t first, second;

    make_articles(&articles, items, ids, COUNT_OF(ids));
    assert_int_equal(articles_index(&articles, &first, &second), 0);
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_int_equal(articles_find(&articles, ids[i]), i);
    assert_int_equal(articles_find(&articles, 2), articles.count);
    assert_int_equal(articles_find(&articles, 501), articles.count);
    free(articles.by_id);
}

TEST(an_id_that_stands_twice_is_refused_with_both_places)
{
    static const int ids[] = {5, 9, 7, 9, 1};
    struct article items[COUNT_OF(ids)];
    struct articles articles;
    size_t first = 0, second = 0;

    make_articles(&articles, items, ids, COUNT_OF(ids));
    assert_int_equal(articles_index(&articles, &first, &second), EEXIST);
    assert_int_equal(first, 1);
    assert_int_equal(second, 3);
    free(articles.by_id);
}
