/*
 * BROKEN: a list that grows as results come, and no lock. Go's append grows in
 * the same way, and its garbage collector keeps the old array for a thread
 * that still writes to it. C has no such thing: while one thread moves the
 * list, another writes to memory that is free by now, or frees it once more.
 * Then the heap itself is broken. A plain run may be right, may lose results,
 * or may crash.
 */
#include "pipeline.h"

#include <stdlib.h>

/* Shared by all threads. */
static struct list {
    struct ai_result *items;
    size_t count, capacity;
} list;

static void append(const struct ai_result *result)
{
    /* BUG: no lock: while one thread moves the list, another writes to it. */
    if (list.count == list.capacity) {
        size_t capacity = list.capacity > 0 ? 2 * list.capacity : 1;
        struct ai_result *items =
            realloc(list.items, capacity * sizeof *items);

        if (items == NULL)
            return; /* the report says that the result is lost */
        list.items = items;
        list.capacity = capacity;
    }
    list.items[list.count++] = *result;
}

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_article(pipeline->batch->llm, job->article, &result) == 0)
        append(&result);
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_growing_append(const struct batch *batch,
                                struct ai_results *results)
{
    process_with(batch, results, work);
    for (size_t i = 0; i < list.count && i < results->capacity; i++)
        results->items[results->count++] = list.items[i];
    free(list.items);
}
