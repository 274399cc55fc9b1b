#include "picture/screen.h"

#include "observe/text.h"
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MIN 12 /* columns of the names, and the space behind them */
#define END_MIN 7   /* columns of the times when threads ended, and the space in front of them */
#define GRID_MIN 20 /* columns between them: names that are too long for that are cut */
#define TICK_MIN 7  /* columns from one time of the axis to the next, at least */
#define ROWS_MAX 512
#define STRIP_LANES_MAX 8
#define COLUMNS_MAX 512

static const struct look {
    const char *unicode, *ascii;
    const char *colour; /* of the text, as a terminal numbers it; NULL: its own */
    const char *words;
} looks[LANE_SIGNS] = {
    [LANE_NOTHING] = {" ", " ", NULL, ""},
    [LANE_SUMMARY] = {"░", "1", "94", "summarize"},
    [LANE_SENTIMENT] = {"▒", "2", "32", "sentiment"},
    [LANE_KEYWORDS] = {"▓", "3", "33", "keywords"},
    [LANE_WAITS] = {"·", ".", "90", "waits"},
    [LANE_LOCK] = {"╌", ":", "91", "for a lock"},
    [LANE_RECEIVE] = {"‹", "<", NULL, "to receive"},
    [LANE_SEND] = {"›", ">", "35", "to send"},
    [LANE_REFUSED] = {"×", "x", "91", "refused"},
    [LANE_FAILED] = {"!", "!", "91", "failed"},
    [LANE_GIVEN_UP] = {"~", "~", "91", "given up"},
};

/* A picture that is being written. */
struct canvas {
    const struct screen *screen;
    FILE *out;
    const char *colour; /* of what was written last; NULL: the terminal's own */
    int blanks;         /* that are owed: those at a line's end are not written */
};

static void set_colour(struct canvas *canvas, const char *colour)
{
    if (!canvas->screen->has_colour || colour == canvas->colour)
        return;
    if (canvas->colour != NULL)
        fputs("\033[m", canvas->out);
    if (colour != NULL)
        fprintf(canvas->out, "\033[%sm", colour);
    canvas->colour = colour;
}

static void put(struct canvas *canvas, const char *colour, const char *text)
{
    if (text[0] == '\0' || strcmp(text, " ") == 0) {
        canvas->blanks += text[0] != '\0';
        return;
    }
    if (canvas->blanks > 0) {
        set_colour(canvas, NULL);
        fprintf(canvas->out, "%*s", canvas->blanks, "");
        canvas->blanks = 0;
    }
    set_colour(canvas, colour);
    fputs(text, canvas->out);
}

static void put_padded(struct canvas *canvas, const char *text, int columns)
{
    put(canvas, NULL, text);
    canvas->blanks += columns - (int)strlen(text);
}

static void end_line(struct canvas *canvas)
{
    canvas->blanks = 0;
    set_colour(canvas, NULL);
    fputc('\n', canvas->out);
}

/* Whether the sign is a block of colour. */
static bool is_block(const struct screen *screen, enum lane_sign sign)
{
    return screen->has_colour && sign >= LANE_SUMMARY && sign <= LANE_KEYWORDS;
}

/*
 * In colour a call is a full block: shades are too faint on a projector. It begins with its digit,
 * so that colour is not the only sign.
 */
static void put_sign(struct canvas *canvas, enum lane_sign sign, bool begins)
{
    const struct look *look = &looks[sign];
    static const char *const digits[] = {"7;94", "7;32", "7;33"};

    if (!is_block(canvas->screen, sign))
        put(canvas, look->colour, canvas->screen->is_ascii ? look->ascii : look->unicode);
    else if (begins || canvas->screen->is_ascii)
        put(canvas, digits[sign - LANE_SUMMARY], look->ascii);
    else
        put(canvas, look->colour, "█");
}

static int usable_columns(const struct screen *screen)
{
    int columns = screen->columns < SCREEN_COLUMNS_MIN ? SCREEN_COLUMNS_MIN : screen->columns;

    return (columns < COLUMNS_MAX ? columns : COLUMNS_MAX) - 1;
}

/* Begins a text; end_text() returns it. Returns false without memory. */
static bool begin_text(struct canvas *canvas, const struct screen *screen, char **text,
                       size_t *size)
{
    *canvas = (struct canvas){.screen = screen, .out = open_memstream(text, size)};
    return canvas->out != NULL;
}

/* The text is where begin_text() was told, once the stream is closed. */
static char *end_text(struct canvas *canvas, char **text)
{
    bool failed = ferror(canvas->out) != 0;

    if (fclose(canvas->out) == 0 && !failed)
        return *text;
    free(*text);
    return NULL;
}

/* Time. */

static const struct unit {
    const char *name;
    double ns;
    double below_ns; /* for pictures that are shorter */
} units[] = {
    {"us", 1e3, 1e5},
    {"ms", 1e6, 1e8},
    {"s", 1e9, 1e13},
    {"h", 3.6e12, 0},
};

static const struct unit *find_unit(int64_t duration_ns)
{
    const struct unit *unit = units;

    while (unit->below_ns != 0 && (double)duration_ns >= unit->below_ns)
        unit++;
    return unit;
}

/* Returns 1, 2 or 5 times a power of ten, so that the times have room. */
static double choose_step(double total, int columns)
{
    static const double next[] = {2, 2.5, 2};
    double step = 1e-3;

    for (int i = 0; step * columns < TICK_MIN * total; i++)
        step *= next[i % 3];
    return step;
}

static void draw_axis(struct canvas *canvas, int64_t duration_ns, int left, int columns, int right)
{
    const struct unit *unit = find_unit(duration_ns);
    double total = (double)duration_ns / unit->ns;
    double step = choose_step(total, columns);
    int used = 0;

    canvas->blanks += left;
    for (int i = 0; i == 0 || step * i < total; i++) {
        int column = i == 0 ? 0 : (int)(step * i / total * columns);
        char label[32];

        snprintf(label, sizeof label, "%.6g%s%s", step * i, i == 0 ? " " : "",
                 i == 0 ? unit->name : "");
        if (column + (int)strlen(label) > columns + right)
            break;
        canvas->blanks += column - used;
        put(canvas, NULL, label);
        used = column + (int)strlen(label);
    }
    end_line(canvas);
}

/* Calls in flight. */

static const char *digit(int in_flight)
{
    static char text[2];
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+";
    int most = (int)sizeof digits - 2;

    text[0] = digits[in_flight < 0 ? 0 : in_flight < most ? in_flight : most];
    return text;
}

static int columns_until(int64_t duration_ns, int64_t total_ns, int columns)
{
    double share = total_ns > 0 ? (double)duration_ns / (double)total_ns : 0;
    int until = (int)(share * columns);

    if (share * columns > until)
        until++;
    return until < columns ? until : columns;
}

/* The lanes. */

struct drawing {
    struct canvas canvas;
    const struct lanes *lanes;
    const struct spans *spans; /* or NULL */
    int64_t now_ns, until_ns;  /* on the clock */
    struct flight flight;      /* the calls that go on are in it */
    struct lanes_row rows[ROWS_MAX];
    size_t count;
    int names, columns, ends; /* columns of each */
    bool is_present[LANE_SIGNS];
    struct explained {
        enum lane_sign sign;
        char words[32];
        int columns; /* with the sign */
        bool begins_line;
    } signs[LANE_SIGNS];
    size_t explained; /* how many */
    int explained_lines, indent;
};

static void copy_flight(struct drawing *drawing)
{
    struct span open;

    drawing->flight = *lanes_flight(drawing->lanes);
    drawing->flight.started_ns = lanes_about(drawing->lanes)->started_ns;
    if (drawing->spans == NULL)
        return;
    for (size_t i = 0; i < spans_thread_count(drawing->spans); i++)
        if (spans_open(drawing->spans, (int)i, drawing->now_ns, &open))
            flight_add(&drawing->flight, &open);
}

static void fill_row(const struct drawing *drawing, const struct lane *lane, enum lane_sign *signs)
{
    struct span open;
    bool is_open = drawing->spans != NULL &&
                   spans_open(drawing->spans, lane_thread(lane), drawing->now_ns, &open);

    lane_columns(drawing->lanes, lane, is_open ? &open : NULL, drawing->until_ns, signs,
                 drawing->columns);
}

static void write_time(const struct drawing *drawing, int64_t at_ns, char *text, size_t size)
{
    const struct picture_about *about = lanes_about(drawing->lanes);
    const struct unit *unit = find_unit(picture_time_ns(about, drawing->until_ns));

    snprintf(text, size, "%.1f %s", (double)picture_time_ns(about, at_ns) / unit->ns, unit->name);
}

/* When the thread ended, or that it never does, or what it does now. */
static void write_end(const struct drawing *drawing, const struct lane *lane, char *text,
                      size_t size)
{
    const struct picture_about *about = lanes_about(drawing->lanes);
    const struct screen *screen = drawing->canvas.screen;
    bool waits;
    int64_t ended_ns = lane_ended_ns(lane, &waits);

    text[0] = '\0';
    if (ended_ns != INT64_MAX)
        write_time(drawing, ended_ns, text, size);
    else if (waits && about->is_stalled)
        snprintf(text, size, "for ever");
    else if (screen->beside != NULL)
        screen->beside(screen->context, lane_thread(lane), text, size);
}

/* The most calls in flight, which their digits may be too small for. */
static void write_peak(const struct drawing *drawing, char *text, size_t size)
{
    int peak = 0;

    for (int bin = 0; bin < FLIGHT_BINS; bin++)
        if (drawing->flight.bins[bin].most > peak)
            peak = drawing->flight.bins[bin].most;
    snprintf(text, size, peak < 100 ? "max %d" : "%d", peak);
}

static int count_end_columns(const struct drawing *drawing)
{
    int columns;
    char text[256];

    if (drawing->canvas.screen->beside != NULL)
        return drawing->canvas.screen->beside_columns + 1;
    /* As wide as the latest time, so that pictures on one scale have the same columns. */
    write_time(drawing, drawing->until_ns, text, sizeof text);
    columns = (int)strlen(text) + 1 > END_MIN ? (int)strlen(text) + 1 : END_MIN;
    for (size_t i = 0; i < drawing->count; i++) {
        if (drawing->rows[i].lane == NULL)
            continue;
        write_end(drawing, drawing->rows[i].lane, text, sizeof text);
        if ((int)strlen(text) + 1 > columns)
            columns = (int)strlen(text) + 1;
    }
    return columns;
}

/* Chooses the lanes for these rows, shares out the columns, and notes which signs are there. */
static void lay_out(struct drawing *drawing, int rows)
{
    int usable = usable_columns(drawing->canvas.screen);
    enum lane_sign signs[COLUMNS_MAX];

    if (rows > ROWS_MAX)
        rows = ROWS_MAX;
    drawing->count = lanes_fit(drawing->lanes, drawing->rows, rows > 1 ? (size_t)rows : 1);
    drawing->names = NAME_MIN;
    for (size_t i = 0; i < drawing->count; i++) {
        const struct lane *lane = drawing->rows[i].lane;

        if (lane != NULL && (int)strlen(lane_name(lane)) >= drawing->names)
            drawing->names = (int)strlen(lane_name(lane)) + 1;
    }
    drawing->ends = count_end_columns(drawing);
    if (drawing->ends > usable - NAME_MIN - GRID_MIN)
        drawing->ends = usable - NAME_MIN - GRID_MIN;
    if (drawing->names > usable - drawing->ends - GRID_MIN)
        drawing->names = usable - drawing->ends - GRID_MIN;
    drawing->columns = usable - drawing->names - drawing->ends;
    memset(drawing->is_present, 0, sizeof drawing->is_present);
    for (size_t i = 0; i < drawing->count; i++) {
        if (drawing->rows[i].lane == NULL)
            continue;
        fill_row(drawing, drawing->rows[i].lane, signs);
        for (int column = 0; column < drawing->columns; column++)
            drawing->is_present[signs[column]] = true;
    }
}

/* Cuts a text to that number of columns. */
static void cut(char *text, int columns)
{
    size_t size = strlen(text), at = 0;

    for (; columns > 0 && at < size; columns--) {
        size_t bytes = text_character(text + at, size - at);

        at += bytes > 0 ? bytes : 1;
    }
    text[at] = '\0';
}

static void draw_lane(struct drawing *drawing, const struct lane *lane)
{
    struct canvas *canvas = &drawing->canvas;
    const char *name = lane_name(lane);
    size_t length = strlen(name), room = (size_t)drawing->names - 1;
    enum lane_sign signs[COLUMNS_MAX];
    char end[256], shown[256];

    /* Names that are alike differ at their ends. */
    put_padded(canvas, length > room ? name + length - room : name, drawing->names);
    fill_row(drawing, lane, signs);
    for (int i = 0; i < drawing->columns; i++)
        put_sign(canvas, signs[i], i == 0 || signs[i] != signs[i - 1]);
    write_end(drawing, lane, end, sizeof end);
    text_show(end, strlen(end), "", shown, sizeof shown);
    cut(shown, drawing->ends - 1);
    canvas->blanks++;
    put(canvas, strcmp(shown, "for ever") == 0 ? "31" : NULL, shown);
    end_line(canvas);
}

static void draw_row(struct drawing *drawing, const struct lanes_row *row)
{
    char text[64];

    if (row->lane != NULL) {
        draw_lane(drawing, row->lane);
        return;
    }
    drawing->canvas.blanks += drawing->names;
    snprintf(text, sizeof text, "... and %zu more%s", row->more, row->are_alike ? ", alike" : "");
    put(&drawing->canvas, NULL, text);
    end_line(&drawing->canvas);
}

static void draw_flight(struct drawing *drawing)
{
    struct canvas *canvas = &drawing->canvas;
    int64_t started_ns = drawing->flight.started_ns;
    int most[COLUMNS_MAX];
    int end = columns_until(drawing->now_ns - started_ns, drawing->until_ns - started_ns,
                            drawing->columns);
    char peak[32];

    flight_columns(&drawing->flight, drawing->until_ns, most, drawing->columns);
    put_padded(canvas, "in flight", drawing->names);
    for (int i = 0; i < end; i++)
        put(canvas, NULL, digit(most[i]));
    canvas->blanks += drawing->columns - end + 1;
    write_peak(drawing, peak, sizeof peak);
    put(canvas, NULL, peak);
    end_line(canvas);
}

/* Says what the signs that are there mean. */
static void list_signs(struct drawing *drawing)
{
    const char *waits = "waits ";

    drawing->explained = 0;
    for (int sign = LANE_NOTHING + 1; sign < LANE_SIGNS; sign++) {
        struct explained *explained = &drawing->signs[drawing->explained];
        bool is_special_wait = sign > LANE_WAITS && sign <= LANE_SEND;

        if (!drawing->is_present[sign])
            continue;
        snprintf(explained->words, sizeof explained->words, "%s%s", is_special_wait ? waits : "",
                 looks[sign].words);
        if (sign >= LANE_WAITS)
            waits = "";
        explained->sign = (enum lane_sign)sign;
        explained->columns = (int)strlen(explained->words) +
                             (is_block(drawing->canvas.screen, explained->sign) ? 3 : 2);
        drawing->explained++;
    }
}

/* Puts that in as many lines as it needs, below the lanes if it fits there. */
static void explain(struct drawing *drawing)
{
    int usable = usable_columns(drawing->canvas.screen), sum = -1, used = 0;

    list_signs(drawing);
    for (size_t i = 0; i < drawing->explained; i++)
        sum += drawing->signs[i].columns + 1;
    drawing->indent = drawing->names;
    if (sum > usable - drawing->names && sum <= usable)
        drawing->indent = usable - sum;
    drawing->explained_lines = 1;
    for (size_t i = 0; i < drawing->explained; i++) {
        struct explained *explained = &drawing->signs[i];

        explained->begins_line =
            used > 0 && used + 1 + explained->columns > usable - drawing->indent;
        if (explained->begins_line) {
            drawing->explained_lines++;
            used = 0;
        }
        used += explained->columns + (used > 0);
    }
}

static void draw_explained(struct drawing *drawing)
{
    struct canvas *canvas = &drawing->canvas;

    canvas->blanks += drawing->indent;
    for (size_t i = 0; i < drawing->explained; i++) {
        const struct explained *explained = &drawing->signs[i];

        if (explained->begins_line) {
            end_line(canvas);
            canvas->blanks += drawing->indent;
        } else {
            canvas->blanks += i > 0;
        }
        put_sign(canvas, explained->sign, true);
        if (is_block(canvas->screen, explained->sign))
            put_sign(canvas, explained->sign, false);
        canvas->blanks++;
        put(canvas, NULL, explained->words);
    }
    end_line(canvas);
}

char *screen_draw(const struct screen *screen, const struct lanes *lanes, const struct spans *spans,
                  int64_t now_ns, int64_t until_ns)
{
    const struct picture_about *about = lanes_about(lanes);
    int rows = screen->rows < SCREEN_ROWS_MIN ? SCREEN_ROWS_MIN : screen->rows, lines = 1;
    struct drawing *drawing = calloc(1, sizeof *drawing);
    char *text = NULL;
    size_t size;

    if (drawing == NULL || !begin_text(&drawing->canvas, screen, &text, &size)) {
        free(drawing);
        return NULL;
    }
    drawing->lanes = lanes;
    drawing->spans = spans;
    drawing->now_ns = now_ns;
    drawing->until_ns = until_ns;
    copy_flight(drawing);
    do {
        lay_out(drawing, rows - 2 - lines);
        explain(drawing);
    } while (drawing->explained_lines > lines++); /* fewer lanes, and perhaps fewer signs */
    draw_axis(&drawing->canvas, picture_time_ns(about, until_ns), drawing->names, drawing->columns,
              drawing->ends);
    for (size_t i = 0; i < drawing->count; i++)
        draw_row(drawing, &drawing->rows[i]);
    draw_flight(drawing);
    draw_explained(drawing);
    text = end_text(&drawing->canvas, &text);
    free(drawing);
    return text;
}

/* The strips. */

/* The calls in flight as a bar of up to eight eighths of a line. */
static const char *bar(int in_flight, int most)
{
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

    return eighths[most > 0 ? ((long long)in_flight * 8 + most - 1) / most : 0];
}

static int64_t length_ns(const struct screen_strip *strip)
{
    const struct picture_about *about = lanes_about(strip->lanes);

    return about->ended_ns - about->started_ns;
}

static int find_most(const struct screen_strip *strips, size_t count, int64_t *longest_ns)
{
    int most = 0;

    *longest_ns = 0;
    for (size_t i = 0; i < count; i++) {
        const struct flight *flight = lanes_flight(strips[i].lanes);

        if (length_ns(&strips[i]) > *longest_ns)
            *longest_ns = length_ns(&strips[i]);
        for (int bin = 0; bin < FLIGHT_BINS; bin++)
            if (flight->bins[bin].most > most)
                most = flight->bins[bin].most;
    }
    return most;
}

static void draw_strip(struct drawing *drawing, const struct screen_strip *strip,
                       int64_t longest_ns, int highest)
{
    struct canvas *canvas = &drawing->canvas;
    struct flight flight = *lanes_flight(strip->lanes);
    int end = columns_until(length_ns(strip), longest_ns, drawing->columns);
    int most[COLUMNS_MAX];

    flight.started_ns = lanes_about(strip->lanes)->started_ns;
    flight_columns(&flight, flight.started_ns + longest_ns, most, drawing->columns);
    put(canvas, NULL, strip->label);
    for (int i = 0; i < end; i++)
        put(canvas, NULL, canvas->screen->is_ascii ? digit(most[i]) : bar(most[i], highest));
    end_line(canvas);
}

/* The lanes below a strip, whose names end where its label does. */
static void draw_strip_lanes(struct drawing *drawing, const struct lanes *lanes, int64_t longest_ns,
                             size_t count)
{
    struct canvas *canvas = &drawing->canvas;
    int64_t until_ns = lanes_about(lanes)->started_ns + longest_ns;
    const struct lane *first[STRIP_LANES_MAX];
    enum lane_sign signs[COLUMNS_MAX];

    count = lanes_first(lanes, first, count < STRIP_LANES_MAX ? count : STRIP_LANES_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *name = lane_name(first[i]);
        int length = (int)strlen(name), room = drawing->names - 2;

        canvas->blanks += length < room ? room - length : 0;
        put(canvas, NULL, length < room ? name : name + length - room);
        canvas->blanks += 2;
        lane_columns(lanes, first[i], NULL, until_ns, signs, drawing->columns);
        for (int column = 0; column < drawing->columns; column++) {
            put_sign(canvas, signs[column], column == 0 || signs[column] != signs[column - 1]);
            drawing->is_present[signs[column]] = true;
        }
        end_line(canvas);
    }
}

char *screen_draw_strips(const struct screen *screen, const struct screen_strip *strips,
                         size_t count, size_t lanes_each)
{
    struct drawing *drawing = calloc(1, sizeof *drawing);
    int64_t longest_ns;
    int highest = find_most(strips, count, &longest_ns);
    char *text = NULL;
    size_t size;

    if (drawing == NULL || !begin_text(&drawing->canvas, screen, &text, &size)) {
        free(drawing);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        drawing->names = (int)strlen(strips[i].label);
        drawing->columns = usable_columns(screen) - drawing->names;
        drawing->columns = drawing->columns > 1 ? drawing->columns : 1;
        draw_strip(drawing, &strips[i], longest_ns, highest);
        draw_strip_lanes(drawing, strips[i].lanes, longest_ns, lanes_each);
    }
    drawing->names = 2;
    explain(drawing);
    if (drawing->explained > 0)
        draw_explained(drawing);
    text = end_text(&drawing->canvas, &text);
    free(drawing);
    return text;
}
