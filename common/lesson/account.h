/*
 * Holds what a lesson says of its articles against the results it left: succeeded + failed +
 * cancelled + queued = all.
 */
#ifndef LESSON_ACCOUNT_H
#define LESSON_ACCOUNT_H

#include "lesson/lesson.h"
#include "lesson/verdict.h"
#include "news/article_status.h"

/*
 * Counts each article once: succeeded, if it has its one right result; failed, cancelled or queued,
 * if it has none and its status says so; else, and where one that failed or was cancelled has a
 * result, unaccounted. Once no thread changes the statuses.
 */
struct account account_of(const struct verdict *verdict, const struct article_status *statuses);

/* Prints the sum, each failure, and the others as lists. One thread. */
void account_print(const struct outcome *outcome, const struct verdict *verdict,
                   const struct article_status *statuses);

#endif
