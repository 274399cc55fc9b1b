/*
 * How long a run over a load must take: the theory that its measured time is held against.
 */
#ifndef NEWS_TIME_BOUNDS_H
#define NEWS_TIME_BOUNDS_H

#include "news/article.h"
#include "news/simulator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In nanoseconds, as at speed 1. */
struct time_bounds {
    int64_t sum_ns;     /* if one call is made at a time */
    int64_t slowest_ns; /* if all articles run at once: the article whose calls take longest */
    int64_t greedy_ns;  /* if each worker takes the next article as soon as it is free */
};

/*
 * The bounds of a run of workers over count articles; workers = 0: one worker for each article. An
 * article takes the sum of its calls, or, with tasks_at_once, the longest of them.
 *
 * greedy_ns is the length of a list schedule (Graham: "Bounds on multiprocessing timing anomalies",
 * SIAM Journal on Applied Mathematics 17(2), 1969): not the best schedule, but that of a pool, if
 * handing out work took no time. Without memory to compute it, greedy_ns is 0. Takes O(count * log
 * workers). Any thread.
 */
struct time_bounds time_bounds_of(const struct simulator *simulator, const struct article *articles,
                                  size_t count, size_t workers, bool tasks_at_once);

#endif
