#include "news/store_internal.h"

#ifdef HAVE_SQLITE

#include "news/file_path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What marks a file as our store: numbers in its header that SQLite keeps for this purpose. */
#define APPLICATION_ID 0x6E657773 /* "news" */
#define VERSION 2

/* How long another program may hold a lock, that reads or writes there, before it is an error. */
#define PATIENCE_MS 1000

/* Where the file format has what we read before SQLite may. All numbers are big-endian. */
#define HEADER_SIZE 100
#define WRITER_AT \
    18 /* the least version of SQLite's that may write; the next byte: that may read */
#define WRITER_MOST 2
#define VERSION_AT 60
#define APPLICATION_ID_AT 68
static const char magic[16] = "SQLite format 3";

bool store_is_built_in(void)
{
    return true;
}

static int run(struct store *store, const char *sql)
{
    int code;

    errno = 0;
    code = sqlite3_exec(store->database, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : store_fail_to_commit(store, "cannot be opened", code);
}

/* Checks what the name alone tells, and whether the system lets us write there. */
static int check_path(struct store *store, const char *path)
{
    char folder[PATH_MAX];
    struct stat status;
    size_t length = strlen(path);
    bool exists = stat(path, &status) == 0;
    int error = exists || errno == ENOENT ? 0 : errno;

    if (length == 0)
        return store_fail(store, EINVAL, "must be the name of a file");
    if (exists && S_ISDIR(status.st_mode))
        return store_fail(store, EISDIR, "is a folder: " STORE_ALLOWED);
    if (exists && !S_ISREG(status.st_mode))
        return store_fail(store, EINVAL, "is no regular file: " STORE_ALLOWED);
    if (error == 0 && path[length - 1] == '/')
        return store_fail(store, EISDIR, "is the name of a folder: " STORE_ALLOWED);
    if (exists && status.st_nlink > 1)
        return store_fail(store, EMLINK,
                          "has more than one name (hard links), but a store must be found by one: "
                          "copy it to a new file");
    if (error == 0)
        error = file_path_resolve(path, store->path);
    if (error != 0)
        return store_fail_with_errno(store, "cannot be opened", error);
    if (access(file_path_folder(store->path, folder), W_OK | X_OK) != 0)
        return store_fail_with_errno(store, "its folder cannot be written", errno);
    if (exists && access(store->path, R_OK) != 0)
        return store_fail_with_errno(store, "cannot be opened", errno);
    return store_check_access(store);
}

static int lock(struct store *store)
{
    int error = store_lock(store);

    if (error == EBUSY)
        return store_fail(store, EBUSY,
                          "is in use by another run: one run at a time may store in a file");
    if (error == EEXIST)
        return store_fail(
            store, EEXIST,
            "cannot be locked: the names FILE-lock, FILE-wal, FILE-shm and FILE-journal "
            "beside it are a store's own, and one is taken");
    if (error == EACCES)
        return store_fail(store, error,
                          "cannot be locked: FILE-lock beside it is another user's: remove it if "
                          "no run uses the store");
    return error == 0 ? 0 : store_fail_with_errno(store, "cannot be locked", error);
}

/* Reads the first bytes of the file, zeros behind its end. Returns 0 or an errno value. */
static int read_header(const struct store *store, unsigned char header[HEADER_SIZE], size_t *size)
{
    int file = open(store->path, O_RDONLY | O_CLOEXEC), error = 0;
    ssize_t count = 0;

    memset(header, 0, HEADER_SIZE);
    if (file < 0)
        return errno == ENOENT ? 0 : errno;
    /* A regular file gives all that it has. */
    count = pread(file, header, HEADER_SIZE, 0);
    if (count < 0)
        error = errno;
    *size = count > 0 ? (size_t)count : 0;
    close(file);
    return error;
}

static uint32_t read_big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/*
 * Checks by the file's first bytes that it is ours, or empty, before SQLite opens it: in another
 * program's database SQLite would finish or undo what that program has begun.
 */
static int check_header(struct store *store)
{
    unsigned char header[HEADER_SIZE];
    uint32_t version;
    size_t size = 0;
    int error = read_header(store, header, &size);

    if (error != 0)
        return store_fail_with_errno(store, "cannot be read", error);
    if (size == 0)
        return 0;
    if (memcmp(header, magic, sizeof magic) != 0)
        return store_fail(store, EINVAL, "is no database: " STORE_ALLOWED);
    if (size < HEADER_SIZE)
        return store_fail_as_damaged(store, "it is cut off");
    if (read_big_endian(header + APPLICATION_ID_AT) != APPLICATION_ID)
        return store_fail(store, EINVAL, "is another program's database: " STORE_ALLOWED);
    version = read_big_endian(header + VERSION_AT);
    if (version > VERSION)
        return store_fail(store, EINVAL,
                          "is of the newer version %" PRIu32 ", this program knows version %d: "
                          "another file, or a newer program",
                          version, VERSION);
    if (version == 0)
        return store_fail_as_damaged(store, "its version is missing");
    if (version < VERSION)
        return store_fail(store, EINVAL,
                          "is of the older version %" PRIu32 ", this program knows version %d: "
                          "another file, or the program that made it",
                          version, VERSION);
    /* SQLite would only read it. */
    if (header[WRITER_AT] > WRITER_MOST || header[WRITER_AT + 1] > WRITER_MOST)
        return store_fail_as_damaged(store, "its header is wrong");
    return 0;
}

static int open_database(struct store *store)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(store->path, &store->database, flags, NULL);

    if (code == SQLITE_CANTOPEN && sqlite3_system_errno(store->database) == 0)
        return store_fail_with_errno(store, "cannot be opened", ENAMETOOLONG);
    if (code != SQLITE_OK)
        return store_fail_with_code(store, "cannot be opened", code);
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, PATIENCE_MS);
    return 0;
}

/* Makes the table: the store is made at once, or not at all. */
static int make(struct store *store)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "BEGIN EXCLUSIVE; PRAGMA application_id = %d; PRAGMA user_version = %d; "
             "CREATE TABLE results (article_id INTEGER PRIMARY KEY, fingerprint INTEGER, "
             "summary TEXT, sentiment TEXT, keywords TEXT, checksum INTEGER); COMMIT",
             APPLICATION_ID, VERSION);
    return run(store, sql);
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
        error = store_fail_with_code(store, "cannot be read", code);
    else if (sqlite3_column_text(query, 0) == NULL)
        error = store_fail_with_errno(store, "cannot be read", ENOMEM);
    else if (strcmp((const char *)sqlite3_column_text(query, 0), "ok") != 0)
        error = store_fail_as_damaged(store, "its pages contradict each other");
    sqlite3_finalize(query);
    return error;
}

static int prepare(struct store *store, const char *sql, sqlite3_stmt **statement)
{
    int code = sqlite3_prepare_v2(store->database, sql, -1, statement, NULL);

    return code == SQLITE_OK ? 0 : store_fail_with_code(store, "cannot be opened", code);
}

/* Asks for one number. */
static int ask(struct store *store, const char *sql, int64_t *number)
{
    sqlite3_stmt *query = NULL;
    int error = prepare(store, sql, &query);
    int code = error == 0 ? sqlite3_step(query) : SQLITE_OK;

    if (error == 0 && code != SQLITE_ROW)
        error = store_fail_with_code(store, "cannot be read", code);
    else if (error == 0)
        *number = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return error;
}

/*
 * SQLite is asked, and not the file's size: a run that was killed while it made the store may have
 * left pages, which SQLite takes back now.
 */
static int count_pages(struct store *store, int64_t *pages)
{
    return ask(store, "PRAGMA page_count", pages);
}

static int make_if_new(struct store *store)
{
    int64_t pages = 0;
    int error = count_pages(store, &pages);

    return error == 0 && pages == 0 ? make(store) : error;
}

static int count_rows(struct store *store, int64_t *rows)
{
    int64_t pages = 0;
    int error = count_pages(store, &pages);

    *rows = 0;
    return error == 0 && pages > 0 ? ask(store, "SELECT count(*) FROM results", rows) : error;
}

static int open_store(struct store *store, const char *path)
{
    int error = check_path(store, path);

    if (error == 0)
        error = lock(store);
    if (error == 0)
        error = check_header(store);
    if (error == 0)
        error = open_database(store);
    if (error == 0)
        error = make_if_new(store);
    /*
     * A transaction is appended to a log (FILE-wal), which waits for the disk once, and other
     * programs can read meanwhile. FULL is that wait: without it a kill would lose nothing, but a
     * power cut would. The other journals wait two to four times.
     */
    if (error == 0)
        error = run(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    if (error == 0)
        error = check_whole(store);
    if (error == 0)
        error = prepare(store,
                        "INSERT INTO results (article_id, fingerprint, summary, sentiment, "
                        "keywords, checksum) VALUES (?, ?, ?, ?, ?, ?)",
                        &store->insert);
    if (error == 0)
        error = prepare(store,
                        "SELECT fingerprint, summary, sentiment, keywords, checksum FROM results "
                        "WHERE article_id = ?",
                        &store->select);
    if (error == 0)
        error = prepare(store, "DELETE FROM results WHERE article_id = ?", &store->remove);
    if (error == 0)
        error = count_rows(store, &store->rows);
    return error;
}

int store_open(struct store *store, const char *path, char *reason, size_t size)
{
    int error;

    *store = (struct store){0};
    error = open_store(store, path);
    if (error == 0) {
        store_note_files(store);
        return 0;
    }
    snprintf(reason, size, "%s", store->error_text);
    store_close(store);
    return error;
}

static void close_database(struct store *store)
{
    sqlite3_finalize(store->insert);
    sqlite3_finalize(store->select);
    sqlite3_finalize(store->remove);
    sqlite3_close(store->database);
    store->insert = store->select = store->remove = NULL;
    store->database = NULL;
}

int store_read_back(struct store *store)
{
    int64_t rows = 0;
    int error = store_check(store);

    /* What this connection has in its memory says nothing about the file. */
    close_database(store);
    if (error == 0)
        error = check_header(store);
    if (error == 0)
        error = open_database(store);
    if (error == 0)
        error = check_whole(store);
    if (error == 0)
        error = count_rows(store, &rows);
    if (error == 0 && rows < store->rows)
        error = store_fail(store, EBADMSG,
                           "has lost what the run has stored: another program has written there");
    return error;
}

void store_close(struct store *store)
{
    close_database(store);
    store_unlock(store);
    *store = (struct store){0};
}

#endif
