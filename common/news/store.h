/*
 * Results that outlive the run: a SQLite database, in which each result is safe, kill -9 and power
 * cut included, before the call that stored it returns. A run that was killed is started again on
 * the same file and does only what is missing. What it costs is a wait for the disk per article.
 */
#ifndef NEWS_STORE_H
#define NEWS_STORE_H

#include "news/ai_result.h"
#include "news/article.h"

#include <stdbool.h>
#include <stddef.h>

struct sqlite3;
struct sqlite3_stmt;

/*
 * A store belongs to one thread at a time: main opens it and hands it, by starting it, to the one
 * thread that writes; it has no lock of its own. Not to be used in a forked child, not even to
 * close it: what locks the file is the process.
 */
struct store {
    struct sqlite3 *database; /* NULL: not open */
    struct sqlite3_stmt *insert, *select;
    char error_text[300];
};

/* Whether there is a database to store in: false where SQLite was missing at build time. */
bool store_is_built_in(void);

/*
 * Opens the store in this file, which it makes if there is none or an empty one, and locks it for
 * this process until store_close(). Returns 0, or: EBUSY (another run has it open; it waits for a
 * tenth of a second at most), EINVAL (no name, no regular file, or one that is not ours: of a newer
 * version, another program's database, no database), EISDIR, EBADMSG (it was ours and is damaged),
 * ENOTSUP (built without SQLite) or what the system said (ENOENT, EACCES, EROFS, ENOSPC, EIO). Then
 * reason says what is wrong and what is allowed, to stand behind "--store=FILE: ", and the store is
 * closed. A file that is not ours is left as it was, to the byte.
 */
int store_open(struct store *store, const char *path, char *reason, size_t size);

/*
 * Looks which of these articles have their results stored: sets stored[i] for each position i in
 * articles->items, and appends the results in that order. Returns 0, EINVAL (a result is stored
 * under an article's id, but for another title or content), ENOBUFS (the results have no room),
 * EBADMSG, ENOMEM or EIO; then no result was appended.
 */
int store_load(struct store *store, const struct articles *articles, struct ai_results *results,
               bool *stored);

/*
 * Stores the result of an article that has none. Once it has returned 0, the result outlives the
 * process and a power cut. Returns EEXIST if the article has a result, which stays as it is; EINVAL
 * if the result is another article's; ENOSPC, EFBIG, EDQUOT, EIO or ENOMEM. After a failure the
 * store holds what it held before, and may be tried again. Only if the program is killed right
 * after a failure, the result may turn out to be stored: wholly, never by half.
 */
int store_put(struct store *store, const struct article *article, const struct ai_result *result);

/* What the last failed call on this store has to say, to stand behind "--store=FILE: ". */
const char *store_error_text(const struct store *store);

/*
 * Unlocks and closes: what is left is the one file. Where that fails, say because the disk is full,
 * a file FILE-wal stays beside it and is part of it, as it is after a kill. Once more is harmless.
 */
void store_close(struct store *store);

#endif
