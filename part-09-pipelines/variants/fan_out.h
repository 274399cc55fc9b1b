/*
 * The frame of fan-out and of chain: workers of one kind, and all the work
 * handed out before the first of them starts.
 */
#ifndef FAN_OUT_H
#define FAN_OUT_H

#include "pipeline.h"

/* What all threads share. */
struct fan_out {
    struct pipeline pipeline; /* what a call takes; its stages are not used */
    struct channel jobs;      /* empty results, with room for all of them */
    struct error_group working;
    int (*run)(void *argument); /* what each worker does */
};

/*
 * Calls run(&fan_out) in each of the workers, and collects what the workers
 * send.
 */
void fan_out_with(const struct batch *batch, struct ai_results *results,
                  int (*run)(void *argument));

#endif
