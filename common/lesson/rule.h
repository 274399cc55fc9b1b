/*
 * The rule of an option: its name, which parts take it, what is allowed, and the reader that puts
 * its value into struct options. The rules themselves are the table in options.c.
 *
 * The readers are made of parsers, whose result depends on the text alone: a text that is refused
 * leaves *value as it was. Any thread may call them.
 */
#ifndef LESSON_RULE_H
#define LESSON_RULE_H

#include "lesson/options.h"
#include "system/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest duration that is read: a million articles of that latency fit an int64_t. */
#define DURATION_MAX_NS (INT64_C(600) * NS_PER_S)

/* Reads a whole number of digits alone, from least to most: no sign, no space. */
bool parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* Reads exactly count whole numbers with a comma between them: "4,4,2". */
bool parse_whole_list(const char *text, uint64_t least, uint64_t most, size_t *values,
                      size_t count);

/* Reads a decimal number from least to most, both 0 or more: "2.5", ".5", "1e-3". */
bool parse_decimal(const char *text, double least, double most, double *value);

/* Reads a number and its unit, us, ms or s, up to DURATION_MAX_NS, as whole microseconds: "1.5ms".
 */
bool parse_duration(const char *text, int64_t *value_ns);

/*
 * Reads two durations: "500ms..1500ms". Returns 0; EINVAL if the text is no such range; or ERANGE
 * if the first duration is above the second.
 */
int parse_duration_range(const char *text, int64_t *from_ns, int64_t *to_ns);

struct reading;

struct rule {
    const char *name;
    const char *value; /* what stands for its value in --help; NULL: it takes none */
    const char *help;
    unsigned
        needs; /* a part takes the option if it or a mode has one of these abilities; 0: all do */
    const char *(*read)(const struct reading *reading); /* one of the readers below */
    size_t field; /* the member of struct options that it sets, by its offset */
    double least, most;
    const char *allowed; /* what the reader says of a value that it refuses */
    size_t field_to;     /* the second member */
    /* Writes what stands behind the help; NULL: nothing does. */
    void (*format_default)(const struct part *part, char *text, size_t size);
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
const char *read_duration(const struct reading *reading);      /* int64_t; 0 needs no unit */
const char *read_range(const struct reading *reading);         /* two; allowed is an example */
const char *read_mode(const struct reading *reading);          /* options->mode */
const char *read_seed(const struct reading *reading);          /* options->seed */
const char *read_stage_workers(const struct reading *reading); /* options->stage_workers */
const char *read_file_name(const struct reading *reading);     /* a string; as the next three */
const char *read_written_file(const struct reading *reading);
const char *read_output(const struct reading *reading);
const char *read_store(const struct reading *reading);

#endif
