/*
 * The lanes of a run: what each of its threads did over time, for a picture of a screen's width. A
 * lane has a number of bins that never changes: when the run outgrows them, each two become one.
 * Of threads with like names (article 1, article 2, ...) only the first are kept, and the others
 * are counted. So the memory depends neither on the run's length nor on its number of threads.
 *
 * All functions: one thread at a time.
 */
#ifndef PICTURE_LANES_H
#define PICTURE_LANES_H

#include "picture/about.h"
#include "picture/flight.h"
#include "picture/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a thread does in a column, or what happened there. */
enum lane_sign {
    LANE_NOTHING, /* not begun, or over, or at work of its own */
    LANE_SUMMARY, /* a call: LANE_SUMMARY + task */
    LANE_SENTIMENT,
    LANE_KEYWORDS,
    LANE_WAITS, /* for anything that has no sign of its own */
    LANE_LOCK,  /* waits for a lock */
    LANE_RECEIVE,
    LANE_SEND,
    LANE_REFUSED, /* a call; these three hide what else is in the column */
    LANE_FAILED,
    LANE_GIVEN_UP,
    LANE_SIGNS
};

struct lanes;

/*
 * Makes lanes for one run. *about outlives them, and has its started_ns before the first event;
 * what is set when the run is over is read when a picture is drawn. Returns NULL without memory.
 */
struct lanes *lanes_create(const struct picture_about *about);
void lanes_destroy(struct lanes *lanes); /* NULL: does nothing */

/* What is to be given to spans_create(). */
struct span_sink lanes_sink(struct lanes *lanes);

/* Keeps what lanes need of *about, which may be gone from now on. Its texts are not kept. */
void lanes_keep_about(struct lanes *lanes);

/*
 * The order of lanes by the names of their threads: main, feeder, closer, then all others by the
 * alphabet, at last the stages in the order in which an article passes them. Equal names but for a
 * number at their end go by the number. As strcmp().
 */
int lane_compare_names(const char *left, const char *right);

/*
 * The length of a thread's name without the number at its end and the space in front of that: so
 * much of it is the same for like threads.
 */
size_t lane_kind_length(const char *name);

/* One thread. */
struct lane;

int lane_thread(const struct lane *lane);
const char *lane_name(const struct lane *lane); /* printable ASCII */

/*
 * When the thread ended, on the clock; INT64_MAX: it has not. *waits, which may be NULL, gets
 * whether it was in the middle of a wait or a call when the run was finished.
 */
int64_t lane_ended_ns(const struct lane *lane, bool *waits);

/*
 * Fills in the sign of each column, from the begin of the run to until_ns on the clock. *open is
 * what the thread does right now, as spans_open() has it, and is drawn, too; or NULL.
 */
void lane_columns(const struct lanes *lanes, const struct lane *lane, const struct span *open,
                  int64_t until_ns, enum lane_sign *signs, int columns);

/* A row of a picture: a lane, or how many more there are like the lane in the row above. */
struct lanes_row {
    const struct lane *lane; /* NULL: see more */
    size_t more;
    bool are_alike; /* those that are not shown: but for a number, their names are that above */
};

/*
 * Chooses what to show in at most `count` rows (at least 1), in order. Of each kind of name the
 * first lanes are shown, and the first one in which a call was refused, failed or given up; the
 * kinds with most lanes are cut first. Returns the number of rows.
 */
size_t lanes_fit(const struct lanes *lanes, struct lanes_row *rows, size_t count);

/*
 * Finds the first lanes, at most `count`, of the kind of name of which there are most; of equals,
 * of the last kind. Returns how many there are.
 */
size_t lanes_first(const struct lanes *lanes, const struct lane **first, size_t count);

/* The calls in flight, of all threads; those that go on are not yet in it. */
const struct flight *lanes_flight(const struct lanes *lanes);

const struct picture_about *lanes_about(const struct lanes *lanes);

#endif
