/*
 * A run as spans of time: what each thread did from when to when. Every picture is drawn from
 * spans. They are made of the timeline's events as these are read, so that a run of any length
 * needs no more memory than its threads do.
 */
#ifndef PICTURE_SPAN_H
#define PICTURE_SPAN_H

#include "news/ai_result.h"
#include "observe/timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum span_kind {
    SPAN_CALL,    /* a call in flight */
    SPAN_REFUSED, /* a call that was refused at once: to_ns is from_ns */
    SPAN_WAIT,    /* it cannot go on; never within a call, whose answer it waits for then */
    SPAN_HOLD     /* it holds a lock: the one kind that overlaps the others of its thread */
};

enum span_end {
    SPAN_OPEN, /* it is not over: at the run's end, or when it was asked for */
    SPAN_OVER, /* a wait, a hold or a refused call is over */
    SPAN_ANSWERED,
    SPAN_FAILED,
    SPAN_GIVEN_UP
};

struct span {
    enum span_kind kind;
    enum span_end end;
    int thread;
    int64_t from_ns, to_ns; /* on the clock of clock_now_ns(); of an open one, to_ns is until when
                               it is known */
    /* Of a call, refused or not. */
    int article, attempt;
    enum llm_task task;
    int in_flight; /* calls in flight as it began, itself included */
    /* Of a wait or a hold. */
    enum timeline_wait wait;
    const void *object; /* compared, never followed */
    char name[TIMELINE_NAME_SIZE];
    int count, capacity; /* as in struct timeline_event, when the wait began */
    int woken_by;        /* the thread that ended the wait, or TIMELINE_NOBODY */
    int64_t woken_ns;    /* when that thread did so */
};

/* One thread of the run. */
struct span_thread {
    char name[TIMELINE_NAME_SIZE];
    int64_t started_ns, ended_ns; /* ended_ns is INT64_MAX while it lives */
    bool has_started;
};

/* What is told as the events are read. Any function may be NULL. */
struct span_sink {
    void *context;
    /* The thread is known; its name does not change any more. */
    void (*on_thread)(void *context, int thread, const char *name);
    void (*on_started)(void *context, int thread, int64_t at_ns);
    void (*on_ended)(void *context, int thread, int64_t at_ns);
    /* A call is in flight or a lock is held from now on: SPAN_OPEN, and to_ns is from_ns. */
    void (*on_begin)(void *context, const struct span *span);
    /* A span is over. The spans of a thread come in the order of their ends. */
    void (*on_span)(void *context, const struct span *span);
    void (*on_taken)(void *context, int thread, int article, int64_t at_ns);
    void (*on_stored)(void *context, int thread, int article, int64_t at_ns);
    /* A line of the log. The text is gone after the call. */
    void (*on_line)(void *context, int64_t at_ns, const char *text);
};

#define SPAN_SINKS_MAX 8

struct spans; /* the reader of one recording */

/* Makes a reader for up to SPAN_SINKS_MAX sinks. Returns NULL without memory. The caller's. */
struct spans *spans_create(const struct span_sink *sinks, size_t count);

void spans_destroy(struct spans *spans);

/* Reads what the timeline has now, and tells the sinks. One thread at a time. */
void spans_read(struct spans *spans);

/*
 * Ends the run at end_ns: reads the rest, and gives each span that is not over to the sinks, with
 * SPAN_OPEN and to_ns = end_ns, or from_ns if it began later. Once.
 */
void spans_finish(struct spans *spans, int64_t end_ns);

/* How many threads are known, and one of them. */
size_t spans_thread_count(const struct spans *spans);
const struct span_thread *spans_thread(const struct spans *spans, int thread);

/*
 * What the thread does at this moment, as far as it was read: *span is its open call or wait, with
 * to_ns = now_ns. Returns false if it does something of its own, or has not started, or has ended.
 */
bool spans_open(const struct spans *spans, int thread, int64_t now_ns, struct span *span);

/* The thread that holds the lock at this moment, or TIMELINE_NOBODY. */
int spans_holder(const struct spans *spans, const void *lock);

/*
 * Writes what the thread of the span does or waits for, in words that follow its name: "summarize
 * of article 3", "receiving from "jobs"", "waiting for the lock "results"". Returns text.
 */
const char *span_words(const struct span *span, char *text, size_t size);

#endif
