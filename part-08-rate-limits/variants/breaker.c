/*
 * ALSO: retry behind a circuit breaker, for a provider that is out of order. After some failures in
 * a row it opens: for a while no call is made at all, and whoever wants one is told at once,
 * instead of after a call's whole latency. Then one call probes; if it succeeds, all go on.
 */
#include "pipeline.h"

#include "system/clock.h"
#include "observe/log.h"
#include "sync/backoff.h"
#include "sync/breaker.h"

#include <errno.h>
#include <stdatomic.h>

#define ATTEMPTS_MAX 40
#define FAILURES 3 /* in a row, that open it */
#define OPEN_NS (2 * NS_PER_S)

static const struct backoff backoff = {
    .base_ns = 500 * NS_PER_MS, .cap_ns = 4 * NS_PER_S, .has_jitter = true};

struct guarded {
    struct breaker breaker;
    atomic_int not_made; /* calls, because it was open */
};

static bool is_worth_another(int error)
{
    return error == EAGAIN || error == EIO || error == ETIMEDOUT || error == ECONNREFUSED;
}

static int call_through(struct guarded *guarded, const struct request *request,
                        struct article_error *why)
{
    struct breaker *breaker = &guarded->breaker;
    uint64_t pass;
    int error = breaker_enter(breaker, &pass);

    if (error != 0) {
        atomic_fetch_add_explicit(&guarded->not_made, 1, memory_order_relaxed);
        why->article_id = request->article->id;
        why->stage = llm_task_name(request->task);
        why->retry_after_ns = 0; /* that was the provider's, of an attempt before */
        return why->cause = error;
    }
    error = call_provider(request, why);
    if (error == ECANCELED)
        breaker_forget(breaker, pass);
    else
        breaker_leave(breaker, pass, error == 0);
    return error;
}

static int call_again(void *argument, const struct request *request, struct article_error *why)
{
    struct llm_client *llm = request->batch->llm;
    char text[ARTICLE_ERROR_SIZE];
    int attempt = 1, error = call_through(argument, request, why);

    for (; is_worth_another(error) && attempt < ATTEMPTS_MAX; attempt++) {
        uint64_t random = llm_random(llm, request->task, request->article->id, attempt);
        int64_t wait_ns = backoff_wait_ns(&backoff, attempt, why->retry_after_ns, random);

        if (cancel_sleep_until(request->cancel, clock_now_ns() + llm_scale_ns(llm, wait_ns)) != 0)
            return give_up(request, why);
        error = call_through(argument, request, why);
    }
    if (is_worth_another(error))
        log_line("Dead letter: %s\n", article_error_format(why, text, sizeof text));
    return error;
}

static void print_change(void *unused, enum breaker_state from, enum breaker_state to)
{
    (void)unused;
    log_line("Breaker: %s -> %s\n", breaker_state_name(from), breaker_state_name(to));
}

int process_all_breaker(const struct batch *batch, struct ai_results *results)
{
    struct guarded guarded = {.not_made = 0};
    int error;

    breaker_init(&guarded.breaker, FAILURES, llm_scale_ns(batch->llm, OPEN_NS), print_change, NULL);
    error = process_each(batch, results, call_again, &guarded);
    breaker_destroy(&guarded.breaker);
    log_line("Not made     %d calls, while the breaker was open\n", atomic_load(&guarded.not_made));
    return error;
}
