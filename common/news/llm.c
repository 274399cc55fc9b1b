#include "news/llm.h"

#include "observe/clock.h"
#include "observe/log.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const char *const task_names[LLM_TASKS] = {
    [LLM_SUMMARY] = "Summarization",
    [LLM_SENTIMENT] = "Sentiment Analysis",
    [LLM_KEYWORDS] = "Keyword Extraction",
};

void llm_init(struct llm_client *llm, uint64_t seed, int64_t latency_min_ns, int64_t latency_max_ns,
              double speed)
{
    *llm = (struct llm_client){
        .seed = seed,
        .latency_min_ns = latency_min_ns,
        .latency_max_ns = latency_max_ns,
        .speed = speed,
    };
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

static int64_t article_latency_ns(const struct llm_client *llm, const struct article *article)
{
    int64_t latency_ns = 0;

    for (int task = 0; task < LLM_TASKS; task++)
        latency_ns += llm_latency_ns(llm, (enum llm_task)task, article->id);
    return latency_ns;
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
                                  size_t count, size_t workers)
{
    int64_t *free_ns = calloc(workers, sizeof *free_ns); /* when each worker is free again */
    int64_t end_ns = 0;

    for (size_t i = 0; i < count && free_ns != NULL; i++) {
        free_ns[0] += article_latency_ns(llm, &articles[i]);
        if (free_ns[0] > end_ns)
            end_ns = free_ns[0];
        sift_down(free_ns, workers);
    }
    free(free_ns);
    return end_ns;
}

struct llm_load llm_load(const struct llm_client *llm, const struct article *articles, size_t count,
                         size_t workers)
{
    struct llm_load load = {0};

    for (size_t i = 0; i < count; i++) {
        int64_t article_ns = article_latency_ns(llm, &articles[i]);

        load.sum_ns += article_ns;
        if (article_ns > load.slowest_ns)
            load.slowest_ns = article_ns;
    }
    load.greedy_ns = workers == 0 || workers >= count
                         ? load.slowest_ns
                         : greedy_schedule_ns(llm, articles, count, workers);
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

/* Returns false if the provider takes no more calls. */
static bool enter(struct llm_client *llm)
{
    int before = atomic_load_explicit(&llm->in_flight, memory_order_relaxed);
    int peak = atomic_load_explicit(&llm->peak, memory_order_relaxed);

    do
        if (llm->limit > 0 && before >= llm->limit)
            return false;
    while (!atomic_compare_exchange_weak_explicit(&llm->in_flight, &before, before + 1,
                                                  memory_order_relaxed, memory_order_relaxed));
    while (before + 1 > peak &&
           !atomic_compare_exchange_weak_explicit(&llm->peak, &peak, before + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
    return true;
}

static int refuse(struct llm_client *llm, enum llm_task task, const struct article *article)
{
    atomic_fetch_add_explicit(&llm->refused, 1, memory_order_relaxed);
    log_line("  [%d] %s refused: 429 Too Many Requests\n", article->id, task_names[task]);
    return EAGAIN;
}

int llm_call(struct llm_client *llm, enum llm_task task, const struct article *article,
             char *answer, size_t size)
{
    int64_t latency_ns = call_latency_ns(llm, task, article->id);
    char latency[DURATION_SIZE];

    if (!enter(llm))
        return refuse(llm, task, article);
    log_line("  [%d] %s started (%s)\n", article->id, task_names[task],
             duration_format(latency, sizeof latency, latency_ns));
    /* Rounded up: a run is never faster than its load. */
    clock_sleep_ns((int64_t)ceil((double)latency_ns / llm->speed));
    atomic_fetch_sub_explicit(&llm->in_flight, 1, memory_order_relaxed);
    llm_answer(task, article, answer, size);
    log_line("  [%d] %s completed\n", article->id, task_names[task]);
    atomic_fetch_add_explicit(&llm->completed[task], 1, memory_order_relaxed);
    if (llm->on_completed != NULL)
        llm->on_completed();
    return 0;
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
