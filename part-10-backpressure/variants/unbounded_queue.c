/*
 * BROKEN: the same stages, but each channel has room for everything. No send
 * waits, so nothing tells a stage that the next one is slower: the channel
 * between the two grows with the input, and a run that is stopped has taken
 * all of it. The pipeline is not faster for that. With input that does not
 * end, this is how a service runs out of memory.
 */
#include "pipeline.h"

void process_all_unbounded_queue(const struct batch *batch,
                                 struct ai_results *results)
{
    /* BUG: a channel that is never full is a list of all the work. */
    process_with(batch, results, batch->count);
}
