#include "pipeline.h"

#include "observe/clock.h"
#include "observe/log.h"

#include <math.h>

/* What the provider of this part takes: so many calls a second, so many at once. */
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
        log_print("Rate         %d calls in %.1f s: %.0f %% of %g a second and a burst of %g\n",
                  outcome->attempts, span, 100 * outcome->attempts / (outcome->rate * span + burst),
                  outcome->rate, burst);
    if (outcome->calls > 0)
        log_print("Effort       %.1f calls for one that is answered\n",
                  (double)outcome->attempts / outcome->calls);
    while (seconds > 0 && outcome->attempts_in[seconds - 1] == 0)
        seconds--;
    log_print("Each second ");
    for (int i = 0; i < seconds; i++)
        log_print(i < LLM_SECONDS - 1 ? " %d" : ", later %d", outcome->attempts_in[i]);
    log_print("\n");
}

static const struct mode modes[] = {
    {
        .name = "polite",
        .summary = "a semaphore and a token bucket in front: nothing is refused",
        .process_all = process_all,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .file = "pipeline.c",
        .read = "static int call_politely",
        .next = "./lesson 8 --mode=flood",
        .epilogue = print_rate,
    },
    {
        .name = "flood",
        .summary = "BROKEN: calls as fast as it can: a wall of 429s",
        .process_all = process_all_flood,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .file = "variants/flood.c",
        .read = "BUG:",
        .next = "./lesson 8 --mode=retry",
        .epilogue = print_rate,
    },
    {
        .name = "retry",
        .summary = "ALSO: tries again after a random wait that doubles, and lists what it gives up",
        .process_all = process_all_retry,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .file = "variants/retry.c",
        .read = "static int call_again",
        .next = "./lesson 8 --mode=retry-storm",
        .epilogue = print_rate,
    },
    {
        .name = "retry-storm",
        .summary = "BROKEN: tries again after a wait that is the same for all: they come in waves",
        .process_all = process_all_retry_storm,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .file = "variants/retry_storm.c",
        .read = "BUG:",
        .next = "./lesson 8 --mode=per-worker-rate",
        .epilogue = print_rate,
    },
    {
        .name = "per-worker-rate",
        .summary = "BROKEN: each worker keeps to the rate by itself: N workers, N times the rate",
        .process_all = process_all_per_worker_rate,
        .has_pool = true,
        .workers = WORKERS,
        .provider_limit = LIMIT,
        .faults = {.rate = RATE},
        .file = "variants/per_worker_rate.c",
        .read = "BUG:",
        .next = "./lesson 8 --mode=breaker",
        .epilogue = print_rate,
    },
    {
        .name = "breaker",
        .summary = "ALSO: a circuit breaker over an outage: fast failures instead of slow ones",
        .process_all = process_all_breaker,
        .has_pool = true,
        .faults = {.outage_from_ns = 3 * NS_PER_S, .outage_to_ns = 10 * NS_PER_S},
        .file = "variants/breaker.c",
        .read = "static int call_through",
        .next = "./lesson 9",
        .epilogue = print_rate,
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 8,
        .folder = "part-08-rate-limits",
        .title = "a provider takes so many calls at once and so many a second, and no more",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT | SHUTS_DOWN,
    };

    return lesson_main(&part, argc, argv);
}
