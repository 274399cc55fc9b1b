/*
 * Judges a run's results against its load: each article must have exactly one result, with the text
 * that this article gives.
 */
#ifndef LESSON_JUDGE_H
#define LESSON_JUDGE_H

#include "lesson/outcome.h"
#include "news/ai_result.h"
#include "news/article.h"

#include <stddef.h>

struct judgement {
    const struct articles *articles;
    unsigned *times; /* right results of each article, by its position */
    struct counts counts;
};

/*
 * Counts the results. Returns 0 or ENOMEM. The caller ends it with judgement_destroy(), before the
 * articles. One thread, when no other thread changes the results any more.
 */
int judgement_init(struct judgement *judgement, const struct articles *articles,
                   const struct ai_results *results);

/* Frees what judgement_init() took. The same thread. */
void judgement_destroy(struct judgement *judgement);

/*
 * Writes the ids of the articles with exactly `times` results (2 stands for two or more), in the
 * order of the load. Neighbours are drawn together: "2, 5-9". Two or more are listed with how
 * often: "10 (4 times)". If size bytes do not hold the list, it is cut, with "and N more". Returns
 * text. Any thread.
 */
char *judgement_list(const struct judgement *judgement, unsigned times, char *text, size_t size);

#endif
