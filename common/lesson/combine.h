/*
 * What only all options together tell: what does not go together, and which defaults the mode
 * gives.
 */
#ifndef LESSON_COMBINE_H
#define LESSON_COMBINE_H

#include "lesson/lesson.h"
#include "lesson/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values of options that were not given, until combine_options() fills them in. */
#define LIMIT_NOT_GIVEN SIZE_MAX
#define FAULTS_NOT_GIVEN   \
    {                      \
        -1, -1, -1, -1, -1 \
    }

/*
 * Checks that the options go together, and fills in what was not given. Returns false if they do
 * not go together: then one line on standard error says which. Main.
 */
bool combine_options(struct options *options, const struct part *part);

/* Whether two names are equal, or lead to the same existing file. Any thread. */
bool combine_is_same_file(const char *one, const char *other);

#endif
