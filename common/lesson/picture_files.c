#include "lesson/picture_files.h"

#include "news/output_file.h"
#include "observe/log.h"
#include "picture/replay.h"
#include "picture/trace.h"

#include <errno.h>
#include <string.h>

/* A file and what writes it. */
struct picture_file {
    const char *option;
    const char *path;
    struct output_file output; /* open, if its stream is not NULL */
};

static struct picture_file replay_file = {.option = "replay"}, trace_file = {.option = "trace"};
static struct replay *replay; /* NULL: none */
static struct trace *trace;
static bool has_failed; /* one of the files */

static void tell(const struct picture_file *file, int error)
{
    if (error == 0)
        return;
    has_failed = true;
    log_error("--%s=%s: could not be written: %s", file->option, file->path, strerror(error));
}

/* Returns the stream, or NULL: no such picture is wanted, or it cannot be. */
static FILE *open_file(struct picture_file *file, const char *path)
{
    file->path = path;
    file->output.stream = NULL;
    if (path != NULL)
        tell(file, output_file_open(&file->output, path));
    return file->output.stream;
}

/* Closes the file if it is open. error: what went wrong as it was written, or 0. */
static void close_file(struct picture_file *file, int error)
{
    if (file->output.stream != NULL)
        tell(file, output_file_close(&file->output, error));
}

void picture_files_open(const struct options *options)
{
    FILE *stream = open_file(&replay_file, options->replay);

    if (stream != NULL && (replay = replay_create(stream)) == NULL)
        close_file(&replay_file, ENOMEM);
    stream = open_file(&trace_file, options->trace);
    if (stream != NULL && (trace = trace_create(stream)) == NULL)
        close_file(&trace_file, ENOMEM);
}

size_t picture_files_begin(const struct picture_about *about, struct span_sink *sinks, size_t count)
{
    if (replay != NULL) {
        replay_begin(replay, about);
        sinks[count++] = replay_sink(replay);
    }
    if (trace != NULL) {
        trace_begin(trace, about);
        sinks[count++] = trace_sink(trace);
    }
    return count;
}

void picture_files_flush(void)
{
    if (trace != NULL)
        trace_flush(trace);
}

static void finish_replay(void)
{
    close_file(&replay_file, replay_finish(replay));
    replay_destroy(replay);
    replay = NULL;
}

static void finish_trace(void)
{
    close_file(&trace_file, trace_finish(trace));
    trace_destroy(trace);
    trace = NULL;
}

void picture_files_end(const struct spans *spans)
{
    if (replay != NULL && replay_end(replay, spans) != 0)
        finish_replay();
    if (trace != NULL && trace_end(trace) != 0)
        finish_trace();
}

bool picture_files_close(void)
{
    if (replay != NULL)
        finish_replay();
    if (trace != NULL)
        finish_trace();
    return !has_failed;
}
