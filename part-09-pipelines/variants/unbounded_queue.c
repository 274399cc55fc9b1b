/*
 * BROKEN: the same stages, and queues that have room for everything. Nobody ever waits for room, so
 * nothing tells the first stage that the second one is slower: it takes in all that there is, and
 * the queue between them grows with the input. The pipeline is not faster by that. With a stream
 * that does not end, or articles of a megabyte, it is how a service runs out of memory.
 */
#include "pipeline.h"

int process_all_unbounded_queue(const struct batch *batch, struct ai_results *results)
{
    /* BUG: a queue is to be full at times; one that never is, is a list of all work. */
    return run_stages(batch, results, batch->count);
}
