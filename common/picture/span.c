#include "picture/span.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCKS_HELD_MAX 8 /* of a thread at once; what it holds beyond is not shown */

/* What is known of a thread so far. */
struct state {
    struct span_thread thread;
    bool is_open; /* it is in a call, or waits */
    struct span open;
    struct span *held; /* room for LOCKS_HELD_MAX, from its first lock to its end; or NULL */
    int held_count;
};

struct spans {
    struct span_sink sinks[SPAN_SINKS_MAX];
    size_t sink_count;
    struct state *states; /* by the threads' numbers */
    size_t count, capacity;
};

struct spans *spans_create(const struct span_sink *sinks, size_t count)
{
    struct spans *spans = calloc(1, sizeof *spans);

    if (spans == NULL)
        return NULL;
    spans->sink_count = count;
    if (count > 0)
        memcpy(spans->sinks, sinks, count * sizeof *sinks);
    return spans;
}

void spans_destroy(struct spans *spans)
{
    if (spans == NULL)
        return;
    for (size_t i = 0; i < spans->count; i++)
        free(spans->states[i].held);
    free(spans->states);
    free(spans);
}

/* Returns the thread's state, or NULL without memory: then the thread is not shown. */
static struct state *state_of(struct spans *spans, int thread)
{
    size_t needed = (size_t)thread + 1, capacity = spans->capacity;
    struct state *states;

    if (needed > capacity) {
        capacity = capacity * 2 > needed ? capacity * 2 : needed + 16;
        states = realloc(spans->states, capacity * sizeof *states);
        if (states == NULL)
            return NULL;
        spans->states = states;
        spans->capacity = capacity;
    }
    for (; spans->count < needed; spans->count++)
        spans->states[spans->count] =
            (struct state){.thread.started_ns = INT64_MAX, .thread.ended_ns = INT64_MAX};
    return &spans->states[thread];
}

#define TELL(spans, function, ...)                                                        \
    do                                                                                    \
        for (size_t sink = 0; sink < (spans)->sink_count; sink++)                         \
            if ((spans)->sinks[sink].function != NULL)                                    \
                (spans)->sinks[sink].function((spans)->sinks[sink].context, __VA_ARGS__); \
    while (0)

static void know_thread(void *context, int thread, const char *name)
{
    struct spans *spans = context;
    struct state *state = state_of(spans, thread);

    if (state == NULL)
        return;
    snprintf(state->thread.name, sizeof state->thread.name, "%s", name);
    TELL(spans, on_thread, thread, name);
}

/* Ends what the thread does. */
static void close_span(struct spans *spans, struct state *state, enum span_end end, int64_t at_ns)
{
    if (!state->is_open)
        return;
    state->is_open = false;
    state->open.end = end;
    /* Threads that were left behind begin calls after the end of the run. */
    state->open.to_ns = at_ns > state->open.from_ns ? at_ns : state->open.from_ns;
    TELL(spans, on_span, &state->open);
}

static void open_span(struct state *state, enum span_kind kind, const struct timeline_event *event)
{
    state->is_open = true;
    state->open = (struct span){
        .kind = kind,
        .thread = event->thread,
        .from_ns = event->at_ns,
        .to_ns = event->at_ns,
        .article = event->article,
        .attempt = event->attempt,
        .task = (enum llm_task)event->task,
        .in_flight = kind == SPAN_CALL ? event->count : 0,
        .wait = (enum timeline_wait)event->wait,
        .object = event->object,
        .count = kind == SPAN_CALL ? 0 : event->count,
        .capacity = event->capacity,
        .woken_by = TIMELINE_NOBODY,
    };
    memcpy(state->open.name, event->name, sizeof event->name);
}

static void take_lock(struct spans *spans, struct state *state, const struct timeline_event *event)
{
    /* It had to wait only if the lock was given back after it wanted it. */
    if (state->is_open && state->open.wait == TIMELINE_LOCK) {
        if (event->other != TIMELINE_NOBODY && event->other_ns >= state->open.from_ns) {
            state->open.woken_by = event->other;
            state->open.woken_ns = event->other_ns;
            close_span(spans, state, SPAN_OVER, event->at_ns);
        }
        state->is_open = false;
    }
    if (state->held == NULL)
        state->held = malloc(LOCKS_HELD_MAX * sizeof *state->held);
    if (state->held == NULL || state->held_count == LOCKS_HELD_MAX)
        return;
    state->held[state->held_count] = (struct span){.kind = SPAN_HOLD,
                                                   .thread = event->thread,
                                                   .from_ns = event->at_ns,
                                                   .wait = TIMELINE_LOCK,
                                                   .object = event->object,
                                                   .woken_by = TIMELINE_NOBODY};
    memcpy(state->held[state->held_count].name, event->name, sizeof event->name);
    state->held[state->held_count].to_ns = event->at_ns;
    TELL(spans, on_begin, &state->held[state->held_count]);
    state->held_count++;
}

static void release_lock(struct spans *spans, struct state *state, const void *lock, int64_t at_ns)
{
    for (int i = state->held_count - 1; i >= 0; i--) {
        struct span *held = &state->held[i];

        if (held->object != lock)
            continue;
        held->end = SPAN_OVER;
        held->to_ns = at_ns;
        TELL(spans, on_span, held);
        *held = state->held[--state->held_count];
        return;
    }
}

static void refuse(struct spans *spans, struct state *state, const struct timeline_event *event)
{
    if (!state->is_open)
        open_span(state, SPAN_REFUSED, event);
    close_span(spans, state, SPAN_OVER, event->at_ns);
}

static void take_event(void *context, const struct timeline_event *event)
{
    struct spans *spans = context;
    struct state *state = state_of(spans, event->thread);

    if (state == NULL)
        return;
    switch ((enum timeline_kind)event->kind) {
    case TIMELINE_STARTED:
        state->thread.has_started = true;
        state->thread.started_ns = event->at_ns;
        TELL(spans, on_started, event->thread, event->at_ns);
        break;
    case TIMELINE_ENDED:
        close_span(spans, state, SPAN_OVER, event->at_ns);
        state->thread.ended_ns = event->at_ns;
        if (state->held_count == 0) { /* a thread may have kept a lock */
            free(state->held);
            state->held = NULL;
        }
        TELL(spans, on_ended, event->thread, event->at_ns);
        break;
    case TIMELINE_WAITS:
        open_span(state, SPAN_WAIT, event);
        break;
    case TIMELINE_WOKEN:
        state->open.woken_by = event->other;
        state->open.woken_ns = event->other_ns;
        close_span(spans, state, SPAN_OVER, event->at_ns);
        break;
    case TIMELINE_HOLDS:
        take_lock(spans, state, event);
        break;
    case TIMELINE_RELEASES:
        release_lock(spans, state, event->object, event->at_ns);
        break;
    case TIMELINE_CALL:
        open_span(state, SPAN_CALL, event);
        TELL(spans, on_begin, &state->open);
        break;
    case TIMELINE_ANSWERED:
        close_span(spans, state, SPAN_ANSWERED, event->at_ns);
        break;
    case TIMELINE_FAILED:
        close_span(spans, state, SPAN_FAILED, event->at_ns);
        break;
    case TIMELINE_GIVEN_UP:
        close_span(spans, state, SPAN_GIVEN_UP, event->at_ns);
        break;
    case TIMELINE_REFUSED:
        refuse(spans, state, event);
        break;
    case TIMELINE_TAKEN:
        TELL(spans, on_taken, event->thread, event->article, event->at_ns);
        break;
    case TIMELINE_STORED:
        TELL(spans, on_stored, event->thread, event->article, event->at_ns);
        break;
    case TIMELINE_LINE:
        TELL(spans, on_line, event->at_ns, event->text);
        break;
    }
}

void spans_read(struct spans *spans)
{
    const struct timeline_reader reader = {spans, know_thread, take_event};

    timeline_read(&reader);
}

void spans_finish(struct spans *spans, int64_t end_ns)
{
    spans_read(spans);
    for (size_t i = 0; i < spans->count; i++) {
        struct state *state = &spans->states[i];

        for (int held = 0; held < state->held_count; held++) {
            state->held[held].end = SPAN_OPEN;
            if (end_ns > state->held[held].from_ns)
                state->held[held].to_ns = end_ns;
            TELL(spans, on_span, &state->held[held]);
        }
        close_span(spans, state, SPAN_OPEN, end_ns);
    }
}

size_t spans_thread_count(const struct spans *spans)
{
    return spans->count;
}

const struct span_thread *spans_thread(const struct spans *spans, int thread)
{
    return &spans->states[thread].thread;
}

bool spans_open(const struct spans *spans, int thread, int64_t now_ns, struct span *span)
{
    const struct state *state = &spans->states[thread];

    if (!state->is_open)
        return false;
    *span = state->open;
    if (now_ns > span->to_ns)
        span->to_ns = now_ns;
    return true;
}

int spans_holder(const struct spans *spans, const void *lock)
{
    for (size_t i = 0; i < spans->count; i++)
        for (int held = 0; held < spans->states[i].held_count; held++)
            if (spans->states[i].held[held].object == lock)
                return (int)i;
    return TIMELINE_NOBODY;
}

static const char *wait_words(const struct span *span, char *text, size_t size)
{
    switch (span->wait) {
    case TIMELINE_LOCK:
        snprintf(text, size, "waiting for the lock \"%s\"", span->name);
        break;
    case TIMELINE_SEND:
        snprintf(text, size, "sending to \"%s\"", span->name);
        break;
    case TIMELINE_RECEIVE:
        snprintf(text, size, "receiving from \"%s\"", span->name);
        break;
    case TIMELINE_SELECT:
        snprintf(text, size, "selecting among %s", span->name);
        break;
    case TIMELINE_WAIT_GROUP:
        snprintf(text, size, "waiting for the wait group \"%s\"", span->name);
        break;
    case TIMELINE_SEMAPHORE:
        snprintf(text, size, "waiting for the semaphore \"%s\"", span->name);
        break;
    case TIMELINE_TOKEN:
        snprintf(text, size, "waiting for the next token");
        break;
    case TIMELINE_DEADLINE:
    case TIMELINE_NO_WAIT:
        snprintf(text, size, "sleeping");
        break;
    }
    return text;
}

const char *span_words(const struct span *span, char *text, size_t size)
{
    switch (span->kind) {
    case SPAN_CALL:
        if (span->attempt > 1)
            snprintf(text, size, "%s of article %d, attempt %d", llm_task_name(span->task),
                     span->article, span->attempt);
        else
            snprintf(text, size, "%s of article %d", llm_task_name(span->task), span->article);
        return text;
    case SPAN_REFUSED:
        snprintf(text, size, "%s of article %d refused", llm_task_name(span->task), span->article);
        return text;
    case SPAN_HOLD:
        snprintf(text, size, "holding the lock \"%s\"", span->name);
        return text;
    case SPAN_WAIT:
        break;
    }
    return wait_words(span, text, size);
}
