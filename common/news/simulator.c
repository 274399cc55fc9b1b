#include "news/simulator.h"

#include "news/random.h"
#include "system/clock.h"

#include <errno.h>
#include <math.h>

/* The unit of both bounds, so that what a log line shows is what is slept. */
static int64_t latency_unit_ns(const struct simulator *simulator)
{
    if (simulator->latency_min_ns % NS_PER_MS == 0 && simulator->latency_max_ns % NS_PER_MS == 0)
        return NS_PER_MS;
    return NS_PER_US;
}

int64_t simulator_latency_ns(const struct simulator *simulator, enum llm_task task, int article_id)
{
    int64_t unit_ns = latency_unit_ns(simulator);
    int64_t range_ns = simulator->latency_max_ns - simulator->latency_min_ns;
    uint64_t choices = (uint64_t)(range_ns / unit_ns) + 1;
    uint64_t choice = random_of_call(simulator->seed, task, article_id) % choices;

    return simulator->latency_min_ns + (int64_t)choice * unit_ns;
}

static int64_t latency_of(const struct simulator *simulator, const struct llm_attempt *attempt)
{
    int64_t drawn_ns;

    if (simulator->draw_latency == NULL)
        return simulator_latency_ns(simulator, attempt->task, attempt->article->id);
    drawn_ns = simulator->draw_latency(simulator->source, simulator->latency_min_ns,
                                       simulator->latency_max_ns);
    return drawn_ns - drawn_ns % latency_unit_ns(simulator);
}

/* Whether this attempt is among the share that has a fault. */
static bool has_fault(const struct simulator *simulator, const struct llm_attempt *attempt,
                      enum random_purpose fault, double share)
{
    uint64_t bits = random_of_attempt(simulator->seed, attempt->task, attempt->article->id,
                                      attempt->number, fault);

    /* A double holds 53 bits: evenly from 0 to below 1. */
    return ldexp((double)(bits >> 11), -53) < share;
}

/* Whether a call that starts now falls into the outage. */
static bool is_out(const struct simulator *simulator, const struct llm_client *llm)
{
    const struct simulator_faults *faults = &simulator->faults;
    double run_time_ns = llm_run_time_ns(llm, clock_now_ns());

    return run_time_ns >= (double)faults->outage_from_ns &&
           run_time_ns < (double)faults->outage_to_ns;
}

/* The calls of a second, at least 2, and as many as may be on their way to the provider. */
static int burst_of(const struct simulator *simulator, int callers)
{
    double second = ceil(simulator->faults.rate);

    return (second < 2 ? 2 : (int)second) + (simulator->limit > 0 ? simulator->limit : callers);
}

/*
 * Takes a call's share of the rate. The algorithm is virtual scheduling, the generic cell rate
 * algorithm (GCRA) of ITU-T Recommendation I.371: next_ns is when the calls so far would be through
 * if they came evenly. Returns 0, or in how many nanoseconds on the clock there is room.
 */
static int64_t take_rate(struct simulator *simulator, const struct llm_client *llm)
{
    int burst = burst_of(simulator, llm->callers);
    /* Rounded down: the provider lets rather more through than it says. Capped at a time longer
     * than any run. */
    int64_t interval_ns = (int64_t)fmin((double)NS_PER_S / (simulator->faults.rate * llm->speed),
                                        (double)(INT64_MAX / 8 / burst));
    long long next_ns = atomic_load_explicit(&simulator->next_ns, memory_order_relaxed), after_ns;
    int64_t tolerance_ns = interval_ns * (burst - 1), now_ns;

    do {
        /* Read after next_ns: a time from before it would make this call seem too fast. */
        now_ns = clock_now_ns();
        if (next_ns > now_ns + tolerance_ns)
            return next_ns - tolerance_ns - now_ns;
        after_ns = (next_ns > now_ns ? next_ns : now_ns) + interval_ns;
    } while (!atomic_compare_exchange_weak_explicit(&simulator->next_ns, &next_ns, after_ns,
                                                    memory_order_relaxed, memory_order_relaxed));
    return 0;
}

/* Enters the call among those in flight. Returns 0 or EAGAIN. */
static int admit(struct simulator *simulator, struct llm_client *llm,
                 const struct llm_attempt *attempt, int64_t latency_ns, int64_t *retry_after_ns)
{
    int limit = simulator->limit;

    /* A call that is refused because of the limit does not use up the rate. */
    if (limit > 0 && llm_meters_in_flight(&llm->meters) >= limit)
        return EAGAIN;
    if (simulator->faults.rate > 0) {
        *retry_after_ns = clock_round_up_ns((double)take_rate(simulator, llm) * llm->speed);
        if (*retry_after_ns > 0)
            return EAGAIN;
    }
    return llm_enter(llm, attempt, limit, latency_ns) ? 0 : EAGAIN;
}

/* Sleeps for the latency, for ever if the call hangs. Returns 0 or ECANCELED. */
static int await_answer(const struct llm_client *llm, int64_t latency_ns, bool hangs,
                        struct cancel *cancel)
{
    /* Rounded up: a run is never faster than its load. */
    int64_t sleep_ns = llm_scale_ns(llm, latency_ns);

    if (cancel != NULL)
        return cancel_sleep_noted(cancel, hangs ? DEADLINE_NEVER : clock_after_ns(sleep_ns),
                                  TIMELINE_DEADLINE, "an answer");
    do
        clock_sleep_ns(hangs ? 3600 * NS_PER_S : sleep_ns);
    while (hangs);
    return 0;
}

static int request(struct llm_client *llm, const struct llm_attempt *attempt, struct cancel *cancel,
                   struct ai_result *result)
{
    struct simulator *simulator = (struct simulator *)llm->provider; /* whose first member it is */
    const struct simulator_faults *faults = &simulator->faults;
    int64_t latency_ns = latency_of(simulator, attempt);
    int error = admit(simulator, llm, attempt, latency_ns, &result->error.retry_after_ns);
    bool fails, hangs;

    if (error != 0)
        return error;
    fails =
        is_out(simulator, llm) || has_fault(simulator, attempt, RANDOM_ERROR, faults->error_rate);
    hangs = has_fault(simulator, attempt, RANDOM_HANG, faults->hang_rate);
    error = await_answer(llm, latency_ns, hangs, cancel);
    if (error == 0 && fails)
        error = EIO;
    llm_leave(llm, error);
    if (error == 0)
        simulator_answer(attempt->task, attempt->article, result);
    return error;
}

static struct llm_limits limits(const struct llm_provider *provider, int callers)
{
    const struct simulator *simulator = (const struct simulator *)provider;

    return (struct llm_limits){
        .at_once = simulator->limit,
        .rate = simulator->faults.rate,
        .burst = burst_of(simulator, callers),
    };
}

void simulator_init(struct simulator *simulator, uint64_t seed, int64_t latency_min_ns,
                    int64_t latency_max_ns)
{
    *simulator = (struct simulator){
        .provider = {.request = request, .limits = limits},
        .seed = seed,
        .latency_min_ns = latency_min_ns,
        .latency_max_ns = latency_max_ns,
    };
}

void simulator_set_source(struct llm_client *llm, simulator_draw *draw, void *source)
{
    struct simulator *simulator = (struct simulator *)llm->provider;

    if (llm->provider->request != request)
        return;
    simulator->draw_latency = draw;
    simulator->source = source;
}
