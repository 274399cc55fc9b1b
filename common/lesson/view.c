#include "lesson/view.h"

#include "lesson/sanitizer.h"
#include "observe/log.h"
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
#define PIPE_COLUMNS 80
#define PIPE_ROWS 40
#define LINES_PARTS 4 /* the parts whose articles show lines of the log: 1 to 4 */

/* One run at a time is seen. */
static struct {
    const struct picture_about *about;
    struct lanes *lanes;
    struct live *live;     /* NULL: no lanes grow */
    struct screen printed; /* where the lanes are printed, not drawn in place */
    bool is_row;
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
    return view_style(options, is_row) == VIEW_LANES ||
           (!is_row && (options->timeline || is_default));
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
    view.live = NULL;
    view.lanes = lanes_create(about);
    if (view.lanes == NULL)
        return count;
    sinks[count++] = lanes_sink(view.lanes);
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

void view_draw(const struct spans *spans)
{
    if (view.live != NULL)
        live_draw(view.live, spans, clock_now_ns());
}

static void print_lanes(void)
{
    int64_t ended_ns = view.about->ended_ns;
    char *text = screen_draw(&view.printed, view.lanes, NULL, ended_ns, ended_ns);

    if (text != NULL)
        log_picture(text);
    free(text);
}

void view_end(void)
{
    bool is_printed = !view.is_row;

    if (view.lanes == NULL)
        return;
    if (view.live != NULL) {
        if (view.is_row)
            terminal_wipe();
        else if (live_finish(view.live, view.about->ended_ns))
            is_printed = !isatty(log_descriptor());
        terminal_stop();
        log_to_timeline(false);
    }
    if (is_printed)
        print_lanes();
    live_destroy(view.live);
    lanes_destroy(view.lanes);
    view.lanes = NULL;
}
