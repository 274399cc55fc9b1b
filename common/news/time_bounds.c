#include "news/time_bounds.h"

#include <stdlib.h>

static int64_t article_time_ns(const struct simulator *simulator, const struct article *article,
                               bool tasks_at_once)
{
    int64_t sum_ns = 0, longest_ns = 0;

    for (int task = 0; task < LLM_TASKS; task++) {
        int64_t latency_ns = simulator_latency_ns(simulator, (enum llm_task)task, article->id);

        sum_ns += latency_ns;
        if (latency_ns > longest_ns)
            longest_ns = latency_ns;
    }
    return tasks_at_once ? longest_ns : sum_ns;
}

/* The first entry of a heap, its smallest, has grown: moves it down to where it belongs. */
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

static int64_t greedy_schedule_ns(const struct simulator *simulator, const struct article *articles,
                                  size_t count, size_t workers, bool tasks_at_once)
{
    int64_t *free_ns = calloc(workers, sizeof *free_ns); /* when each worker is free again */
    int64_t end_ns = 0;

    for (size_t i = 0; i < count && free_ns != NULL; i++) {
        free_ns[0] += article_time_ns(simulator, &articles[i], tasks_at_once);
        if (free_ns[0] > end_ns)
            end_ns = free_ns[0];
        sift_down(free_ns, workers);
    }
    free(free_ns);
    return end_ns;
}

struct time_bounds time_bounds_of(const struct simulator *simulator, const struct article *articles,
                                  size_t count, size_t workers, bool tasks_at_once)
{
    struct time_bounds bounds = {0};

    for (size_t i = 0; i < count; i++) {
        int64_t article_ns = article_time_ns(simulator, &articles[i], tasks_at_once);

        bounds.sum_ns += article_time_ns(simulator, &articles[i], false);
        if (article_ns > bounds.slowest_ns)
            bounds.slowest_ns = article_ns;
    }
    bounds.greedy_ns = workers == 0 || workers >= count
                           ? bounds.slowest_ns
                           : greedy_schedule_ns(simulator, articles, count, workers, tasks_at_once);
    return bounds;
}
