/*
 * A page that plays runs back: one file of HTML for a browser, which asks for nothing outside. The
 * page itself is in picture/page/; what stands here writes it, with the runs between its two
 * halves.
 *
 * A run is an element of its own, which begins with a line REPLAY_RUN_BEGIN and ends with a line
 * REPLAY_RUN_END, and no line within begins like these. So two pages become one by their lines
 * (tools/lesson/replay does that). Within is an array of rows, a line each, as they come:
 *
 *     ["t", thread, name]                            a thread is known
 *     ["b", thread, at], ["e", thread, at]           it began, it ended
 *     ["c", thread, from, to, end, task, article, attempt, in flight]   a call
 *     ["r", ...]                                     the same of a call that was refused
 *     ["s", number, words]                           what waits and locks are called
 *     ["w", thread, from, to, end, kind, words, lock, woken by]         a wait; lock: 0, none
 *     ["h", thread, from, to, end, lock, words]      it held the lock
 *     ["d", thread, at, article]                     the article's result is in the store
 *     ["g", wakers, in circle, [woken by, ...]]      after a stall, what picture/circle.h tells
 *     ["m", thread, group]                           of a group, and which group a thread is in
 *     ["a", {...}]                                   last: the run itself
 *
 * Times are whole microseconds from the run's begin, as at speed 1. end is enum span_end, task and
 * kind are enum llm_task and enum timeline_wait; words is the number of such a row above.
 *
 * All functions: one thread at a time.
 */
#ifndef PICTURE_REPLAY_H
#define PICTURE_REPLAY_H

#include "picture/about.h"
#include "picture/span.h"

#include <stdio.h>

#define REPLAY_RUN_BEGIN "<script class=\"run\" type=\"application/json\">"
#define REPLAY_RUN_END "</script>"

/* Memory that does not grow with the runs. */
struct replay;

/*
 * Begins a page in the stream, which must stay open until replay_finish(). Returns NULL without
 * memory. The caller's.
 */
struct replay *replay_create(FILE *stream);

/*
 * Begins the next run; they stand above each other on the page. *about must stay valid until
 * replay_end(); its started_ns may be set later, before the first event is read.
 */
void replay_begin(struct replay *replay, const struct picture_about *about);

/* What is to be told of the newest run. */
struct span_sink replay_sink(struct replay *replay);

/*
 * Ends the newest run, after spans_finish(spans), once *about is complete. With NULL for spans it
 * is not told who could wake whom in a stall. Returns what replay_finish() would return.
 */
int replay_end(struct replay *replay, const struct spans *spans);

/*
 * Ends the page. Returns 0; or the errno value of the first write that failed, after which nothing
 * more was written. The caller closes the stream, which may fail as well.
 */
int replay_finish(struct replay *replay);

/* NULL: does nothing. */
void replay_destroy(struct replay *replay);

#endif
