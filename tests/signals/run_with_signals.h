/*
 * A run of a program that gets signals at chosen moments, what it printed, and what it promised.
 */
#ifndef SIGNALS_RUN_WITH_SIGNALS_H
#define SIGNALS_RUN_WITH_SIGNALS_H

#include "observe/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE (256 * 1024)
#define ARGUMENTS_MAX 16
#define NEVER INT64_MAX
#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

struct stream {
    int from;
    char text[TEXT_SIZE];
    size_t size;
};

/* When the run gets a signal. */
struct moment {
    int signal_number; /* 0: never */
    const char *after; /* the text that the moment is counted from; NULL: the start */
    int times;         /* how often the program has printed it by then */
    int64_t delay_ns;
    int64_t second_ns; /* from the first signal to a second one, or NEVER */
};

/* A run, and what became of it. The first argument is the program. */
struct run {
    char arguments[ARGUMENTS_MAX][96];
    int count;
    struct moment moment;
    struct stream out, err;
    int status;
    int signals; /* that were sent */
};

LOG_PRINTF(2, 3) void add_argument(struct run *run, const char *format, ...);

/* Runs the program to its end; run->count and run->moment say how. */
void execute(struct run *run);

/* The signal that ended the run, or 0. */
int died_by(const struct run *run);

/* How often what stands in text. */
int count_of(const char *text, const char *what);

/* The number behind the place where words stand first in text, or -1. */
int number_after(const char *text, const char *words);

/* Notes the promise, in words, if it is broken and no other one was before: then broken is its
 * words. */
extern const char *broken;
LOG_PRINTF(2, 3) void require(bool is_kept, const char *promise, ...);

/* Prints the promise that was broken, and all that the run said. */
void print_broken(const struct run *run);

/* The seed that the word stands for, a number or "random". Prints it. */
uint64_t read_seed(const char *word);

/* Ends this program, which cannot go on. */
_Noreturn void die(const char *what);

#endif
