/*
 * What the pipeline makes of an article, and the list in which a run collects the results.
 */
#ifndef NEWS_AI_RESULT_H
#define NEWS_AI_RESULT_H

#include "news/article_error.h"

#include <stdbool.h>
#include <stddef.h>

/* Fixed arrays and no heap, so that a plain assignment copies a result. */
struct ai_result {
    int article_id; /* 0: no result */
    char summary[256];
    char sentiment[16];
    char keywords[160];         /* separated by ", " */
    struct article_error error; /* what went wrong last; its cause is 0 if nothing did */
};

_Static_assert(sizeof(struct ai_result) <= 512, "a result is copied often: keep it small");

/*
 * The results of a run. A lesson appends with results->items[results->count++] = result. Go's
 * append does the same when there is room, and is no safer when several threads do it.
 */
struct ai_results {
    struct ai_result *items;
    size_t count;
    size_t capacity;
    bool is_partial; /* the lesson knows that some are missing */
};

/*
 * Makes room for capacity results, all empty. Returns 0 or ENOMEM. The caller owns the struct and
 * ends it with ai_results_destroy(). One thread.
 */
int ai_results_init(struct ai_results *results, size_t capacity);

/* Frees the room. Call it once no thread uses the results any more. */
void ai_results_destroy(struct ai_results *results);

/*
 * Checks, before a run, whether ai_results_write() to this path can be expected to work: the folder
 * exists and can be written, and so can the file, if it exists. Returns 0 or an errno value
 * (ENOENT, EACCES, EISDIR, EROFS, ENOTSUP: built without the JSON library). Changes nothing. Any
 * thread.
 */
int ai_results_check_writable(const char *path);

/*
 * Writes the results as JSON Lines, {"article_id", "summary", "sentiment", "keywords": [...]} a
 * line; empty results are left out. It follows symbolic links and never replaces one.
 *
 * A regular file, or a path where no file exists yet, is written as a temporary file beside it,
 * which is then renamed: afterwards there is either the whole new file or the old one. Written
 * directly are
 * - what is no regular file (a device, a FIFO, /dev/stdout),
 * - the file that standard output or standard error goes to already,
 * - a file that the system lets the process write but not replace.
 *
 * Returns 0 or an errno value. One thread at a time; the results must not change meanwhile.
 */
int ai_results_write(const struct ai_results *results, const char *path);

/*
 * Removes the temporary file that an ai_results_write() of this process is writing, if there is
 * one. From then on that call, and every later one, does not return: call it only when a signal is
 * about to end the process. Async-signal-safe; any thread, once.
 */
void ai_results_write_abandon(void);

#endif
