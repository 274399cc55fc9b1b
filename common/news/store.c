#include "news/store.h"

#include "system/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_SQLITE

#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What marks a file as our store: numbers in its header that SQLite keeps for this purpose. */
#define APPLICATION_ID 0x6E657773 /* "news" */
#define VERSION 1

#define WHAT_IS_ALLOWED "must be a new file, or one that an earlier run has stored in"
#define DAMAGED(how) "is damaged (" how "): " WHAT_IS_ALLOWED

/*
 * Two runs that are started at once look at the file at once, and each may block the other. So each
 * run lets go of the file, waits for a time of its own, and looks again. A run that works holds its
 * lock far longer.
 */
#define LOOKS 5
#define LOOK_MS 20 /* that SQLite tries by itself */
#define PAUSE_MIN_MS 10
#define PAUSE_MAX_MS 50

/* Where the file format has what we read before SQLite may. All numbers are big-endian. */
#define HEADER_SIZE 100
#define VERSION_AT 60
#define APPLICATION_ID_AT 68
static const char magic[16] = "SQLite format 3";

bool store_is_built_in(void)
{
    return true;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
fail(struct store *store, int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(store->error_text, sizeof store->error_text, format, arguments);
    va_end(arguments);
    return error;
}

static int fail_with_errno(struct store *store, const char *what, int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case EROFS:
        return fail(store, error, "%s: %s (the folder must exist, and it and the file be writable)",
                    what, strerror(error));
    default:
        return fail(store, error, "%s: %s", what, strerror(error));
    }
}

static int fail_as_damaged(struct store *store, const char *how)
{
    return fail(store, EBADMSG, DAMAGED("%s"), how);
}

/* Turns one of SQLite's codes into an errno value and a text. */
static int fail_with_code(struct store *store, const char *what, int code)
{
    int system_error = store->database != NULL ? sqlite3_system_errno(store->database) : 0;

    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(store, EBUSY, "is in use: one run at a time may store in a file");
    case SQLITE_NOMEM:
        return fail_with_errno(store, what, ENOMEM);
    case SQLITE_FULL:
        return fail_with_errno(store, what, ENOSPC);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return fail_with_errno(store, what, EACCES);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return fail_as_damaged(store, sqlite3_errstr(code));
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_NOMEM)
            return fail_with_errno(store, what, ENOMEM);
        return fail_with_errno(store, what, system_error != 0 ? system_error : EIO);
    case SQLITE_CANTOPEN:
        return fail_with_errno(store, what, system_error != 0 ? system_error : EACCES);
    default:
        return fail(store, EIO, "%s: %s", what, sqlite3_errstr(code));
    }
}

/*
 * The same for a step that may have failed in a commit: there SQLite does not note the system's own
 * error, but leaves it in errno, which the caller has set to 0 before.
 */
static int fail_to_commit(struct store *store, const char *what, int code)
{
    if ((code & 0xFF) == SQLITE_IOERR && errno != 0)
        return fail_with_errno(store, what, errno);
    return fail_with_code(store, what, code);
}

static int run(struct store *store, const char *sql)
{
    int code;

    errno = 0;
    code = sqlite3_exec(store->database, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : fail_to_commit(store, "cannot be opened", code);
}

/* Whether the folder that the path leads to can be written, and if not, errno says why. */
static bool is_folder_writable(const char *path)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof folder, "%s", path); /* dirname() changes it */
    return access(dirname(folder), W_OK | X_OK) == 0;
}

/* Checks what the name alone tells. */
static int check_path(struct store *store, const char *path)
{
    struct stat status;
    size_t length = strlen(path);

    if (length == 0)
        return fail(store, EINVAL, "must be the name of a file");
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return fail(store, EISDIR, "is a folder: " WHAT_IS_ALLOWED);
        if (!S_ISREG(status.st_mode))
            return fail(store, EINVAL, "is no regular file: " WHAT_IS_ALLOWED);
    } else if (errno != ENOENT) {
        return fail_with_errno(store, "cannot be opened", errno);
    }
    if (path[length - 1] == '/')
        return fail(store, EISDIR, "is the name of a folder: " WHAT_IS_ALLOWED);
    return 0;
}

static int open_database(struct store *store, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    size_t size = strlen(path) + 3;
    char *name = malloc(size);
    int code, error;

    if (name == NULL)
        return fail_with_errno(store, "cannot be opened", ENOMEM);
    /* SQLite would not take ":memory:" and "file:x" for names of files. */
    snprintf(name, size, "%s%s", path[0] == '/' ? "" : "./", path);
    code = sqlite3_open_v2(name, &store->database, flags, NULL);
    free(name);
    error = store->database != NULL ? sqlite3_system_errno(store->database) : 0;
    if (code == SQLITE_CANTOPEN && error == 0)
        return fail_with_errno(store, "cannot be opened", ENAMETOOLONG);
    /* SQLite looked for the file that it could not make, and left the error of that look. */
    if (code == SQLITE_CANTOPEN && error == ENOENT && !is_folder_writable(path))
        return fail_with_errno(store, "cannot be opened", errno);
    if (code != SQLITE_OK)
        return fail_with_code(store, "cannot be opened", code);
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, LOOK_MS);
    return 0;
}

/* SQLite opens a file that it may only read, and finds a locked folder in the middle of a run. */
static int check_writable(struct store *store)
{
    const char *file = sqlite3_db_filename(store->database, "main"); /* links are resolved */

    if (!is_folder_writable(file))
        return fail_with_errno(store, "its folder cannot be written", errno);
    if (sqlite3_db_readonly(store->database, "main") != 0)
        return fail_with_errno(store, "cannot be written",
                               access(file, W_OK) != 0 ? errno : EACCES);
    return 0;
}

static uint32_t read_big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/*
 * Checks by the file's first bytes that it is ours, or empty, before any step that may write: in
 * another program's database SQLite would finish or undo what that program has begun. It reads
 * through SQLite's own descriptor, because closing another descriptor of this file would end this
 * process's locks on it.
 */
static int check_header(struct store *store, bool *is_empty)
{
    unsigned char header[HEADER_SIZE];
    sqlite3_file *file = NULL;
    sqlite3_int64 file_size = 0;
    uint32_t version;
    int code = sqlite3_file_control(store->database, "main", SQLITE_FCNTL_FILE_POINTER, &file);

    if (code == SQLITE_OK)
        code = file->pMethods->xFileSize(file, &file_size);
    if (code == SQLITE_OK)
        code = file->pMethods->xRead(file, header, sizeof header, 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)
        return fail_with_code(store, "cannot be read", code);
    /* SQLite fills a short read with zeros, and takes a file of one byte for an empty one. */
    *is_empty = file_size == 0 && header[0] == 0;
    if (*is_empty)
        return 0;
    if (memcmp(header, magic, sizeof magic) != 0)
        return fail(store, EINVAL, "is no database: " WHAT_IS_ALLOWED);
    if (file_size < HEADER_SIZE)
        return fail_as_damaged(store, "it is cut off");
    if (read_big_endian(header + APPLICATION_ID_AT) != APPLICATION_ID)
        return fail(store, EINVAL, "is another program's database: " WHAT_IS_ALLOWED);
    version = read_big_endian(header + VERSION_AT);
    if (version > VERSION)
        return fail(store, EINVAL,
                    "is of the newer version %" PRIu32 ", versions up to %d are known: another "
                    "file, or a newer program",
                    version, VERSION);
    return version == VERSION ? 0 : fail_as_damaged(store, "its version is missing");
}

/*
 * Makes the table, unless it is there. The file is ours from here to the close, so another run may
 * have made it since the first look. The store is made at once or not at all.
 */
static int make_or_check(struct store *store)
{
    bool is_empty = false;
    char sql[256];
    int error = run(store, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");

    if (error == 0)
        error = check_header(store, &is_empty);
    snprintf(sql, sizeof sql,
             "PRAGMA application_id = %d; PRAGMA user_version = %d; "
             "CREATE TABLE results (article_id INTEGER PRIMARY KEY, fingerprint INTEGER, "
             "summary TEXT, sentiment TEXT, keywords TEXT)",
             APPLICATION_ID, VERSION);
    if (error == 0 && is_empty)
        error = run(store, sql);
    return error == 0 ? run(store, "COMMIT") : error;
}

/* Damage is better found now than after hours of work. */
static int check_whole(struct store *store)
{
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(store->database, "PRAGMA quick_check(1)", -1, &query, NULL);
    int error = 0;

    if (code == SQLITE_OK)
        code = sqlite3_step(query);
    if (code != SQLITE_ROW)
        error = fail_with_code(store, "cannot be read", code);
    else if (strcmp((const char *)sqlite3_column_text(query, 0), "ok") != 0)
        error = fail_as_damaged(store, "its pages contradict each other");
    sqlite3_finalize(query);
    return error;
}

static int prepare(struct store *store, const char *sql, sqlite3_stmt **statement)
{
    int code = sqlite3_prepare_v2(store->database, sql, -1, statement, NULL);

    if (code == SQLITE_ERROR) /* the table is not as we made it */
        return fail_as_damaged(store, sqlite3_errmsg(store->database));
    return code == SQLITE_OK ? 0 : fail_with_code(store, "cannot be opened", code);
}

static int open_store(struct store *store, const char *path)
{
    bool is_empty;
    int error = check_path(store, path);

    if (error == 0)
        error = open_database(store, path);
    if (error == 0)
        error = check_writable(store);
    if (error == 0)
        error = check_header(store, &is_empty);
    if (error == 0)
        error = make_or_check(store);
    /*
     * A transaction is appended to a log (FILE-wal), which waits for the disk once. FULL is that
     * wait: without it a kill would lose nothing, but a power cut would. The other journals wait
     * two to four times.
     */
    if (error == 0)
        error = run(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    if (error == 0)
        error = check_whole(store);
    if (error == 0)
        error = prepare(store,
                        "INSERT INTO results (article_id, fingerprint, summary, sentiment, "
                        "keywords) VALUES (?, ?, ?, ?, ?)",
                        &store->insert);
    if (error == 0)
        error = prepare(store,
                        "SELECT fingerprint, summary, sentiment, keywords FROM results "
                        "WHERE article_id = ?",
                        &store->select);
    return error;
}

int store_open(struct store *store, const char *path, char *reason, size_t size)
{
    int error = EBUSY;

    for (int look = 1; look <= LOOKS && error == EBUSY; look++) {
        /* Two processes that were started together have ids that are neighbours. */
        if (look > 1)
            clock_sleep_ns((PAUSE_MIN_MS + getpid() * 17L % (PAUSE_MAX_MS - PAUSE_MIN_MS)) *
                           NS_PER_MS);
        *store = (struct store){0};
        error = open_store(store, path);
        if (error != 0) {
            snprintf(reason, size, "%s", store->error_text);
            store_close(store);
        }
    }
    return error;
}

/* Continues a hash with a text and the NUL behind it: FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash ^= (unsigned char)*text;
        hash *= 0x100000001B3U;
    } while (*text++ != '\0');
    return hash;
}

/* Tells an article from another article with the same id. SQLite's numbers are signed. */
static int64_t fingerprint(const struct article *article)
{
    return (int64_t)hash_text(hash_text(0xCBF29CE484222325U, article->title), article->content);
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

static int load_row(struct store *store, const struct article *article, struct ai_result *result)
{
    sqlite3_stmt *row = store->select;

    *result = (struct ai_result){.article_id = article->id};
    if (sqlite3_column_int64(row, 0) != fingerprint(article))
        return fail(store, EINVAL,
                    "holds the result of another article with the id %d: another file, or the "
                    "articles that it was made from",
                    article->id);
    if (!read_text(row, 1, result->summary, sizeof result->summary) ||
        !read_text(row, 2, result->sentiment, sizeof result->sentiment) ||
        !read_text(row, 3, result->keywords, sizeof result->keywords))
        return fail(store, EBADMSG, DAMAGED("the result of article %d is none"), article->id);
    return 0;
}

static int load_one(struct store *store, const struct article *article, struct ai_results *results,
                    bool *stored)
{
    int code, error = 0;

    sqlite3_bind_int(store->select, 1, article->id);
    code = sqlite3_step(store->select);
    if (code == SQLITE_ROW && results->count == results->capacity)
        error = fail(store, ENOBUFS, "holds more results than there is room for");
    else if (code == SQLITE_ROW)
        error = load_row(store, article, &results->items[results->count]);
    else if (code != SQLITE_DONE)
        error = fail_with_code(store, "cannot be read", code);
    sqlite3_reset(store->select);
    *stored = code == SQLITE_ROW && error == 0;
    if (*stored)
        results->count++;
    return error;
}

int store_load(struct store *store, const struct articles *articles, struct ai_results *results,
               bool *stored)
{
    size_t before = results->count;
    int error = 0;

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
    int code, error = 0;

    if (result->article_id != article->id)
        return fail(store, EINVAL, "article %d cannot have the result of article %d", article->id,
                    result->article_id);
    /* No copy is made, so that none of these can fail. */
    sqlite3_bind_int(insert, 1, article->id);
    sqlite3_bind_int64(insert, 2, fingerprint(article));
    sqlite3_bind_text(insert, 3, result->summary, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, result->sentiment, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 5, result->keywords, -1, SQLITE_STATIC);
    errno = 0;
    /* A statement outside of BEGIN and COMMIT is a transaction of its own. */
    code = sqlite3_step(insert);
    if ((code & 0xFF) == SQLITE_CONSTRAINT)
        error = fail(store, EEXIST, "holds a result of article %d already", article->id);
    else if (code != SQLITE_DONE)
        error = fail_to_commit(store, "cannot be written", code);
    sqlite3_reset(insert);
    sqlite3_clear_bindings(insert);
    return error;
}

void store_close(struct store *store)
{
    sqlite3_finalize(store->insert);
    sqlite3_finalize(store->select);
    sqlite3_close(store->database);
    *store = (struct store){0};
}

#else

bool store_is_built_in(void)
{
    return false;
}

int store_open(struct store *store, const char *path, char *reason, size_t size)
{
    (void)path;
    *store = (struct store){0};
    snprintf(reason, size,
             "cannot be opened: this program was built without SQLite (install it and build again: "
             "./lesson setup)");
    return ENOTSUP;
}

/* A store that is never open is not used. */
int store_load(struct store *store, const struct articles *articles, struct ai_results *results,
               bool *stored)
{
    (void)store;
    (void)articles;
    (void)results;
    (void)stored;
    return ENOTSUP;
}

int store_put(struct store *store, const struct article *article, const struct ai_result *result)
{
    (void)store;
    (void)article;
    (void)result;
    return ENOTSUP;
}

void store_close(struct store *store)
{
    (void)store;
}

#endif
