/*
 * Judges a run's results against its load: each article must have exactly one result, with the text
 * that this article gives. Holds what a lesson says of its articles against that: succeeded +
 * failed + cancelled + queued = all.
 */
#ifndef LESSON_JUDGE_H
#define LESSON_JUDGE_H

#include "lesson/outcome.h"
#include "news/ai_result.h"
#include "news/article.h"
#include "news/article_status.h"

#include <stdbool.h>
#include <stddef.h>

#define LIST_SIZE 56 /* for judgement_list() in a line of the report, behind label and number */
#define FAILURES_SHOWN 10 /* by account_print(), where there is room */

struct judgement {
    const struct articles *articles;
    const struct article_status *statuses; /* of each article; NULL: the part keeps no account */
    unsigned *times;                       /* right results of each article, by its position */
    struct counts counts;
};

/*
 * Counts the results. Returns 0 or ENOMEM. The caller ends it with judgement_destroy(), before the
 * articles. One thread, when no other thread changes results and statuses any more; as all below.
 */
int judgement_init(struct judgement *judgement, const struct articles *articles,
                   const struct ai_results *results, const struct article_status *statuses);

/* Frees what judgement_init() took. */
void judgement_destroy(struct judgement *judgement);

/*
 * Writes the ids of the articles with exactly `times` results (2 stands for two or more), in the
 * order of the load. Neighbours are drawn together: "2, 5-9". Two or more are listed with how
 * often: "10 (4 times)". If size bytes do not hold the list, it is cut, with "and N more". Returns
 * text.
 */
char *judgement_list(const struct judgement *judgement, unsigned times, char *text, size_t size);

/*
 * Counts each article once: as succeeded, if it has its one right result; as failed, cancelled or
 * queued, if it has none and its status says so; in any other case as unaccounted.
 */
struct account account_of(const struct judgement *judgement);

/*
 * Prints the sum, at most `failures` of the failures, and the articles in the other
 * states as lists. is_stalled: the watch ended the run.
 */
void account_print(const struct account *account, const struct judgement *judgement,
                   bool is_stalled, size_t failures);

#endif
