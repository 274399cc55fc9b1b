#include "news/store.h"

#ifdef HAVE_SQLITE

#include "news/store_internal.h"
#include "observe/timeline.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#define HASH_START 0xCBF29CE484222325U

/* Continues a hash with bytes: FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (const unsigned char *byte = bytes; size > 0; size--) {
        hash ^= *byte++;
        hash *= 0x100000001B3U;
    }
    return hash;
}

/* Continues a hash with a text and the NUL behind it. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1);
}

/* Tells an article from another article with the same id. SQLite's numbers are signed. */
static int64_t fingerprint(const struct article *article)
{
    return (int64_t)hash_text(hash_text(HASH_START, article->title), article->content);
}

/* Returns a sum by which a row shows whether it was changed after it was stored. */
static int64_t checksum(const struct ai_result *result, int64_t article_fingerprint)
{
    uint64_t hash = hash_bytes(HASH_START, &result->article_id, sizeof result->article_id);

    hash = hash_bytes(hash, &article_fingerprint, sizeof article_fingerprint);
    hash = hash_text(hash, result->summary);
    hash = hash_text(hash, result->sentiment);
    return (int64_t)hash_text(hash, result->keywords);
}

/* Copies a column into an array of this size. Returns whether it holds such a text. */
static bool read_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
    const unsigned char *value = sqlite3_column_text(row, column);
    size_t length = (size_t)sqlite3_column_bytes(row, column);

    if (value == NULL || length >= size || memchr(value, '\0', length) != NULL)
        return false;
    memcpy(text, value, length + 1);
    return true;
}

/* Reads the row. Returns whether it is as it was stored. */
static bool read_row(sqlite3_stmt *row, struct ai_result *result, int64_t *article_fingerprint)
{
    *article_fingerprint = sqlite3_column_int64(row, 0);
    return read_text(row, 1, result->summary, sizeof result->summary) &&
           read_text(row, 2, result->sentiment, sizeof result->sentiment) &&
           read_text(row, 3, result->keywords, sizeof result->keywords) &&
           sqlite3_column_int64(row, 4) == checksum(result, *article_fingerprint);
}

/* Removes a row that was changed, so that the article's result can be stored again. */
static int remove_damaged(struct store *store, int article_id)
{
    int code;

    if (store->damaged++ == 0)
        store->first_damaged = article_id;
    sqlite3_bind_int(store->remove, 1, article_id);
    errno = 0;
    code = sqlite3_step(store->remove);
    sqlite3_reset(store->remove);
    store->rows -= code == SQLITE_DONE;
    return code == SQLITE_DONE ? 0 : store_fail_to_commit(store, "cannot be written", code);
}

static int load_one(struct store *store, const struct article *article, struct ai_results *results,
                    bool *stored)
{
    struct ai_result result = {.article_id = article->id};
    int64_t article_fingerprint = 0;
    int code, error = 0;
    bool is_whole = false;

    sqlite3_bind_int(store->select, 1, article->id);
    code = sqlite3_step(store->select);
    if (code == SQLITE_ROW)
        is_whole = read_row(store->select, &result, &article_fingerprint);
    /* Without memory, SQLite returns NULL, as for a missing text. */
    if (code == SQLITE_ROW && sqlite3_errcode(store->database) == SQLITE_NOMEM)
        code = SQLITE_NOMEM;
    sqlite3_reset(store->select);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return store_fail_with_code(store, "cannot be read", code);
    if (code == SQLITE_ROW && !is_whole)
        error = remove_damaged(store, article->id);
    else if (code == SQLITE_ROW && article_fingerprint != fingerprint(article))
        error = store_fail(store, EINVAL,
                           "holds the result of another article with the id %d: another file, or "
                           "the articles that it was made from",
                           article->id);
    else if (code == SQLITE_ROW && results->count == results->capacity)
        error = store_fail(store, ENOBUFS, "holds more results than there is room for");
    *stored = is_whole && error == 0;
    if (*stored)
        results->items[results->count++] = result;
    return error;
}

int store_load(struct store *store, const struct articles *articles, struct ai_results *results,
               bool *stored)
{
    size_t before = results->count;
    int error = 0;

    store->damaged = 0;
    for (size_t i = 0; i < articles->count && error == 0; i++)
        error = load_one(store, &articles->items[i], results, &stored[i]);
    if (error != 0) {
        results->count = before;
        memset(stored, 0, articles->count * sizeof *stored);
    }
    return error;
}

int store_put(struct store *store, const struct article *article, const struct ai_result *result)
{
    sqlite3_stmt *insert = store->insert;
    int64_t article_fingerprint = fingerprint(article);
    int code, error = 0;

    if (result->article_id != article->id)
        return store_fail(store, EINVAL, "article %d cannot have the result of article %d",
                          article->id, result->article_id);
    /* No copy is made, so that none of these can fail. */
    sqlite3_bind_int(insert, 1, article->id);
    sqlite3_bind_int64(insert, 2, article_fingerprint);
    sqlite3_bind_text(insert, 3, result->summary, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, result->sentiment, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 5, result->keywords, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 6, checksum(result, article_fingerprint));
    errno = 0;
    /* A statement outside of BEGIN and COMMIT is a transaction of its own. */
    code = sqlite3_step(insert);
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY)
        error = store_fail(store, EEXIST, "holds a result of article %d already", article->id);
    else if (code != SQLITE_DONE)
        error = store_fail_to_commit(store, "cannot be written", code);
    sqlite3_reset(insert);
    sqlite3_clear_bindings(insert);
    store->rows += error == 0;
    if (error == 0)
        error = store_check(store);
    if (error == 0)
        timeline_note(&(struct timeline_event){.kind = TIMELINE_STORED, .article = article->id});
    return error;
}

#endif
