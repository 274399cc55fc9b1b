/*
 * ALSO: no stages side by side, but the steps of one article in sequence, in a
 * list. A worker takes an article through all of them, and looks between any
 * two whether the run was stopped. A step that fails is named, and the steps
 * behind it are not done.
 */
#include "variants/fan_out.h"

#include "observe/log.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <string.h>

#define ENRICH_NS (50 * NS_PER_MS) /* as at speed 1 */

/* A model answers to an empty text as well, and the answer is paid for. */
static void sanitize(struct pipeline *pipeline, struct ai_result *result)
{
    const struct article *article =
        batch_article(pipeline->batch, result->article_id);

    if (article->content[strspn(article->content, " \t\r\n")] == '\0')
        result->error.cause = ENODATA;
}

/* Takes the time in which the article's context would be fetched. */
static void enrich(struct pipeline *pipeline, struct ai_result *result)
{
    int64_t wait_ns = llm_scale_ns(pipeline->batch->llm, ENRICH_NS);

    result->error.cause =
        cancel_sleep_until(&pipeline->calls, clock_after_ns(wait_ns));
}

static void call_model(struct pipeline *pipeline, struct ai_result *result)
{
    static const char *const names[LLM_TASKS] = {
        "call: summarize", "call: sentiment", "call: keywords"};
    struct article_error *error = &result->error;

    for (int task = 0; task < LLM_TASKS && error->cause == 0; task++) {
        call_politely(pipeline, (enum llm_task)task, result);
        if (error->cause != 0)
            error->stage = names[task];
    }
}

/* An answer is text from outside: it is checked before anybody relies on it.
 */
static void validate(struct pipeline *pipeline, struct ai_result *result)
{
    const char *sentiment = result->sentiment;

    (void)pipeline;
    if (result->summary[0] == '\0' || (strcmp(sentiment, "positive") != 0 &&
                                       strcmp(sentiment, "negative") != 0 &&
                                       strcmp(sentiment, "neutral") != 0))
        result->error.cause = EBADMSG;
}

/* Leaves nothing behind the ends of the texts: whole results compare equal. */
static void format(struct pipeline *pipeline, struct ai_result *result)
{
    struct ai_result formatted = {.article_id = result->article_id};

    (void)pipeline;
    strcpy(formatted.summary, result->summary);
    strcpy(formatted.sentiment, result->sentiment);
    strcpy(formatted.keywords, result->keywords);
    *result = formatted;
}

/* Each leaves in result->error why it failed. */
static const struct {
    const char *name;
    void (*step)(struct pipeline *pipeline, struct ai_result *result);
} chain[] = {
    {"sanitize", sanitize}, {"enrich", enrich}, {"call", call_model},
    {"validate", validate}, {"format", format},
};

#define STEPS (sizeof chain / sizeof *chain)

/* Does the steps up to the first that fails, and names that step. */
static void run_chain(struct pipeline *pipeline, struct ai_result *result)
{
    struct article_error *error = &result->error;
    size_t i = 0;

    for (; i < STEPS && error->cause == 0; i++) {
        if (cancel_reason(&pipeline->calls) == 0)
            chain[i].step(pipeline, result);
        else
            error->cause = ECANCELED;
    }
    if (error->cause == 0)
        return;
    error->stage_number = (int)i;
    if (error->stage == NULL)
        error->stage = chain[i - 1].name;
    if (error->cause == ECANCELED)
        log_line("Article %d is stopped at stage %d (%s)\n",
                 result->article_id, error->stage_number, error->stage);
}

static int work(void *argument)
{
    struct fan_out *fan_out = argument;
    struct ai_result result;

    /* The articles that are in the channel when the run stops stay queued. */
    while (channel_receive_cancellable(&fan_out->jobs, &result,
                                       &fan_out->working.cancel) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        run_chain(&fan_out->pipeline, &result);
        channel_send(&fan_out->pipeline.finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

void process_all_chain(const struct batch *batch, struct ai_results *results)
{
    fan_out_with(batch, results, work);
}
