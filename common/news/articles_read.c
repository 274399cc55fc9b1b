#include "news/article.h"

#include "news/json.h"
#include "observe/text.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MIN_SIZE 4096 /* room for a line of this size at first */
#define ARTICLES_MIN 64    /* room for this many articles at first */
#define LINE_MAX_SIZE (16 * 1024 * 1024)
#define OBJECT "an object with \"id\", \"title\" and \"content\""
#define MUST_BE_LINES "must be JSON Lines, each " OBJECT

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

/* Checks a member that must be a string of at most limit bytes. */
static int check_text(const struct json_member *member, size_t limit, struct input_error *error)
{
    if (member->kind == MEMBER_MISSING)
        return refuse(error, 0, "\"%s\" is missing", member->name);
    if (member->kind != MEMBER_STRING)
        return refuse(error, member->at + 1, "\"%s\" must be a string", member->name);
    if (member->flaw != NULL)
        return refuse(error, member->flaw_at + 1, "\"%s\": %s", member->name, member->flaw);
    if (member->length > limit)
        return refuse(error, member->at + 1, "\"%s\" has %zu bytes, at most %zu are allowed",
                      member->name, member->length, limit);
    return 0;
}

static int read_id(const struct json_member *member, int *id, struct input_error *error)
{
    size_t digits = 0;
    long long value = 0;

    if (member->kind == MEMBER_MISSING)
        return refuse(error, 0, "\"id\" is missing");
    if (member->kind == MEMBER_NUMBER)
        for (; digits < member->length && value <= INT_MAX; digits++) {
            if (member->text[digits] < '0' || member->text[digits] > '9')
                break;
            value = 10 * value + member->text[digits] - '0';
        }
    if (member->kind != MEMBER_NUMBER || digits < member->length || value < 1 || value > INT_MAX)
        return refuse(error, member->at + 1, "\"id\" must be a whole number from 1 to %d", INT_MAX);
    *id = (int)value;
    return 0;
}

static int read_article(const struct json_member members[3], struct article *article,
                        struct input_error *error)
{
    int id = 0, failed = read_id(&members[0], &id, error);

    if (failed == 0)
        failed = check_text(&members[1], ARTICLE_TITLE_MAX, error);
    if (failed == 0)
        failed = check_text(&members[2], ARTICLE_CONTENT_MAX, error);
    if (failed != 0)
        return failed;
    *article = (struct article){id, strdup(members[1].text), strdup(members[2].text)};
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

/* Refuses a line that is no object. */
static int refuse_line(const char *line, size_t size, const struct json_fault *fault, bool is_first,
                       struct input_error *error)
{
    size_t blanks = skip_blanks(line, size);

    if (line[blanks] != '{' && text_character(line + blanks, size - blanks) == 0)
        return refuse(error, blanks + 1, "invalid UTF-8");
    if (line[blanks] != '{')
        return refuse(error, blanks + 1, "must be " OBJECT);
    if (fault->is_cut && is_first)
        return refuse(error, fault->at + 1,
                      "the object does not end in its line: " MUST_BE_LINES
                      "; jq -c . FILE > NEW makes them");
    return refuse(error, fault->at + 1, "not valid JSON: %s%s", fault->reason,
                  fault->is_cut ? ", but the line ends" : "");
}

static int read_line(char *line, size_t size, bool is_first, struct article *article,
                     struct input_error *error)
{
    const char *nul = memchr(line, '\0', size);
    struct json_member members[] = {{.name = "id"}, {.name = "title"}, {.name = "content"}};
    struct json_fault fault;

    if (nul != NULL)
        return refuse(error, (size_t)(nul - line) + 1, "a NUL byte: the input must be text");
    if (!json_pick(line, size, members, sizeof members / sizeof *members, &fault))
        return refuse_line(line, size, &fault, is_first, error);
    return read_article(members, article, error);
}

/* Names the format of a file by its first bytes; NULL: it may be UTF-8 text. */
static const char *name_format(const char *begin, size_t size)
{
    static const struct {
        const char *begin;
        size_t size;
        const char *name;
    } formats[] = {
#define FORMAT(bytes, name) {bytes, sizeof bytes - 1, name}
        FORMAT("\xFF\xFE\0\0",
               "UTF-32 text, must be UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW makes it"),
        FORMAT("\0\0\xFE\xFF",
               "UTF-32 text, must be UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW makes it"),
        FORMAT("\xFF\xFE",
               "UTF-16 text, must be UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW makes it"),
        FORMAT("\xFE\xFF",
               "UTF-16 text, must be UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW makes it"),
        FORMAT("\x1F\x8B", "compressed: gunzip -c FILE > NEW unpacks it"),
        FORMAT("BZh", "compressed: bunzip2 -c FILE > NEW unpacks it"),
        FORMAT("\3757zXZ", "compressed: unxz -c FILE > NEW unpacks it"),
        FORMAT("\x28\xB5\x2F\xFD", "compressed: unzstd -c FILE > NEW unpacks it"),
        FORMAT("PK\3\4", "a ZIP archive: " MUST_BE_LINES),
        FORMAT("%PDF", "a PDF document: " MUST_BE_LINES),
        FORMAT("SQLite format 3", "a database of SQLite: " MUST_BE_LINES),
#undef FORMAT
    };
    bool is_little = size >= 4, is_big = size >= 4;

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (size >= formats[i].size && memcmp(begin, formats[i].begin, formats[i].size) == 0)
            return formats[i].name;
    /* JSON begins with ASCII characters, of which UTF-16 makes a byte and a NUL each. */
    for (size_t i = 0; i < 4 && i < size; i++) {
        is_little = is_little && (begin[i] == '\0') == (i % 2 == 1);
        is_big = is_big && (begin[i] == '\0') == (i % 2 == 0);
    }
    if (is_little)
        return "UTF-16 text, must be UTF-8: iconv -f UTF-16LE -t UTF-8 FILE > NEW makes it";
    return is_big ? "UTF-16 text, must be UTF-8: iconv -f UTF-16BE -t UTF-8 FILE > NEW makes it"
                  : NULL;
}

struct reader {
    struct articles *articles;
    long *lines; /* the line of each article, for the message about an id that was used before */
    size_t room; /* of both, in articles */
    size_t limit;
    char *line;
    size_t line_room;
    size_t length; /* of the line that was read last */
    struct input_error *error;
};

/* Makes room for twice as many articles. Returns 0 or ENOMEM. */
static int grow(struct reader *reader)
{
    size_t room = reader->room > 0 ? 2 * reader->room : ARTICLES_MIN;
    struct article *items = realloc(reader->articles->items, room * sizeof *items);
    long *lines;

    if (items == NULL)
        return ENOMEM;
    reader->articles->items = items;
    lines = realloc(reader->lines, room * sizeof *lines);
    if (lines == NULL)
        return ENOMEM;
    reader->lines = lines;
    reader->room = room;
    return 0;
}

/* Makes room for a line of twice the length. Returns 0, EINVAL if it is too long, or ENOMEM. */
static int grow_line(struct reader *reader)
{
    char *line;

    if (reader->line_room == LINE_MAX_SIZE)
        return refuse(reader->error, 0, "longer than %d bytes", LINE_MAX_SIZE);
    line = realloc(reader->line, 2 * reader->line_room);
    if (line == NULL)
        return ENOMEM;
    reader->line = line;
    reader->line_room *= 2;
    return 0;
}

/*
 * Reads a line without its end. Returns 0, or ENODATA at the end of the file. Not getline(): that
 * would take all memory for a file that has no lines.
 */
static int read_bounded_line(FILE *file, struct reader *reader)
{
    char *line = reader->line, *at = line, *end = line + reader->line_room;
    int byte, failed = 0;

    reader->error->line++;
    errno = 0;
    while ((byte = getc_unlocked(file)) != EOF && byte != '\n') {
        if (at == end) {
            reader->length = reader->line_room;
            failed = grow_line(reader);
            if (failed != 0)
                return failed;
            line = reader->line;
            at = line + reader->length;
            end = line + reader->line_room;
        }
        *at++ = (char)byte;
    }
    reader->length = (size_t)(at - line);
    if (ferror(file))
        return errno != 0 ? errno : EIO;
    return byte == EOF && at == line ? ENODATA : 0;
}

/* Where the text of the line begins that was read last: behind a byte order mark and blanks. */
static size_t find_text(const struct reader *reader, size_t *mark)
{
    *mark = reader->error->line == 1 && reader->length >= 3 &&
                    memcmp(reader->line, "\xEF\xBB\xBF", 3) == 0
                ? 3
                : 0;
    return *mark + skip_blanks(reader->line + *mark, reader->length - *mark);
}

/* Refuses a file whose first line with text, which may be too long to be read, says what it is. */
static int check_beginning(struct reader *reader)
{
    struct input_error *error = reader->error;
    size_t mark, text = find_text(reader, &mark);
    const char *name = error->line == 1 ? name_format(reader->line, reader->length) : NULL;

    if (name != NULL) {
        error->line = 0;
        return refuse(error, 0, "is %s", name);
    }
    if (text < reader->length && reader->line[text] == '[')
        return refuse(error, text + 1,
                      "is a JSON array: " MUST_BE_LINES "; jq -c '.[]' FILE > NEW makes them");
    return 0;
}

static int read_lines(FILE *file, struct reader *reader)
{
    struct articles *articles = reader->articles;
    struct input_error *error = reader->error;
    int failed = 0;

    while (failed == 0 && articles->count < reader->limit) {
        struct article *article;
        size_t mark;

        failed = read_bounded_line(file, reader);
        if (articles->count == 0 && check_beginning(reader) != 0)
            failed = EINVAL;
        if (failed != 0)
            break;
        if (find_text(reader, &mark) == reader->length)
            continue;
        if (articles->count == reader->room && grow(reader) != 0)
            return ENOMEM;
        article = &articles->items[articles->count];
        *article = (struct article){0};
        reader->lines[articles->count++] = error->line;
        failed = read_line(reader->line + mark, reader->length - mark, articles->count == 1,
                           article, error);
        if (error->column > 0)
            error->column += (long)mark;
    }
    return failed == ENODATA ? 0 : failed;
}

/* Checks what can be told only once all articles are there. */
static int check_all(struct reader *reader)
{
    struct articles *articles = reader->articles;
    size_t first, second;
    bool is_empty = reader->error->line == 1 && reader->length == 0;
    int failed;

    reader->error->line = 0;
    if (articles->count == 0)
        return refuse(reader->error, 0, "%s: " MUST_BE_LINES,
                      is_empty ? "is empty" : "no article in it");
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
    FILE *file = fopen(path, "r");
    int failed = file == NULL ? errno : 0;

    if (failed != 0)
        return failed;
    reader->line = malloc(LINE_MIN_SIZE);
    reader->line_room = LINE_MIN_SIZE;
    if (reader->line == NULL)
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
    if (error->reason[0] == '\0') { /* it was no line that failed */
        *error = (struct input_error){0};
        snprintf(error->reason, sizeof error->reason, "%s", strerror(failed));
    }
    articles_destroy(articles);
    return failed;
}
