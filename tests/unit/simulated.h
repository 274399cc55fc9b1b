/*
 * A client with the simulated provider behind it, and one attempt at a call: for tests of either.
 */
#ifndef SIMULATED_H
#define SIMULATED_H

#include "news/llm.h"
#include "news/simulator.h"

/* It must not be moved: the client points at the provider. */
struct simulated {
    struct simulator simulator;
    struct llm_client llm;
};

/* Prepares both, without faults and limits, at speed 1. Turns the log off. */
void simulated_init(struct simulated *simulated, uint64_t seed, int64_t latency_min_ns,
                    int64_t latency_max_ns);

/*
 * Makes an attempt for an article with this id; error goes in and out as result->error does. Any
 * thread.
 */
int simulated_request(struct simulated *simulated, enum llm_task task, int id,
                      struct cancel *cancel, struct article_error *error);

/* Makes a first attempt that nobody cancels. Any thread. */
int simulated_first(struct simulated *simulated, int id);

/* Asserts that each attempt ended in exactly one way, and that none is in flight. */
void simulated_assert_adds_up(const struct simulated *simulated);

#endif
