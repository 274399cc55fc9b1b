/*
 * The lanes of a run while it goes on, on a terminal: frames that replace each other in place, with
 * what each thread does or waits for now beside its lane, and below them the last lines of the log.
 *
 * All functions: one thread at a time, but live_create(), which is main's.
 */
#ifndef PICTURE_LIVE_H
#define PICTURE_LIVE_H

#include "picture/lanes.h"
#include "picture/screen.h"
#include "picture/span.h"

#include <stdbool.h>
#include <stdint.h>

/* How often a frame is due, at most. */
#define LIVE_FRAME_NS INT64_C(100000000)

struct live;

/*
 * Makes it for these lanes, which outlive it, on the terminal. Of *screen, is_ascii and has_colour
 * are used. spare_rows are left free of lanes, for what is printed at the end; while the run goes
 * on, the log's lines stand there. Returns NULL without memory.
 */
struct live *live_create(const struct screen *screen, const struct lanes *lanes, int terminal,
                         int spare_rows);
void live_destroy(struct live *live); /* NULL: does nothing */

/* Gets the lines of the log. Without it, no line is shown. */
struct span_sink live_sink(struct live *live);

/*
 * Returns the last lines of the log, at most count, each with its newline; or NULL without memory.
 * The caller frees them.
 */
char *live_lines(const struct live *live, size_t count);

/* Draws what the threads have done up to now_ns. */
void live_draw(struct live *live, const struct spans *spans, int64_t now_ns);

/*
 * Draws the last frame, which stays: the lanes up to ended_ns, as wide as the terminal, with
 * rows_below more rows left free. After spans_finish().
 */
void live_finish(struct live *live, int64_t ended_ns, int rows_below);

#endif
