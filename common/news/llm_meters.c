#include "news/llm_meters.h"

static int read_counter(const atomic_llong *counter)
{
    return (int)atomic_load_explicit(counter, memory_order_relaxed);
}

void llm_meters_add(atomic_llong *counter, long long number)
{
    atomic_fetch_add_explicit(counter, number, memory_order_relaxed);
}

static bool replace(atomic_llong *counter, long long *seen, long long value)
{
    return atomic_compare_exchange_weak_explicit(counter, seen, value, memory_order_relaxed,
                                                 memory_order_relaxed);
}

static void raise_to(atomic_llong *counter, long long value)
{
    long long seen = atomic_load_explicit(counter, memory_order_relaxed);

    while (value > seen && !replace(counter, &seen, value))
        continue;
}

int llm_meters_enter(struct llm_meters *meters, int limit)
{
    long long before = read_counter(&meters->in_flight);

    /*
     * A provider that counted its places in a variable of its own would need acquire and release
     * between the two counts, which would order its callers.
     */
    do
        if (limit > 0 && before >= limit)
            return 0;
    while (!replace(&meters->in_flight, &before, before + 1));
    raise_to(&meters->peak, before + 1);
    return (int)before + 1;
}

void llm_meters_leave(struct llm_meters *meters)
{
    llm_meters_add(&meters->in_flight, -1);
}

void llm_meters_count_attempt(struct llm_meters *meters, int number, int64_t now_ns,
                              double run_time_ns)
{
    double second = run_time_ns / 1e9;
    long long none = 0;

    llm_meters_add(&meters->attempts, 1);
    if (number == 1)
        llm_meters_add(&meters->asked, 1);
    llm_meters_add(&meters->attempts_in[second < LLM_SECONDS ? (int)second : LLM_SECONDS - 1], 1);
    atomic_compare_exchange_strong_explicit(&meters->first_ns, &none, now_ns, memory_order_relaxed,
                                            memory_order_relaxed);
    raise_to(&meters->last_ns, now_ns);
}

int llm_meters_in_flight(const struct llm_meters *meters)
{
    return read_counter(&meters->in_flight);
}

int llm_meters_calls(const struct llm_meters *meters)
{
    int calls = 0;

    for (int task = 0; task < LLM_TASKS; task++)
        calls += read_counter(&meters->completed[task]);
    return calls;
}

int llm_meters_articles(const struct llm_meters *meters)
{
    int fewest = read_counter(&meters->completed[0]);

    for (int task = 1; task < LLM_TASKS; task++)
        if (read_counter(&meters->completed[task]) < fewest)
            fewest = read_counter(&meters->completed[task]);
    return fewest;
}

struct llm_counts llm_meters_read(const struct llm_meters *meters)
{
    struct llm_counts counts = {
        .calls = llm_meters_calls(meters),
        .peak = read_counter(&meters->peak),
        .attempts = read_counter(&meters->attempts),
        .asked = read_counter(&meters->asked),
        .refused = read_counter(&meters->refused),
        .too_fast = read_counter(&meters->too_fast),
        .failed = read_counter(&meters->failed),
        .given_up = read_counter(&meters->given_up),
        .saved = read_counter(&meters->saved),
        .span_ns = atomic_load_explicit(&meters->last_ns, memory_order_relaxed) -
                   atomic_load_explicit(&meters->first_ns, memory_order_relaxed),
    };

    for (int task = 0; task < LLM_TASKS; task++) {
        counts.completed[task] = read_counter(&meters->completed[task]);
        counts.busy_ns[task] = atomic_load_explicit(&meters->busy_ns[task], memory_order_relaxed);
    }
    for (int second = 0; second < LLM_SECONDS; second++)
        counts.attempts_in[second] = read_counter(&meters->attempts_in[second]);
    return counts;
}
