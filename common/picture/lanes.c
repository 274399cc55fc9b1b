#include "picture/lanes.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS 1024
#define KINDS_MAX 16 /* kinds of names */
#define KEPT_MAX 40  /* lanes of a kind */
#define SLOTS (KINDS_MAX * KEPT_MAX * 2)

/* The signs that last: a bin says how much of it each took. The others are only noted. */
#define LASTING LANE_REFUSED

/* What of a column has to be filled before its sign is drawn. */
#define FILLED 0.2

struct bin {
    float ns[LASTING];
    unsigned marks; /* 1 << (sign - LASTING), or'ed */
};

struct lane {
    char name[TIMELINE_NAME_SIZE];
    int thread;
    int64_t ended_ns;
    bool waits;
    struct bin bins[BINS];
};

/* The lanes whose names are the same but for a number. */
struct kind {
    struct lane *lanes[KEPT_MAX]; /* in order */
    size_t kept, count;           /* count: of all threads */
};

struct lanes {
    const struct picture_about *about;
    struct picture_about kept; /* by lanes_keep_about() */
    int64_t bin_ns;
    struct kind kinds[KINDS_MAX]; /* in order */
    size_t kind_count;
    size_t others;             /* threads of further kinds */
    struct lane *slots[SLOTS]; /* the lanes by their threads' numbers: a hash table */
    struct flight flight;
};

/* Names. */

size_t lane_kind_length(const char *name)
{
    size_t length = strlen(name);

    while (length > 0 && isdigit((unsigned char)name[length - 1]))
        length--;
    return length > 0 && name[length - 1] == ' ' ? length - 1 : strlen(name);
}

static int rank(const char *name, size_t length)
{
    static const char *const first[] = {"main", "feeder", "closer"};
    static const char *const last[] = {"preprocess", "summarize", "sentiment", "keywords", "store"};

    for (int i = 0; i < 3; i++)
        if (strlen(first[i]) == length && strncmp(first[i], name, length) == 0)
            return i - 3;
    for (int i = 0; i < 5; i++)
        if (strlen(last[i]) == length && strncmp(last[i], name, length) == 0)
            return i + 1;
    return 0;
}

static int compare_kinds(const char *left, const char *right)
{
    size_t left_length = lane_kind_length(left), right_length = lane_kind_length(right);
    int difference = rank(left, left_length) - rank(right, right_length);

    if (difference == 0)
        difference = strncmp(left, right, left_length < right_length ? left_length : right_length);
    if (difference == 0 && left_length != right_length)
        difference = left_length < right_length ? -1 : 1;
    return difference;
}

int lane_compare_names(const char *left, const char *right)
{
    int difference = compare_kinds(left, right);
    unsigned long long left_number, right_number;

    if (difference != 0)
        return difference;
    left_number = strtoull(left + lane_kind_length(left), NULL, 10);
    right_number = strtoull(right + lane_kind_length(right), NULL, 10);
    return left_number < right_number ? -1 : left_number > right_number;
}

/* The lanes of the threads. */

struct lanes *lanes_create(const struct picture_about *about)
{
    struct lanes *lanes = calloc(1, sizeof *lanes);

    if (lanes == NULL)
        return NULL;
    lanes->about = about;
    lanes->bin_ns = 1;
    return lanes;
}

void lanes_destroy(struct lanes *lanes)
{
    if (lanes == NULL)
        return;
    for (size_t i = 0; i < lanes->kind_count; i++)
        for (size_t j = 0; j < lanes->kinds[i].kept; j++)
            free(lanes->kinds[i].lanes[j]);
    free(lanes);
}

/* The thread's place in the table, or the empty one where it belongs. */
static struct lane **find_slot(struct lanes *lanes, int thread)
{
    size_t slot = (size_t)thread % SLOTS;

    while (lanes->slots[slot] != NULL && lanes->slots[slot]->thread != thread)
        slot = (slot + 1) % SLOTS;
    return &lanes->slots[slot];
}

/* The kind of this name; *at gets where it is, or where it belongs. NULL: there is none. */
static struct kind *find_kind(struct lanes *lanes, const char *name, size_t *at)
{
    size_t i = 0;
    int difference = -1;

    while (i < lanes->kind_count &&
           (difference = compare_kinds(lanes->kinds[i].lanes[0]->name, name)) < 0)
        i++;
    *at = i;
    return i < lanes->kind_count && difference == 0 ? &lanes->kinds[i] : NULL;
}

/* Makes room for a kind. */
static struct kind *insert_kind(struct lanes *lanes, size_t at)
{
    struct kind *kind = &lanes->kinds[at];

    memmove(kind + 1, kind, (lanes->kind_count++ - at) * sizeof *kind);
    *kind = (struct kind){.count = 1};
    return kind;
}

static void insert_lane(struct kind *kind, struct lane *lane)
{
    size_t i = kind->kept++;

    for (; i > 0 && lane_compare_names(kind->lanes[i - 1]->name, lane->name) > 0; i--)
        kind->lanes[i] = kind->lanes[i - 1];
    kind->lanes[i] = lane;
}

static void copy_name(char *copy, const char *name)
{
    size_t i = 0;

    for (; name[i] != '\0' && i < TIMELINE_NAME_SIZE - 1; i++)
        copy[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    copy[i] = '\0';
}

/* Takes the lane with the highest number, whose place another one gets. */
static struct lane *take_last(struct lanes *lanes, struct kind *kind)
{
    struct lane *last = kind->lanes[--kind->kept];
    size_t slot = (size_t)(find_slot(lanes, last->thread) - lanes->slots);

    lanes->slots[slot] = NULL;
    /* Those behind it may have had to make way for it. */
    for (slot = (slot + 1) % SLOTS; lanes->slots[slot] != NULL; slot = (slot + 1) % SLOTS) {
        struct lane *moved = lanes->slots[slot];

        lanes->slots[slot] = NULL;
        *find_slot(lanes, moved->thread) = moved;
    }
    memset(last, 0, sizeof *last);
    return last;
}

/* The memory for a lane of this name. NULL: it is not kept, or there is none. */
static struct lane *find_room(struct lanes *lanes, struct kind *kind, const char *name)
{
    if (kind == NULL && lanes->kind_count == KINDS_MAX)
        return NULL;
    if (kind == NULL || kind->kept < KEPT_MAX)
        return calloc(1, sizeof(struct lane));
    /* Of several new threads the newest is told first, so that the others come before it. */
    if (lane_compare_names(name, kind->lanes[KEPT_MAX - 1]->name) < 0)
        return take_last(lanes, kind);
    return NULL;
}

static void on_thread(void *context, int thread, const char *name)
{
    struct lanes *lanes = context;
    size_t at;
    struct kind *kind = find_kind(lanes, name, &at);
    struct lane *lane = find_room(lanes, kind, name);

    if (kind != NULL)
        kind->count++;
    else if (lane == NULL)
        lanes->others++;
    if (lane == NULL)
        return;
    copy_name(lane->name, name);
    lane->thread = thread;
    lane->ended_ns = INT64_MAX;
    insert_lane(kind != NULL ? kind : insert_kind(lanes, at), lane);
    *find_slot(lanes, thread) = lane;
}

static void on_ended(void *context, int thread, int64_t at_ns)
{
    struct lane *lane = *find_slot(context, thread);

    if (lane != NULL)
        lane->ended_ns = at_ns;
}

/* What they did. */

static void widen_lane(struct lane *lane)
{
    for (size_t i = 0; i < BINS; i++) {
        struct bin sum = {.marks = 0};

        for (size_t half = 2 * i; half < 2 * i + 2 && half < BINS; half++) {
            sum.marks |= lane->bins[half].marks;
            for (int sign = 0; sign < LASTING; sign++)
                sum.ns[sign] += lane->bins[half].ns[sign];
        }
        lane->bins[i] = sum;
    }
}

/* Doubles what a bin covers until all of them reach beyond this time since the run's begin. */
static void widen(struct lanes *lanes, int64_t since_ns)
{
    while (since_ns / lanes->bin_ns >= BINS) {
        lanes->bin_ns *= 2;
        for (size_t i = 0; i < lanes->kind_count; i++)
            for (size_t j = 0; j < lanes->kinds[i].kept; j++)
                widen_lane(lanes->kinds[i].lanes[j]);
    }
}

/* A time on the clock, since the run's begin. */
static int64_t since_begin_ns(const struct lanes *lanes, int64_t at_ns)
{
    return at_ns > lanes->about->started_ns ? at_ns - lanes->about->started_ns : 0;
}

static enum lane_sign sign_of(const struct span *span)
{
    if (span->kind == SPAN_CALL)
        return (enum lane_sign)(LANE_SUMMARY + (int)span->task);
    if (span->kind != SPAN_WAIT)
        return LANE_NOTHING;
    switch (span->wait) {
    case TIMELINE_LOCK:
        return LANE_LOCK;
    case TIMELINE_SEND:
        return LANE_SEND;
    case TIMELINE_RECEIVE:
        return LANE_RECEIVE;
    default:
        return LANE_WAITS;
    }
}

static void mark(struct lanes *lanes, struct lane *lane, enum lane_sign sign, int64_t since_ns)
{
    widen(lanes, since_ns);
    lane->bins[since_ns / lanes->bin_ns].marks |= 1U << (sign - LASTING);
}

static void fill(struct lanes *lanes, struct lane *lane, enum lane_sign sign, int64_t from_ns,
                 int64_t to_ns)
{
    widen(lanes, to_ns);
    while (from_ns < to_ns) {
        int64_t bin = from_ns / lanes->bin_ns, end_ns = (bin + 1) * lanes->bin_ns;

        if (end_ns > to_ns)
            end_ns = to_ns;
        lane->bins[bin].ns[sign] += (float)(end_ns - from_ns);
        from_ns = end_ns;
    }
}

static void on_span(void *context, const struct span *span)
{
    struct lanes *lanes = context;
    struct lane *lane = *find_slot(lanes, span->thread);
    int64_t from_ns = since_begin_ns(lanes, span->from_ns);
    int64_t to_ns = since_begin_ns(lanes, span->to_ns);
    enum lane_sign sign = sign_of(span);

    lanes->flight.started_ns = lanes->about->started_ns;
    flight_add(&lanes->flight, span);
    if (lane == NULL)
        return;
    if (sign != LANE_NOTHING)
        fill(lanes, lane, sign, from_ns, to_ns);
    if (span->kind == SPAN_REFUSED)
        mark(lanes, lane, LANE_REFUSED, from_ns);
    else if (span->end == SPAN_FAILED)
        mark(lanes, lane, LANE_FAILED, to_ns > 0 ? to_ns - 1 : 0);
    else if (span->end == SPAN_GIVEN_UP)
        mark(lanes, lane, LANE_GIVEN_UP, to_ns > 0 ? to_ns - 1 : 0);
    else if (sign != LANE_NOTHING && span->end == SPAN_OPEN)
        lane->waits = true;
}

struct span_sink lanes_sink(struct lanes *lanes)
{
    return (struct span_sink){
        .context = lanes, .on_thread = on_thread, .on_ended = on_ended, .on_span = on_span};
}

void lanes_keep_about(struct lanes *lanes)
{
    lanes->kept = *lanes->about;
    lanes->kept.title = lanes->kept.summary = lanes->kept.command = NULL;
    lanes->about = &lanes->kept;
}

/* What a picture asks. */

int lane_thread(const struct lane *lane)
{
    return lane->thread;
}

const char *lane_name(const struct lane *lane)
{
    return lane->name;
}

int64_t lane_ended_ns(const struct lane *lane, bool *waits)
{
    if (waits != NULL)
        *waits = lane->waits;
    return lane->ended_ns;
}

const struct flight *lanes_flight(const struct lanes *lanes)
{
    return &lanes->flight;
}

const struct picture_about *lanes_about(const struct lanes *lanes)
{
    return lanes->about;
}

static double overlap(double from, double to, double other_from, double other_to)
{
    double length = fmin(to, other_to) - fmax(from, other_from);

    return length > 0 ? length : 0;
}

/* What is in a column: as a bin, but of any width. */
struct column {
    double from_ns, to_ns; /* since the run's begin */
    double marks_to_ns;    /* to_ns; of the last column, beyond all bins */
    double ns[LASTING];
    unsigned marks;
};

/* Adds the bins' parts. A mark goes to the column in which its bin ends. */
static void add_bins(struct column *column, const struct lanes *lanes, const struct lane *lane)
{
    double bin_ns = (double)lanes->bin_ns;
    int64_t bin = (int64_t)(column->from_ns / bin_ns);

    for (; bin < BINS && (double)bin * bin_ns < column->to_ns; bin++) {
        double begin_ns = (double)bin * bin_ns, end_ns = begin_ns + bin_ns;
        double share = overlap(begin_ns, end_ns, column->from_ns, column->to_ns) / bin_ns;

        for (int sign = 0; sign < LASTING; sign++)
            column->ns[sign] += share * lane->bins[bin].ns[sign];
        if (end_ns > column->from_ns && end_ns <= column->marks_to_ns)
            column->marks |= lane->bins[bin].marks;
    }
}

/* *filled_ns gets how much of the column is filled. */
static enum lane_sign sign_of_column(const struct column *column, double *filled_ns)
{
    static const enum lane_sign marks[] = {LANE_FAILED, LANE_GIVEN_UP, LANE_REFUSED};
    int longest = 0;

    *filled_ns = 0;
    for (int sign = 0; sign < LASTING; sign++) {
        *filled_ns += column->ns[sign];
        if (column->ns[sign] > column->ns[longest])
            longest = sign;
    }
    for (int i = 0; i < 3; i++)
        if ((column->marks & 1U << (marks[i] - LASTING)) != 0)
            return marks[i];
    return (enum lane_sign)longest;
}

void lane_columns(const struct lanes *lanes, const struct lane *lane, const struct span *open,
                  int64_t until_ns, enum lane_sign *signs, int columns)
{
    double width_ns = (double)since_begin_ns(lanes, until_ns) / columns, fullest_ns = 0;
    enum lane_sign sign = LANE_NOTHING;
    int fullest = 0;
    bool is_empty = true;

    for (int i = 0; i < columns; i++) {
        double end_ns = width_ns * (i + 1), filled_ns;
        struct column column = {.from_ns = width_ns * i,
                                .to_ns = end_ns,
                                .marks_to_ns = i + 1 < columns ? end_ns : INFINITY};

        add_bins(&column, lanes, lane);
        if (open != NULL)
            column.ns[sign_of(open)] +=
                overlap((double)since_begin_ns(lanes, open->from_ns),
                        (double)since_begin_ns(lanes, open->to_ns), column.from_ns, column.to_ns);
        signs[i] = sign_of_column(&column, &filled_ns);
        if (filled_ns > fullest_ns) {
            fullest_ns = filled_ns;
            fullest = i;
            sign = signs[i];
        }
        if (signs[i] < LASTING && filled_ns < FILLED * width_ns)
            signs[i] = LANE_NOTHING;
        is_empty = is_empty && signs[i] == LANE_NOTHING;
    }
    /* However short it lived, something is seen of it. */
    if (is_empty)
        signs[fullest] = sign;
}

/* What fits. */

/* The rows that a kind takes when this number of its lanes is shown. */
static size_t count_rows(const struct kind *kind, size_t shown)
{
    return shown < kind->count ? shown + 1 : shown;
}

/* Shows fewer lanes of the kind of which most are shown. Returns false if each shows but one. */
static bool show_fewer(const struct lanes *lanes, size_t *shown)
{
    size_t most = 0;

    for (size_t i = 1; i < lanes->kind_count; i++)
        if (shown[i] > shown[most])
            most = i;
    if (lanes->kind_count == 0 || shown[most] <= 1)
        return false;
    shown[most]--;
    return true;
}

static size_t sum_rows(const struct lanes *lanes, const size_t *shown)
{
    size_t sum = lanes->others > 0;

    for (size_t i = 0; i < lanes->kind_count; i++)
        sum += count_rows(&lanes->kinds[i], shown[i]);
    return sum;
}

static unsigned marks_of(const struct lane *lane)
{
    unsigned marks = 0;

    for (int bin = 0; bin < BINS; bin++)
        marks |= lane->bins[bin].marks;
    return marks;
}

/* The first lane with a mark, or the number of lanes. */
static size_t find_marked(const struct kind *kind, unsigned mark)
{
    size_t at = 0;

    while (at < kind->kept && (marks_of(kind->lanes[at]) & mark) == 0)
        at++;
    return at;
}

/*
 * Chooses the first lane of the kind, for each mark the first lane that has it, and for the rest
 * the first ones: so a refused call is seen, though few lanes are shown. In order.
 */
static void choose_lanes(const struct kind *kind, const struct lane **chosen, size_t shown)
{
    bool is_chosen[KEPT_MAX] = {false};
    size_t left = shown, used = 0;

    for (int mark = 0; mark <= LANE_SIGNS - LASTING; mark++) {
        size_t at = mark == 0 ? 0 : find_marked(kind, 1U << (mark - 1));

        if (left > 0 && at < kind->kept && !is_chosen[at]) {
            is_chosen[at] = true;
            left--;
        }
    }
    for (size_t at = 0; at < kind->kept; at++) {
        if (!is_chosen[at] && left > 0) {
            is_chosen[at] = true;
            left--;
        }
        if (is_chosen[at])
            chosen[used++] = kind->lanes[at];
    }
}

/* Adds the rows of a kind; used is how many there are. Returns how many there are then. */
static size_t add_rows(struct lanes_row *rows, size_t used, const struct kind *kind, size_t shown)
{
    const struct lane *chosen[KEPT_MAX];

    choose_lanes(kind, chosen, shown);
    for (size_t i = 0; i < shown; i++)
        rows[used++] = (struct lanes_row){.lane = chosen[i]};
    if (shown < kind->count)
        rows[used++] = (struct lanes_row){.more = kind->count - shown, .are_alike = true};
    return used;
}

size_t lanes_fit(const struct lanes *lanes, struct lanes_row *rows, size_t count)
{
    size_t shown[KINDS_MAX], used = 0, more = lanes->others;

    for (size_t i = 0; i < lanes->kind_count; i++)
        shown[i] = lanes->kinds[i].kept;
    while (sum_rows(lanes, shown) > count && show_fewer(lanes, shown))
        continue;
    for (size_t i = 0; i < lanes->kind_count; i++) {
        const struct kind *kind = &lanes->kinds[i];
        bool is_last = i + 1 == lanes->kind_count && lanes->others == 0;

        /* In the row that would say "1 more" there is room for this one. */
        if (shown[i] + 1 == kind->count && kind->kept == kind->count)
            shown[i]++;
        if (more == lanes->others && used + count_rows(kind, shown[i]) + !is_last <= count)
            used = add_rows(rows, used, kind, shown[i]);
        else
            more += kind->count;
    }
    if (more > 0)
        rows[used++] = (struct lanes_row){.more = more};
    return used;
}

size_t lanes_first(const struct lanes *lanes, const struct lane **first, size_t count)
{
    const struct kind *most = lanes->kinds;

    for (size_t i = 1; i < lanes->kind_count; i++)
        if (lanes->kinds[i].count >= most->count)
            most = &lanes->kinds[i];
    if (count > most->kept)
        count = most->kept;
    for (size_t i = 0; i < count; i++)
        first[i] = most->lanes[i];
    return count;
}
