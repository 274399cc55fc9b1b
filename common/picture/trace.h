/*
 * A run as a trace: Chrome's trace events in JSON, which Perfetto and others show. It is written as
 * the run goes, an event a line, so that a run of any length needs no more memory than its threads
 * do. Times are whole microseconds, as at speed 1, from the run's start. One trace may hold several
 * runs.
 *
 * - Each thread is a track of its name, and one slice of that name from its start to its end.
 *   In it lie what it held, and in these its calls and waits: the slices of a thread nest. Where a
 *   thread gives locks back in the order in which it took them, the second is shown from the moment
 *   at which the first is given back.
 * - An arrow leads from what a thread did as it woke another to the wait that this ended.
 * - A counter tells how many calls are in flight; its largest value is the report's.
 * - A call that was refused, and an article that was taken or stored, is a moment.
 */
#ifndef PICTURE_TRACE_H
#define PICTURE_TRACE_H

#include "picture/about.h"
#include "picture/span.h"

#include <stdio.h>

struct trace;

/*
 * Begins a trace in the stream, which must stay open until trace_finish(). Returns NULL without
 * memory. The caller's.
 */
struct trace *trace_create(FILE *stream);

/*
 * Begins the next run; each is a process of the trace, and all begin at 0. *about must stay valid
 * until trace_end(); its speed and started_ns are needed when the first event is read, the rest at
 * the end.
 */
void trace_begin(struct trace *trace, const struct picture_about *about);

/* What is to be told of the newest run. */
struct span_sink trace_sink(struct trace *trace);

/* To be called now and then, when spans_read() has told all that it knew; as the sink. */
void trace_flush(struct trace *trace);

/*
 * Ends the newest run, after spans_finish(), once *about says when it ended. Returns what
 * trace_finish() would return.
 */
int trace_end(struct trace *trace);

/*
 * Ends the trace. Returns 0; or the errno value of the first write that failed, after which nothing
 * more was written; or ENOMEM. The caller closes the stream, which may fail as well.
 */
int trace_finish(struct trace *trace);

/* NULL: does nothing. */
void trace_destroy(struct trace *trace);

#endif
