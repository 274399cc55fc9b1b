#include "news/article.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_JANSSON

#include <jansson.h>

#define LINE_MAX_SIZE (16 * 1024 * 1024)

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
refuse(struct input_error *error, size_t column, const char *format, ...)
{
    va_list arguments;

    error->column = (long)column;
    va_start(arguments, format);
    vsnprintf(error->reason, sizeof error->reason, format, arguments);
    va_end(arguments);
    return EINVAL;
}

/* Finds a member that must be a string of at most limit bytes. */
static int read_text(const json_t *object, const char *name, size_t limit, const char **text,
                     struct input_error *error)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return refuse(error, 0, "\"%s\" is missing", name);
    if (!json_is_string(value))
        return refuse(error, 0, "\"%s\" must be a string", name);
    if (json_string_length(value) > limit)
        return refuse(error, 0, "\"%s\" has %zu bytes, at most %zu are allowed", name,
                      json_string_length(value), limit);
    *text = json_string_value(value);
    return 0;
}

static int read_id(const json_t *object, int *id, struct input_error *error)
{
    const json_t *value = json_object_get(object, "id");

    if (value == NULL)
        return refuse(error, 0, "\"id\" is missing");
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > INT_MAX)
        return refuse(error, 0, "\"id\" must be a whole number from 1 to %d", INT_MAX);
    *id = (int)json_integer_value(value);
    return 0;
}

static int read_article(const json_t *object, struct article *article, struct input_error *error)
{
    const char *title, *content;
    size_t title_size, content_size;
    char *copy;
    int failed;

    failed = read_id(object, &article->id, error);
    if (failed == 0)
        failed = read_text(object, "title", ARTICLE_TITLE_MAX, &title, error);
    if (failed == 0)
        failed = read_text(object, "content", ARTICLE_CONTENT_MAX, &content, error);
    if (failed != 0)
        return failed;

    title_size = strlen(title) + 1;
    content_size = strlen(content) + 1;
    copy = malloc(title_size + content_size);
    if (copy == NULL)
        return ENOMEM;
    article->title = memcpy(copy, title, title_size);
    article->content = memcpy(copy + title_size, content, content_size);
    return 0;
}

/* The column of the first byte that does not belong to well-formed UTF-8 (RFC 3629), or 0. */
static size_t find_invalid_utf8(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        unsigned char lead = (unsigned char)text[at];
        /* The second byte's range, narrower behind some leads: no overlong forms or surrogates. */
        unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

        if (length == 0 || lead > 0xF4 || at + length > size)
            return at + 1;
        for (size_t i = 1; i < length; i++) {
            unsigned char byte = (unsigned char)text[at + i];

            if (byte < low || byte > high)
                return at + 1;
            low = 0x80;
            high = 0xBF;
        }
        at += length;
    }
    return 0;
}

/* Returns how many bytes of JSON's white space the line begins with. */
static size_t skip_blanks(const char *line, size_t size)
{
    size_t blanks = 0;

    while (blanks < size && line[blanks] != '\0' && strchr(" \t\r", line[blanks]) != NULL)
        blanks++;
    return blanks;
}

static int read_line(const char *line, size_t size, struct article *article,
                     struct input_error *error)
{
    const char *nul = memchr(line, '\0', size);
    size_t invalid = find_invalid_utf8(line, size);
    json_error_t json_error;
    json_t *object;
    int failed;

    if (nul != NULL)
        return refuse(error, (size_t)(nul - line) + 1, "a NUL byte: the input must be text");
    if (invalid != 0)
        return refuse(error, invalid, "invalid UTF-8");
    object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &json_error);
    if (object == NULL) {
        /* In position jansson counts bytes, not characters. */
        size_t column = json_error.position > 0 ? (size_t)json_error.position : 1;

        return refuse(error, column, "not valid JSON: %s", json_error.text);
    }
    if (json_is_object(object))
        failed = read_article(object, article, error);
    else
        failed = refuse(error, skip_blanks(line, size) + 1,
                        "must be an object with \"id\", \"title\" and \"content\"");
    json_decref(object);
    return failed;
}

struct reader {
    struct articles *articles;
    long *lines; /* the line of each article, for the message about an id that was used before */
    size_t capacity;
    struct input_error *error;
};

static int append(struct reader *reader, const struct article *article)
{
    struct articles *articles = reader->articles;

    if (articles->count == reader->capacity) {
        size_t larger = reader->capacity == 0 ? 64 : reader->capacity * 2;
        struct article *items = realloc(articles->items, larger * sizeof *items);
        long *lines;

        if (items == NULL)
            return ENOMEM;
        articles->items = items;
        lines = realloc(reader->lines, larger * sizeof *lines);
        if (lines == NULL)
            return ENOMEM;
        reader->lines = lines;
        reader->capacity = larger;
    }
    reader->lines[articles->count] = reader->error->line;
    articles->items[articles->count++] = *article;
    return 0;
}

/*
 * Reads a line without its end into *line, which it makes larger as needed. Returns 0, or ENODATA
 * at the end of the file. Not getline(): that would take all memory for a file that has no lines.
 */
static int read_bounded_line(FILE *file, char **line, size_t *capacity, size_t *length,
                             struct input_error *error)
{
    int byte;

    *length = 0;
    error->line++;
    errno = 0;
    while ((byte = getc(file)) != EOF && byte != '\n') {
        if (*length == LINE_MAX_SIZE)
            return refuse(error, 0, "longer than %d bytes", LINE_MAX_SIZE);
        if (*length == *capacity) {
            char *larger = realloc(*line, *capacity * 2);

            if (larger == NULL)
                return ENOMEM;
            *line = larger;
            *capacity *= 2;
        }
        (*line)[(*length)++] = (char)byte;
    }
    if (ferror(file))
        return errno != 0 ? errno : EIO;
    return byte == EOF && *length == 0 ? ENODATA : 0;
}

/* Reads up to limit articles. */
static int read_lines(FILE *file, struct reader *reader, size_t limit)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    size_t capacity = 4096, length, skip;
    char *line = malloc(capacity);
    int failed = line != NULL ? 0 : ENOMEM;

    while (failed == 0 && reader->articles->count < limit) {
        struct article article = {0};

        failed = read_bounded_line(file, &line, &capacity, &length, reader->error);
        if (failed != 0)
            break;
        skip = 0;
        if (reader->error->line == 1 && length >= 3 && memcmp(line, byte_order_mark, 3) == 0)
            skip = 3;
        if (skip_blanks(line + skip, length - skip) == length - skip)
            continue;
        failed = read_line(line + skip, length - skip, &article, reader->error);
        if (failed != 0) {
            if (reader->error->column > 0)
                reader->error->column += (long)skip;
            break;
        }
        failed = append(reader, &article);
        if (failed != 0)
            free((char *)article.title);
    }
    free(line);
    return failed == ENODATA ? 0 : failed;
}

/* Checks what can be told only once all articles are there. */
static int check_all(struct reader *reader)
{
    struct articles *articles = reader->articles;
    size_t first, second;
    int failed;

    reader->error->line = 0;
    if (articles->count == 0)
        return refuse(reader->error, 0, "no article in it: one JSON object a line is expected");
    if (articles->count > ARTICLES_MAX)
        return refuse(reader->error, 0, "more than %d articles", ARTICLES_MAX);
    failed = articles_index(articles, &first, &second);
    if (failed != EEXIST)
        return failed;
    reader->error->line = reader->lines[second];
    return refuse(reader->error, 0, "\"id\" %d was used before, in line %ld: ids must be unique",
                  articles->items[second].id, reader->lines[first]);
}

int articles_read(struct articles *articles, const char *path, size_t limit,
                  struct input_error *error)
{
    struct reader reader = {.articles = articles, .error = error};
    FILE *file = fopen(path, "r");
    int failed;

    *articles = (struct articles){0};
    *error = (struct input_error){0};
    if (file == NULL) {
        failed = errno;
    } else {
        failed = read_lines(file, &reader, limit > 0 ? limit : ARTICLES_MAX + 1);
        fclose(file);
        if (failed == 0)
            failed = check_all(&reader);
    }
    if (failed != 0) {
        if (failed != EINVAL) {
            *error = (struct input_error){0};
            snprintf(error->reason, sizeof error->reason, "%s", strerror(failed));
        }
        articles_destroy(articles);
    }
    free(reader.lines);
    return failed;
}

bool articles_can_read(void)
{
    return true;
}

#else

int articles_read(struct articles *articles, const char *path, size_t limit,
                  struct input_error *error)
{
    (void)path;
    (void)limit;
    *articles = (struct articles){0};
    *error = (struct input_error){0};
    snprintf(error->reason, sizeof error->reason, "%s", strerror(ENOTSUP));
    return ENOTSUP;
}

bool articles_can_read(void)
{
    return false;
}

#endif
