/*
 * Results that outlive the run: a SQLite database. Before the call that stores a result returns,
 * the result is safe, even from kill -9 and a power cut. After a run was killed, a new run on the
 * same file does only what is missing. This costs one wait for the disk per article.
 */
#ifndef NEWS_STORE_H
#define NEWS_STORE_H

#include "news/ai_result.h"
#include "news/article.h"
#include "news/file_path.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

#define STORE_FILES 3 /* FILE, FILE-wal, FILE-shm */

/*
 * A store has no lock of its own: one thread at a time may use it. A forked child must not use it,
 * not even to close it, because the file's locks belong to the process.
 */
struct store {
    struct sqlite3 *database; /* NULL: not open */
    struct sqlite3_stmt *insert, *select, *remove;
    char path[PATH_MAX];                     /* of FILE, links resolved */
    struct file_identity files[STORE_FILES]; /* when it was opened */
    int lock;                                /* open on FILE-lock, if is_locked */
    bool is_locked;
    int64_t rows;         /* that the file must have */
    size_t damaged;       /* rows that the last store_load() found changed, and removed */
    int first_damaged;    /* the article of the first of them */
    char error_text[600]; /* why the last failed call failed, to stand behind "--store=FILE: " */
};

/* Whether the program has a database to store in: false if it was built without SQLite. */
bool store_is_built_in(void);

/*
 * Opens the store in this file and keeps other runs out until store_close(); other programs may
 * read it meanwhile. If there is no file, or an empty one, it makes the store. Returns 0, or
 * EBUSY: another run has the file open, or another program has locked it for a second
 * EINVAL: no name, no regular file, or a file that is no store of ours (another program's database,
 *     no database, or a store of another version)
 * EISDIR: a folder
 * EEXIST: a name beside it, FILE-wal or another of the store's own, is taken by something else
 * EMLINK: a file with several names; SQLite would not find its log by each of them
 * EBADMSG: a store of ours that is damaged
 * ENOTSUP: built without SQLite
 * or what the system said (ENOENT, EACCES, EROFS, ENOSPC, EIO). After a failure reason says what is
 * wrong and what is allowed, to stand behind "--store=FILE: ", and the store is closed. A file that
 * is no store of ours stays as it was, to the byte.
 */
int store_open(struct store *store, const char *path, char *reason, size_t size);

/*
 * Loads the results of those articles that have one in the store: sets stored[i] for each position
 * i in articles->items, and appends the results in that order. A result that is not as it was
 * stored is removed, and counts as missing. Returns 0, EINVAL (a result is stored under an
 * article's id, but for another title or content), ENOBUFS (the results have no room), ENOMEM, or
 * as store_put(). After a failure no result was appended.
 */
int store_load(struct store *store, const struct articles *articles, struct ai_results *results,
               bool *stored);

/*
 * Stores the result of an article that has none in the store; the result's error is not stored.
 * Once it has returned 0, the result outlives the process and a power cut. Returns EEXIST if the
 * article has a result, which stays as it is; EINVAL if the result is another article's; EBUSY
 * after another program's lock of a second; EBADMSG, ENOSPC, EFBIG, EDQUOT, EIO or ENOMEM.
 * After a failure the store holds what it held before, and the caller may try again. If the program
 * is killed right after a failure, the result may turn out to be stored all the same: whole, never
 * half of it. ENOENT, as store_check(): the result is stored, but maybe not where the name leads.
 */
int store_put(struct store *store, const struct article *article, const struct ai_result *result);

/*
 * Returns 0 if the store's files are where they were opened. Else ENOENT: another program has
 * removed, renamed or replaced one of them, and what was stored since the opening may be lost.
 */
int store_check(struct store *store);

/*
 * Reads the store once more at the end of a run, as a new run would, and only closes it after that.
 * Returns 0 if it is whole and has as many results as it must have; ENOENT, as store_check();
 * EBADMSG or EINVAL if another program has written over it; or what the system said.
 */
int store_read_back(struct store *store);

/*
 * Unlocks and closes the store; only its one file is left. If that fails, say because the disk is
 * full, or if another program reads, FILE-wal and FILE-shm stay beside it. They are part of the
 * store, as after a kill; then FILE-lock stays, too, and means nothing. Closing a closed store is
 * harmless.
 */
void store_close(struct store *store);

#endif
