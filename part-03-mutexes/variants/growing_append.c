/*
 * BROKEN: a list that grows as results come, and no lock. Go's append grows likewise, and its
 * garbage collector keeps the old array for whoever still writes to it. C has no such thing: while
 * one thread moves the list, another writes to memory that is free by now, or frees it once more,
 * and then the heap itself is broken. A plain run may be right, may lose results, or may crash.
 */
#include "pipeline.h"

#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Shared by all threads. */
static struct list {
    struct ai_result *items;
    size_t count, capacity;
} list;

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct wait_group *done;
};

static int append(const struct ai_result *result)
{
    /* BUG: none of this is locked: while one thread moves the list, another writes to it. */
    if (list.count == list.capacity) {
        size_t capacity = list.capacity > 0 ? 2 * list.capacity : 1;
        struct ai_result *items = realloc(list.items, capacity * sizeof *items);

        if (items == NULL)
            return ENOMEM;
        list.items = items;
        list.capacity = capacity;
    }
    list.items[list.count++] = *result;
    return 0;
}

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_article(job->llm, job->article, &result) == 0)
        append(&result);
    wait_group_done(job->done);
    return NULL;
}

int process_all_growing_append(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct wait_group done;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    wait_group_init(&done);
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_wait(&done);
    wait_group_destroy(&done);
    for (size_t i = 0; i < list.count && i < results->capacity; i++)
        results->items[results->count++] = list.items[i];
    free(list.items);
    free(jobs);
    return error;
}
