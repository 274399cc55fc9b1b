#include "unit.h"

#include "observe/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_shown(const char *text, const char *expected)
{
    char shown[256];

    assert_int_equal(text_show(text, strlen(text), "", shown, sizeof shown), strlen(expected));
    assert_string_equal(shown, expected);
}

TEST(text_that_a_terminal_only_shows_stays_as_it_is)
{
    static const char text[] = "aZ~ \\ %s \"\xC2\xA0\xC3\xA4\xE2\x82\xAC\xE2\x80\x8D\xE2\x80\x93"
                               "\xEF\xBF\xBF\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF";

    assert_shown(text, text);
    assert_shown("", "");
}

TEST(control_characters_are_shown_as_escapes)
{
    assert_shown("\x1B[2J\x07", "\\u001B[2J\\u0007");
    assert_shown("a\nb\tc\rd\x01\x1F\x7F", "a\\nb\\tc\\rd\\u0001\\u001F\\u007F");
    assert_shown("\xC2\x80\xC2\x9B"
                 "31m\xC2\x9F",
                 "\\u0080\\u009B31m\\u009F");
}

TEST(what_breaks_a_line_or_turns_the_direction_is_shown_as_an_escape)
{
    assert_shown("\xE2\x80\xA8\xE2\x80\xA9", "\\u2028\\u2029");
    assert_shown("\xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAC\xE2\x80\xAD\xE2\x80\xAE",
                 "\\u202A\\u202B\\u202C\\u202D\\u202E");
    assert_shown("\xE2\x81\xA6\xE2\x81\xA7\xE2\x81\xA8\xE2\x81\xA9",
                 "\\u2066\\u2067\\u2068\\u2069");
    assert_shown("\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", "\\u200E\\u200F\\u061C");
}

TEST(bytes_that_are_no_utf8_are_shown_one_by_one)
{
    assert_shown("a\xFFz", "a\\xFFz");
    assert_shown("\xC3", "\\xC3");
    assert_shown("\xF0\x9F\x98", "\\xF0\\x9F\\x98");
    assert_shown("\xE2\x82z\x9B", "\\xE2\\x82z\\x9B");
    assert_shown("\xC0\x8A\xED\xA0\x80", "\\xC0\\x8A\\xED\\xA0\\x80");
}

TEST(what_is_kept_is_not_escaped)
{
    char shown[64];

    text_show("a\nb\tc\x1B", strlen("a\nb\tc\x1B"), "\n", shown, sizeof shown);
    assert_string_equal(shown, "a\nb\\tc\\u001B");
}

/* Each text of three bytes, shown whole and in too little room. */
TEST(whatever_the_bytes_no_control_is_left_and_no_room_is_exceeded)
{
    static const unsigned char bytes[] = {1,    '\n', 0x1B, ' ',  'a',  0x7F, 0x80, 0x8E,
                                          0x98, 0x9B, 0xA0, 0xA8, 0xAE, 0xBF, 0xC2, 0xC3,
                                          0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF};
    const size_t count = sizeof bytes;

    for (size_t i = 0; i < count * count * count; i++) {
        const char text[] = {(char)bytes[i % count], (char)bytes[i / count % count],
                             (char)bytes[i / count / count], '\0'};
        char shown[TEXT_SHOWN_MAX * 3 + 1], *cut = malloc(1 + i % 19);
        size_t length = text_show(text, strlen(text), "", shown, sizeof shown);

        assert_true(length >= 3 && length == strlen(shown));
        assert_true(has_whole_characters(shown));
        for (size_t at = 0; at < length; at++)
            assert_true((unsigned char)shown[at] >= ' ' && shown[at] != 0x7F);
        assert_non_null(cut);
        length = text_show(text, sizeof text - 1, "", cut, 1 + i % 19);
        assert_true(length <= i % 19 && length == strlen(cut));
        assert_memory_equal(cut, shown, length);
        free(cut);
    }
}

/* The text, wrapped from this column on. */
static void assert_wrapped(const char *text, int column, int indent, const char *expected)
{
    char wrapped[TEXT_WRAPPED_SIZE(512)];

    assert_ptr_equal(text_wrap(text, column, indent, wrapped, sizeof wrapped), wrapped);
    assert_string_equal(wrapped, expected);
}

#define NINE(text) text text text text text text text text text

TEST(a_line_that_fits_is_not_broken)
{
    assert_wrapped("", 0, 4, "");
    assert_wrapped("  two  words \n and more", 0, 4, "  two  words \n and more");
    assert_wrapped(NINE("1234567 ") "12345678", 0, 4, NINE("1234567 ") "12345678");
    assert_wrapped(NINE("123456 ") "1234", 13, 13, NINE("123456 ") "1234");
}

TEST(a_longer_line_is_broken_at_a_space_and_goes_on_behind_the_indent)
{
    assert_wrapped(NINE("1234567 ") "123456789 and", 0, 4,
                   "1234567 1234567 1234567 1234567 1234567 1234567 1234567 1234567 1234567\n"
                   "    123456789 and");
    assert_wrapped(NINE("123456 ") "12345", 13, 13,
                   "123456 123456 123456 123456 123456 123456 123456 123456 123456\n"
                   "             12345");
}

TEST(a_newline_begins_a_line_of_its_own)
{
    assert_wrapped(NINE("1234567 ") "\n1234567 a", 0, 4, NINE("1234567 ") "\n1234567 a");
}

TEST(a_word_that_is_wider_than_a_line_stays_whole)
{
    static const char word[] = NINE("1234567890");

    assert_wrapped(word, 0, 4, word);
    assert_wrapped(word, 4, 4, word);
    assert_wrapped("a to z " NINE("1234567890") " b", 0, 4,
                   "a to z\n    " NINE("1234567890") "\n    b");
}

TEST(a_character_takes_a_column_however_many_bytes_it_has)
{
    assert_wrapped(NINE("\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac ") "12345678 9", 0, 2,
                   NINE("\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac ") "12345678\n  9");
}

TEST(what_is_wrapped_is_cut_where_there_is_no_room)
{
    char *wrapped = malloc(10);

    assert_non_null(wrapped);
    text_wrap("12345 7 9 12", 0, 4, wrapped, 10);
    assert_string_equal(wrapped, "12345 7 9");
    text_wrap(NINE("1234567 "), 76, 4, wrapped, 10);
    assert_string_equal(wrapped, "\n    1234");
    free(wrapped);
}

/* Words as long as they have to be for most breaks. */
TEST(whatever_is_wrapped_fits_its_size)
{
    for (int width = 1; width < 100; width++) {
        char text[1024] = "", wrapped[TEXT_WRAPPED_SIZE(1024)];

        for (size_t used = 0; used + 102 < sizeof text;)
            used += (size_t)snprintf(text + used, sizeof text - used, "%0*d a ", width, 0);
        text_wrap(text, 24, 24, wrapped, sizeof wrapped);
        assert_true(strlen(wrapped) + 1 < TEXT_WRAPPED_SIZE(strlen(text)));
    }
}
