/*
 * BROKEN: the race is not in the pipeline but in what it uses: one generator
 * of random numbers, from which all threads draw the latencies of their calls.
 * Each draw reads its state and writes it back; two at once can draw the same
 * number. The client of the Go series had it: nothing in its caller shows it.
 */
#include "pipeline.h"

#include "generator.h"
#include "news/simulator.h"

static struct generator generator;

static int64_t draw_latency_ns(void *source, int64_t latency_min_ns,
                               int64_t latency_max_ns)
{
    /* BUG: all threads draw here, and the generator is not made for it. */
    return generator_between(source, latency_min_ns, latency_max_ns);
}

void process_all_shared_rng(const struct batch *batch,
                            struct ai_results *results)
{
    generator_seed(&generator, batch->llm->seed);
    simulator_set_source(batch->llm, draw_latency_ns, &generator);
    process_all(batch, results);
}
