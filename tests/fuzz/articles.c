/* Any bytes as a file of articles: --input. */
#include "fuzz.h"

#include "news/article.h"
#include "news/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 100 /* articles, so that no memory for a million is asked for at each input */

/* What jansson must refuse and we must not: values that it cannot make. */
static bool is_about_a_value(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_null_character:
    case json_error_null_byte_in_key:
    case json_error_duplicate_key:
    case json_error_numeric_overflow:
    case json_error_stack_overflow:
    case json_error_invalid_utf8:
        return true;
    default:
        return strstr(error->text, "invalid Unicode") != NULL;
    }
}

static void compare_member(const struct json_member *member, const json_t *value)
{
    REQUIRE((member->kind == MEMBER_MISSING) == (value == NULL));
    REQUIRE((member->kind == MEMBER_NUMBER) == json_is_number(value));
    REQUIRE((member->kind == MEMBER_STRING) == json_is_string(value));
    if (!json_is_string(value))
        return;
    REQUIRE(member->flaw == NULL && member->length == json_string_length(value));
    REQUIRE(memcmp(member->text, json_string_value(value), member->length + 1) == 0);
}

/* Our reader against jansson, which makes a value of everything. */
static void compare_with_jansson(const uint8_t *data, size_t size)
{
    struct json_member members[] = {{.name = "id"}, {.name = "title"}, {.name = "content"}};
    char *text = malloc(size + 1);
    struct json_fault fault;
    json_error_t error;
    json_t *object =
        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    bool is_object;

    REQUIRE(text != NULL);
    memcpy(text, data, size);
    is_object = json_pick(text, size, members, 3, &fault);
    /* jansson passes over a NUL behind a number. The reader refuses each NUL beforehand. */
    if (object != NULL && memchr(data, '\0', size) == NULL)
        REQUIRE(is_object == json_is_object(object));
    if (object == NULL && is_object)
        REQUIRE(is_about_a_value(&error));
    if (!is_object)
        REQUIRE(fault.reason != NULL && fault.at <= size);
    for (int i = 0; is_object && object != NULL && i < 3; i++)
        if (members[i].flaw == NULL)
            compare_member(&members[i], json_object_get(object, members[i].name));
    json_decref(object);
    free(text);
}

static void check_refusal(const struct articles *articles, const struct input_error *error)
{
    REQUIRE(articles->items == NULL && articles->by_id == NULL && articles->count == 0);
    REQUIRE(error->reason[0] != '\0' && error->line >= 0 && error->column >= 0);
    REQUIRE(error->column == 0 || error->line > 0);
    REQUIRE(!fuzz_is_obeyed(error->reason));
}

static void check_articles(const struct articles *articles)
{
    REQUIRE(articles->count >= 1 && articles->count <= LIMIT);
    for (size_t i = 0; i < articles->count; i++) {
        const struct article *article = &articles->items[i];

        REQUIRE(article->id >= 1 && articles_find(articles, article->id) == i);
        REQUIRE(strlen(article->title) <= ARTICLE_TITLE_MAX && fuzz_is_utf8(article->title));
        REQUIRE(strlen(article->content) <= ARTICLE_CONTENT_MAX && fuzz_is_utf8(article->content));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path("articles");
    struct articles articles;
    struct input_error error;
    int failed;

    compare_with_jansson(data, size);
    fuzz_write_file(path, size > 0 ? data : (const uint8_t *)"", size);
    failed = articles_read(&articles, path, LIMIT, &error);
    REQUIRE(failed == 0 || failed == EINVAL);
    if (failed != 0)
        check_refusal(&articles, &error);
    else
        check_articles(&articles);
    articles_destroy(&articles);
    return 0;
}
