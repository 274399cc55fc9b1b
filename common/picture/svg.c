#include "picture/svg.h"

#include "observe/text.h"
#include "picture/svg_run.h"
#include "system/clock.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The layout, in units of the picture, which are pixels where it is not scaled. */
#define WIDTH 860
#define LEFT 100 /* of the lanes: names stand in front of them */
#define LANES 684
#define LANE 18
#define BAR 12
#define MARK 9
#define CALL_HEIGHT 4 /* of one call in flight, unless there are too many */
#define FLIGHT_HEIGHT 48
#define FLIGHT_GAP 7
#define LINE 16
#define CHARACTER 7.3 /* the width of one, in the font's size of 12 */

/* In pixels: what is narrower is drawn together with its neighbours. */
#define NARROW 0.5
/* How many bars and lines a picture has at most, about; each takes a hundred bytes or more. */
#define PIECES_DRAWN 3000

#define RUNS_MAX 32

/* All that looks different. */
enum look {
    LOOK_SUMMARY, /* a call: LOOK_SUMMARY + task */
    LOOK_SENTIMENT,
    LOOK_KEYWORDS,
    LOOK_LOCK, /* waits */
    LOOK_SEND,
    LOOK_RECEIVE,
    LOOK_TURN,
    LOOK_SLEEP,
    LOOK_OTHER,
    LOOK_HOLD,
    LOOK_REFUSED, /* marks */
    LOOK_FAILED,
    LOOK_GIVEN_UP,
    LOOKS
};

static const struct {
    const char *class, *words;
} looks[LOOKS] = {
    {"c0", "summarize"},
    {"c1", "sentiment"},
    {"c2", "keywords"},
    {"wl", "waits for a lock"},
    {"ws", "waits to send"},
    {"wr", "waits to receive"},
    {"wt", "waits for its turn"},
    {"wn", "sleeps"},
    {"wo", "other waits"},
    {"h", "holds a lock"},
    {"x", "refused (429)"},
    {"f", "failed"},
    {"u", "given up"},
};

/* The three calls differ in brightness and pattern, waits in thickness and dashes: so a black and
 * white copy can be read. */
static const char style[] =
    "text{font:12px ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#1c2330}"
    ".t{font-weight:700;font-size:13px}.n{text-anchor:end}.a{text-anchor:middle}"
    ".a,.r{fill:#5b6470;font-size:11px}.e{font-weight:700;fill:#b3261e;font-size:11px}"
    ".bg{fill:#fff}.g{stroke:#d9dde3}"
    ".c0{fill:#1f5f9e}.c1{fill:url(#p1)}.c2{fill:url(#p2)}"
    ".b1{fill:#3f9f63}.b2{fill:#f2b134}.s1{stroke:#d5eedd}.s2{fill:#8a5a00}"
    ".wl,.ws,.wr,.wt,.wn,.wo,.h,.x{fill:none}"
    ".wl{stroke:#c0392b;stroke-width:4}.ws{stroke:#8e5bb5;stroke-width:4;stroke-dasharray:6 2}"
    ".wr{stroke:#7d8896;stroke-width:3;stroke-dasharray:1.5 2.5}"
    ".wt{stroke:#b7791f;stroke-width:3;stroke-dasharray:10 2 2 2}"
    ".wn{stroke:#7d8896;stroke-width:1.5;stroke-dasharray:4 3}"
    ".wo{stroke:#9aa3ae;stroke-width:1.5}.h{stroke:#1c2330;stroke-width:2}"
    ".x{stroke:#c0392b;stroke-width:2}.f{fill:#b3261e}.u{fill:#5b6470}"
    ".m{fill:#fff;font-weight:700;text-anchor:middle}.i{fill:#a9c4de;stroke:#1f5f9e}"
    "@media(prefers-color-scheme:dark){text{fill:#dfe4ea}.bg{fill:#14181d}.g{stroke:#2b323b}"
    ".a,.r{fill:#a4aeb9}.e{fill:#ff8a7a}.c0{fill:#3d8fd9}.b1{fill:#2f8752}.s1{stroke:#8fd3a8}"
    ".s2{fill:#5f3d00}.wl,.x{stroke:#ef6a5b}.ws{stroke:#b58be0}.wr{stroke:#8b97a5}"
    ".wt{stroke:#d69e45}.wn{stroke:#8b97a5}.wo{stroke:#66707c}.h{stroke:#dfe4ea}"
    ".f{fill:#d9483b}.u{fill:#7d8896}.m{fill:#fff}.i{fill:#274a6d;stroke:#6fb1ea}}";

static const char patterns[] =
    "<defs>"
    "<pattern id=\"p1\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect class=\"b1\" width=\"6\" height=\"6\"/>"
    "<path class=\"s1\" d=\"M0 0v6\" stroke-width=\"2\"/></pattern>"
    "<pattern id=\"p2\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"b2\" width=\"6\" height=\"6\"/><circle class=\"s2\" cx=\"3\" cy=\"3\" "
    "r=\"0.9\"/></pattern></defs>";

struct svg {
    struct svg_run *runs[RUNS_MAX];
    size_t count;
    int64_t length_ns; /* of the axis, as at speed 1 */
    FILE *file;        /* while it is written */
    double y;          /* how far down it was drawn */
    bool is_seen[LOOKS];
    double call_height; /* of one call in flight */
};

struct svg *svg_create(int64_t length_ns)
{
    struct svg *svg = calloc(1, sizeof *svg);

    if (svg != NULL)
        svg->length_ns = length_ns;
    return svg;
}

void svg_destroy(struct svg *svg)
{
    if (svg == NULL)
        return;
    for (size_t i = 0; i < svg->count; i++)
        svg_run_destroy(svg->runs[i]);
    free(svg);
}

/* A run that was begun, but could not go on to its end, is not shown. */
static void drop_unended(struct svg *svg)
{
    if (svg->count > 0 && svg->runs[svg->count - 1]->ended.title == NULL)
        svg_run_destroy(svg->runs[--svg->count]);
}

int svg_begin(struct svg *svg, const struct picture_about *about)
{
    struct svg_run *run;

    drop_unended(svg);
    run = svg->count < RUNS_MAX ? svg_run_create(about) : NULL;
    if (run == NULL)
        return ENOMEM;
    svg->runs[svg->count++] = run;
    return 0;
}

static struct svg_run *newest(struct svg *svg)
{
    return svg->runs[svg->count - 1];
}

struct span_sink svg_sink(struct svg *svg)
{
    return svg_run_sink(newest(svg));
}

void svg_note(struct svg *svg, const char *line)
{
    struct svg_run *run = newest(svg);

    if (run->note_count < SVG_NOTES_MAX && (run->notes[run->note_count] = strdup(line)) != NULL)
        run->note_count++;
}

void svg_end(struct svg *svg)
{
    svg_run_end(newest(svg));
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Writes text so that XML holds it: what it may not hold at all is shown as an escape. */
static void write_text(FILE *file, const char *text)
{
    char shown[512];

    text_show(text, strlen(text), "", shown, sizeof shown);
    for (const char *at = shown; *at != '\0'; at++) {
        if (*at == '&')
            fputs("&amp;", file);
        else if (*at == '<')
            fputs("&lt;", file);
        else if (*at == '>')
            fputs("&gt;", file);
        else if (strncmp(at, "\xEF\xBF\xBE", 3) == 0 || strncmp(at, "\xEF\xBF\xBF", 3) == 0)
            at += 2; /* these two are UTF-8, but no characters of XML */
        else
            fputc(*at, file);
    }
}

/* Writes a <text>, its words formatted as by printf(). */
__attribute__((format(printf, 5, 6))) static void
draw_text(const struct svg *svg, const char *class, double x, double y, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(svg->file, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    write_text(svg->file, text);
    fputs("</text>\n", svg->file);
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static double x_of_time(const struct svg *svg, int64_t time_ns)
{
    double share = (double)time_ns / (double)svg->length_ns;

    return LEFT + LANES * fmin(fmax(share, 0), 1);
}

/* As at speed 1. */
static int64_t time_of(const struct svg_run *run, int64_t at_ns)
{
    return picture_time_ns(&run->ended, at_ns);
}

static double x_of(const struct svg *svg, const struct svg_run *run, int64_t at_ns)
{
    return x_of_time(svg, time_of(run, at_ns < run->ended.ended_ns ? at_ns : run->ended.ended_ns));
}

/* ---- Spans ----------------------------------------------------------------------------------- */

static enum look look_of(const struct span *span)
{
    if (span->kind == SPAN_REFUSED)
        return LOOK_REFUSED;
    if (span->kind == SPAN_CALL)
        return (enum look)((int)LOOK_SUMMARY + (int)span->task);
    if (span->kind == SPAN_HOLD)
        return LOOK_HOLD;
    switch (span->wait) {
    case TIMELINE_LOCK:
        return LOOK_LOCK;
    case TIMELINE_SEND:
        return LOOK_SEND;
    case TIMELINE_RECEIVE:
        return LOOK_RECEIVE;
    case TIMELINE_SEMAPHORE:
    case TIMELINE_TOKEN:
        return LOOK_TURN;
    case TIMELINE_DEADLINE:
        return LOOK_SLEEP;
    default:
        return LOOK_OTHER;
    }
}

/* Draws a bar, a line or a cross of this look, without closing its element. */
static void open_shape(struct svg *svg, enum look look, double x, double width, double y)
{
    const char *class = looks[look].class;

    svg->is_seen[look] = true;
    if (look <= LOOK_KEYWORDS)
        fprintf(svg->file, "<rect class=\"%s\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\"",
                class, x, y + (LANE - BAR) / 2.0, width, BAR);
    else if (look == LOOK_REFUSED)
        fprintf(svg->file, "<path class=\"%s\" d=\"M%.1f %.0fl6 6m0-6l-6 6\"", class, x - 3,
                y + LANE / 2.0 - 3);
    else
        fprintf(svg->file, "<path class=\"%s\" d=\"M%.1f %.0fh%.1f\"", class, x,
                y + (look == LOOK_HOLD ? LANE - 2 : LANE / 2.0), width);
}

/* The end of a call that was not answered. */
static void draw_mark(struct svg *svg, enum look look, const char *sign, double x, double y)
{
    svg->is_seen[look] = true;
    fprintf(svg->file, "<rect class=\"%s\" x=\"%.1f\" y=\"%.0f\" width=\"%d\" height=\"%d\"/>",
            looks[look].class, x - MARK, y + 1, MARK, LANE - 2);
    draw_text(svg, "m", x - MARK / 2.0, y + 13, "%s", sign);
}

static void draw_piece(struct svg *svg, const struct svg_run *run, const struct svg_piece *piece,
                       double y)
{
    const struct span *span = &piece->span;
    double x = x_of(svg, run, span->from_ns), to_x = x_of(svg, run, span->to_ns);
    double gap = span->kind == SPAN_CALL && to_x - x > 2 ? 0.5 : 0; /* between two alike calls */
    char words[128], more[32] = "";

    if (span->kind == SPAN_HOLD && to_x - x < NARROW)
        return; /* so short is the rule */
    open_shape(svg, look_of(span), x, fmax(to_x - x - gap, NARROW), y);
    if (piece->others > 0)
        snprintf(more, sizeof more, " and %d more", piece->others);
    fputs("><title>", svg->file);
    write_text(svg->file, span_words(span, words, sizeof words));
    fprintf(svg->file, "%s, %.3f s", more, seconds(time_of(run, span->from_ns)));
    if (span->end == SPAN_OPEN)
        fputs(" to the end", svg->file);
    else if (span->to_ns > span->from_ns)
        fprintf(svg->file, " to %.3f s", seconds(time_of(run, span->to_ns)));
    fprintf(svg->file, "</title></%s>\n", span->kind == SPAN_CALL ? "rect" : "path");
    if (span->end == SPAN_FAILED)
        draw_mark(svg, LOOK_FAILED, "!", to_x, y);
    else if (span->end == SPAN_GIVEN_UP)
        draw_mark(svg, LOOK_GIVEN_UP, "~", to_x, y);
}

static void draw_pieces(struct svg *svg, const struct svg_run *run, const struct svg_pieces *pieces,
                        double y)
{
    for (size_t i = 0; i < pieces->count; i++)
        draw_piece(svg, run, &pieces->items[i], y);
}

/* ---- A run ----------------------------------------------------------------------------------- */

static void draw_lane(struct svg *svg, const struct svg_run *run, const struct svg_lane *lane)
{
    double y = svg->y;

    draw_text(svg, "n", LEFT - 6, y + 13, "%s", lane->name);
    draw_pieces(svg, run, &lane->holds, y);
    draw_pieces(svg, run, &lane->doing, y);
    if (lane->is_open && run->ended.is_stalled)
        draw_text(svg, "e", x_of(svg, run, run->ended.ended_ns) + 5, y + 13, "for ever");
    else if (lane->has_ended && lane != run->lanes)
        draw_text(svg, "r", x_of(svg, run, lane->ended_ns) + 5, y + 13, "%.1f s",
                  seconds(time_of(run, lane->ended_ns)));
    svg->y += LANE;
}

static int most_in_flight(const struct svg_run *run)
{
    int most = 0;

    for (int i = 0; i < FLIGHT_BINS; i++)
        if (run->flight.bins[i].most > most)
            most = run->flight.bins[i].most;
    return most;
}

static double height_of_flight(const struct svg *svg, const struct svg_run *run)
{
    return FLIGHT_GAP + fmax(most_in_flight(run) * svg->call_height, BAR);
}

/* Draws the calls in flight as an area: a call that lasts takes as much of it in every run. */
static void draw_flight(struct svg *svg, const struct svg_run *run)
{
    int columns[LANES], most = most_in_flight(run), before = 0;
    double x = x_of(svg, run, run->ended.ended_ns);
    int count = (int)fmax(ceil(x - LEFT), 1);
    double bottom = svg->y + height_of_flight(svg, run);
    double middle = (svg->y + FLIGHT_GAP + bottom) / 2 + 4; /* of a line of text */

    flight_columns(&run->flight, run->ended.ended_ns, columns, count);
    draw_text(svg, "n", LEFT - 6, middle, "in flight");
    fprintf(svg->file, "<path class=\"i\" d=\"M%d %.1f", LEFT, bottom);
    for (int i = 0; i < count; i++) {
        if (columns[i] != before)
            fprintf(svg->file, "H%.1fV%.1f", LEFT + (x - LEFT) * i / count,
                    bottom - columns[i] * svg->call_height);
        before = columns[i];
    }
    fprintf(svg->file, "H%.1fV%.1fz\"><title>calls in flight: at most %d</title></path>\n", x,
            bottom, most);
    draw_text(svg, "r", x + 5, middle, "at most %d", most);
    svg->y = bottom;
}

/* The distance of two marks of the axis: 1, 2 or 5, or ten times as much, or ... */
static double step_of(double length)
{
    double step = pow(10, floor(log10(length / 8)));
    double steps = length / 8 / step;

    return steps > 5 ? step * 10 : steps > 2 ? step * 5 : steps > 1 ? step * 2 : step;
}

/* The lines go behind what is drawn on them. */
static void draw_axis(struct svg *svg, double top, double bottom)
{
    double length = seconds(svg->length_ns), step = step_of(length);

    for (int i = 0; i * step <= length; i++) {
        double x = LEFT + LANES * i * step / length;

        fprintf(svg->file, "<path class=\"g\" d=\"M%.1f %.0fV%.0f\"/>", x, top, bottom);
        draw_text(svg, "a", x, bottom + 13, i == 0 ? "%g s" : "%g", i * step);
    }
}

static void draw_run(struct svg *svg, const struct svg_run *run)
{
    const struct svg_lane *lanes[SVG_LANES_MAX];
    size_t count = svg_run_order(run, lanes);
    double top;

    svg->y += 20;
    draw_text(svg, "t", 8, svg->y, "%s: %s", run->ended.title, run->ended.figures);
    svg->y += LINE;
    draw_text(svg, "r", 8, svg->y, "%s", run->ended.summary);
    svg->y += 8;
    top = svg->y;
    draw_axis(svg, top,
              top + (double)(count + (run->hidden > 0)) * LANE + height_of_flight(svg, run));
    for (size_t i = 0; i < count; i++)
        draw_lane(svg, run, lanes[i]);
    if (run->hidden > 0) {
        draw_text(svg, "r", LEFT, svg->y + 13, "... and %zu more threads", run->hidden);
        svg->y += LANE;
    }
    draw_flight(svg, run);
    svg->y += LINE;
    for (size_t i = 0; i < run->note_count; i++) {
        svg->y += LINE;
        draw_text(svg, "k", LEFT, svg->y, "%s", run->notes[i]);
    }
    if (run->lost > 0) {
        svg->y += LINE;
        draw_text(svg, "e", LEFT, svg->y, "%zu spans are missing: there was no memory for them",
                  run->lost);
    }
    svg->y += 6;
}

/* ---- The picture ----------------------------------------------------------------------------- */

static void draw_legend(struct svg *svg)
{
    double x = LEFT;

    svg->y += 6;
    for (enum look look = 0; look < LOOKS; look++) {
        double width = 24 + CHARACTER * (double)strlen(looks[look].words) + 16;

        if (!svg->is_seen[look])
            continue;
        if (x + width > WIDTH) {
            x = LEFT;
            svg->y += LANE;
        }
        if (look == LOOK_FAILED || look == LOOK_GIVEN_UP) {
            draw_mark(svg, look, look == LOOK_FAILED ? "!" : "~", x + 16, svg->y);
        } else {
            open_shape(svg, look, look == LOOK_REFUSED ? x + 9 : x, look == LOOK_REFUSED ? 0 : 18,
                       look == LOOK_HOLD ? svg->y - 6 : svg->y);
            fputs("/>", svg->file);
        }
        draw_text(svg, "k", x + 24, svg->y + 13, "%s", looks[look].words);
        x += width;
    }
    svg->y += LANE + 6;
}

static void write_head(const struct svg *svg)
{
    fprintf(svg->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
            "viewBox=\"0 0 %d %.0f\" role=\"img\" xml:space=\"preserve\" aria-labelledby=\"title "
            "desc\">\n"
            "<title id=\"title\">",
            WIDTH, svg->y, WIDTH, svg->y);
    for (size_t i = 0; i < svg->count; i++) {
        fputs(i == 0 ? "" : "; ", svg->file);
        write_text(svg->file, svg->runs[i]->ended.title);
    }
    fputs(
        "</title>\n<desc id=\"desc\">A lane for each thread, time across; at the bottom the calls "
        "in flight.",
        svg->file);
    for (size_t i = 0; i < svg->count; i++) {
        const struct svg_run *run = svg->runs[i];
        const char *const texts[] = {" ",  run->ended.title,   ": ", run->ended.figures,
                                     ". ", run->ended.summary, ". ", run->ended.command,
                                     "."};

        for (size_t at = 0; at < sizeof texts / sizeof *texts; at++)
            write_text(svg->file, texts[at]);
    }
    fprintf(svg->file, "</desc>\n<style>%s</style>\n%s\n", style, patterns);
    fprintf(svg->file, "<rect class=\"bg\" width=\"100%%\" height=\"100%%\"/>\n");
}

static void draw(struct svg *svg)
{
    svg->y = 0;
    memset(svg->is_seen, 0, sizeof svg->is_seen);
    for (size_t i = 0; i < svg->count; i++)
        draw_run(svg, svg->runs[i]);
    draw_legend(svg);
}

/* Sets the scale of all runs, and merges what it makes too narrow. */
static void fit(struct svg *svg)
{
    size_t pieces = PIECES_DRAWN + 1;
    int most = 1;

    for (size_t i = 0; i < svg->count; i++) {
        const struct svg_run *run = svg->runs[i];
        int64_t length_ns = time_of(run, run->ended.ended_ns);

        if (length_ns > svg->length_ns)
            svg->length_ns = length_ns;
        if (most_in_flight(run) > most)
            most = most_in_flight(run);
    }
    if (svg->length_ns < NS_PER_MS)
        svg->length_ns = NS_PER_MS;
    svg->call_height = fmin(CALL_HEIGHT, (double)FLIGHT_HEIGHT / most);
    for (double narrow = NARROW; pieces > PIECES_DRAWN && narrow < LANES; narrow *= 2) {
        pieces = 0;
        for (size_t i = 0; i < svg->count; i++) {
            double narrow_ns = (double)svg->length_ns / LANES * narrow;

            svg_run_merge(svg->runs[i], (int64_t)(narrow_ns / svg->runs[i]->ended.speed));
            pieces += svg->runs[i]->pieces;
        }
    }
}

int svg_write(struct svg *svg, FILE *file)
{
    char *body = NULL;
    size_t size;
    int error = 0;

    drop_unended(svg);
    fit(svg);
    /* The height, which stands first, is known last. */
    svg->file = open_memstream(&body, &size);
    if (svg->file == NULL)
        return errno;
    draw(svg);
    if (fclose(svg->file) != 0) {
        free(body);
        return ENOMEM;
    }
    svg->file = file;
    errno = 0;
    write_head(svg);
    fwrite(body, 1, size, file);
    fputs("</svg>\n", file);
    if (ferror(file))
        error = errno != 0 ? errno : EIO;
    free(body);
    return error;
}
