#include "picture/svg_run.h"

#include "picture/lanes.h"
#include "system/clock.h"

#include <stdlib.h>
#include <string.h>

/* More pieces than that are merged: a few megabytes, and more than a page can show. */
#define PIECES_MAX 16384

struct svg_run *svg_run_create(const struct picture_about *about)
{
    struct svg_run *run = calloc(1, sizeof *run);

    if (run != NULL)
        run->about = about;
    return run;
}

void svg_run_destroy(struct svg_run *run)
{
    if (run == NULL)
        return;
    for (size_t i = 0; i < SVG_LANES_MAX; i++) {
        free(run->lanes[i].doing.items);
        free(run->lanes[i].holds.items);
    }
    for (size_t i = 0; i < run->note_count; i++)
        free(run->notes[i]);
    for (size_t i = 0; i < sizeof run->strings / sizeof *run->strings; i++)
        free(run->strings[i]);
    free(run);
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

/* How much a span must be seen, whatever its length. */
static int weight_of(const struct span *span)
{
    if (span->kind == SPAN_REFUSED || span->end == SPAN_FAILED)
        return 2;
    return span->end == SPAN_GIVEN_UP;
}

static bool are_alike(const struct span *one, const struct span *other)
{
    return one->kind == other->kind && one->kind != SPAN_CALL && one->kind != SPAN_REFUSED &&
           one->wait == other->wait && one->object == other->object;
}

/* Makes the later piece a part of the earlier one if both are too narrow to be told apart. */
static bool absorb(struct svg_piece *piece, const struct svg_piece *next, int64_t narrow_ns)
{
    int64_t from_ns = piece->span.from_ns, to_ns = next->span.to_ns;
    int heavier = weight_of(&next->span) - weight_of(&piece->span);

    if (next->span.from_ns - piece->span.to_ns >= narrow_ns ||
        (!are_alike(&piece->span, &next->span) && to_ns - from_ns >= narrow_ns))
        return false;
    piece->others += next->others + 1;
    if (heavier > 0 || (heavier == 0 && next->longest_ns > piece->longest_ns)) {
        piece->span = next->span;
        piece->longest_ns = next->longest_ns;
        piece->span.from_ns = from_ns;
    }
    piece->span.to_ns = to_ns;
    return true;
}

static size_t merge(struct svg_pieces *pieces, int64_t narrow_ns)
{
    size_t count = 0;

    for (size_t i = 0; i < pieces->count; i++)
        if (count == 0 || !absorb(&pieces->items[count - 1], &pieces->items[i], narrow_ns))
            pieces->items[count++] = pieces->items[i];
    pieces->count = count;
    return count;
}

void svg_run_merge(struct svg_run *run, int64_t narrow_ns)
{
    if (narrow_ns <= run->narrow_ns)
        return;
    run->narrow_ns = narrow_ns;
    run->pieces = 0;
    for (size_t i = 0; i < SVG_LANES_MAX; i++)
        run->pieces +=
            merge(&run->lanes[i].doing, narrow_ns) + merge(&run->lanes[i].holds, narrow_ns);
}

/* Returns false without memory. */
static bool append(struct svg_run *run, struct svg_pieces *pieces, const struct span *span)
{
    struct svg_piece piece = {*span, 0, span->to_ns - span->from_ns};

    if (run->narrow_ns > 0 && pieces->count > 0 &&
        absorb(&pieces->items[pieces->count - 1], &piece, run->narrow_ns))
        return true;
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity * 2 + 8;
        struct svg_piece *items = realloc(pieces->items, capacity * sizeof *items);

        if (items == NULL)
            return false;
        pieces->items = items;
        pieces->capacity = capacity;
    }
    pieces->items[pieces->count++] = piece;
    run->pieces++;
    return true;
}

/* ---- What is told ---------------------------------------------------------------------------- */

static void on_thread(void *context, int thread, const char *name)
{
    struct svg_run *run = context;
    struct svg_lane *lane;

    if (thread >= SVG_LANES_MAX) {
        run->hidden++;
        return;
    }
    lane = &run->lanes[thread];
    lane->is_known = true;
    strncpy(lane->name, name, sizeof lane->name - 1);
}

static void on_ended(void *context, int thread, int64_t at_ns)
{
    struct svg_run *run = context;

    if (thread < SVG_LANES_MAX) {
        run->lanes[thread].has_ended = true;
        run->lanes[thread].ended_ns = at_ns;
    }
}

static void on_span(void *context, const struct span *span)
{
    struct svg_run *run = context;
    struct svg_lane *lane = &run->lanes[span->thread < SVG_LANES_MAX ? span->thread : 0];

    run->flight.started_ns =
        run->about->started_ns; /* which was not known before the first event */
    flight_add(&run->flight, span);
    if (span->thread >= SVG_LANES_MAX)
        return;
    if (span->end == SPAN_OPEN && span->kind != SPAN_HOLD)
        lane->is_open = true;
    if (!append(run, span->kind == SPAN_HOLD ? &lane->holds : &lane->doing, span))
        run->lost++;
    while (run->pieces > PIECES_MAX)
        svg_run_merge(run, run->narrow_ns > 0 ? 2 * run->narrow_ns : NS_PER_US);
}

struct span_sink svg_run_sink(struct svg_run *run)
{
    return (struct span_sink){
        .context = run, .on_thread = on_thread, .on_ended = on_ended, .on_span = on_span};
}

/* Returns "" without memory, and for NULL. */
static const char *keep(char **string, const char *text)
{
    *string = text != NULL ? strdup(text) : NULL;
    return *string != NULL ? *string : "";
}

/* When anything last happened. */
static int64_t last_change_ns(const struct svg_run *run)
{
    int64_t last_ns = run->about->started_ns;

    for (const struct svg_lane *lane = run->lanes; lane < run->lanes + SVG_LANES_MAX; lane++)
        for (size_t i = 0; i < lane->doing.count; i++) {
            const struct span *span = &lane->doing.items[i].span;
            int64_t at_ns = span->end == SPAN_OPEN ? span->from_ns : span->to_ns;

            if (at_ns > last_ns)
                last_ns = at_ns;
        }
    return last_ns;
}

void svg_run_end(struct svg_run *run)
{
    int64_t until_ns = last_change_ns(run);

    run->ended = *run->about;
    run->ended.title = keep(&run->strings[0], run->about->title);
    run->ended.summary = keep(&run->strings[1], run->about->summary);
    run->ended.command = keep(&run->strings[2], run->about->command);
    /* How long the watch took to notice a stall is not of the run. */
    until_ns += (until_ns - run->about->started_ns) / 4;
    if (run->ended.is_stalled && run->ended.ended_ns > until_ns)
        run->ended.ended_ns = until_ns;
}

size_t svg_run_order(const struct svg_run *run, const struct svg_lane *order[SVG_LANES_MAX])
{
    size_t count = 0;

    for (const struct svg_lane *lane = run->lanes; lane < run->lanes + SVG_LANES_MAX; lane++) {
        size_t at = count;

        if (!lane->is_known)
            continue;
        for (; at > 0 && lane_compare_names(lane->name, order[at - 1]->name) < 0; at--)
            order[at] = order[at - 1];
        order[at] = lane;
        count++;
    }
    return count;
}
