/*
 * ALSO: no stages side by side, but the steps of one article one after the other, in a list; a
 * worker takes an article through all of them. Between any two steps it looks whether it is to
 * stop, so that no step has to be asked twice. A step that fails is named, and those behind it are
 * not done.
 */
#include "pipeline.h"

#include "observe/clock.h"
#include "observe/log.h"
#include "sync/channel.h"
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

static int sanitize(const struct batch *batch, struct cancel *calls, struct item *item,
                    struct article_error *why)
{
    const char *blank = " \t\r\n";
    const struct article *article = item->article;

    (void)batch;
    (void)calls;
    log_line("Processing article %d...\n", article->id);
    item->result.article_id = article->id;
    /* A model answers to an empty text, too, and is paid for it. */
    if (article->content[strspn(article->content, blank)] == '\0')
        why->cause = EINVAL;
    return why->cause;
}

/* What the article's context would be fetched in. */
static int enrich(const struct batch *batch, struct cancel *calls, struct item *item,
                  struct article_error *why)
{
    (void)item;
    why->cause = cancel_sleep_until(calls, clock_now_ns() + llm_scale_ns(batch->llm, ENRICH_NS));
    return why->cause;
}

static int call_model(const struct batch *batch, struct cancel *calls, struct item *item,
                      struct article_error *why)
{
    int error = summarize(batch, calls, item, why);

    if (error == 0)
        error = analyze_sentiment(batch, calls, item, why);
    if (error == 0)
        error = extract_keywords(batch, calls, item, why);
    return error;
}

/* An answer is text from outside: it is looked at before anybody relies on it. */
static int validate(const struct batch *batch, struct cancel *calls, struct item *item,
                    struct article_error *why)
{
    const struct ai_result *result = &item->result;

    (void)batch;
    (void)calls;
    if (result->summary[0] == '\0' ||
        (strcmp(result->sentiment, "positive") != 0 && strcmp(result->sentiment, "negative") != 0 &&
         strcmp(result->sentiment, "neutral") != 0))
        why->cause = EBADMSG;
    return why->cause;
}

/* Whoever compares or prints whole results finds nothing behind the texts' ends. */
static int format(const struct batch *batch, struct cancel *calls, struct item *item,
                  struct article_error *why)
{
    struct ai_result *result = &item->result, formatted = {.article_id = result->article_id};

    (void)batch;
    (void)calls;
    strcpy(formatted.summary, result->summary);
    strcpy(formatted.sentiment, result->sentiment);
    strcpy(formatted.keywords, result->keywords);
    *result = formatted;
    return why->cause;
}

static const struct {
    const char *name;
    int (*step)(const struct batch *batch, struct cancel *calls, struct item *item,
                struct article_error *why);
} chain[] = {
    {"sanitize", sanitize}, {"enrich", enrich}, {"call", call_model},
    {"validate", validate}, {"format", format},
};

#define STEPS (sizeof chain / sizeof *chain)

static void run_chain(const struct batch *batch, struct cancel *calls, struct item *item,
                      struct article_error *why)
{
    for (size_t i = 0; i < STEPS; i++) {
        *why = (struct article_error){item->article->id, chain[i].name, 0, 0, 0, 0};
        why->cause = cancel_reason(calls) != 0 ? ECANCELED : 0;
        if (why->cause == 0)
            chain[i].step(batch, calls, item, why);
        if (why->cause != 0) {
            why->stage_number = (int)i + 1;
            return;
        }
    }
}

/* What the workers share. */
struct work {
    const struct batch *batch;
    struct cancel calls;
    struct cancel *intake;
    atomic_size_t next; /* article that nobody has taken */
    struct mutex lock;
    struct ai_results *results; /* guarded by lock */
};

static int take_and_run(void *argument)
{
    struct work *work = argument;
    const struct batch *batch = work->batch;
    size_t i;

    while (cancel_reason(work->intake) == 0 &&
           (i = atomic_fetch_add(&work->next, 1)) < batch->count) {
        struct item item = {.article = &batch->articles[i]};
        struct article_error why;

        article_status_begin(&batch->statuses[i]);
        run_chain(batch, &work->calls, &item, &why);
        article_status_end(&batch->statuses[i], &why);
        if (why.cause != 0)
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
    struct error_group group;
    int error = 0;

    CHECK_CALL(error_group_init(&group, batch->cancel, 0));
    cancel_init(&work.calls, batch->drains ? NULL : batch->cancel, DEADLINE_NEVER);
    work.intake = &group.cancel;
    mutex_init(&work.lock, "results");
    for (size_t i = 0; i < batch->workers && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "worker %zu", i + 1);
        error = error_group_go(&group, name, take_and_run, &work);
    }
    error_group_wait(&group, NULL);
    mutex_destroy(&work.lock);
    cancel_destroy(&work.calls);
    error_group_destroy(&group);
    return error;
}
