/*
 * ALSO: no stages side by side, but the steps of one article one after the other, in a list; a
 * worker takes an article through all of them. Between any two steps it looks whether it is to
 * stop. A step that fails is named, and those behind it are not done.
 */
#include "pipeline.h"

#include "system/clock.h"
#include "observe/log.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "variants/steps.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define ENRICH_NS (50 * NS_PER_MS) /* as at speed 1 */

static int sanitize(const struct batch *batch, struct cancel *calls, struct item *item)
{
    const char *blank = " \t\r\n";
    const struct article *article = item->article;

    (void)batch;
    (void)calls;
    item->result.article_id = article->id;
    /* A model answers to an empty text, too, and is paid for it. */
    return article->content[strspn(article->content, blank)] != '\0' ? 0 : ENODATA;
}

/* What the article's context would be fetched in. */
static int enrich(const struct batch *batch, struct cancel *calls, struct item *item)
{
    (void)item;
    return cancel_sleep_until(calls, clock_now_ns() + llm_scale_ns(batch->llm, ENRICH_NS));
}

static int call_model(const struct batch *batch, struct cancel *calls, struct item *item)
{
    int error = summarize(batch, calls, item);
    const char *stage = "call: summarize";

    if (error == 0) {
        error = analyze_sentiment(batch, calls, item);
        stage = "call: sentiment";
    }
    if (error == 0) {
        error = extract_keywords(batch, calls, item);
        stage = "call: keywords";
    }
    item->why.stage = error != 0 ? stage : NULL;
    return error;
}

/* An answer is text from outside: it is looked at before anybody relies on it. */
static int validate(const struct batch *batch, struct cancel *calls, struct item *item)
{
    const struct ai_result *result = &item->result;

    (void)batch;
    (void)calls;
    if (result->summary[0] == '\0' ||
        (strcmp(result->sentiment, "positive") != 0 && strcmp(result->sentiment, "negative") != 0 &&
         strcmp(result->sentiment, "neutral") != 0))
        return EBADMSG;
    return 0;
}

/* Whoever compares or prints whole results finds nothing behind the texts' ends. */
static int format(const struct batch *batch, struct cancel *calls, struct item *item)
{
    struct ai_result *result = &item->result, formatted = {.article_id = result->article_id};

    (void)batch;
    (void)calls;
    strcpy(formatted.summary, result->summary);
    strcpy(formatted.sentiment, result->sentiment);
    strcpy(formatted.keywords, result->keywords);
    *result = formatted;
    return 0;
}

static const struct {
    const char *name;
    int (*step)(const struct batch *batch, struct cancel *calls, struct item *item);
} chain[] = {
    {"sanitize", sanitize}, {"enrich", enrich}, {"call", call_model},
    {"validate", validate}, {"format", format},
};

#define STEPS (sizeof chain / sizeof *chain)

static int run_chain(const struct batch *batch, struct cancel *calls, struct item *item)
{
    for (size_t i = 0; i < STEPS; i++) {
        int error = cancel_reason(calls) != 0 ? ECANCELED : chain[i].step(batch, calls, item);

        if (error != 0) {
            item->why.article_id = item->article->id;
            if (item->why.stage == NULL)
                item->why.stage = chain[i].name;
            item->why.stage_number = (int)i + 1;
            return item->why.cause = error;
        }
    }
    return 0;
}

/* What the workers share. */
struct work {
    const struct batch *batch;
    struct error_group group;
    struct cancel calls; /* ends the calls in flight, and what is between two steps */
    atomic_size_t next;  /* article that nobody has taken */
    struct mutex lock;
    struct ai_results *results; /* guarded by lock */
};

static int take_and_run(void *argument)
{
    struct work *work = argument;
    const struct batch *batch = work->batch;
    size_t i;

    while (cancel_reason(&work->group.cancel) == 0 &&
           (i = atomic_fetch_add(&work->next, 1)) < batch->count) {
        struct item item = {.article = &batch->articles[i]};
        int error;

        article_status_begin(&batch->statuses[i]);
        log_line("Processing article %d...\n", item.article->id);
        error = run_chain(batch, &work->calls, &item);
        article_status_end(&batch->statuses[i], &item.why);
        if (error == ECANCELED)
            log_line("Article %d is stopped at stage %d (%s)\n", item.article->id,
                     item.why.stage_number, item.why.stage);
        if (error != 0)
            continue;
        mutex_lock(&work->lock);
        work->results->items[work->results->count++] = item.result;
        mutex_unlock(&work->lock);
    }
    return 0;
}

int process_all_chain(const struct batch *batch, struct ai_results *results)
{
    struct work work = {.batch = batch, .results = results};
    int error = 0;

    CHECK_CALL(error_group_init(&work.group, batch->cancel, 0));
    cancel_init(&work.calls, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
    mutex_init(&work.lock, "results");
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        error = error_group_go(&work.group, name, take_and_run, &work);
    }
    error_group_wait(&work.group, NULL);
    mutex_destroy(&work.lock);
    cancel_destroy(&work.calls);
    error_group_destroy(&work.group);
    return error;
}
