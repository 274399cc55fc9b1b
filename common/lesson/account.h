/*
 * Holds what a lesson says of its articles against the results that it left: succeeded + failed +
 * cancelled + queued = all.
 */
#ifndef LESSON_ACCOUNT_H
#define LESSON_ACCOUNT_H

#include "lesson/judge.h"
#include "lesson/outcome.h"
#include "news/article_status.h"

#include <stdbool.h>

/*
 * Counts each article once: as succeeded, if it has its one right result; as failed, cancelled or
 * queued, if it has none and its status says so; in any other case as unaccounted. Where statuses
 * are NULL the part keeps no account. One thread, when no other thread changes the statuses any
 * more.
 */
struct account account_of(const struct judgement *judgement, const struct article_status *statuses);

/*
 * Prints the sum, the first ten failures, and the articles in the other states as lists.
 * is_stalled: the watch ended the run. One thread.
 */
void account_print(const struct account *account, const struct judgement *judgement,
                   const struct article_status *statuses, bool is_stalled);

#endif
