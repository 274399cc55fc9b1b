/*
 * What the pipeline makes of an article, and the list in which a run collects it.
 */
#ifndef NEWS_AI_RESULT_H
#define NEWS_AI_RESULT_H

#include <stdbool.h>
#include <stddef.h>

/* Fixed arrays and no heap, so that a plain assignment copies a result. */
struct ai_result {
    int article_id; /* 0: no result */
    char summary[256];
    char sentiment[16];
    char keywords[160]; /* separated by ", " */
};

_Static_assert(sizeof(struct ai_result) <= 512, "a result is copied often: keep it small");

/*
 * The results of a run. A lesson appends with results->items[results->count++] = result, which is
 * what Go's append does when there is room, and as little safe when several threads do it.
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

/* Frees the room. Once no thread uses it any more. */
void ai_results_destroy(struct ai_results *results);

/*
 * Looks, before a run, whether ai_results_write() to this path can be expected to work: the folder
 * exists and can be written, an existing file too. Returns 0 or an errno value (ENOENT, EACCES,
 * EISDIR, EROFS, ENOTSUP: built without the JSON library). Changes nothing. Any thread.
 */
int ai_results_check_writable(const char *path);

/*
 * Writes the results as JSON Lines, {"article_id", "summary", "sentiment", "keywords": [...]} a
 * line, empty ones left out. Symbolic links are followed, never replaced. A regular file, or one
 * that does not exist yet, is written beside, as a temporary file, and renamed: afterwards there is
 * either the whole new file or what was there before. Written directly are: what is no regular file
 * (a device, a FIFO, /dev/stdout), what standard output or error is going to already, and a file
 * that the system lets one write but not replace. Returns 0 or an errno value. One thread at a
 * time; the results must not change meanwhile.
 */
int ai_results_write(const struct ai_results *results, const char *path);

/*
 * Removes the temporary file that an ai_results_write() of this process is writing, if there is
 * one. From then on that call, and any later one, does not return: it is for who is about to end
 * the process, because of a signal. Async-signal-safe, and for any thread; once.
 */
void ai_results_write_abandon(void);

#endif
