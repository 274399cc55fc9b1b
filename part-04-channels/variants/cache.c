/*
 * ALSO: where a mutex is the natural fit: a cache that every thread asks before it calls. Agencies'
 * reports come under several ids; the same text is processed once. The map has a lock, held only to
 * look up. Each entry has its own, held across the calls, though that is the bad lock's mistake:
 * here only those wait who would make the very same calls, and then need none.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/check.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait_group.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

/* A text, and its result once somebody has processed it. */
struct entry {
    const struct article *article; /* the first one with this text */
    struct entry *next;            /* in the same bucket; guarded by the cache's lock */
    struct mutex lock;
    bool is_processed;       /* guarded by lock */
    struct ai_result result; /* likewise */
};

struct cache {
    struct mutex lock;
    struct entry *buckets[BUCKETS]; /* guarded by lock */
    struct entry *entries;          /* likewise: room for one an article */
    size_t count;                   /* likewise */
};

/* What one thread works on. */
struct job {
    struct llm_client *llm;
    const struct article *article;
    struct cache *cache;
    struct channel *results_channel;
    struct wait_group *done;
};

/* FNV-1a (Fowler, Noll, Vo). */
static size_t hash(const char *text)
{
    uint32_t value = 2166136261U;

    for (; *text != '\0'; text++)
        value = (value ^ (unsigned char)*text) * 16777619U;
    return value % BUCKETS;
}

/* The entry of the article's text, a new one if there is none. */
static struct entry *look_up(struct cache *cache, const struct article *article)
{
    struct entry **bucket = &cache->buckets[hash(article->content)];
    struct entry *entry;

    mutex_lock(&cache->lock);
    for (entry = *bucket; entry != NULL; entry = entry->next)
        if (strcmp(entry->article->content, article->content) == 0 &&
            strcmp(entry->article->title, article->title) == 0)
            break;
    if (entry == NULL) {
        entry = &cache->entries[cache->count++];
        entry->article = article;
        entry->next = *bucket;
        mutex_init(&entry->lock, "cache entry");
        *bucket = entry;
    }
    mutex_unlock(&cache->lock);
    return entry;
}

/* The same as process_article(), but for what the cache knows already. */
static int process_cached(struct job *job, struct ai_result *result)
{
    struct entry *entry = look_up(job->cache, job->article);
    int error = 0;

    mutex_lock(&entry->lock);
    if (entry->is_processed) {
        log_line("Article %d is in the cache, as %d\n", job->article->id, entry->article->id);
        llm_count_saved(job->llm, LLM_TASKS);
    } else {
        error = process_article(job->llm, job->article, &entry->result);
        entry->is_processed = error == 0;
    }
    *result = entry->result;
    mutex_unlock(&entry->lock);
    result->article_id = job->article->id;
    return error;
}

static void *process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;

    if (process_cached(job, &result) == 0)
        channel_send(job->results_channel, &result);
    wait_group_done(job->done);
    return NULL;
}

/* Whoever collects can do nothing else meanwhile, so the closer does the rest. */
static void *close_when_done(void *argument)
{
    struct job *closer = argument;

    wait_group_wait(closer->done);
    channel_close(closer->results_channel);
    return NULL;
}

int process_all_cache(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    struct cache cache = {.entries = calloc(batch->count, sizeof *cache.entries)};
    struct channel results_channel;
    struct wait_group done;
    struct job closer = {.results_channel = &results_channel, .done = &done};
    struct ai_result result;
    int error = 0;

    if (jobs == NULL || cache.entries == NULL) {
        free(cache.entries);
        free(jobs);
        return ENOMEM;
    }
    mutex_init(&cache.lock, "cache");
    CHECK_CALL(channel_init(&results_channel, "results", sizeof result, 0));
    wait_group_init(&done);
    wait_group_add(&done, 1); /* this loop: the closer comes first, and must not see zero yet */
    error = thread_start("closer", close_when_done, &closer);
    if (error != 0)
        channel_close(&results_channel); /* nobody else will */
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){batch->llm, &batch->articles[i], &cache, &results_channel, &done};
        wait_group_add(&done, 1);
        error = thread_start(name, process_one, &jobs[i]);
        if (error != 0)
            wait_group_done(&done); /* the thread that was not started will not say so */
    }
    wait_group_done(&done);
    while (channel_receive(&results_channel, &result) == 0) {
        log_line("Collected result for article %d\n", result.article_id);
        results->items[results->count++] = result;
    }
    channel_destroy(&results_channel);
    wait_group_destroy(&done);
    for (size_t i = 0; i < cache.count; i++)
        mutex_destroy(&cache.entries[i].lock);
    mutex_destroy(&cache.lock);
    free(cache.entries);
    free(jobs);
    return error;
}
