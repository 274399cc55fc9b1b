#include "sync/breaker.h"

#include "sync/check.h"
#include "system/clock.h"

#include <errno.h>

void breaker_init(struct breaker *breaker, int failures, int64_t open_ns,
                  void (*on_change)(void *context, enum breaker_state from, enum breaker_state to),
                  void *context)
{
    CHECK_CALLER(failures >= 1, "breaker_init: the breaker would never be closed");
    *breaker = (struct breaker){
        .failures = failures,
        .open_ns = open_ns,
        .on_change = on_change,
        .context = context,
        .state = BREAKER_CLOSED,
    };
    mutex_init(&breaker->lock, "circuit breaker");
}

void breaker_destroy(struct breaker *breaker)
{
    mutex_destroy(&breaker->lock);
}

/* The caller holds the lock. */
static void change(struct breaker *breaker, enum breaker_state to)
{
    enum breaker_state from = breaker->state;

    breaker->state = to;
    breaker->changes++;
    breaker->failed_in_a_row = 0;
    breaker->has_probe = false;
    if (to == BREAKER_OPEN)
        breaker->opened_ns = clock_now_ns();
    if (breaker->on_change != NULL)
        breaker->on_change(breaker->context, from, to);
}

int breaker_enter(struct breaker *breaker, uint64_t *pass)
{
    int error = 0;

    mutex_lock(&breaker->lock);
    if (breaker->state == BREAKER_OPEN && clock_now_ns() - breaker->opened_ns >= breaker->open_ns)
        change(breaker, BREAKER_HALF_OPEN);
    if (breaker->state == BREAKER_OPEN || breaker->has_probe)
        error = ECONNREFUSED;
    else
        breaker->has_probe = breaker->state == BREAKER_HALF_OPEN;
    if (error == 0)
        *pass = breaker->changes;
    mutex_unlock(&breaker->lock);
    return error;
}

void breaker_leave(struct breaker *breaker, uint64_t pass, bool succeeded)
{
    mutex_lock(&breaker->lock);
    /* While it is open, no pass is valid. */
    if (pass == breaker->changes) {
        if (breaker->state == BREAKER_HALF_OPEN)
            change(breaker, succeeded ? BREAKER_CLOSED : BREAKER_OPEN);
        else if (succeeded)
            breaker->failed_in_a_row = 0;
        else if (++breaker->failed_in_a_row == breaker->failures)
            change(breaker, BREAKER_OPEN);
    }
    mutex_unlock(&breaker->lock);
}

void breaker_forget(struct breaker *breaker, uint64_t pass)
{
    mutex_lock(&breaker->lock);
    if (pass == breaker->changes)
        breaker->has_probe = false;
    mutex_unlock(&breaker->lock);
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {
        [BREAKER_CLOSED] = "closed",
        [BREAKER_OPEN] = "open",
        [BREAKER_HALF_OPEN] = "half-open",
    };

    return (size_t)state < sizeof names / sizeof *names ? names[state] : "unknown";
}
