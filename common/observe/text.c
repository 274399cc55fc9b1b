#include "observe/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t text_character(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    /* The bounds of the second byte are narrower where the character would be overlong, a
     * surrogate, or above U+10FFFF. */
    unsigned char least = 0x80, most = 0xBF;
    size_t length;

    if (size == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4)
        return 0;
    length = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
    if (bytes[0] == 0xE0)
        least = 0xA0;
    else if (bytes[0] == 0xED)
        most = 0x9F;
    else if (bytes[0] == 0xF0)
        least = 0x90;
    else if (bytes[0] == 0xF4)
        most = 0x8F;
    if (size < length || bytes[1] < least || bytes[1] > most)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

/* The character's number, which is all that is needed of those below U+10000. */
static unsigned code_of(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;

    if (length == 2)
        return (bytes[0] & 0x1FU) << 6 | (bytes[1] & 0x3FU);
    if (length == 3)
        return (bytes[0] & 0x0FU) << 12 | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
    return length == 1 ? bytes[0] : 0x10000;
}

static bool is_shown(unsigned code)
{
    static const struct {
        unsigned first, last;
    } hidden[] = {
        {0x0000, 0x001F}, /* control characters */
        {0x007F, 0x009F}, /* more of them */
        {0x061C, 0x061C}, /* the direction of writing */
        {0x200E, 0x200F},
        {0x2028, 0x202E}, /* and, the first two, the end of a line and of a paragraph */
        {0x2066, 0x206F},
    };

    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return false;
    return true;
}

/* Writes an escape for the first character of the text, or for its first byte if length is 0. */
static void escape(char word[8], const char *text, size_t length)
{
    static const char letters[] = "n\nt\tr\r";
    const char *letter = letters;

    while (*letter != '\0' && letter[1] != *text)
        letter += 2;
    if (*letter != '\0')
        snprintf(word, 8, "\\%c", *letter);
    else if (length > 0)
        snprintf(word, 8, "\\u%04X", code_of(text, length) & 0xFFFF);
    else
        snprintf(word, 8, "\\x%02X", *(const unsigned char *)text);
}

size_t text_show(const char *text, size_t length, const char *kept, char *shown, size_t size)
{
    size_t used = 0;

    while (length > 0) {
        size_t bytes = text_character(text, length), taken = bytes > 0 ? bytes : 1;
        bool is_kept = *text != '\0' && strchr(kept, *text) != NULL;
        char word[8] = "";

        if (bytes > 0 && (is_kept || is_shown(code_of(text, bytes))))
            memcpy(word, text, bytes);
        else
            escape(word, text, bytes);
        if (used + strlen(word) >= size)
            break;
        memcpy(shown + used, word, strlen(word));
        used += strlen(word);
        text += taken;
        length -= taken;
    }
    shown[used] = '\0';
    return used;
}

static int count_columns(const char *text, size_t length)
{
    int columns = 0;

    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

char *text_wrap(const char *text, int column, int indent, char *wrapped, size_t size)
{
    size_t used = 0;

    wrapped[0] = '\0';
    while (*text != '\0' && used + 1 < size) {
        size_t spaces = strspn(text, " "), word = strcspn(text + spaces, " \n");
        int columns = (int)spaces + count_columns(text + spaces, word);

        if (column + columns > TEXT_COLUMNS && word > 0 && column > indent) {
            column = indent + columns - (int)spaces;
            used += (size_t)snprintf(wrapped + used, size - used, "\n%*s%.*s", indent, "",
                                     (int)word, text + spaces);
        } else {
            column += columns;
            used +=
                (size_t)snprintf(wrapped + used, size - used, "%.*s", (int)(spaces + word), text);
        }
        text += spaces + word;
        if (*text == '\n' && used + 1 < size) {
            used += (size_t)snprintf(wrapped + used, size - used, "\n");
            column = 0;
            text++;
        }
    }
    return wrapped;
}
