/*
 * Figures over time, drawn as bars below the report.
 */
#ifndef LESSON_BARS_H
#define LESSON_BARS_H

#include <stdbool.h>

/* How many values bars_print() takes, at most: a column each. */
#define BARS_MAX 60

/*
 * Prints a bar for the value of each second, from 0 on: label, the bars, the largest value. Few
 * rows, without the seconds below, if is_short; then with Unicode's blocks unless the picture
 * is in ASCII. Prints nothing if no value is above 0. One thread.
 */
void bars_print(const char *label, const int *values, int count, bool is_short);

#endif
