/*
 * The news: articles, made up or read from a file. Many threads read them at once, and no thread
 * writes them after they were made, so they need no lock.
 */
#ifndef NEWS_ARTICLE_H
#define NEWS_ARTICLE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest title and content that are accepted, in bytes, without the NUL. */
#define ARTICLE_TITLE_MAX 1000
#define ARTICLE_CONTENT_MAX 65536

/* The most articles that one run takes. */
#define ARTICLES_MAX 1000000

struct article {
    int id; /* positive, unique among the articles of a run */
    const char *title;
    const char *content; /* both UTF-8 */
};

struct articles {
    struct article *items;
    size_t count;
    const struct article **by_id; /* the same in the order of the ids */
};

/* Why an input file was refused, and where. */
struct input_error {
    long line;        /* counted from 1; 0: the reason is not about a line */
    long column;      /* in bytes, counted from 1; 0: the reason is not about a place in the line */
    char reason[256]; /* what is wrong and what is allowed */
};

/*
 * Makes up count articles, 1 to ARTICLES_MAX, with the ids 1 to count: the same ones at each call.
 * Each text stands under at most copies ids (at least 1), as an agency's report stands in many
 * papers; there are no more texts than that takes. Returns 0 or ENOMEM. The caller owns *articles,
 * whose texts are on the heap, and ends it with articles_destroy(). One thread.
 */
int articles_generate(struct articles *articles, size_t count, size_t copies);

/*
 * Reads JSON Lines from a file: an object {"id": 1, "title": "...", "content": "..."} a line. Other
 * members are ignored, whatever their values are, and blank lines are skipped. A line must be JSON
 * by its grammar: NaN and a comma too many are refused in ignored members as well, but not a number
 * that is too large, half of a character, or a name that an object has twice. With a limit above 0
 * it stops after that many articles and does not look at the rest of the file. A line has at most
 * 16 MiB.
 *
 * Returns 0; EINVAL (a line or the whole file was refused), ENOMEM, or the errno value of the file
 * operation that failed. After a failure *error says what and where, and *articles is empty.
 * *articles is owned as after articles_generate(). One thread.
 */
int articles_read(struct articles *articles, const char *path, size_t limit,
                  struct input_error *error);

/* The position in items of the article with this id, or count. Takes O(log count). Any thread. */
size_t articles_find(const struct articles *articles, int id);

/* Frees the articles. Call it once no thread uses them any more. */
void articles_destroy(struct articles *articles);

/*
 * Sorts by_id, after the caller has filled items. Returns 0, ENOMEM, or EEXIST if two articles have
 * the same id; then *first and *second are their positions in items. One thread.
 */
int articles_index(struct articles *articles, size_t *first, size_t *second);

#endif
