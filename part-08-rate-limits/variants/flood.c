/*
 * BROKEN: every worker calls as soon as it can. The provider takes some calls, and refuses all the
 * others at once; whoever is refused gives its article up and takes the next one, which is refused
 * as fast. What a limit turns away is lost.
 */
#include "pipeline.h"

static int call_at_once(void *unused, const struct request *request, struct article_error *why)
{
    (void)unused;
    /* BUG: nobody asks whether the provider takes another call. */
    return call_provider(request, why);
}

int process_all_flood(const struct batch *batch, struct ai_results *results)
{
    return process_each(batch, results, call_at_once, NULL);
}
