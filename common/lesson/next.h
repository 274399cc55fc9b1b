/*
 * What to type after a run.
 */
#ifndef LESSON_NEXT_H
#define LESSON_NEXT_H

#include "lesson/lesson.h"
#include "lesson/options.h"

#include <stddef.h>

/* The longest command that next_command() makes, its NUL included. */
#define NEXT_SIZE 128

/*
 * The command that follows from a run with these options and this status: that of the mode's texts,
 * or, if an option has changed what the run shows, one that goes on from there. It can be pasted as
 * it is. It may be made in text, which has NEXT_SIZE bytes. Any thread.
 */
const char *next_command(const struct part *part, const struct options *options, int status,
                         char text[NEXT_SIZE]);

#endif
