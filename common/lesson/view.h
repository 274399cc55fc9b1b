/*
 * What is seen of a run on the screen: what its options and the terminal decide, the lanes that
 * grow while it runs, and the lanes that are drawn at its end.
 */
#ifndef LESSON_VIEW_H
#define LESSON_VIEW_H

#include "lesson/lesson.h"
#include "lesson/options.h"
#include "picture/about.h"
#include "picture/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is seen while the run goes on. */
enum view_style {
    VIEW_LINES, /* those of the log, as they come */
    VIEW_BAR,   /* a progress bar, if standard error is a terminal */
    VIEW_LANES  /* on a terminal, with the last of those lines */
};

/* Decides it, before the run. is_row: it is one of several runs, for a table. main. */
enum view_style view_style(const struct options *options, bool is_row);

/* Whether lanes are drawn, while the run goes on or at its end. main. */
bool view_draws(const struct options *options, bool is_row);

/*
 * Makes what view_draws() says, and adds what gets the run's spans to the sinks. *about outlives
 * the view. Returns the new number of sinks: the same one without memory. main, before the run's
 * threads.
 */
size_t view_begin(const struct part *part, const struct options *options, bool is_row,
                  const struct picture_about *about, struct span_sink *sinks, size_t count);

/* There is no recording: lines are printed as without lanes. Main. */
void view_give_up(void);

/* Draws the next frame. The thread that reads the timeline. */
void view_draw(const struct spans *spans);

/*
 * After spans_finish(): wipes the frames. Of a row, keeps the lanes. After a stall, prints the
 * picture and who could wake whom; else the picture is due. Returns true if the user sees on a
 * terminal what each thread waits for, so that the watch need not say it. The thread that finishes
 * the run, as all below; once.
 */
bool view_end(const struct spans *spans, bool is_stalled);

/* Whether a picture is due. */
bool view_is_due(void);

/* Prints the picture, if it is due, as high as a terminal has room for it above such a report. */
void view_print(int report_rows);

/* Whether the run has a picture on a terminal that has no room for a whole report below it. */
bool view_is_tight(void);

/* Whether the picture is drawn in ASCII. */
bool view_is_ascii(void);

/*
 * Draws the rows of a table, all on one scale of time: with --timeline the lanes of each, and for
 * each a strip of its calls in flight. Each row has a label, of the same length for all; the
 * heading stands above the strips. Draws nothing if no rows were kept. main.
 */
void view_rows(const struct options *options, const char *heading, const char *const *labels,
               size_t count);

#endif
