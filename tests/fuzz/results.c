/*
 * Any texts as results, that are written and read back: --output. A line is a result: its summary,
 * and behind a tab its keywords, each but the first behind a comma and a space.
 */
#include "fuzz.h"

#include "news/ai_result.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS_MAX 64
static const char before[] = "as it was\n";

/* Returns whether the results can be written: their texts are UTF-8. */
static bool make_results(char *text, struct ai_results *results)
{
    bool is_good = true;

    for (char *line = text; line != NULL && results->count < RESULTS_MAX;) {
        struct ai_result *result = &results->items[results->count++];
        char *end = strchr(line, '\n'), *keywords;

        if (end != NULL)
            *end++ = '\0';
        keywords = strchr(line, '\t');
        if (keywords != NULL)
            *keywords++ = '\0';
        /* Every fifth place is empty, as that of an article that failed. */
        result->article_id = results->count % 5 == 0 ? 0 : (int)results->count;
        snprintf(result->summary, sizeof result->summary, "%s", line);
        snprintf(result->keywords, sizeof result->keywords, "%s", keywords != NULL ? keywords : "");
        snprintf(result->sentiment, sizeof result->sentiment, "%.15s", line);
        is_good = is_good && (result->article_id == 0 ||
                              (fuzz_is_utf8(result->summary) && fuzz_is_utf8(result->keywords) &&
                               fuzz_is_utf8(result->sentiment)));
        line = end;
    }
    return is_good;
}

/* The list has the words of the text: the same bytes but for commas and the blanks behind them. */
static void compare_keywords(const json_t *list, const char *keywords)
{
    for (size_t i = 0; *keywords != '\0'; i++) {
        size_t length = strcspn(keywords, ",");
        const json_t *word = json_array_get(list, i);

        REQUIRE(json_string_length(word) == length);
        REQUIRE(memcmp(json_string_value(word), keywords, length) == 0);
        keywords += length;
        keywords += strspn(keywords, ", ");
        REQUIRE(*keywords != '\0' || json_array_size(list) == i + 1);
    }
}

static void compare_with_file(const struct ai_results *results, char *text)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct ai_result *result = &results->items[i];
        char *end = strchr(text, '\n');
        json_t *object;

        if (result->article_id == 0)
            continue;
        REQUIRE(end != NULL);
        object = json_loadb(text, (size_t)(end - text), JSON_REJECT_DUPLICATES, NULL);
        REQUIRE(json_object_size(object) == 4);
        REQUIRE(json_integer_value(json_object_get(object, "article_id")) == result->article_id);
        REQUIRE(strcmp(json_string_value(json_object_get(object, "summary")), result->summary) ==
                0);
        REQUIRE(strcmp(json_string_value(json_object_get(object, "sentiment")),
                       result->sentiment) == 0);
        compare_keywords(json_object_get(object, "keywords"), result->keywords);
        json_decref(object);
        text = end + 1;
    }
    REQUIRE(*text == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path("results");
    struct ai_results results;
    char *text = malloc(size + 1), *file;
    size_t written = 0;
    bool is_good;

    REQUIRE(text != NULL && ai_results_init(&results, RESULTS_MAX) == 0);
    memcpy(text, data, size);
    text[size] = '\0';
    is_good = make_results(text, &results);
    fuzz_write_file(path, (const uint8_t *)before, strlen(before));
    REQUIRE((ai_results_write(&results, path) == 0) == is_good);
    file = fuzz_read_file(path, &written);
    REQUIRE(file != NULL && strlen(file) == written);
    REQUIRE(!is_good || !fuzz_is_obeyed(file));
    if (is_good)
        compare_with_file(&results, file);
    else
        REQUIRE(strcmp(file, before) == 0);
    free(file);
    free(text);
    ai_results_destroy(&results);
    return 0;
}
