#include "news/ai_results_dump.h"

#ifdef HAVE_JANSSON

#include "observe/text.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Returns NULL if one of them cannot be made. */
static json_t *split_keywords(const char *keywords)
{
    json_t *array = json_array();

    while (*keywords != '\0') {
        size_t length = strcspn(keywords, ",");

        /* Fails also if the array or the keyword is NULL. */
        if (json_array_append_new(array, json_stringn(keywords, length)) != 0) {
            json_decref(array);
            return NULL;
        }
        keywords += length;
        keywords += strspn(keywords, ", ");
    }
    return array;
}

struct writer {
    FILE *file;
    int error; /* of the first write that failed, or 0 */
};

/*
 * Writes bytes of JSON, whole characters, and no more at a time than a result has. What a terminal
 * would obey can only stand in a string, where its escape means the same. Notes the error itself: a
 * writer of JSON that passes over one would leave a hole in the file.
 */
static int write_bytes(const char *bytes, size_t size, void *argument)
{
    struct writer *writer = argument;
    char shown[TEXT_SHOWN_MAX * sizeof(struct ai_result) + 1];

    size = text_show(bytes, size, "\n", shown, sizeof shown);
    errno = 0;
    if (writer->error == 0 && fwrite(shown, 1, size, writer->file) != size)
        writer->error = errno != 0 ? errno : EIO;
    return writer->error == 0 ? 0 : -1;
}

static int dump_result(struct writer *writer, const struct ai_result *result)
{
    json_t *object;
    int failed;

    errno = 0;
    object = json_object();
    /* The _new calls own their values, and take NULL: so it is enough to count at the end. */
    json_object_set_new(object, "article_id", json_integer(result->article_id));
    json_object_set_new(object, "summary", json_string(result->summary));
    json_object_set_new(object, "sentiment", json_string(result->sentiment));
    json_object_set_new(object, "keywords", split_keywords(result->keywords));
    if (json_object_size(object) != 4) {
        json_decref(object);
        return errno != 0 ? errno : EILSEQ; /* with memory, only text that is no UTF-8 is refused */
    }
    failed = json_dump_callback(object, write_bytes, writer, JSON_COMPACT);
    json_decref(object);
    write_bytes("\n", 1, writer);
    if (writer->error == 0 && failed != 0)
        writer->error = ENOMEM;
    return writer->error;
}

int ai_results_dump(const struct ai_results *results, FILE *file)
{
    struct writer writer = {.file = file};
    int error = 0;

    for (size_t i = 0; i < results->count && error == 0; i++)
        if (results->items[i].article_id != 0)
            error = dump_result(&writer, &results->items[i]);
    return error;
}

#endif
