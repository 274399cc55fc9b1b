#include "news/llm.h"

#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const task_names[LLM_TASKS] = {
    [LLM_SUMMARY] = "Summarization",
    [LLM_SENTIMENT] = "Sentiment Analysis",
    [LLM_KEYWORDS] = "Keyword Extraction",
};

/* What is drawn for a call besides its latency. */
enum draw { DRAW_ERROR = 1, DRAW_HANG, DRAW_FOR_CALLER };

void llm_init(struct llm_client *llm, uint64_t seed, int64_t latency_min_ns, int64_t latency_max_ns,
              double speed)
{
    *llm = (struct llm_client){
        .seed = seed,
        .latency_min_ns = latency_min_ns,
        .latency_max_ns = latency_max_ns,
        .speed = speed,
        .started_ns = clock_now_ns(),
    };
}

int64_t llm_scale_ns(const struct llm_client *llm, int64_t duration_ns)
{
    return (int64_t)ceil((double)duration_ns / llm->speed);
}

const char *llm_task_name(enum llm_task task)
{
    static const char *const names[LLM_TASKS] = {"summarize", "sentiment", "keywords"};

    return names[task];
}

/* SplitMix64's step and finalizer. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* The unit of both bounds, so that what a log line shows is what is slept. */
static int64_t latency_step_ns(const struct llm_client *llm)
{
    if (llm->latency_min_ns % NS_PER_MS == 0 && llm->latency_max_ns % NS_PER_MS == 0)
        return NS_PER_MS;
    return NS_PER_US;
}

int64_t llm_latency_ns(const struct llm_client *llm, enum llm_task task, int article_id)
{
    int64_t step = latency_step_ns(llm);
    uint64_t choices = (uint64_t)((llm->latency_max_ns - llm->latency_min_ns) / step) + 1;
    uint64_t draw = mix(mix(mix(llm->seed) + (uint64_t)article_id) + (uint64_t)task);

    return llm->latency_min_ns + (int64_t)(draw % choices) * step;
}

static int64_t article_latency_ns(const struct llm_client *llm, const struct article *article,
                                  bool tasks_at_once)
{
    int64_t sum_ns = 0, longest_ns = 0;

    for (int task = 0; task < LLM_TASKS; task++) {
        int64_t latency_ns = llm_latency_ns(llm, (enum llm_task)task, article->id);

        sum_ns += latency_ns;
        if (latency_ns > longest_ns)
            longest_ns = latency_ns;
    }
    return tasks_at_once ? longest_ns : sum_ns;
}

/* A heap whose first entry, the smallest, has grown: moves that one to where it belongs. */
static void sift_down(int64_t *heap, size_t count)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < count) {
        int64_t moved = heap[at];

        if (child + 1 < count && heap[child + 1] < heap[child])
            child++;
        if (moved <= heap[child])
            return;
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

static int64_t greedy_schedule_ns(const struct llm_client *llm, const struct article *articles,
                                  size_t count, size_t workers, bool tasks_at_once)
{
    int64_t *free_ns = calloc(workers, sizeof *free_ns); /* when each worker is free again */
    int64_t end_ns = 0;

    for (size_t i = 0; i < count && free_ns != NULL; i++) {
        free_ns[0] += article_latency_ns(llm, &articles[i], tasks_at_once);
        if (free_ns[0] > end_ns)
            end_ns = free_ns[0];
        sift_down(free_ns, workers);
    }
    free(free_ns);
    return end_ns;
}

struct llm_load llm_load(const struct llm_client *llm, const struct article *articles, size_t count,
                         size_t workers, bool tasks_at_once)
{
    struct llm_load load = {0};

    for (size_t i = 0; i < count; i++) {
        int64_t article_ns = article_latency_ns(llm, &articles[i], tasks_at_once);

        load.sum_ns += article_latency_ns(llm, &articles[i], false);
        if (article_ns > load.slowest_ns)
            load.slowest_ns = article_ns;
    }
    load.greedy_ns = workers == 0 || workers >= count
                         ? load.slowest_ns
                         : greedy_schedule_ns(llm, articles, count, workers, tasks_at_once);
    return load;
}

static int64_t call_latency_ns(const struct llm_client *llm, enum llm_task task, int article_id)
{
    int64_t drawn_ns;

    if (llm->draw_latency_ns == NULL)
        return llm_latency_ns(llm, task, article_id);
    drawn_ns = llm->draw_latency_ns(llm->latency_source, llm->latency_min_ns, llm->latency_max_ns);
    return drawn_ns - drawn_ns % latency_step_ns(llm);
}

static uint64_t draw_bits(const struct llm_client *llm, enum draw what, enum llm_task task,
                          int article_id, int attempt)
{
    uint64_t number = mix(mix(llm->seed) + (uint64_t)article_id);

    number = mix(mix(number + (uint64_t)task) + (uint64_t)attempt);
    return mix(number + ((uint64_t)what << 32));
}

/* From 0 to below 1. */
static double draw(const struct llm_client *llm, enum draw what, enum llm_task task, int article_id,
                   int attempt)
{
    return ldexp((double)(draw_bits(llm, what, task, article_id, attempt) >> 11), -53);
}

uint64_t llm_random(const struct llm_client *llm, enum llm_task task, int article_id, int attempt)
{
    return draw_bits(llm, DRAW_FOR_CALLER, task, article_id, attempt);
}

/* Whether what starts now falls into the outage. */
static bool is_out(const struct llm_client *llm)
{
    double now_ns;

    if (llm->faults.outage_to_ns == 0)
        return false;
    now_ns = (double)(clock_now_ns() - llm->started_ns) * llm->speed;
    return now_ns >= (double)llm->faults.outage_from_ns &&
           now_ns < (double)llm->faults.outage_to_ns;
}

static bool is_full(const struct llm_client *llm, int in_flight)
{
    return llm->limit > 0 && in_flight >= llm->limit;
}

/* Returns false if the provider takes no more calls at once. */
static bool enter(struct llm_client *llm)
{
    int before = atomic_load_explicit(&llm->in_flight, memory_order_relaxed);
    int peak = atomic_load_explicit(&llm->peak, memory_order_relaxed);

    do
        if (is_full(llm, before))
            return false;
    while (!atomic_compare_exchange_weak_explicit(&llm->in_flight, &before, before + 1,
                                                  memory_order_relaxed, memory_order_relaxed));
    while (before + 1 > peak &&
           !atomic_compare_exchange_weak_explicit(&llm->peak, &peak, before + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
    return true;
}

int llm_rate_burst(const struct llm_client *llm)
{
    double second = ceil(llm->faults.rate);

    return (second < 2 ? 2 : (int)second) + (llm->limit > 0 ? llm->limit : llm->callers);
}

/*
 * Virtual scheduling, the generic cell rate algorithm of ITU-T I.371: next_ns is when the calls so
 * far would be through if they came evenly. Returns 0, or in how many nanoseconds there is room.
 */
static int64_t take_rate(struct llm_client *llm)
{
    /* Rounded down: the provider lets rather more through than it says. */
    int64_t interval_ns = (int64_t)((double)NS_PER_S / (llm->faults.rate * llm->speed));
    int64_t most_ns = INT64_MAX / 4 / llm_rate_burst(llm); /* no run lasts so long */
    long long next_ns = atomic_load_explicit(&llm->next_ns, memory_order_relaxed), after_ns;
    int64_t now_ns, tolerance_ns;

    if (interval_ns > most_ns)
        interval_ns = most_ns;
    tolerance_ns = interval_ns * (llm_rate_burst(llm) - 1);
    do {
        /* After next_ns: held against calls that came later, an older time would seem too fast. */
        now_ns = clock_now_ns();
        if (next_ns > now_ns + tolerance_ns)
            return next_ns - tolerance_ns - now_ns;
        after_ns = (next_ns > now_ns ? next_ns : now_ns) + interval_ns;
    } while (!atomic_compare_exchange_weak_explicit(&llm->next_ns, &next_ns, after_ns,
                                                    memory_order_relaxed, memory_order_relaxed));
    return 0;
}

static int refuse(atomic_int *counter, enum llm_task task, struct article_error *error)
{
    char retry_after[DURATION_SIZE];

    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    error->cause = EAGAIN;
    if (error->retry_after_ns > 0)
        log_line("  [%d] %s refused: %s, retry after %s\n", error->article_id, task_names[task],
                 article_error_cause(EAGAIN),
                 duration_format(retry_after, sizeof retry_after, error->retry_after_ns));
    else
        log_line("  [%d] %s refused: %s\n", error->article_id, task_names[task],
                 article_error_cause(EAGAIN));
    return error->cause;
}

static void note_attempt(struct llm_client *llm, int attempt)
{
    int64_t now_ns = clock_now_ns();
    double second = (double)(now_ns - llm->started_ns) * llm->speed / (double)NS_PER_S;
    long long seen_ns = 0;

    atomic_fetch_add_explicit(&llm->attempts, 1, memory_order_relaxed);
    if (attempt == 1)
        atomic_fetch_add_explicit(&llm->asked, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(
        &llm->attempts_in[second < LLM_SECONDS ? (int)second : LLM_SECONDS - 1], 1,
        memory_order_relaxed);
    atomic_compare_exchange_strong_explicit(&llm->first_ns, &seen_ns, now_ns, memory_order_relaxed,
                                            memory_order_relaxed);
    seen_ns = atomic_load_explicit(&llm->last_ns, memory_order_relaxed);
    while (now_ns > seen_ns &&
           !atomic_compare_exchange_weak_explicit(&llm->last_ns, &seen_ns, now_ns,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

/* Sleeps, for ever if the call hangs. Returns 0 or ECANCELED. */
static int await_answer(struct llm_client *llm, int64_t latency_ns, bool hangs,
                        struct cancel *cancel)
{
    /* Rounded up: a run is never faster than its load. */
    int64_t sleep_ns = llm_scale_ns(llm, latency_ns);

    if (cancel != NULL)
        return cancel_sleep_until(cancel, hangs ? DEADLINE_NEVER : clock_now_ns() + sleep_ns);
    do
        clock_sleep_ns(hangs ? 3600 * NS_PER_S : sleep_ns);
    while (hangs);
    return 0;
}

int llm_request(struct llm_client *llm, enum llm_task task, const struct article *article,
                struct cancel *cancel, char *answer, size_t size, struct article_error *error)
{
    int64_t latency_ns = call_latency_ns(llm, task, article->id);
    const struct llm_faults *faults = &llm->faults;
    char latency[DURATION_SIZE], again[32] = "";
    bool fails, hangs;

    *error = (struct article_error){
        .article_id = article->id, .stage = llm_task_name(task), .attempt = error->attempt};
    if (cancel != NULL && cancel_reason(cancel) != 0)
        return error->cause = ECANCELED;
    error->attempt++;
    note_attempt(llm, error->attempt);
    if (error->attempt > 1)
        snprintf(again, sizeof again, ", attempt %d", error->attempt);
    /* Who is refused because of the limit does not use up the rate. */
    if (is_full(llm, atomic_load_explicit(&llm->in_flight, memory_order_relaxed)))
        return refuse(&llm->refused, task, error);
    if (faults->rate > 0) {
        error->retry_after_ns = (int64_t)ceil((double)take_rate(llm) * llm->speed);
        if (error->retry_after_ns > 0)
            return refuse(&llm->too_fast, task, error);
    }
    if (!enter(llm))
        return refuse(&llm->refused, task, error);
    fails = is_out(llm) ||
            draw(llm, DRAW_ERROR, task, article->id, error->attempt) < faults->error_rate;
    hangs = draw(llm, DRAW_HANG, task, article->id, error->attempt) < faults->hang_rate;
    log_line("  [%d] %s started (%s%s)\n", article->id, task_names[task],
             duration_format(latency, sizeof latency, latency_ns), again);
    error->cause = await_answer(llm, latency_ns, hangs, cancel);
    atomic_fetch_sub_explicit(&llm->in_flight, 1, memory_order_relaxed);
    if (error->cause != 0) {
        log_line("  [%d] %s given up\n", article->id, task_names[task]);
        atomic_fetch_add_explicit(&llm->given_up, 1, memory_order_relaxed);
        return error->cause;
    }
    if (fails) {
        error->cause = EIO;
        log_line("  [%d] %s failed: %s\n", article->id, task_names[task], article_error_cause(EIO));
        atomic_fetch_add_explicit(&llm->failed, 1, memory_order_relaxed);
        return error->cause;
    }
    *error = (struct article_error){0};
    llm_answer(task, article, answer, size);
    log_line("  [%d] %s completed\n", article->id, task_names[task]);
    atomic_fetch_add_explicit(&llm->completed[task], 1, memory_order_relaxed);
    if (llm->on_completed != NULL)
        llm->on_completed();
    return 0;
}

int llm_call(struct llm_client *llm, enum llm_task task, const struct article *article,
             char *answer, size_t size)
{
    struct article_error error = {0};

    return llm_request(llm, task, article, NULL, answer, size, &error);
}

void llm_count_saved(struct llm_client *llm, int calls)
{
    atomic_fetch_add_explicit(&llm->saved, calls, memory_order_relaxed);
}

int llm_calls_completed(const struct llm_client *llm)
{
    int calls = 0;

    for (int task = 0; task < LLM_TASKS; task++)
        calls += atomic_load_explicit(&llm->completed[task], memory_order_relaxed);
    return calls;
}

int llm_articles_completed(const struct llm_client *llm)
{
    int fewest = atomic_load_explicit(&llm->completed[0], memory_order_relaxed);

    for (int task = 1; task < LLM_TASKS; task++) {
        int completed = atomic_load_explicit(&llm->completed[task], memory_order_relaxed);

        if (completed < fewest)
            fewest = completed;
    }
    return fewest;
}
