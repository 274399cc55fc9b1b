/*
 * Who could wake whom, once a run has stalled:
 *
 *     main      waits until 2 are done     --> process, store
 *     process   receives from "room"       --> store     ┐ a
 *     store     receives from "processed"  --> process   ┘ circle
 *
 * A lock can be given back by its holder. For any other wait it is not known which threads could
 * end it. These are taken: the stalled threads that do not wait for the same; where the run has
 * shown like threads that did end such waits, only those of these names. A thread that needs all
 * of some others to go on first cannot wake one of them.
 *
 * All functions: one thread at a time.
 */
#ifndef PICTURE_CIRCLE_H
#define PICTURE_CIRCLE_H

#include "picture/screen.h"
#include "picture/span.h"

struct circle;

/* Returns NULL without memory. */
struct circle *circle_create(void);
void circle_destroy(struct circle *circle); /* NULL: does nothing */

/* What is to be given to spans_create(). */
struct span_sink circle_sink(struct circle *circle);

/*
 * After spans_finish() of a run that has stalled: returns lines that each end with a newline, for
 * the caller to free; NULL without memory, or if no thread waits.
 */
char *circle_draw(const struct circle *circle, const struct spans *spans,
                  const struct screen *screen);

/* What is told of the circle, for another picture than lines. */
struct circle_teller {
    void *context;
    /*
     * Threads with like names that wait for the same, numbered from 0. is_woken says of each of
     * the count groups whether a thread of it could wake one of these; wakers says that in words,
     * which are gone after the call. is_in_circle: the wakers are stalled by this group in turn.
     */
    void (*on_group)(void *context, const char *wakers, bool is_in_circle, const bool *is_woken,
                     size_t count);
    /* After all groups: a thread, and the number of its group. Threads beyond 16 groups have
     * none. */
    void (*on_thread)(void *context, int thread, size_t group);
};

/* After spans_finish() of a run that has stalled. Tells nothing without memory. */
void circle_tell(const struct circle *circle, const struct spans *spans,
                 const struct circle_teller *teller);

#endif
