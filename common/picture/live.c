#include "picture/live.h"

#include "observe/text.h"
#include "picture/terminal.h"
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 64 /* of the log that are kept */
#define LINE_SIZE 256
#define BESIDE_MIN 20 /* columns: with less, lanes get all of the width */
#define ROWS_MIN 14   /* on a terminal that has them: main, ten articles, and what stands around */
#define SCALE_MIN_NS (2 * NS_PER_S)

struct line {
    int64_t at_ns;
    char text[LINE_SIZE];
};

struct live {
    struct screen screen;
    const struct lanes *lanes;
    int terminal;
    int spare_rows;
    struct line lines[LINES_MAX]; /* a ring, in the order of their times */
    size_t line_count;            /* that ever came */
};

/* What live_draw() draws. */
struct moment {
    const struct spans *spans;
    int64_t now_ns;
};

struct live *live_create(const struct screen *screen, const struct lanes *lanes, int terminal,
                         int spare_rows)
{
    struct live *live = calloc(1, sizeof *live);

    if (live == NULL)
        return NULL;
    live->screen = *screen;
    live->lanes = lanes;
    live->terminal = terminal;
    live->spare_rows = spare_rows;
    terminal_begin(terminal);
    return live;
}

void live_destroy(struct live *live)
{
    free(live);
}

/* The lines of two threads come in no order, though of the same tenth of a second. */
static void keep_line(void *context, int64_t at_ns, const char *text)
{
    struct live *live = context;
    size_t at = live->line_count++;

    for (; at > 0 && live->line_count - at < LINES_MAX; at--) {
        const struct line *before = &live->lines[(at - 1) % LINES_MAX];

        if (before->at_ns <= at_ns)
            break;
        live->lines[at % LINES_MAX] = *before;
    }
    live->lines[at % LINES_MAX].at_ns = at_ns;
    text_show(text, strlen(text), "", live->lines[at % LINES_MAX].text, LINE_SIZE);
}

struct span_sink live_sink(struct live *live)
{
    return (struct span_sink){.context = live, .on_line = keep_line};
}

/* The words without what the place beside the lane of that thread says already. */
static const char *shorten(char *words, const char *thread)
{
    static const char *const openings[] = {"waiting for the ", "waiting for "};
    char about_itself[TIMELINE_NAME_SIZE + 8];
    char *end;

    snprintf(about_itself, sizeof about_itself, " of %s", thread);
    end = strstr(words, about_itself);
    if (end != NULL)
        memmove(end, end + strlen(about_itself), strlen(end + strlen(about_itself)) + 1);
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        if (strncmp(words, openings[i], strlen(openings[i])) == 0)
            return words + strlen(openings[i]);
    return words;
}

/* Writes what the thread does now. */
static void say_beside(void *context, int thread, char *text, size_t size)
{
    const struct moment *moment = context;
    struct span open;
    char words[128];
    int holder;

    *text = '\0';
    if (!spans_open(moment->spans, thread, moment->now_ns, &open))
        return;
    span_words(&open, words, sizeof words);
    snprintf(text, size, "%s", shorten(words, spans_thread(moment->spans, thread)->name));
    if (open.kind != SPAN_WAIT || open.wait != TIMELINE_LOCK)
        return;
    holder = spans_holder(moment->spans, open.object);
    if (holder != TIMELINE_NOBODY)
        snprintf(text + strlen(text), size - strlen(text), ", held by %s",
                 spans_thread(moment->spans, holder)->name);
}

/*
 * When the frame's right edge is: 2, 3, 4, 6, 8, 12, ... s after the run's begin. So the lanes
 * grow, and seldom shrink.
 */
static int64_t find_edge(const struct picture_about *about, int64_t now_ns)
{
    int64_t edge_ns = SCALE_MIN_NS, now = picture_time_ns(about, now_ns);

    for (bool is_odd = false; edge_ns < now; is_odd = !is_odd)
        edge_ns = is_odd ? edge_ns / 3 * 4 : edge_ns / 2 * 3;
    return about->started_ns + (int64_t)((double)edge_ns / about->speed);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

char *live_lines(const struct live *live, size_t count)
{
    size_t length = 0;
    char *text;

    if (count > live->line_count)
        count = live->line_count;
    if (count > LINES_MAX)
        count = LINES_MAX;
    text = malloc(count * (LINE_SIZE + 1) + 1);
    if (text == NULL)
        return NULL;
    text[0] = '\0';
    for (size_t i = live->line_count - count; i < live->line_count; i++)
        length += (size_t)sprintf(text + length, "%s\n", live->lines[i % LINES_MAX].text);
    return text;
}

/* Shows the picture with the last lines of the log below it, as far as rows allow. */
static void show(const struct live *live, const char *picture, struct terminal_size size)
{
    size_t taken = count_lines(picture) + 4; /* what ran before, a line between, the cursor */
    size_t count = (size_t)size.rows > taken ? (size_t)size.rows - taken : 0;
    char *lines = live_lines(live, count);
    char *text = lines != NULL ? malloc(strlen(picture) + strlen(lines) + 2) : NULL;

    if (text != NULL) {
        sprintf(text, "%s%s%s", picture, *lines != '\0' ? "\n" : "", lines);
        terminal_show(text);
    }
    free(text);
    free(lines);
}

static struct screen fit(const struct live *live, struct terminal_size size)
{
    struct screen screen = live->screen;

    screen.columns = size.columns;
    screen.rows = size.rows - live->spare_rows;
    if (screen.rows < ROWS_MIN)
        screen.rows = size.rows - 2 < ROWS_MIN ? size.rows - 2 : ROWS_MIN;
    return screen;
}

void live_draw(struct live *live, const struct spans *spans, int64_t now_ns)
{
    struct terminal_size size = terminal_size(live->terminal);
    struct screen screen = fit(live, size);
    struct moment moment = {spans, now_ns};
    char *picture;

    screen.beside_columns = size.columns * 43 / 100;
    if (screen.beside_columns >= BESIDE_MIN) {
        screen.beside = say_beside;
        screen.context = &moment;
    }
    picture = screen_draw(&screen, live->lanes, spans, now_ns,
                          find_edge(lanes_about(live->lanes), now_ns));
    if (picture != NULL)
        show(live, picture, size);
    free(picture);
}

void live_finish(struct live *live, int64_t ended_ns, int rows_below)
{
    struct terminal_size size = terminal_size(live->terminal);
    struct screen screen = fit(live, size);
    char *picture;

    screen.rows -= rows_below;
    picture = screen_draw(&screen, live->lanes, NULL, ended_ns, ended_ns);
    if (picture != NULL)
        terminal_show(picture);
    free(picture);
}
