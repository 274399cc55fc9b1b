/*
 * ALSO: where a mutex is the natural fit: a cache that every thread asks
 * before it calls. The same report stands under several ids; its text is
 * processed once. The map has a lock, which a thread holds only to look up.
 * Each entry has its own, held across the calls, though that is the mistake of
 * bad-lock: here only threads wait that would make the very same calls, and
 * then need none.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/memory.h"
#include "sync/mutex.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

/* A text, and its result once a thread has processed it. */
struct entry {
    const struct article *article; /* the first one with this text */
    struct entry *next; /* in the same bucket; guarded by the cache's lock */
    struct mutex lock;
    bool is_processed;       /* guarded by lock */
    struct ai_result result; /* guarded by lock */
};

static struct cache {
    struct mutex lock;
    struct entry *buckets[BUCKETS]; /* guarded by lock */
    struct entry *entries; /* room for one an article; guarded by lock */
    size_t count;          /* guarded by lock */
} cache;

/* FNV-1a (Fowler, Noll, Vo). */
static size_t hash(const char *text)
{
    uint32_t value = 2166136261U;

    for (; *text != '\0'; text++)
        value = (value ^ (unsigned char)*text) * 16777619U;
    return value % BUCKETS;
}

/* Returns the entry of the article's text, a new one if there is none. */
static struct entry *look_up(const struct article *article)
{
    struct entry **bucket = &cache.buckets[hash(article->content)];
    struct entry *entry;

    mutex_lock(&cache.lock);
    for (entry = *bucket; entry != NULL; entry = entry->next)
        if (strcmp(entry->article->content, article->content) == 0 &&
            strcmp(entry->article->title, article->title) == 0)
            break;
    if (entry == NULL) {
        entry = &cache.entries[cache.count++];
        entry->article = article;
        entry->next = *bucket;
        mutex_init(&entry->lock, "cache entry");
        *bucket = entry;
    }
    mutex_unlock(&cache.lock);
    return entry;
}

/* Does what process_article() does, but for what the cache knows already. */
static int process_cached(struct llm_client *llm,
                          const struct article *article,
                          struct ai_result *result)
{
    struct entry *entry = look_up(article);
    int error = 0;

    mutex_lock(&entry->lock);
    if (entry->is_processed) {
        log_line("Article %d is in the cache, as %d\n", article->id,
                 entry->article->id);
        llm_count_saved(llm, LLM_TASKS);
    } else {
        error = process_article(llm, article, &entry->result);
        entry->is_processed = error == 0;
    }
    *result = entry->result;
    mutex_unlock(&entry->lock);
    result->article_id = article->id;
    return error;
}

static void *work(void *argument)
{
    struct job *job = argument;
    struct pipeline *pipeline = job->pipeline;
    struct ai_result result;

    if (process_cached(pipeline->batch->llm, job->article, &result) == 0)
        channel_send(&pipeline->finished, &result);
    wait_group_done(&pipeline->working);
    return NULL;
}

void process_all_cache(const struct batch *batch, struct ai_results *results)
{
    cache.entries = memory_for_items("cache", "texts", batch->count,
                                     sizeof *cache.entries);
    mutex_init(&cache.lock, "cache");
    process_with(batch, results, work);
    for (size_t i = 0; i < cache.count; i++)
        mutex_destroy(&cache.entries[i].lock);
    mutex_destroy(&cache.lock);
    free(cache.entries);
}
