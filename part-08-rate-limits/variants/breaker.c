/*
 * ALSO: retry behind a circuit breaker, for a provider that is out of order.
 * After some failures in a row the breaker opens: for a while no call is made,
 * and a worker that wants one learns so at once, instead of after a call's
 * whole latency. Then one call probes; if it succeeds, all go on.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/backoff.h"
#include "sync/breaker.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>

#define ATTEMPTS_MAX 40
#define FAILURES 3 /* in a row, that open it */
#define OPEN_NS (2 * NS_PER_S)

static const struct backoff backoff = {
    .base_ns = 500 * NS_PER_MS,
    .cap_ns = 4 * NS_PER_S,
    .has_jitter = true,
};

static struct breaker breaker;
static atomic_int not_made; /* calls, because the breaker was open */

/* Whether the same call may succeed later. */
static bool is_worth_another(int cause)
{
    return cause == EAGAIN || cause == EIO || cause == ETIMEDOUT ||
           cause == ECONNREFUSED;
}

/* Makes a call, if the breaker lets it through, and tells how it went. */
static void call_through(struct pipeline *pipeline, enum llm_task task,
                         struct ai_result *result)
{
    struct article_error *error = &result->error;
    uint64_t pass;

    error->cause = breaker_enter(&breaker, &pass);
    if (error->cause != 0) {
        atomic_fetch_add_explicit(&not_made, 1, memory_order_relaxed);
        error->stage = llm_task_name(task);
        error->retry_after_ns = 0; /* the provider's, of an attempt before */
        return;
    }
    call(pipeline, task, result);
    if (error->cause == ECANCELED)
        breaker_forget(&breaker, pass); /* it says nothing of the provider */
    else
        breaker_leave(&breaker, pass, error->cause == 0);
}

/* Makes a call until it is answered, cancelled, or has failed too often. */
static void call_again(struct pipeline *pipeline, enum llm_task task,
                       struct ai_result *result)
{
    struct llm_client *llm = pipeline->batch->llm;
    struct article_error *error = &result->error;
    char text[ARTICLE_ERROR_SIZE];
    int attempt = 1; /* not error->attempt: that counts the calls made */

    call_through(pipeline, task, result);
    while (is_worth_another(error->cause) && attempt < ATTEMPTS_MAX) {
        int64_t wait_ns = backoff_wait_ns(
            &backoff, attempt, error->retry_after_ns,
            llm_random(llm, task, result->article_id, attempt));
        int64_t wake_ns = clock_after_ns(llm_scale_ns(llm, wait_ns));

        error->cause = cancel_sleep_until(&pipeline->calls, wake_ns);
        if (error->cause == 0)
            call_through(pipeline, task, result);
        attempt++;
    }
    if (is_worth_another(error->cause))
        log_line("Dead letter: %s\n",
                 article_error_format(result->article_id, error, text,
                                      sizeof text));
}

static int work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct ai_result result;

    while (channel_receive(&pipeline->jobs, &result) == 0) {
        log_line("%s takes article %d\n", thread_name(), result.article_id);
        for (int task = 0; task < LLM_TASKS && result.error.cause == 0; task++)
            call_again(pipeline, (enum llm_task)task, &result);
        channel_send(&pipeline->finished, &result);
    }
    log_line("%s leaves\n", thread_name());
    return 0; /* an article's error is not the group's */
}

/* Called by the worker whose call changes the state. */
static void print_change(void *unused, enum breaker_state from,
                         enum breaker_state to)
{
    (void)unused;
    log_line("Breaker: %s -> %s\n", breaker_state_name(from),
             breaker_state_name(to));
}

void process_all_breaker(const struct batch *batch, struct ai_results *results)
{
    breaker_init(&breaker, FAILURES, llm_scale_ns(batch->llm, OPEN_NS),
                 print_change, NULL);
    atomic_init(&not_made, 0);
    process_with(batch, results, work);
    breaker_destroy(&breaker);
    log_line("Not made     %d calls, while the breaker was open\n",
             atomic_load(&not_made));
}
