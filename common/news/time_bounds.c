#include "news/time_bounds.h"

#include <stdlib.h>

static int64_t max_ns(int64_t a, int64_t b)
{
    return a > b ? a : b;
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

struct time_bounds time_bounds_of(const struct simulator *simulator, const struct article *articles,
                                  size_t count, size_t workers, bool tasks_at_once)
{
    bool is_pool = workers > 0 && workers < count;
    int64_t *free_ns = is_pool ? calloc(workers, sizeof *free_ns) : NULL; /* again, each worker */
    struct time_bounds bounds = {0};

    for (size_t i = 0; i < count; i++) {
        int64_t calls_ns = 0, longest_ns = 0, article_ns;

        for (int task = 0; task < LLM_TASKS; task++) {
            int64_t latency_ns =
                simulator_latency_ns(simulator, (enum llm_task)task, articles[i].id);

            calls_ns += latency_ns;
            longest_ns = max_ns(longest_ns, latency_ns);
        }
        article_ns = tasks_at_once ? longest_ns : calls_ns;
        bounds.sum_ns += calls_ns;
        bounds.slowest_ns = max_ns(bounds.slowest_ns, article_ns);
        if (free_ns == NULL)
            continue;
        free_ns[0] += article_ns;
        bounds.greedy_ns = max_ns(bounds.greedy_ns, free_ns[0]);
        sift_down(free_ns, workers);
    }
    if (!is_pool)
        bounds.greedy_ns = bounds.slowest_ns;
    free(free_ns);
    return bounds;
}
