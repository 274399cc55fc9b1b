#include "lesson/view.h"

#include "lesson/sanitizer.h"
#include "observe/log.h"
#include "picture/circle.h"
#include "picture/lanes.h"
#include "picture/live.h"
#include "picture/screen.h"
#include "picture/terminal.h"
#include "system/clock.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a terminal, what is left for what follows the lanes, with and without a report. */
#define REPORT_ROWS 10
#define NO_REPORT_ROWS 2
#define ROWS_FOR_ALL 40 /* with these, a picture and a whole report have room */
#define PIPE_COLUMNS 80
#define PIPE_ROWS 40
/* Of a table: around its rows, above its strips, below them the signs, the report, the prompt. */
#define TABLE_ROWS 14
#define LINES_KEPT 100
#define ROWS_SPARE                                                                                 \
    4                 /* left free of lines of the log, for a command and a prompt of several rows \
                       */
#define ROWS_MAX 16   /* of a table; a longer one is not drawn */
#define LINES_PARTS 4 /* the parts whose articles show lines of the log: 1 to 4 */

/* One run at a time is seen. */
static struct {
    const struct picture_about *about;
    struct lanes *lanes;
    struct circle *circle; /* may be NULL */
    struct live *live;     /* NULL: no lanes grow */
    char *lines;           /* the last ones of the log, for below the picture; NULL: none */
    struct screen printed; /* where the lanes are printed, not drawn in place */
    bool is_row;
    bool is_silent;               /* no line is printed where no lanes grow */
    bool is_due;                  /* the run is over, and view_print() is to come */
    bool is_above;                /* the picture of a stalled run is printed */
    struct lanes *rows[ROWS_MAX]; /* those of a table that are over */
    size_t row_count;
} view;

/* A terminal on which a line can be drawn anew. */
static bool can_draw_on(int descriptor)
{
    const char *kind = getenv("TERM");

    return kind != NULL && *kind != '\0' && strcmp(kind, "dumb") != 0 && isatty(descriptor);
}

/*
 * Where lanes grow: where the lines of the log would stand, or, with the picture going to a file
 * and no line at all, where the progress bar would stand.
 */
static int find_terminal(const struct options *options)
{
    int descriptor = log_descriptor();

    return options->quiet && !isatty(descriptor) ? STDERR_FILENO : descriptor;
}

enum view_style view_style(const struct options *options, bool is_row)
{
    bool is_silent = is_row || options->quiet;
    enum view_style otherwise = is_silent ? VIEW_BAR : VIEW_LINES;

#ifdef HAS_THREAD_SANITIZER
    return otherwise; /* lanes would be drawn over its reports */
#endif
    if (options->runs > 1 || options->log || (options->quiet && !options->timeline) ||
        !can_draw_on(find_terminal(options)))
        return otherwise;
    return options->no_live ? VIEW_BAR : VIEW_LANES;
}

bool view_draws(const struct options *options, bool is_row)
{
    bool is_default = isatty(log_descriptor()) && !options->quiet;

#ifdef HAS_THREAD_SANITIZER
    is_default = false; /* its report is what counts */
#endif
    if (options->runs > 1)
        return false;
    return view_style(options, is_row) == VIEW_LANES || options->timeline || is_default;
}

/* The characters and colours of a picture that goes there, and its size. */
static struct screen screen_for(const struct options *options, int descriptor)
{
    const char *no_colour = getenv("NO_COLOR");
    struct screen screen = {.columns = PIPE_COLUMNS, .rows = PIPE_ROWS};

    setlocale(LC_CTYPE, "");
    screen.is_ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    screen.has_colour = can_draw_on(descriptor) && (no_colour == NULL || *no_colour == '\0');
    if (isatty(descriptor)) {
        screen.columns = terminal_size(descriptor).columns;
        screen.rows = terminal_size(descriptor).rows - REPORT_ROWS;
    }
    return screen;
}

static void begin_live(const struct options *options)
{
    int terminal = find_terminal(options);
    struct screen screen = screen_for(options, terminal);

    view.live = live_create(&screen, view.lanes, terminal,
                            terminal == log_descriptor() ? REPORT_ROWS : NO_REPORT_ROWS);
}

size_t view_begin(const struct part *part, const struct options *options, bool is_row,
                  const struct picture_about *about, struct span_sink *sinks, size_t count)
{
    view.about = about;
    view.is_row = is_row;
    view.is_silent = is_row || options->quiet;
    view.live = NULL;
    view.lanes = lanes_create(about);
    if (view.lanes == NULL)
        return count;
    sinks[count++] = lanes_sink(view.lanes);
    view.circle = circle_create();
    if (view.circle != NULL)
        sinks[count++] = circle_sink(view.circle);
    view.printed = screen_for(options, log_descriptor());
    if (view_style(options, is_row) == VIEW_LANES)
        begin_live(options);
    if (view.live == NULL)
        return count;
    if (is_row || options->quiet || part->number > LINES_PARTS) {
        log_set_quiet(true);
    } else {
        log_to_timeline(true);
        sinks[count++] = live_sink(view.live);
    }
    return count;
}

void view_give_up(void)
{
    if (view.lanes == NULL)
        return;
    if (view.live != NULL) {
        terminal_stop();
        log_to_timeline(false);
        log_set_quiet(view.is_silent);
    }
    live_destroy(view.live);
    lanes_destroy(view.lanes);
    circle_destroy(view.circle);
    view.live = NULL;
    view.lanes = NULL;
    view.circle = NULL;
}

void view_draw(const struct spans *spans)
{
    if (view.live != NULL)
        live_draw(view.live, spans, clock_now_ns());
}

static void print_picture(char *text)
{
    if (text != NULL)
        log_picture(text);
    free(text);
}

static void print_lanes(const struct lanes *lanes, int64_t until_ns)
{
    int64_t ended_ns = lanes_about(lanes)->ended_ns;

    print_picture(screen_draw(&view.printed, lanes, NULL, ended_ns, until_ns));
}

/* Of a row, keeps the lanes. */
static void end_lanes(void)
{
    if (view.is_row && view.row_count < ROWS_MAX) {
        lanes_keep_about(view.lanes);
        view.rows[view.row_count++] = view.lanes;
    } else {
        lanes_destroy(view.lanes);
    }
    view.lanes = NULL;
    circle_destroy(view.circle);
    view.circle = NULL;
}

static int count_lines(const char *text)
{
    int lines = 0;

    for (; text != NULL && *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/*
 * How many rows who could wake whom takes beyond those of the figures that the report of a stalled
 * run lacks.
 */
static int count_rows(const char *circle)
{
    int rows = count_lines(circle) - 1;

    return rows > 0 ? rows : 0;
}

/* Draws no frame any more. */
static void end_live(int rows_below)
{
    if (view.live == NULL)
        return;
    /* Where the report goes, the picture is printed with it. */
    if (view.is_row || isatty(log_descriptor()))
        terminal_wipe();
    else
        live_finish(view.live, view.about->ended_ns, rows_below);
    terminal_stop();
    log_to_timeline(false);
    view.lines = view.is_row ? NULL : live_lines(view.live, LINES_KEPT);
    live_destroy(view.live);
    view.live = NULL;
}

/* Prints the last lines of the log, as far as rows allow. */
static void print_last_lines(int rows)
{
    const char *line = view.lines;

    for (int left = count_lines(line); rows > 0 && left > rows; left--)
        line = strchr(line, '\n') + 1;
    if (rows > 0 && line != NULL)
        log_picture(line);
    free(view.lines);
    view.lines = NULL;
}

static void print_at_end(int rows_below)
{
    int terminal = log_descriptor(), rows;
    char *picture;

    if (isatty(terminal)) {
        view.printed.columns = terminal_size(terminal).columns;
        view.printed.rows = terminal_size(terminal).rows - rows_below;
    }
    picture =
        screen_draw(&view.printed, view.lanes, NULL, view.about->ended_ns, view.about->ended_ns);
    rows = isatty(terminal) ? view.printed.rows - count_lines(picture) - ROWS_SPARE : 0;
    print_picture(picture);
    print_last_lines(rows);
}

bool view_end(const struct spans *spans, bool is_stalled)
{
    char *circle = NULL;
    bool is_shown;

    if (view.lanes == NULL)
        return false;
    if (!is_stalled || view.is_row) {
        end_live(0);
        view.is_due = !view.is_row;
        if (view.is_row)
            end_lanes();
        return false;
    }
    if (isatty(log_descriptor())) /* whose size may have changed */
        view.printed.columns = terminal_size(log_descriptor()).columns;
    if (view.circle != NULL)
        circle = circle_draw(view.circle, spans, &view.printed);
    end_live(count_rows(circle));
    print_at_end(REPORT_ROWS - 1 + count_rows(circle)); /* a stalled run has few figures */
    is_shown = circle != NULL && isatty(log_descriptor()) && isatty(STDERR_FILENO);
    print_picture(circle);
    end_lanes();
    view.is_above = true;
    return is_shown;
}

bool view_is_due(void)
{
    return view.is_due;
}

bool view_is_tight(void)
{
    int terminal = log_descriptor();

    return (view.is_due || view.is_above) && isatty(terminal) &&
           terminal_size(terminal).rows < ROWS_FOR_ALL;
}

bool view_is_ascii(void)
{
    return view.printed.is_ascii;
}

void view_print(int report_rows)
{
    if (!view.is_due)
        return;
    view.is_due = false;
    print_at_end(report_rows + 2); /* the line above it, and the prompt below */
    end_lanes();
}

/* The end of the longest row, as long after the begin of this one. */
static int64_t longest_ns(const struct picture_about *about)
{
    int64_t longest_ns = 0;

    for (size_t i = 0; i < view.row_count; i++) {
        const struct picture_about *other = lanes_about(view.rows[i]);

        if (other->ended_ns - other->started_ns > longest_ns)
            longest_ns = other->ended_ns - other->started_ns;
    }
    return about->started_ns + longest_ns;
}

static int trimmed_length(const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == ' ')
        length--;
    return (int)length;
}

/*
 * How many lanes there is room for below each strip, where the table, the strips and the report
 * stand on one screen, too. Without a terminal there are none: --timeline draws them all.
 */
static size_t count_strip_lanes(size_t rows)
{
    int terminal = log_descriptor();
    size_t taken = TABLE_ROWS + 2 * rows;

    if (!isatty(terminal) || (size_t)terminal_size(terminal).rows <= taken || rows == 0)
        return 0;
    return ((size_t)terminal_size(terminal).rows - taken) / rows;
}

void view_rows(const struct options *options, const char *heading, const char *const *labels,
               size_t count)
{
    struct screen_strip strips[ROWS_MAX];
    size_t lanes_each = count_strip_lanes(count);
    bool are_all_kept = count == view.row_count; /* else there was no memory for one */

    for (size_t i = 0; i < count && are_all_kept; i++) {
        strips[i] = (struct screen_strip){labels[i], view.rows[i]};
        if (!options->timeline)
            continue;
        log_print("\n%.*s\n", trimmed_length(labels[i]), labels[i]);
        print_lanes(view.rows[i], longest_ns(lanes_about(view.rows[i])));
    }
    if (count > 0 && are_all_kept) {
        log_print("\n%s\n", heading);
        print_picture(screen_draw_strips(&view.printed, strips, count,
                                         lanes_each > 1 && !options->timeline ? lanes_each : 0));
    }
    for (size_t i = 0; i < view.row_count; i++)
        lanes_destroy(view.rows[i]);
    view.row_count = 0;
}
