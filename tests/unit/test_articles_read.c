#include "unit.h"

#include "news/article.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARTICLE(id) "{\"id\": " id ", \"title\": \"t" id "\", \"content\": \"c" id "\"}"
#define TITLED(title) "{\"id\":1,\"title\":\"" title "\",\"content\":\"c\"}"
#define TITLE_COLUMN 18 /* where TITLED's title begins */

static struct articles articles;
static struct input_error error;

static int read_bytes(const char *bytes, size_t size, size_t limit)
{
    write_file("articles.jsonl", bytes, size);
    return articles_read(&articles, "articles.jsonl", limit, &error);
}

/* For string literals, which may contain a NUL. */
#define READ(text) read_bytes(text, sizeof(text) - 1, 0)

/* After a refusal: where and why, and nothing was kept. */
static void assert_refused(long line, long column, const char *reason)
{
    if (error.line != line || error.column != column || strstr(error.reason, reason) == NULL)
        fail_msg("line %ld, column %ld: %s", error.line, error.column, error.reason);
    assert_null(articles.items);
    assert_null(articles.by_id);
    assert_int_equal(articles.count, 0);
}

#define ASSERT_REFUSED(text, line, column, reason) \
    do {                                           \
        assert_int_equal(READ(text), EINVAL);      \
        assert_refused(line, column, reason);      \
    } while (0)

static void assert_ids(size_t count, const int *ids)
{
    assert_int_equal(articles.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(articles.items[i].id, ids[i]);
        assert_int_equal(articles_find(&articles, ids[i]), i);
    }
    articles_destroy(&articles);
}

TEST(a_good_file_is_read_in_its_order)
{
    assert_int_equal(READ("{\"id\": 7, \"title\": \"T\\u00e4\", \"content\": \"\", \"more\": [1]}\n"
                          "{\"content\":\"a \\\"b\\\"\\n\",\"title\":\"\",\"id\":2147483647}\n"),
                     0);
    assert_string_equal(articles.items[0].title, "T\xC3\xA4");
    assert_string_equal(articles.items[0].content, "");
    assert_string_equal(articles.items[1].title, "");
    assert_string_equal(articles.items[1].content, "a \"b\"\n");
    assert_ids(2, (const int[]){7, INT_MAX});
}

TEST(blank_lines_marks_and_crlf_are_no_error)
{
    assert_int_equal(
        READ("\xEF\xBB\xBF\r\n\n \t \n" ARTICLE("3") "\r\n\r\n" ARTICLE("1") "\n\n" ARTICLE("2")),
        0);
    assert_string_equal(articles.items[0].content, "c3");
    assert_ids(3, (const int[]){3, 1, 2});
    assert_int_equal(READ("\xEF\xBB\xBF" ARTICLE("1")), 0);
    assert_ids(1, (const int[]){1});
    ASSERT_REFUSED(ARTICLE("1") "\n\xEF\xBB\xBF" ARTICLE("2"), 2, 1, "must be an object");
    ASSERT_REFUSED("\xEF\xBB\xBF" TITLED("\xFF"), 1, 3 + TITLE_COLUMN, "invalid UTF-8");
    ASSERT_REFUSED("\n\r\n5\n", 3, 1, "must be an object");
}

TEST(behind_the_limit_nothing_is_looked_at)
{
    static const char text[] = ARTICLE("1") "\n" ARTICLE("2") "\n" ARTICLE("1") "\nbroken\n";

    assert_int_equal(read_bytes(text, sizeof text - 1, 2), 0);
    assert_ids(2, (const int[]){1, 2});
    assert_int_equal(read_bytes(text, sizeof text - 1, 1), 0);
    assert_ids(1, (const int[]){1});
    assert_int_equal(read_bytes(ARTICLE("4"), strlen(ARTICLE("4")), 1000), 0);
    assert_ids(1, (const int[]){4});
}

TEST(broken_json_is_refused_with_line_and_column)
{
    ASSERT_REFUSED("broken", 1, 1, "must be an object with \"id\", \"title\" and \"content\"");
    ASSERT_REFUSED(ARTICLE("1") "\n\n{\"id\": 2, \"title\": }\n", 3, 20,
                   "not valid JSON: a value must follow");
    ASSERT_REFUSED(ARTICLE("1") "\n{\"id\": 1", 2, 9,
                   "not valid JSON: a comma or } must follow, but the line ends");
    ASSERT_REFUSED(ARTICLE("1") ARTICLE("2"), 1, sizeof ARTICLE("1"),
                   "not valid JSON: nothing may follow the object");
    ASSERT_REFUSED("{\"id\": 1, \"\\u0069d\": 2, \"title\": \"\", \"content\": \"\"}", 1, 11,
                   "a second member of this name");
    ASSERT_REFUSED("1\n", 1, 1, "must be an object");
    ASSERT_REFUSED(" \t<p>\n", 1, 3, "must be an object");
    ASSERT_REFUSED("{\"id\": 1, \"title\": \"a\tb\", \"content\": \"\"}", 1, 22,
                   "a control character must be an escape");
}

/* An article with more members than the reader wants. */
#define WITH(members) "{\"id\":1,\"title\":\"t\"," members ",\"content\":\"c\"}"

TEST(ignored_members_are_ignored_whatever_they_hold)
{
    static const char *const members[] = {
        "\"n\":18446744073709551615",
        "\"n\":-99999999999999999999999999999999999999",
        "\"n\":1e400",
        "\"n\":[-1e400,1E+400,0.1e-999999999999999999999,-0,-0.0]",
        "\"a\":1,\"a\":2",
        "\"o\":{\"a\":1,\"a\":2,\"id\":\"x\",\"title\":7,\"title\":[]}",
        "\"s\":\"\\uD800\"",
        "\"s\":\"\\uDC00\\uD800\\uD83D x \\uD83D\\n\"",
        "\"s\":\"\\u0000\"",
        "\"\\u0000\":\"\\/\\b\\f\"",
        "\"id\\u0000\":2",
        "\"\\uD800\":[]",
        "\"\":null",
        "\"s\":\"\xFF\xED\xA0\x80\xC3\"",
        "\"\xFF\":{}",
        "\"s\":\"}]{[\\\"\\\\\"",
        "\"v\":[true,false,null,[],{},[{}],{\"a\":[{\"b\":\"c\"}]}]",
        "\"v\" : [ 1 , { \"a\" : [ ] , \"b\" : { } } ]\t",
        "\"Title\":5,\"ID\":0,\"ids\":1,\"i\":2",
    };

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        char text[512];
        int size = snprintf(text, sizeof text, WITH("%s"), members[i]);

        if (read_bytes(text, (size_t)size, 0) != 0)
            fail_msg("%s: column %ld: %s", text, error.column, error.reason);
        assert_string_equal(articles.items[0].title, "t");
        assert_string_equal(articles.items[0].content, "c");
        assert_ids(1, (const int[]){1});
    }
}

TEST(ignored_members_must_be_json_by_its_grammar)
{
    static const char *const members[] = {
        "\"n\":01",
        "\"n\":+1",
        "\"n\":.5",
        "\"n\":1.",
        "\"n\":-",
        "\"n\":1e",
        "\"n\":0x1",
        "\"n\":NaN",
        "\"n\":-Infinity",
        "\"v\":[1,]",
        "\"v\":[,1]",
        "\"v\":[1 2]",
        "\"v\":[1}",
        "\"v\":{\"a\":1]",
        "\"v\":{\"a\" 1}",
        "\"v\":{a:1}",
        "\"v\":{\"a\":1,}",
        "\"v\":{\"a\"}",
        "\"v\":tru",
        "\"v\":nul",
        "\"v\":'a'",
        "\"v\":",
        "\"v\" 1",
        "v:1",
        "\"s\":\"\\x41\"",
        "\"s\":\"\\u12G4\"",
        "\"s\":\"\\u12\"",
        "\"s\":\"\t\"",
        "\"s\":\"\\\"",
        "\"v\":[[[]]",
        "\"v\":{\"a\":{}",
        "\"v\":]",
        "\"v\":true false",
        "\"v\":{}}",
        "\"v\":1,,\"w\":2",
        ",\"v\":1",
        "\"s\":\"\\uD800\\u\"",
    };

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        char text[512];
        int size = snprintf(text, sizeof text, ARTICLE("9") "\n" WITH("%s"), members[i]);

        assert_int_equal(read_bytes(text, (size_t)size, 0), EINVAL);
        if (error.line != 2 || error.column <= 0 ||
            strstr(error.reason, "not valid JSON: ") == NULL)
            fail_msg("%s: line %ld, column %ld: %s", text, error.line, error.column, error.reason);
    }
}

TEST(any_depth_is_passed_over)
{
    static const size_t depth = 100000;
    static const char begin[] = "{\"id\":1,\"title\":\"t\",\"content\":\"c\",\"x\":";
    char *text = malloc(sizeof begin + 6 * depth + 4), *at = text;

    assert_non_null(text);
    at += sprintf(at, "%s", begin);
    for (size_t i = 0; i < depth; i++)
        at += sprintf(at, "%s", i % 2 == 0 ? "[" : "{\"\":");
    at += sprintf(at, "0");
    for (size_t i = depth; i-- > 0;)
        *at++ = i % 2 == 0 ? ']' : '}';
    *at++ = '}';
    assert_int_equal(read_bytes(text, (size_t)(at - text), 0), 0);
    assert_string_equal(articles.items[0].title, "t");
    assert_string_equal(articles.items[0].content, "c");
    assert_ids(1, (const int[]){1});
    /* A bracket is missing. */
    at[-2] = '}';
    assert_int_equal(read_bytes(text, (size_t)(at - text), 0), EINVAL);
    assert_refused(1, at - text - 1, "a comma or ] must follow");
    free(text);
}

TEST(text_that_c_cannot_hold_is_refused_in_our_words)
{
    ASSERT_REFUSED(TITLED("a\\uD83Db"), 1, TITLE_COLUMN + 1, "\"title\": half of a character");
    ASSERT_REFUSED(TITLED("\\uDE00"), 1, TITLE_COLUMN, "\"title\": half of a character");
    ASSERT_REFUSED(TITLED("\\uD83D\\uD83D\\uDE00"), 1, TITLE_COLUMN, "\"title\": half of a");
    ASSERT_REFUSED(TITLED("a\\u0000"), 1, TITLE_COLUMN + 1, "\"title\": \\u0000, a NUL");
    ASSERT_REFUSED("{\"id\":1,\"title\":\"\",\"content\":\"\\uDFFF\"}", 1, 31,
                   "\"content\": half of a character");
    assert_int_equal(
        READ(TITLED("\\uD83d\\uDe00\\u00e4\\uFFFF\\u007f\\uD7FF\\uE000\\uDBFF\\uDFFF")), 0);
    assert_string_equal(articles.items[0].title, "\xF0\x9F\x98\x80\xC3\xA4\xEF\xBF\xBF\x7F"
                                                 "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF");
    articles_destroy(&articles);
}

TEST(wrong_members_are_refused_by_name)
{
    static const char *const bad_ids[] = {
        "0",    "-1", "1.0", "1e0",        "\"1\"",      "null",
        "true", "[]", "{}",  "2147483648", "4294967297", "18446744073709551617"};

    ASSERT_REFUSED("{}", 1, 0, "\"id\" is missing");
    ASSERT_REFUSED("{\"id\": 1, \"content\": \"\"}", 1, 0, "\"title\" is missing");
    ASSERT_REFUSED("{\"id\": 1, \"title\": \"\"}", 1, 0, "\"content\" is missing");
    ASSERT_REFUSED("{\"id\": 1, \"title\": 5, \"content\": \"\"}", 1, 20,
                   "\"title\" must be a string");
    ASSERT_REFUSED("{\"id\": 1, \"title\": \"\", \"content\": null}", 1, 35,
                   "\"content\" must be a string");
    for (size_t i = 0; i < COUNT_OF(bad_ids); i++) {
        char text[128];
        int size = snprintf(text, sizeof text, "\n{\"id\": %s, \"title\": \"\", \"content\": \"\"}",
                            bad_ids[i]);

        assert_int_equal(read_bytes(text, (size_t)size, 0), EINVAL);
        assert_refused(2, 8, "\"id\" must be a whole number from 1 to 2147483647");
    }
}

/* The text with a NUL in front of each byte, or behind. */
static int read_as_utf16(const char *mark, const char *text, bool is_big)
{
    char bytes[256];
    size_t size = (size_t)sprintf(bytes, "%s", mark);

    for (; *text != '\0'; text++) {
        bytes[size + is_big] = *text;
        bytes[size + !is_big] = '\0';
        size += 2;
    }
    return read_bytes(bytes, size, 0);
}

TEST(what_is_no_text_is_named)
{
    static const char text[] = "{\"id\": 1}\r\n{\"id\": 2}\r\n";

    assert_int_equal(read_as_utf16("\xFF\xFE", text, false), EINVAL);
    assert_refused(0, 0, "is UTF-16 text, must be UTF-8: iconv -f UTF-16 -t UTF-8 FILE");
    assert_int_equal(read_as_utf16("\xFE\xFF", text, true), EINVAL);
    assert_refused(0, 0, "is UTF-16 text, must be UTF-8: iconv -f UTF-16 -t UTF-8 FILE");
    assert_int_equal(read_as_utf16("", text, false), EINVAL);
    assert_refused(0, 0, "is UTF-16 text, must be UTF-8: iconv -f UTF-16LE -t UTF-8 FILE");
    assert_int_equal(read_as_utf16("", text, true), EINVAL);
    assert_refused(0, 0, "is UTF-16 text, must be UTF-8: iconv -f UTF-16BE -t UTF-8 FILE");
    ASSERT_REFUSED("\xFF\xFE\0\0{\0\0\0", 0, 0, "is UTF-32 text");
    ASSERT_REFUSED("\0\0\xFE\xFF\0\0\0{", 0, 0, "is UTF-32 text");
    ASSERT_REFUSED("\x1F\x8B\x08\0\n", 0, 0, "is compressed: gunzip -c FILE");
    ASSERT_REFUSED("BZh91AY&SY", 0, 0, "is compressed: bunzip2 -c FILE");
    ASSERT_REFUSED("\3757zXZ\0", 0, 0, "is compressed: unxz -c FILE");
    ASSERT_REFUSED("\x28\xB5\x2F\xFD", 0, 0, "is compressed: unzstd -c FILE");
    ASSERT_REFUSED("PK\3\4", 0, 0, "is a ZIP archive");
    ASSERT_REFUSED("\x7F"
                   "ELF\2\1\1\0",
                   1, 8, "a NUL byte: the input must be text");
    ASSERT_REFUSED("", 0, 0, "is empty: must be JSON Lines, each an object with \"id\"");
}

TEST(json_that_is_no_lines_is_named_with_the_line_that_converts_it)
{
    ASSERT_REFUSED("[" ARTICLE("1") "," ARTICLE("2") "]", 1, 1,
                   "is a JSON array: must be JSON Lines, each an object with \"id\", \"title\" and "
                   "\"content\"; jq -c '.[]' FILE > NEW makes them");
    ASSERT_REFUSED("\xEF\xBB\xBF\n [\n  {\n", 2, 2, "is a JSON array");
    ASSERT_REFUSED("[]\n", 1, 1, "is a JSON array");
    ASSERT_REFUSED(ARTICLE("1") "\n[]\n", 2, 1, "must be an object");
    ASSERT_REFUSED("{\n  \"id\": 1,\n", 1, 2,
                   "the object does not end in its line: must be JSON Lines, each an object with "
                   "\"id\", \"title\" and \"content\"; jq -c . FILE > NEW makes them");
    ASSERT_REFUSED("{\"id\": 1, \"x\": [1,\n2]}\n", 1, 19, "the object does not end in its line");
    ASSERT_REFUSED("{\"id\": 1, \"title\":", 1, 19, "the object does not end in its line");
    ASSERT_REFUSED("{\"id\": 1, \"title\": \"a\nb\"}", 1, 22, "a string has no end");
}

TEST(an_id_used_twice_names_both_lines)
{
    ASSERT_REFUSED(ARTICLE("1") "\n" ARTICLE("8") "\n\n" ARTICLE("2") "\n" ARTICLE("8") "\n", 5, 0,
                   "\"id\" 8 was used before, in line 2");
}

TEST(a_nul_is_refused_where_it_stands)
{
    ASSERT_REFUSED(ARTICLE("1") "\n" TITLED("\0"), 2, TITLE_COLUMN, "NUL");
    ASSERT_REFUSED("\0\n", 1, 1, "NUL");
}

TEST(text_that_is_utf8_is_accepted)
{
    /* The first and the last of each length, and those around the surrogates. */
    static const char title[] = "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80"
                                "\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
    char text[128];
    int size = snprintf(text, sizeof text, TITLED("%s"), title);

    assert_int_equal(read_bytes(text, (size_t)size, 0), 0);
    assert_string_equal(articles.items[0].title, title);
    articles_destroy(&articles);
}

TEST(text_that_is_not_utf8_is_refused_where_it_stands)
{
    static const char *const bad[] = {
        "\x80",             /* begins within a character */
        "\xC0\x80",         /* overlong */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xED\xBF\xBF",     /* a surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80", /* above U+10FFFF */
        "\xFF",             /* never */
        "\xC3",             /* ends within a character, as do those below */
        "\xE2\x82",
        "\xE2\x28\xA1",
        "\xF0\x9F\x98",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[128];
        int size = snprintf(text, sizeof text, ARTICLE("9") "\n" TITLED("\xC3\xA4%s"), bad[i]);

        assert_int_equal(read_bytes(text, (size_t)size, 0), EINVAL);
        assert_refused(2, TITLE_COLUMN + 2, "invalid UTF-8");
        /* At the end of a line, and of the file. */
        size = snprintf(text, sizeof text, "%s\n" ARTICLE("9"), bad[i]);
        assert_int_equal(read_bytes(text, (size_t)size, 0), EINVAL);
        assert_refused(1, 1, "invalid UTF-8");
        assert_int_equal(read_bytes(bad[i], strlen(bad[i]), 0), EINVAL);
        assert_refused(1, 1, "invalid UTF-8");
    }
}

/* Reads one article whose title and content have so many bytes, behind as many spaces. */
static int read_sized(size_t title_size, size_t content_size, int spaces)
{
    size_t size = title_size + content_size + (size_t)spaces + 64;
    char *title = calloc(title_size + 1, 1), *content = calloc(content_size + 1, 1);
    char *text = malloc(size);
    int failed, used;

    assert_true(title != NULL && content != NULL && text != NULL);
    memset(title, 't', title_size);
    memset(content, 'c', content_size);
    used = snprintf(text, size, "%*s{\"id\":1,\"title\":\"%s\",\"content\":\"%s\"}", spaces, "",
                    title, content);
    failed = read_bytes(text, (size_t)used, 0);
    free(title);
    free(content);
    free(text);
    return failed;
}

TEST(texts_are_accepted_up_to_their_limit)
{
    assert_int_equal(read_sized(ARTICLE_TITLE_MAX, ARTICLE_CONTENT_MAX, 300000), 0);
    assert_int_equal(strlen(articles.items[0].title), ARTICLE_TITLE_MAX);
    assert_int_equal(strlen(articles.items[0].content), ARTICLE_CONTENT_MAX);
    articles_destroy(&articles);
    assert_int_equal(read_sized(ARTICLE_TITLE_MAX + 1, 1, 0), EINVAL);
    assert_refused(1, 17, "\"title\" has 1001 bytes, at most 1000 are allowed");
    assert_int_equal(read_sized(1, ARTICLE_CONTENT_MAX + 1, 0), EINVAL);
    assert_refused(1, 31, "\"content\" has 65537 bytes, at most 65536 are allowed");
}

TEST(a_line_may_have_16_mib_and_no_more)
{
    const off_t limit = 16 * 1024 * 1024;

    /* A file of nothing but NUL bytes, of which the disk keeps none. */
    write_file("long", "", 0);
    assert_int_equal(truncate("long", limit), 0);
    assert_int_equal(articles_read(&articles, "long", 0, &error), EINVAL);
    assert_refused(1, 1, "NUL");
    assert_int_equal(truncate("long", limit + 1), 0);
    assert_int_equal(articles_read(&articles, "long", 0, &error), EINVAL);
    assert_refused(1, 0, "longer than 16777216 bytes");
}

TEST(a_file_without_articles_is_refused)
{
    ASSERT_REFUSED("\xEF\xBB\xBF\n\n  \n", 0, 0, "no article");
}

TEST(what_cannot_be_opened_is_told)
{
    assert_int_equal(articles_read(&articles, "missing", 0, &error), ENOENT);
    assert_refused(0, 0, "No such file or directory");
    assert_int_equal(articles_read(&articles, ".", 0, &error), EISDIR);
    assert_refused(0, 0, "Is a directory");
}
