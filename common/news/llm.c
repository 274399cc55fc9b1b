#include "news/llm_provider.h"

#include "news/random.h"
#include "observe/log.h"
#include "observe/timeline.h"
#include "system/clock.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

void llm_init(struct llm_client *llm, struct llm_provider *provider, uint64_t seed, double speed)
{
    *llm = (struct llm_client){
        .provider = provider,
        .seed = seed,
        .speed = speed,
        .started_ns = clock_now_ns(),
    };
}

int64_t llm_scale_ns(const struct llm_client *llm, int64_t duration_ns)
{
    return clock_round_up_ns((double)duration_ns / llm->speed);
}

double llm_run_time_ns(const struct llm_client *llm, int64_t now_ns)
{
    return (double)(now_ns - llm->started_ns) * llm->speed;
}

static struct llm_limits limits_of(const struct llm_client *llm)
{
    return llm->provider->limits(llm->provider, llm->callers);
}

int llm_limit(const struct llm_client *llm)
{
    int limit = limits_of(llm).at_once;

    if (limit == 0)
        limit = llm->callers;
    return limit > 0 ? limit : 1;
}

double llm_rate(const struct llm_client *llm)
{
    return limits_of(llm).rate * llm->speed;
}

int llm_burst(const struct llm_client *llm)
{
    return limits_of(llm).burst;
}

uint64_t llm_random(const struct llm_client *llm, enum llm_task task, int article_id, int attempt)
{
    return random_of_attempt(llm->seed, task, article_id, attempt, RANDOM_FOR_CALLER);
}

void llm_count_saved(struct llm_client *llm, int calls)
{
    llm_meters_add(&llm->meters.saved, calls);
}

static void log_started(const struct llm_attempt *attempt, int64_t latency_ns)
{
    const char *title = llm_task_title(attempt->task);
    char latency[DURATION_SIZE], about[64] = "";

    duration_format(latency, sizeof latency, latency_ns);
    if (latency_ns != LLM_LATENCY_UNKNOWN && attempt->number > 1)
        snprintf(about, sizeof about, " (%s, attempt %d)", latency, attempt->number);
    else if (latency_ns != LLM_LATENCY_UNKNOWN)
        snprintf(about, sizeof about, " (%s)", latency);
    else if (attempt->number > 1)
        snprintf(about, sizeof about, " (attempt %d)", attempt->number);
    log_line("  [%d] %s started%s\n", attempt->article->id, title, about);
}

static void note(const struct llm_attempt *attempt, enum timeline_kind kind, int in_flight)
{
    timeline_note(&(struct timeline_event){.kind = (uint8_t)kind,
                                           .article = attempt->article->id,
                                           .task = (uint8_t)attempt->task,
                                           .attempt = (uint16_t)attempt->number,
                                           .count = in_flight});
}

bool llm_enter(struct llm_client *llm, const struct llm_attempt *attempt, int limit,
               int64_t latency_ns)
{
    int in_flight = llm_meters_enter(&llm->meters, limit);

    if (in_flight == 0)
        return false;
    note(attempt, TIMELINE_CALL, in_flight);
    log_started(attempt, latency_ns);
    return true;
}

void llm_leave(struct llm_client *llm, int error)
{
    enum timeline_kind kind = error == 0           ? TIMELINE_ANSWERED
                              : error == ECANCELED ? TIMELINE_GIVEN_UP
                                                   : TIMELINE_FAILED;

    /* Noted first: so a picture never shows more calls in flight than there were. */
    if (error != EAGAIN) /* which is noted for every provider below */
        timeline_note(&(struct timeline_event){.kind = (uint8_t)kind});
    llm_meters_leave(&llm->meters);
}

static void end_answered(struct llm_client *llm, const struct llm_attempt *attempt)
{
    log_line("  [%d] %s completed\n", attempt->article->id, llm_task_title(attempt->task));
    llm_meters_add(&llm->meters.completed[attempt->task], 1);
    if (llm->hooks.on_completed != NULL)
        llm->hooks.on_completed(llm->hooks.context, attempt->article);
}

static void end_unanswered(struct llm_client *llm, const struct llm_attempt *attempt,
                           const struct article_error *error)
{
    const char *title = llm_task_title(attempt->task), *cause = article_error_cause(error->cause);
    int id = attempt->article->id;
    char duration[DURATION_SIZE];

    if (error->cause == ECANCELED) {
        llm_meters_add(&llm->meters.given_up, 1);
        log_line("  [%d] %s given up\n", id, title);
    } else if (error->cause != EAGAIN) {
        llm_meters_add(&llm->meters.failed, 1);
        log_line("  [%d] %s failed: %s\n", id, title, cause);
    } else if (error->retry_after_ns == 0) {
        llm_meters_add(&llm->meters.refused, 1);
        log_line("  [%d] %s refused: %s\n", id, title, cause);
    } else {
        llm_meters_add(&llm->meters.too_fast, 1);
        log_line("  [%d] %s refused: %s, retry after %s\n", id, title, cause,
                 duration_format(duration, sizeof duration, error->retry_after_ns));
    }
}

int llm_request(struct llm_client *llm, enum llm_task task, const struct article *article,
                struct cancel *cancel, struct ai_result *result)
{
    struct article_error *error = &result->error;
    struct llm_attempt attempt = {task, article, error->attempt + 1};
    int64_t began_ns = clock_now_ns();

    *error = (struct article_error){.stage = llm_task_name(task), .attempt = error->attempt};
    if (cancel != NULL && cancel_reason(cancel) != 0)
        return error->cause = ECANCELED;
    error->attempt = attempt.number;
    llm_meters_count_attempt(&llm->meters, attempt.number, began_ns,
                             llm_run_time_ns(llm, began_ns));
    if (llm->hooks.on_started != NULL)
        llm->hooks.on_started(llm->hooks.context, article);
    error->cause = llm->provider->request(llm, &attempt, cancel, result);
    llm_meters_add(&llm->meters.busy_ns[task], clock_now_ns() - began_ns);
    if (error->cause == EAGAIN)
        note(&attempt, TIMELINE_REFUSED, 0);
    if (error->cause == 0) {
        *error = (struct article_error){0};
        end_answered(llm, &attempt);
    } else {
        end_unanswered(llm, &attempt, error);
    }
    return error->cause;
}

int llm_call(struct llm_client *llm, enum llm_task task, const struct article *article,
             struct ai_result *result)
{
    result->error = (struct article_error){0};
    return llm_request(llm, task, article, NULL, result);
}
