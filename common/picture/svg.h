/*
 * A run as a picture for a page, in SVG: a lane for each thread, time across, and below them the
 * calls in flight. One picture may show several runs, one below the other, on one scale. It is
 * light or dark as the reader's screen is, and can be read in black and white.
 *
 * Its size is bounded, whatever the length of the run: what is too narrow to be seen is drawn
 * together with its neighbours.
 */
#ifndef PICTURE_SVG_H
#define PICTURE_SVG_H

#include "picture/about.h"
#include "picture/span.h"

#include <stdint.h>
#include <stdio.h>

/* The lanes of a run that are drawn; further threads are counted. */
#define SVG_LANES_MAX 100

#define SVG_NOTES_MAX 16

struct svg; /* a picture */

/*
 * Begins a picture whose axis reaches at least to length_ns, as at speed 1: so two pictures can
 * have one scale. 0: to the end of the longest run. Returns NULL without memory. The caller's.
 */
struct svg *svg_create(int64_t length_ns);

void svg_destroy(struct svg *svg);

/*
 * Begins the next run, below those before. *about must last until svg_end(), and has its
 * started_ns before the first span. Returns 0 or ENOMEM: then the picture has no such run, and
 * svg_sink(), svg_note() and svg_end() are not called for it.
 */
int svg_begin(struct svg *svg, const struct picture_about *about);

/* What is to be told of the newest run; a span that finds no memory is left out, and counted. */
struct span_sink svg_sink(struct svg *svg);

/* Adds a line of text that stands below the newest run; at most SVG_NOTES_MAX. It is copied. */
void svg_note(struct svg *svg, const char *line);

/* Ends the newest run, once *about says how it ended. It is copied, with its strings. */
void svg_end(struct svg *svg);

/* Writes the picture. Returns 0 or an errno value: why the file could not be written. */
int svg_write(struct svg *svg, FILE *file);

#endif
