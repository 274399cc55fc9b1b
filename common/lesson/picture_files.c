#include "lesson/picture_files.h"

#include "news/output_file.h"
#include "observe/log.h"
#include "picture/circle.h"
#include "picture/replay.h"
#include "picture/screen.h"
#include "picture/svg.h"
#include "picture/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A file and what writes it. */
struct picture_file {
    const char *option;
    const char *path;
    struct output_file output; /* open, if its stream is not NULL */
};

static struct picture_file trace_file = {.option = "trace"};
static struct trace *trace; /* NULL: none */
static struct picture_file replay_file = {.option = "replay"};
static struct replay *replay; /* NULL: none */
static struct picture_file svg_file = {.option = "svg"};
static struct svg *svg;       /* NULL: none */
static bool is_svg_begun;     /* it shows this run */
static struct circle *circle; /* for the picture of this run, should it stall; may be NULL */

/* How many characters a line below a picture may have. */
#define SVG_COLUMNS 100
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
    FILE *stream = open_file(&trace_file, options->trace);

    if (stream != NULL && (trace = trace_create(stream)) == NULL)
        close_file(&trace_file, ENOMEM);
    stream = open_file(&replay_file, options->replay);
    if (stream != NULL && (replay = replay_create(stream)) == NULL)
        close_file(&replay_file, ENOMEM);
    if (open_file(&svg_file, options->svg) != NULL &&
        (svg = svg_create(options->svg_axis_ns)) == NULL)
        close_file(&svg_file, ENOMEM);
}

size_t picture_files_begin(const struct picture_about *about, struct span_sink *sinks, size_t count)
{
    if (trace != NULL) {
        trace_begin(trace, about);
        sinks[count++] = trace_sink(trace);
    }
    if (replay != NULL) {
        replay_begin(replay, about);
        sinks[count++] = replay_sink(replay);
    }
    if (svg != NULL) {
        int error = svg_begin(svg, about);

        is_svg_begun = error == 0;
        if (is_svg_begun)
            sinks[count++] = svg_sink(svg);
        tell(&svg_file, error);
    }
    circle = is_svg_begun ? circle_create() : NULL;
    if (circle != NULL)
        sinks[count++] = circle_sink(circle);
    return count;
}

void picture_files_give_up(int error)
{
    close_file(&trace_file, error);
    close_file(&replay_file, error);
    close_file(&svg_file, error);
    trace_destroy(trace);
    replay_destroy(replay);
    svg_destroy(svg);
    circle_destroy(circle);
    trace = NULL;
    replay = NULL;
    svg = NULL;
    circle = NULL;
    is_svg_begun = false;
}

void picture_files_flush(void)
{
    if (trace != NULL)
        trace_flush(trace);
}

void picture_files_stall(const struct spans *spans)
{
    const struct screen screen = {.columns = SVG_COLUMNS + 1};
    char *text = circle != NULL ? circle_draw(circle, spans, &screen) : NULL, *rest = text;

    if (text == NULL)
        return;
    for (char *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        svg_note(svg, line);
    free(text);
}

static void finish_trace(void)
{
    close_file(&trace_file, trace_finish(trace));
    trace_destroy(trace);
    trace = NULL;
}

static void finish_replay(void)
{
    close_file(&replay_file, replay_finish(replay));
    replay_destroy(replay);
    replay = NULL;
}

void picture_files_end(const struct spans *spans)
{
    if (trace != NULL && trace_end(trace) != 0)
        finish_trace();
    if (replay != NULL && replay_end(replay, spans) != 0)
        finish_replay();
    if (is_svg_begun)
        svg_end(svg);
    is_svg_begun = false;
    circle_destroy(circle);
    circle = NULL;
}

static void finish_svg(void)
{
    int error = svg_write(svg, svg_file.output.stream);

    /* Why a write failed is found out as the file is closed. */
    close_file(&svg_file, ferror(svg_file.output.stream) ? 0 : error);
    svg_destroy(svg);
    svg = NULL;
}

bool picture_files_close(void)
{
    if (trace != NULL)
        finish_trace();
    if (replay != NULL)
        finish_replay();
    if (svg != NULL)
        finish_svg();
    return !has_failed;
}
