/*
 * Lanes as text, for a terminal:
 *
 *                 0 s     0.5      1       1.5      2       2.5      3       3.5
 *     main        ····························································
 *     article 1   ░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓            2.9 s
 *     article 2   ░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓             2.8 s
 *                 ... and 8 more, alike
 *     in flight   AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA99999999977532211111111 max 10
 *                 ░ summarize ▒ sentiment ▓ keywords · waits
 *
 * In flight, A to Z are 10 to 35, and + is more; max is the highest. All functions: one thread at a
 * time.
 */
#ifndef PICTURE_SCREEN_H
#define PICTURE_SCREEN_H

#include "picture/flight.h"
#include "picture/lanes.h"
#include "picture/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the text is for. */
struct screen {
    int columns;     /* no line is longer than columns - 1 */
    int rows;        /* no more lines than these */
    bool is_ascii;   /* else UTF-8 */
    bool has_colour; /* else no escape code is in the text */
    /*
     * Writes what stands to the right of the lane of a thread that has not ended, where else is
     * when it ended. It is cut to beside_columns, and made safe for a terminal. May be NULL.
     */
    void (*beside)(void *context, int thread, char *text, size_t size);
    void *context;
    int beside_columns;
};

/* Smaller screens count as these. Rows: times, a lane, how many more, in flight, two of signs. */
#define SCREEN_ROWS_MIN 6
#define SCREEN_COLUMNS_MIN 40

/*
 * Draws the lanes, from the begin of the run to until_ns on the clock, at the right edge. While
 * the run goes on, spans is what it is read with, and what its threads do at now_ns is drawn, too;
 * at its end, after spans_finish(), spans is NULL. Returns the text, lines that each end with a
 * newline, for the caller to free; NULL without memory.
 */
char *screen_draw(const struct screen *screen, const struct lanes *lanes, const struct spans *spans,
                  int64_t now_ns, int64_t until_ns);

/* One of several runs, which are over. */
struct screen_strip {
    const char *label; /* what stands left of it, ASCII, of the same length in all */
    const struct lanes *lanes;
};

/*
 * Draws the calls in flight of each run, a line each, on one scale of time, that of the longest
 * run, and as bars on one scale of height; in ASCII as digits. Below each stand the first
 * lanes_each lanes of the kind of threads of which there are most. Returns the text, as above.
 */
char *screen_draw_strips(const struct screen *screen, const struct screen_strip *strips,
                         size_t count, size_t lanes_each);

#endif
