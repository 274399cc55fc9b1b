/*
 * How many calls are in flight, over the time of a run, in a number of bins that never changes:
 * when the run outgrows them, each two become one. So a run of any length takes the same memory.
 */
#ifndef PICTURE_FLIGHT_H
#define PICTURE_FLIGHT_H

#include "picture/about.h"
#include "picture/span.h"

#include <stdint.h>

#define FLIGHT_BINS 1024

/* Calls in flight between two moments. */
struct flight_bin {
    int begun, ended; /* calls that began or ended in it */
    int most;         /* in flight, as the calls that began in it counted; 0: none began */
};

/* All zero, with the begin of the run, before the first call. The caller owns it. */
struct flight {
    int64_t started_ns;
    int64_t bin_ns; /* 0: no call so far */
    struct flight_bin bins[FLIGHT_BINS];
};

/* Counts a call, which is over or, with SPAN_OPEN, goes on. Other spans count nothing. */
void flight_add(struct flight *flight, const struct span *span);

/*
 * Fills in the most calls in flight in each column, from the begin of the run to until_ns on the
 * clock. The highest of all columns is the highest in_flight of a call, exactly.
 */
void flight_columns(const struct flight *flight, int64_t until_ns, int *most, int columns);

#endif
