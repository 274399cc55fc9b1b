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
    int id = 0, failed = read_id(object, &id, error);

    if (failed == 0)
        failed = read_text(object, "title", ARTICLE_TITLE_MAX, &title, error);
    if (failed == 0)
        failed = read_text(object, "content", ARTICLE_CONTENT_MAX, &content, error);
    if (failed != 0)
        return failed;
    *article = (struct article){id, strdup(title), strdup(content)};
    return article->title != NULL && article->content != NULL ? 0 : ENOMEM;
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
    json_error_t json_error;
    json_t *object;
    int failed;

    if (nul != NULL)
        return refuse(error, (size_t)(nul - line) + 1, "a NUL byte: the input must be text");
    object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &json_error);
    /* In position jansson counts bytes, not characters. */
    if (object == NULL && json_error_code(&json_error) == json_error_invalid_utf8)
        return refuse(error, (size_t)json_error.position + 1, "invalid UTF-8");
    if (object == NULL)
        return refuse(error, json_error.position > 0 ? (size_t)json_error.position : 1,
                      "not valid JSON: %s", json_error.text);
    if (json_is_object(object))
        failed = read_article(object, article, error);
    else
        failed = refuse(error, skip_blanks(line, size) + 1,
                        "must be an object with \"id\", \"title\" and \"content\"");
    json_decref(object);
    return failed;
}

/* What is read. Of all that is allocated, the system gives only what is used. */
struct reader {
    struct articles *articles; /* has room for limit items */
    size_t limit;
    long *lines; /* the line of each article, for the message about an id that was used before */
    char *line;  /* has room for LINE_MAX_SIZE */
    struct input_error *error;
};

/*
 * Reads a line without its end. Returns 0, or ENODATA at the end of the file. Not getline(): that
 * would take all memory for a file that has no lines.
 */
static int read_bounded_line(FILE *file, char *line, size_t *length, struct input_error *error)
{
    int byte;

    *length = 0;
    error->line++;
    errno = 0;
    while ((byte = getc(file)) != EOF && byte != '\n') {
        if (*length == LINE_MAX_SIZE)
            return refuse(error, 0, "longer than %d bytes", LINE_MAX_SIZE);
        line[(*length)++] = (char)byte;
    }
    if (ferror(file))
        return errno != 0 ? errno : EIO;
    return byte == EOF && *length == 0 ? ENODATA : 0;
}

static int read_lines(FILE *file, struct reader *reader)
{
    struct articles *articles = reader->articles;
    struct input_error *error = reader->error;
    size_t length;
    int failed = 0;

    while (failed == 0 && articles->count < reader->limit) {
        struct article *article = &articles->items[articles->count];
        size_t skip = 0;

        failed = read_bounded_line(file, reader->line, &length, error);
        if (failed != 0)
            break;
        if (error->line == 1 && length >= 3 && memcmp(reader->line, "\xEF\xBB\xBF", 3) == 0)
            skip = 3; /* a byte order mark */
        if (skip_blanks(reader->line + skip, length - skip) == length - skip)
            continue;
        *article = (struct article){0};
        reader->lines[articles->count++] = error->line;
        failed = read_line(reader->line + skip, length - skip, article, error);
        if (error->column > 0)
            error->column += (long)skip;
    }
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

static int read_file(const char *path, struct reader *reader)
{
    struct articles *articles = reader->articles;
    FILE *file = fopen(path, "r");
    int failed = file == NULL ? errno : 0;

    if (failed != 0)
        return failed;
    articles->items = malloc(reader->limit * sizeof *articles->items);
    reader->lines = malloc(reader->limit * sizeof *reader->lines);
    reader->line = malloc(LINE_MAX_SIZE);
    if (articles->items == NULL || reader->lines == NULL || reader->line == NULL)
        failed = ENOMEM;
    if (failed == 0)
        failed = read_lines(file, reader);
    if (failed == 0)
        failed = check_all(reader);
    fclose(file);
    free(reader->lines);
    free(reader->line);
    return failed;
}

int articles_read(struct articles *articles, const char *path, size_t limit,
                  struct input_error *error)
{
    struct reader reader = {
        .articles = articles, .limit = limit > 0 ? limit : ARTICLES_MAX + 1, .error = error};
    int failed;

    *articles = (struct articles){0};
    *error = (struct input_error){0};
    failed = read_file(path, &reader);
    if (failed == 0)
        return 0;
    if (failed != EINVAL) {
        *error = (struct input_error){0};
        snprintf(error->reason, sizeof error->reason, "%s", strerror(failed));
    }
    articles_destroy(articles);
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
