/*
 * What a picture for a page keeps of a run: a bounded number of spans. One thread at a time.
 */
#ifndef PICTURE_SVG_RUN_H
#define PICTURE_SVG_RUN_H

#include "picture/about.h"
#include "picture/flight.h"
#include "picture/span.h"
#include "picture/svg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A span, or several neighbours that are drawn as one: the most telling of them, from the start of
 * the first to the end of the last. */
struct svg_piece {
    struct span span;
    int others;         /* how many more it stands for */
    int64_t longest_ns; /* of the span that it is drawn as */
};

struct svg_pieces {
    struct svg_piece *items;
    size_t count, capacity;
};

struct svg_lane {
    bool is_known, has_ended;
    bool is_open; /* it is in the middle of a wait or a call at the run's end */
    char name[TIMELINE_NAME_SIZE];
    int64_t ended_ns;
    struct svg_pieces doing; /* calls and waits, which do not overlap */
    struct svg_pieces holds;
};

struct svg_run {
    const struct picture_about *about; /* until the run's end */
    struct svg_lane lanes[SVG_LANES_MAX];
    size_t hidden; /* threads without a lane */
    size_t pieces;
    size_t lost;       /* spans for which there was no memory */
    int64_t narrow_ns; /* pieces that together are shorter became one; 0: none did */
    struct flight flight;
    char *notes[SVG_NOTES_MAX];
    size_t note_count;

    struct picture_about ended; /* a copy of it, with its strings, from then on */
    char *strings[3];           /* those */
};

struct svg_run *svg_run_create(const struct picture_about *about);
void svg_run_destroy(struct svg_run *run);
struct span_sink svg_run_sink(struct svg_run *run);

void svg_run_end(struct svg_run *run);

/* Makes one of neighbours that together are shorter than that, on the clock, and of waits for the
 * same with a shorter gap between them. */
void svg_run_merge(struct svg_run *run, int64_t narrow_ns);

/* Fills in the order in which the lanes are drawn, and returns how many there are. */
size_t svg_run_order(const struct svg_run *run, const struct svg_lane *order[SVG_LANES_MAX]);

#endif
