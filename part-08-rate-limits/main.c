#include "modes.h"
#include "pipeline.h"

#include "observe/clock.h"
#include "observe/log.h"

#include <math.h>

/* What the provider of this part takes: so many calls a second, so many at
 * once. */
#define RATE 3
#define LIMIT 4
#define WORKERS 20

/* Holds the calls against the rate, and draws when they came. */
static void print_rate(const struct outcome *outcome)
{
    double span = (double)outcome->span_ns / NS_PER_S;
    double burst = outcome->rate < 2 ? 2 : ceil(outcome->rate);
    int seconds = LLM_SECONDS;

    if (outcome->rate > 0)
        log_print("Rate         %d calls in %.1f s: %.0f %% of %g a second "
                  "and a burst of %g\n",
                  outcome->attempts, span,
                  100 * outcome->attempts / (outcome->rate * span + burst),
                  outcome->rate, burst);
    if (outcome->calls > 0)
        log_print("Effort       %.1f calls for one that is answered\n",
                  (double)outcome->attempts / outcome->calls);
    while (seconds > 0 && outcome->attempts_in[seconds - 1] == 0)
        seconds--;
    log_print("Each second ");
    for (int i = 0; i < seconds; i++)
        log_print(i < LLM_SECONDS - 1 ? " %d" : ", later %d",
                  outcome->attempts_in[i]);
    log_print("\n");
}

/* TEXTS_...: a mode's name and texts, which the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_POLITE,
        .process_all = process_all,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_FLOOD,
        .process_all = process_all_flood,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_RETRY,
        .process_all = process_all_retry,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_RETRY_STORM,
        .process_all = process_all_retry_storm,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_PER_WORKER_RATE,
        .process_all = process_all_per_worker_rate,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .epilogue = print_rate,
    },
    {
        TEXTS_BREAKER,
        .process_all = process_all_breaker,
        .has_pool = true,
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
        .number = 8,
        .folder = "part-08-rate-limits",
        .title = PART_TITLE,
        .modes = modes,
        .mode_count = MODE_COUNT,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT | SHUTS_DOWN,
    };

    return lesson_main(&part, argc, argv);
}
