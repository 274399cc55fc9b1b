#include "news/json.h"

#include "observe/text.h"

#include <ctype.h>
#include <string.h>

struct scan {
    char *begin, *at, *end;
    struct json_fault *fault;
};

static bool refuse(const struct scan *scan, const char *reason)
{
    *scan->fault = (struct json_fault){reason, (size_t)(scan->at - scan->begin), false};
    return false;
}

/* Refuses what stands where a part of the grammar must follow. */
static bool must_follow(const struct scan *scan, const char *reason)
{
    refuse(scan, reason);
    scan->fault->is_cut = scan->at == scan->end;
    return false;
}

/* The next byte, blanks passed over; NUL at the end, and for a NUL, which is nowhere right. */
static char next_byte(struct scan *scan)
{
    while (scan->at < scan->end && *scan->at != '\0' && strchr(" \t\r\n", *scan->at) != NULL)
        scan->at++;
    return scan->at < scan->end ? *scan->at : '\0';
}

static bool take(struct scan *scan, char byte)
{
    if (next_byte(scan) != byte)
        return false;
    scan->at++;
    return true;
}

/* Strings, which are decoded in place: no escape is shorter than its character. */

static void note_flaw(const struct scan *scan, struct json_member *string, const char *flaw)
{
    if (string->flaw != NULL)
        return;
    string->flaw = flaw;
    string->flaw_at = (size_t)(scan->at - scan->begin);
}

/* The number that \uXXXX at the text stands for, or -1 if there is no such escape. */
static long read_unit(const char *text, const char *end)
{
    long unit = 0;

    if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit =
            text[i] != '\0' ? strchr(digits, tolower((unsigned char)text[i])) : NULL;

        if (digit == NULL)
            return -1;
        unit = unit * 16 + (digit - digits);
    }
    return unit;
}

/* Writes a character as UTF-8, and returns the place behind it. */
static char *put_character(char *to, unsigned long code)
{
    int following = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};

    *to++ = (char)(leads[following] | code >> 6 * following);
    while (following-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * following & 0x3F));
    return to;
}

static bool scan_unicode_escape(struct scan *scan, struct json_member *string, char **to)
{
    long unit = read_unit(scan->at, scan->end), low;
    unsigned long code = (unsigned long)unit;

    if (unit < 0)
        return refuse(scan, "\\u takes four hexadecimal digits");
    if (unit == 0)
        note_flaw(scan, string, "\\u0000, a NUL, ends a text in C");
    low = unit >= 0xD800 && unit < 0xDC00 ? read_unit(scan->at + 6, scan->end) : -1;
    if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code & 0x3FF) << 10) + ((unsigned long)low & 0x3FF);
        scan->at += 6;
    } else if (unit >= 0xD800 && unit < 0xE000) {
        note_flaw(scan, string, "half of a character: \\uD800 to \\uDFFF stand in pairs");
    }
    scan->at += 6;
    *to = put_character(*to, code);
    return true;
}

static bool scan_escape(struct scan *scan, struct json_member *string, char **to)
{
    static const char letters[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
    char letter = scan->end - scan->at > 1 ? scan->at[1] : '\0';
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

    if (letter == 'u')
        return scan_unicode_escape(scan, string, to);
    if (found == NULL)
        return refuse(scan, "unknown escape after the backslash");
    *(*to)++ = characters[found - letters];
    scan->at += 2;
    return true;
}

/* Scans the string that begins here, and fills in all of the member but its name. */
static bool scan_string(struct scan *scan, struct json_member *string)
{
    char *to = ++scan->at;

    string->kind = MEMBER_STRING;
    string->text = to;
    string->flaw = NULL;
    while (scan->at < scan->end && *scan->at != '"') {
        size_t length = text_character(scan->at, (size_t)(scan->end - scan->at));

        if (*scan->at == '\\') {
            if (!scan_escape(scan, string, &to))
                return false;
            continue;
        }
        if ((unsigned char)*scan->at < 0x20)
            return refuse(scan, "in a string, a control character must be an escape, as \\t");
        if (length == 0)
            note_flaw(scan, string, "invalid UTF-8");
        for (length += length == 0; length > 0; length--)
            *to++ = *scan->at++;
    }
    if (scan->at == scan->end)
        return refuse(scan, "a string has no end");
    scan->at++;
    string->length = (size_t)(to - string->text);
    *to = '\0';
    return true;
}

/* Scans a member's name and the colon behind it. */
static bool scan_name(struct scan *scan, struct json_member *name)
{
    if (next_byte(scan) != '"')
        return must_follow(scan, "a name in double quotes must follow");
    if (!scan_string(scan, name))
        return false;
    return take(scan, ':') || must_follow(scan, "a colon must follow");
}

/* The other values. */

static size_t scan_digits(struct scan *scan)
{
    const char *from = scan->at;

    while (scan->at < scan->end && isdigit((unsigned char)*scan->at))
        scan->at++;
    return (size_t)(scan->at - from);
}

/* Takes the next byte if it is one of these. */
static bool take_one_of(struct scan *scan, const char *bytes)
{
    if (scan->at == scan->end || *scan->at == '\0' || strchr(bytes, *scan->at) == NULL)
        return false;
    scan->at++;
    return true;
}

static bool scan_number(struct scan *scan)
{
    bool is_good;

    take_one_of(scan, "-");
    is_good = take_one_of(scan, "0") || scan_digits(scan) > 0;
    if (is_good && take_one_of(scan, "."))
        is_good = scan_digits(scan) > 0;
    if (is_good && take_one_of(scan, "eE")) {
        take_one_of(scan, "+-");
        is_good = scan_digits(scan) > 0;
    }
    return is_good || refuse(scan, "a number lacks a digit");
}

static bool scan_word(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);

        if ((size_t)(scan->end - scan->at) >= length && memcmp(scan->at, words[i], length) == 0) {
            scan->at += length;
            return true;
        }
    }
    return must_follow(scan, "a value must follow: {, [, a string, a number, true, false or null");
}

/* Scans a value that is no object and no array. */
static bool scan_scalar(struct scan *scan, struct json_member *value)
{
    char byte = next_byte(scan);
    bool is_number = byte == '-' || isdigit((unsigned char)byte);

    if (byte == '"')
        return scan_string(scan, value);
    value->kind = is_number ? MEMBER_NUMBER : MEMBER_OTHER;
    value->text = scan->at;
    if (!(is_number ? scan_number(scan) : scan_word(scan)))
        return false;
    value->length = (size_t)(scan->at - value->text);
    return true;
}

/*
 * Passes over an object or array. The brackets that are open are noted in the first bytes of it,
 * which have been read: each bracket has taken one. So there is room for any depth.
 */
static bool pass_over(struct scan *scan)
{
    char *open = scan->at;
    size_t depth = 0;
    struct json_member ignored;

    do {
        bool is_object = take(scan, '{'), is_open = is_object || take(scan, '[');
        bool is_empty = is_open && take(scan, is_object ? '}' : ']');

        if (is_open && !is_empty) {
            open[depth++] = is_object ? '}' : ']';
            if (is_object && !scan_name(scan, &ignored))
                return false;
            continue;
        }
        if (!is_open && !scan_scalar(scan, &ignored))
            return false;
        while (depth > 0 && take(scan, open[depth - 1]))
            depth--;
        if (depth == 0)
            break;
        is_object = open[depth - 1] == '}';
        if (!take(scan, ','))
            return must_follow(scan,
                               is_object ? "a comma or } must follow" : "a comma or ] must follow");
        if (is_object && !scan_name(scan, &ignored))
            return false;
    } while (depth > 0);
    return true;
}

static bool scan_value(struct scan *scan, struct json_member *value)
{
    char byte = next_byte(scan);

    value->at = (size_t)(scan->at - scan->begin);
    value->kind = MEMBER_OTHER;
    return byte == '{' || byte == '[' ? pass_over(scan) : scan_scalar(scan, value);
}

/* Scans a member, name and value. */
static bool scan_member(struct scan *scan, struct json_member *members, size_t count)
{
    struct json_member name, ignored;
    const char *begin = (next_byte(scan), scan->at);

    if (!scan_name(scan, &name))
        return false;
    for (size_t i = 0; i < count && name.flaw == NULL; i++) {
        if (strlen(members[i].name) != name.length ||
            memcmp(members[i].name, name.text, name.length) != 0)
            continue;
        if (members[i].kind == MEMBER_MISSING)
            return scan_value(scan, &members[i]);
        *scan->fault = (struct json_fault){"a second member of this name",
                                           (size_t)(begin - scan->begin), false};
        return false;
    }
    return scan_value(scan, &ignored);
}

bool json_pick(char *text, size_t size, struct json_member *members, size_t count,
               struct json_fault *fault)
{
    struct scan scan = {text, text, text + size, fault};

    for (size_t i = 0; i < count; i++)
        members[i] = (struct json_member){.name = members[i].name};
    if (!take(&scan, '{'))
        return must_follow(&scan, "an object must follow");
    if (!take(&scan, '}')) {
        do {
            if (!scan_member(&scan, members, count))
                return false;
        } while (take(&scan, ','));
        if (!take(&scan, '}'))
            return must_follow(&scan, "a comma or } must follow");
    }
    next_byte(&scan);
    return scan.at == scan.end || refuse(&scan, "nothing may follow the object");
}
