/*
 * What a picture says of its run, beside what the run's threads did.
 */
#ifndef PICTURE_ABOUT_H
#define PICTURE_ABOUT_H

#include <stdbool.h>
#include <stdint.h>

struct picture_about {
    const char *title;   /* "Part 3, bad-lock" */
    const char *summary; /* what the mode shows, in a line */
    const char *command; /* with which the run can be repeated: "./lesson 3 --mode=bad-lock" */
    int64_t started_ns;  /* on the clock; a picture's 0 s */
    double speed;        /* a picture shows (at_ns - started_ns) * speed, as at speed 1 */
    /* Set once the run is over. */
    int64_t ended_ns;
    bool is_stalled;  /* its open waits never end */
    char figures[96]; /* "28.477 s, 1.0x, at most 1 in flight" */
};

/* The time on the clock as nanoseconds of the run, as at speed 1. */
static inline int64_t picture_time_ns(const struct picture_about *about, int64_t at_ns)
{
    return (int64_t)((double)(at_ns - about->started_ns) * about->speed);
}

#endif
