/*
 * Reads the values that options take: numbers, decimals, durations, ranges. Pure functions: the
 * result depends on the text alone, and a text that is refused leaves *value as it was.
 */
#ifndef LESSON_PARSE_H
#define LESSON_PARSE_H

#include "system/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest duration that is read: a million articles of that latency fit an int64_t. */
#define DURATION_MAX_NS (INT64_C(600) * NS_PER_S)

/* Reads a whole number of digits alone, from least to most: no sign, no space. Any thread. */
bool parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* Reads exactly count whole numbers with a comma between them: "4,4,2". Any thread. */
bool parse_whole_list(const char *text, uint64_t least, uint64_t most, size_t *values,
                      size_t count);

/* Reads a decimal number from least to most, both 0 or more: "2.5", ".5", "1e-3". Any thread. */
bool parse_decimal(const char *text, double least, double most, double *value);

/*
 * Reads a number and its unit, us, ms or s, as whole microseconds: "1.5ms". From 0 to
 * DURATION_MAX_NS. Any thread.
 */
bool parse_duration(const char *text, int64_t *value_ns);

/*
 * Reads two durations: "500ms..1500ms". Returns 0; EINVAL if the text is no such range; or ERANGE
 * if the first duration is above the second. Any thread.
 */
int parse_duration_range(const char *text, int64_t *from_ns, int64_t *to_ns);

#endif
