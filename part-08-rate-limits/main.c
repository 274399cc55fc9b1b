#include "modes.h"
#include "pipeline.h"

#include "lesson/bars.h"
#include "lesson/outcome.h"
#include "observe/log.h"
#include "system/clock.h"

#include <math.h>

/* What the provider of this part takes: calls a second, and calls at once. */
#define RATE 3
#define LIMIT 4
#define WORKERS 20

/* The last of the seconds counts all calls that came later, too. */
_Static_assert(LLM_SECONDS - 1 <= BARS_MAX, "each second has a bar");

/* Compares the calls with the rate, and draws in which seconds they came. */
static void print_rate(const struct outcome *outcome)
{
    const struct llm_counts *calls = &outcome->calls;
    double span = (double)outcome->times.calling_ns / NS_PER_S;
    double rate = outcome->limits.rate, burst = rate < 2 ? 2 : ceil(rate);
    int seconds = LLM_SECONDS - 1;

    if (rate > 0)
        log_figure("Rate",
                   "%d calls in %.1f s: %.0f %% of %g a second and a burst "
                   "of %g",
                   calls->attempts, span,
                   100 * calls->attempts / (rate * span + burst), rate, burst);
    if (calls->calls > 0)
        log_figure("Effort", "%.1f calls for one that is answered",
                   (double)calls->attempts / calls->calls);
    while (seconds > 0 && calls->attempts_in[seconds - 1] == 0)
        seconds--;
    bars_print("Each second", calls->attempts_in, seconds,
               outcome->is_pictured);
    if (calls->attempts_in[LLM_SECONDS - 1] > 0)
        log_figure("", "and %d later", calls->attempts_in[LLM_SECONDS - 1]);
}

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_POLITE,
        .process_all = process_all,
        .abilities = HAS_POOL,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_FLOOD,
        .process_all = process_all_flood,
        .abilities = HAS_POOL,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_RETRY,
        .process_all = process_all_retry,
        .abilities = HAS_POOL,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_RETRY_STORM,
        .process_all = process_all_retry_storm,
        .abilities = HAS_POOL,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_PER_WORKER_RATE,
        .process_all = process_all_per_worker_rate,
        .abilities = HAS_POOL,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_BREAKER,
        .process_all = process_all_breaker,
        .abilities = HAS_POOL,
        .faults = {.outage_from_ns = 3 * NS_PER_S,
                   .outage_to_ns = 10 * NS_PER_S},
        .epilogue = print_rate,
    },
};

_Static_assert(sizeof modes / sizeof *modes == MODE_COUNT,
               "each mode of modes.txt stands in this table");

int main(int argc, char **argv)
{
    static const struct part part = {
        PART_TEXTS,
        .modes = modes,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT | SHUTS_DOWN,
    };

    return lesson_main(&part, argc, argv);
}
