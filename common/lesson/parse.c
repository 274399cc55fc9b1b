#include "lesson/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest number and unit, or number of a list, in characters. */
#define WORD_MAX 63

/* Copies what is in front of end, so that it ends with a NUL. Returns false if it is too long. */
static bool copy_word(char word[WORD_MAX + 1], const char *text, const char *end)
{
    if (end - text > WORD_MAX)
        return false;
    snprintf(word, WORD_MAX + 1, "%.*s", (int)(end - text), text);
    return true;
}

bool parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    unsigned long long number;
    char *end;

    /* strtoull takes spaces and signs, and makes a large number of -1. */
    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || number < least || number > most)
        return false;
    *value = number;
    return true;
}

bool parse_whole_list(const char *text, uint64_t least, uint64_t most, size_t *values, size_t count)
{
    /* The first time only looks whether all are right, the second time takes them. */
    for (int taking = 0; taking < 2; taking++) {
        const char *at = text;

        for (size_t i = 0; i < count; i++) {
            const char *end = at + strcspn(at, ",");
            char word[WORD_MAX + 1];
            uint64_t number;

            if ((*end == ',') != (i + 1 < count) || !copy_word(word, at, end) ||
                !parse_whole(word, least, most, &number))
                return false;
            if (taking)
                values[i] = (size_t)number;
            at = end + 1;
        }
    }
    return true;
}

static bool looks_decimal(const char *text)
{
    return (isdigit((unsigned char)text[0]) ||
            (text[0] == '.' && isdigit((unsigned char)text[1]))) &&
           strspn(text, "0123456789.eE+-") == strlen(text);
}

bool parse_decimal(const char *text, double least, double most, double *value)
{
    char *end;
    double number = strtod(text, &end);

    /* strtod takes spaces, signs, names and hexadecimal, too. */
    if (!looks_decimal(text) || *end != '\0' || !(number >= least && number <= most))
        return false;
    *value = number;
    return true;
}

static bool parse_duration_until(const char *text, const char *end, int64_t *value_ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}};
    char word[WORD_MAX + 1];
    char *unit;
    double number;

    if (!copy_word(word, text, end) || !isdigit((unsigned char)*word) ||
        strpbrk(word, "xX") != NULL)
        return false;
    number = strtod(word, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            number *= (double)units[i].ns;
            if (!(number <= (double)DURATION_MAX_NS))
                return false;
            *value_ns = llround(number / NS_PER_US) * NS_PER_US;
            return true;
        }
    }
    return false;
}

bool parse_duration(const char *text, int64_t *value_ns)
{
    return parse_duration_until(text, text + strlen(text), value_ns);
}

int parse_duration_range(const char *text, int64_t *from_ns, int64_t *to_ns)
{
    const char *dots = strstr(text, "..");
    int64_t from, to;

    if (dots == NULL || !parse_duration_until(text, dots, &from) || !parse_duration(dots + 2, &to))
        return EINVAL;
    if (from > to)
        return ERANGE;
    *from_ns = from;
    *to_ns = to;
    return 0;
}
