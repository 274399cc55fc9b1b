/*
 * ALSO: the generator that all threads share, with a lock: around the draw,
 * and not around the sleep that follows it. (The simulator's own latencies
 * need none: they are computed from the seed, the article and the task, and no
 * draw changes what the next one gives.)
 */
#include "pipeline.h"

#include "generator.h"
#include "news/simulator.h"

static struct generator generator; /* guarded by generator_lock */
static struct mutex generator_lock = MUTEX_UNLOCKED("generator");

static int64_t draw_latency_ns(void *source, int64_t latency_min_ns,
                               int64_t latency_max_ns)
{
    int64_t latency_ns;

    mutex_lock(&generator_lock);
    latency_ns = generator_between(source, latency_min_ns, latency_max_ns);
    mutex_unlock(&generator_lock);
    return latency_ns;
}

void process_all_locked_rng(const struct batch *batch,
                            struct ai_results *results)
{
    generator_seed(&generator, batch->llm->seed);
    simulator_set_source(batch->llm, draw_latency_ns, &generator);
    process_all(batch, results);
}
