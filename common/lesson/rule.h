/*
 * The rule of an option: its name, which parts take it, what is allowed, and the reader that puts
 * its value into struct options. The rules themselves are the table in options.c.
 */
#ifndef LESSON_RULE_H
#define LESSON_RULE_H

#include "lesson/options.h"

#include <stddef.h>

struct reading;

struct rule {
    const char *name;
    const char *value; /* what stands for its value in --help; NULL: it takes none */
    const char *help;
    unsigned needs; /* a part with one of these abilities takes the option; 0: every part does */
    const char *(*read)(const struct reading *reading); /* one of the readers below */
    size_t field; /* the member of struct options that it sets, by its offset */
    double least, most;
    const char *allowed; /* what the reader says of a value that it refuses */
    size_t field_to;     /* the second member */
    void (*print_default)(const struct part *part); /* behind the help; may be NULL */
};

/* One option of the command line. */
struct reading {
    const struct rule *rule;
    const struct part *part;
    struct options *options;
    const char *text; /* its value */
};

/*
 * The readers set the members that the rule names. Each returns NULL; or what is allowed, which
 * stays valid until the next call. One thread.
 */
const char *read_flag(const struct reading *reading);          /* bool */
const char *read_whole(const struct reading *reading);         /* size_t, from least to most */
const char *read_decimal(const struct reading *reading);       /* double, from least to most */
const char *read_decimal_or_0(const struct reading *reading);  /* the same, or 0 */
const char *read_duration(const struct reading *reading);      /* int64_t, above 0 */
const char *read_range(const struct reading *reading);         /* two; allowed is an example */
const char *read_mode(const struct reading *reading);          /* options->mode */
const char *read_seed(const struct reading *reading);          /* options->seed */
const char *read_stage_workers(const struct reading *reading); /* options->stage_workers */
const char *read_input(const struct reading *reading);         /* a string; as the next two */
const char *read_output(const struct reading *reading);
const char *read_store(const struct reading *reading);

#endif
