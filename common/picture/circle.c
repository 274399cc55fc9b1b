#include "picture/circle.h"

#include "picture/lanes.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS 256     /* what is known: a hash table */
#define PROBES 16     /* places that are looked at; if all are taken, a fact replaces another */
#define WAKERS_MIN 9  /* bytes for the last words, at least */
#define GROUPS_MAX 16 /* of threads that wait for the same; further ones are counted */
#define FRAME 10      /* columns between the words of a line, and in front of them */
#define BRACKET 10    /* columns of a circle's bracket */

/* A thread that ended such a wait, or that waited in the other direction. */
struct fact {
    bool is_known;
    int thread;
    const void *object;
    enum timeline_wait wait;
    char name[TIMELINE_NAME_SIZE];
};

struct span_list {
    struct span *items;
    size_t count, capacity;
};

struct circle {
    struct fact facts[FACTS];
    struct span_list stalled; /* waits and calls that never end */
    struct span_list held;    /* locks */
    bool lacks_memory;
};

struct circle *circle_create(void)
{
    return calloc(1, sizeof(struct circle));
}

void circle_destroy(struct circle *circle)
{
    if (circle == NULL)
        return;
    free(circle->stalled.items);
    free(circle->held.items);
    free(circle);
}

static void note_fact(struct circle *circle, const struct span *wait, enum timeline_wait other,
                      int thread)
{
    size_t home = (size_t)(uintptr_t)wait->object / sizeof(void *) + (size_t)thread * 7 + other;
    struct fact *fact = &circle->facts[home % FACTS];

    for (size_t probe = 0; probe < PROBES; probe++) {
        struct fact *place = &circle->facts[(home + probe) % FACTS];

        if (!place->is_known || (place->thread == thread && place->object == wait->object &&
                                 place->wait == other && strcmp(place->name, wait->name) == 0)) {
            fact = place;
            break;
        }
    }
    *fact = (struct fact){true, thread, wait->object, other, ""};
    memcpy(fact->name, wait->name, sizeof fact->name);
}

static void keep(struct circle *circle, struct span_list *list, const struct span *span)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 16;
        struct span *items = realloc(list->items, capacity * sizeof *items);

        if (items == NULL) {
            circle->lacks_memory = true;
            return;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *span;
}

static void on_span(void *context, const struct span *span)
{
    struct circle *circle = context;

    if (span->end == SPAN_OPEN)
        keep(circle, span->kind == SPAN_HOLD ? &circle->held : &circle->stalled, span);
    if (span->kind != SPAN_WAIT)
        return;
    if (span->woken_by != TIMELINE_NOBODY)
        note_fact(circle, span, span->wait, span->woken_by);
    if (span->wait == TIMELINE_SEND)
        note_fact(circle, span, TIMELINE_RECEIVE, span->thread);
    else if (span->wait == TIMELINE_RECEIVE)
        note_fact(circle, span, TIMELINE_SEND, span->thread);
}

struct span_sink circle_sink(struct circle *circle)
{
    return (struct span_sink){.context = circle, .on_span = on_span};
}

/* Threads with like names that wait for the same. */
struct group {
    const struct span *wait; /* of the first of them */
    const char *name;        /* of the first of them */
    size_t count;
    int holder;                  /* of the lock it waits for; else TIMELINE_NOBODY */
    bool is_woken[GROUPS_MAX];   /* by which groups it can be */
    bool depends_on[GROUPS_MAX]; /* the groups that can wake it, those that can wake these, ... */
    bool is_in_circle;
    char label[21]; /* "article 1-3, 5" */
    char words[32];
    char wakers[128];
};

struct stalled {
    const struct span *span;
    const char *name;
    size_t group;
};

struct drawing {
    const struct circle *circle;
    const struct spans *spans;
    struct stalled *stalled; /* by their names */
    size_t stalled_count;
    struct group groups[GROUPS_MAX];
    size_t count;
    size_t more; /* threads of further groups */
};

static bool are_alike(const char *left, const char *right)
{
    size_t length = lane_kind_length(left);

    return length == lane_kind_length(right) && strncmp(left, right, length) == 0;
}

static bool wait_for_same(const struct span *left, const struct span *right)
{
    return left->kind == right->kind && left->wait == right->wait &&
           left->object == right->object && strcmp(left->name, right->name) == 0;
}

/* The groups. */

static int compare_stalled(const void *left, const void *right)
{
    const struct stalled *a = left, *b = right;

    return lane_compare_names(a->name, b->name);
}

static int find_holder(const struct circle *circle, const struct span *wait)
{
    for (size_t i = 0; wait->wait == TIMELINE_LOCK && i < circle->held.count; i++)
        if (circle->held.items[i].object == wait->object)
            return circle->held.items[i].thread;
    return TIMELINE_NOBODY;
}

static void put_in_group(struct drawing *drawing, struct stalled *stalled)
{
    struct group *group = drawing->groups;
    size_t i = 0;

    while (i < drawing->count && !(are_alike(group[i].name, stalled->name) &&
                                   wait_for_same(group[i].wait, stalled->span)))
        i++;
    stalled->group = i;
    if (i == GROUPS_MAX) {
        drawing->more++;
        return;
    }
    if (i == drawing->count)
        group[drawing->count++] =
            (struct group){.wait = stalled->span,
                           .name = stalled->name,
                           .holder = find_holder(drawing->circle, stalled->span)};
    group[i].count++;
}

/* Returns false without memory. */
static bool make_groups(struct drawing *drawing)
{
    const struct span_list *list = &drawing->circle->stalled;

    drawing->stalled = calloc(list->count, sizeof *drawing->stalled);
    if (drawing->stalled == NULL)
        return false;
    drawing->stalled_count = list->count;
    for (size_t i = 0; i < list->count; i++)
        drawing->stalled[i] =
            (struct stalled){.span = &list->items[i],
                             .name = spans_thread(drawing->spans, list->items[i].thread)->name};
    qsort(drawing->stalled, list->count, sizeof *drawing->stalled, compare_stalled);
    for (size_t i = 0; i < list->count; i++)
        put_in_group(drawing, &drawing->stalled[i]);
    return true;
}

/* Who can wake whom. */

static bool is_in_group(const struct drawing *drawing, int thread, size_t group)
{
    for (size_t i = 0; i < drawing->stalled_count; i++)
        if (drawing->stalled[i].span->thread == thread)
            return drawing->stalled[i].group == group;
    return false;
}

/* Whether a thread of such a name is known to have ended such a wait. */
static bool has_woken(const struct drawing *drawing, const char *name, const struct span *wait)
{
    for (size_t i = 0; i < FACTS; i++) {
        const struct fact *fact = &drawing->circle->facts[i];

        if (fact->is_known && fact->wait == wait->wait && fact->object == wait->object &&
            strcmp(fact->name, wait->name) == 0 &&
            are_alike(spans_thread(drawing->spans, fact->thread)->name, name))
            return true;
    }
    return false;
}

static void find_wakers(const struct drawing *drawing, struct group *group)
{
    bool has_any_woken = false;

    if (group->wait->kind != SPAN_WAIT)
        return; /* the provider can */
    for (size_t i = 0; i < drawing->count; i++) {
        const struct group *other = &drawing->groups[i];

        group->is_woken[i] = group->wait->wait == TIMELINE_LOCK
                                 ? is_in_group(drawing, group->holder, i)
                                 : !wait_for_same(group->wait, other->wait);
        has_any_woken |= group->is_woken[i] && has_woken(drawing, other->name, group->wait);
    }
    if (has_any_woken && group->wait->wait != TIMELINE_LOCK)
        for (size_t i = 0; i < drawing->count; i++)
            group->is_woken[i] =
                group->is_woken[i] && has_woken(drawing, drawing->groups[i].name, group->wait);
}

static size_t count_wakers(const struct drawing *drawing, const struct group *group)
{
    size_t count = 0;

    for (size_t i = 0; i < drawing->count; i++)
        count += group->is_woken[i];
    return count;
}

/* A thread that goes on when all of these others have ended can wake none of them before. */
static void leave_out(struct drawing *drawing, size_t waiter)
{
    const struct group *group = &drawing->groups[waiter];
    size_t others = 0;

    for (size_t i = 0; i < drawing->count; i++)
        others += group->is_woken[i] ? drawing->groups[i].count : 0;
    if (group->wait->wait != TIMELINE_WAIT_GROUP || (size_t)group->wait->count < others)
        return;
    for (size_t i = 0; i < drawing->count; i++)
        if (group->is_woken[i] && count_wakers(drawing, &drawing->groups[i]) > 1)
            drawing->groups[i].is_woken[waiter] = false;
}

/* A circle is a set of groups that only they themselves can wake. */
static void find_circles(struct drawing *drawing)
{
    struct group *groups = drawing->groups;
    size_t count = drawing->count;

    for (size_t i = 0; i < count; i++)
        memcpy(groups[i].depends_on, groups[i].is_woken, sizeof groups[i].depends_on);
    for (size_t via = 0; via < count; via++)
        for (size_t i = 0; i < count; i++)
            for (size_t to = 0; groups[i].depends_on[via] && to < count; to++)
                groups[i].depends_on[to] |= groups[via].depends_on[to];
    for (size_t i = 0; i < count; i++) {
        groups[i].is_in_circle = groups[i].depends_on[i];
        for (size_t to = 0; to < count; to++)
            if (groups[i].depends_on[to] && !groups[to].depends_on[i])
                groups[i].is_in_circle = false;
    }
}

/* Words. */

/* Appends text of which the last three characters become "..." where it has no room. */
static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);

    if ((size_t)snprintf(text + length, size - length, "%s", more) >= size - length)
        memcpy(text + size - 4, "...", 4);
}

static void append_numbers(char *text, size_t size, long first, long last)
{
    char numbers[64];

    snprintf(numbers, sizeof numbers, first == last ? "%ld" : "%ld-%ld", first, last);
    append(text, size, numbers);
}

/* The name of like threads, and their numbers: "article 1-3, 5". */
static void write_label(const struct drawing *drawing, size_t at, char *label, size_t size)
{
    const struct group *group = &drawing->groups[at];
    size_t kind = lane_kind_length(group->name);
    long first = 0, last = -1;

    label[0] = '\0';
    append(label, size, group->name);
    if (group->count == 1 || group->name[kind] == '\0')
        return;
    snprintf(label, size, "%.*s ", (int)kind, group->name);
    for (size_t i = 0; i < drawing->stalled_count; i++) {
        long number = strtol(drawing->stalled[i].name + kind, NULL, 10);

        if (drawing->stalled[i].group != at)
            continue;
        if (number != last + 1 && last >= 0) {
            append_numbers(label, size, first, last);
            append(label, size, ", ");
        }
        if (number != last + 1 || last < 0)
            first = number;
        last = number;
    }
    append_numbers(label, size, first, last);
}

static void write_words(struct group *group)
{
    const struct span *wait = group->wait;
    const char *s = group->count == 1 ? "s" : "";
    char words[96];

    if (wait->kind == SPAN_CALL)
        snprintf(words, sizeof words, "wait%s for an answer", s);
    else if (wait->wait == TIMELINE_LOCK)
        snprintf(words, sizeof words, "wait%s for the lock \"%s\"", s, wait->name);
    else if (wait->wait == TIMELINE_SEND)
        snprintf(words, sizeof words, "send%s to \"%s\"", s, wait->name);
    else if (wait->wait == TIMELINE_RECEIVE)
        snprintf(words, sizeof words, "receive%s from \"%s\"", s, wait->name);
    else if (wait->wait == TIMELINE_SELECT)
        snprintf(words, sizeof words, "select%s among %s", s, wait->name);
    else if (wait->wait == TIMELINE_WAIT_GROUP)
        snprintf(words, sizeof words, "wait%s until %d %s done", s, wait->count,
                 wait->count == 1 ? "is" : "are");
    else
        snprintf(words, sizeof words, "wait%s for \"%s\"", s, wait->name);
    group->words[0] = '\0';
    append(group->words, sizeof group->words, words);
}

static const char *nobody_words(const struct span *wait)
{
    switch (wait->wait) {
    case TIMELINE_SEND:
        return "nobody is left to receive";
    case TIMELINE_RECEIVE:
        return "nobody is left to send or to close";
    default:
        return "nobody is left";
    }
}

static void write_holder(const struct drawing *drawing, struct group *group, size_t size)
{
    if (group->holder == TIMELINE_NOBODY)
        return;
    append(group->wakers, size, spans_thread(drawing->spans, group->holder)->name);
    append(group->wakers, size,
           count_wakers(drawing, group) > 0 ? ", its holder" : ", which has ended");
}

static void write_wakers(const struct drawing *drawing, struct group *group, size_t size)
{
    const struct span *wait = group->wait;
    const char *separator = wait->wait == TIMELINE_WAIT_GROUP ? ", " : " or ";

    group->wakers[0] = '\0';
    if (wait->kind == SPAN_CALL) {
        append(group->wakers, size, "the provider");
    } else if (wait->wait == TIMELINE_LOCK) {
        write_holder(drawing, group, size);
    } else if (count_wakers(drawing, group) == 0) {
        append(group->wakers, size, nobody_words(wait));
    } else {
        for (size_t i = 0; i < drawing->count; i++) {
            if (!group->is_woken[i])
                continue;
            append(group->wakers, size, group->wakers[0] != '\0' ? separator : "");
            append(group->wakers, size, drawing->groups[i].label);
        }
    }
}

/* Lines. */

struct widths {
    int label, words, wakers;
};

static void draw_group(FILE *out, const struct group *group, const struct widths *widths,
                       bool is_ascii, const char *bracket)
{
    fprintf(out, "  %-*s  %-*s  %s ", widths->label, group->label, widths->words, group->words,
            is_ascii ? "-->" : "──▶");
    if (bracket[0] == '\0')
        fprintf(out, "%s\n", group->wakers);
    else
        fprintf(out, "%-*s  %s\n", widths->wakers, group->wakers, bracket);
}

/* Draws the circle of which this is the first group. */
static void draw_circle(FILE *out, const struct drawing *drawing, size_t first,
                        const struct widths *widths, bool is_ascii)
{
    static const char *const unicode[] = {"┐ a", "│", "│ circle", "┘", "┘ circle"};
    static const char *const ascii[] = {"\\ a", "|", "| circle", "/", "/ circle"};
    const char *const *brackets = is_ascii ? ascii : unicode;
    size_t lines = 0, line = 0;

    for (size_t i = 0; i < drawing->count; i++)
        lines += drawing->groups[first].depends_on[i];
    for (size_t i = 0; i < drawing->count; i++) {
        size_t at = line == 0 ? 0 : line + 1 < lines ? 1 : 3;

        if (!drawing->groups[first].depends_on[i])
            continue;
        draw_group(out, &drawing->groups[i], widths, is_ascii,
                   lines == 1 ? "" : brackets[at + (line == 1)]);
        line++;
    }
}

static void draw_groups(FILE *out, const struct drawing *drawing, const struct widths *widths,
                        bool is_ascii)
{
    bool is_drawn[GROUPS_MAX] = {false};

    for (size_t i = 0; i < drawing->count; i++)
        if (!drawing->groups[i].is_in_circle)
            draw_group(out, &drawing->groups[i], widths, is_ascii, "");
    if (drawing->more > 0)
        fprintf(out, "  and %zu more thread%s\n", drawing->more, drawing->more == 1 ? "" : "s");
    for (size_t i = 0; i < drawing->count; i++) {
        if (!drawing->groups[i].is_in_circle || is_drawn[i])
            continue;
        draw_circle(out, drawing, i, widths, is_ascii);
        for (size_t to = 0; to < drawing->count; to++)
            is_drawn[to] |= drawing->groups[i].depends_on[to];
    }
}

static int longer(int width, const char *text)
{
    return (int)strlen(text) > width ? (int)strlen(text) : width;
}

/* Finds all words, and what room they need; the wakers get what is left. */
static struct widths write_all(struct drawing *drawing, const struct screen *screen)
{
    struct widths widths = {0};
    int room;

    for (size_t i = 0; i < drawing->count; i++) {
        struct group *group = &drawing->groups[i];

        write_label(drawing, i, group->label, sizeof group->label);
        write_words(group);
        widths.label = longer(widths.label, group->label);
        widths.words = longer(widths.words, group->words);
    }
    room = screen->columns - widths.label - widths.words - FRAME;
    for (size_t i = 0; i < drawing->count; i++) {
        struct group *group = &drawing->groups[i];
        int size = room - (group->is_in_circle ? BRACKET : 0);

        size = size < (int)sizeof group->wakers ? size : (int)sizeof group->wakers;
        write_wakers(drawing, group, (size_t)(size > WAKERS_MIN ? size : WAKERS_MIN));
        if (group->is_in_circle)
            widths.wakers = longer(widths.wakers, group->wakers);
    }
    return widths;
}

static void destroy_drawing(struct drawing *drawing)
{
    free(drawing->stalled);
    free(drawing);
}

/* Finds out who could wake whom. Returns NULL without memory, or if no thread waits. */
static struct drawing *make_drawing(const struct circle *circle, const struct spans *spans)
{
    struct drawing *drawing;

    if (circle->lacks_memory || circle->stalled.count == 0)
        return NULL;
    drawing = calloc(1, sizeof *drawing);
    if (drawing == NULL)
        return NULL;
    drawing->circle = circle;
    drawing->spans = spans;
    if (!make_groups(drawing)) {
        destroy_drawing(drawing);
        return NULL;
    }
    for (size_t i = 0; i < drawing->count; i++)
        find_wakers(drawing, &drawing->groups[i]);
    for (size_t i = 0; i < drawing->count; i++)
        leave_out(drawing, i);
    find_circles(drawing);
    return drawing;
}

char *circle_draw(const struct circle *circle, const struct spans *spans,
                  const struct screen *screen)
{
    struct drawing *drawing = make_drawing(circle, spans);
    struct widths widths;
    char *text = NULL;
    size_t size;
    FILE *out;

    if (drawing == NULL)
        return NULL;
    out = open_memstream(&text, &size);
    if (out != NULL) {
        widths = write_all(drawing, screen);
        draw_groups(out, drawing, &widths, screen->is_ascii);
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    destroy_drawing(drawing);
    return text;
}

void circle_tell(const struct circle *circle, const struct spans *spans,
                 const struct circle_teller *teller)
{
    struct drawing *drawing = make_drawing(circle, spans);

    if (drawing == NULL)
        return;
    write_all(drawing, &(struct screen){.columns = INT_MAX});
    for (size_t i = 0; i < drawing->count; i++) {
        const struct group *group = &drawing->groups[i];

        teller->on_group(teller->context, group->wakers, group->is_in_circle, group->is_woken,
                         drawing->count);
    }
    for (size_t i = 0; i < drawing->stalled_count; i++)
        if (drawing->stalled[i].group < drawing->count)
            teller->on_thread(teller->context, drawing->stalled[i].span->thread,
                              drawing->stalled[i].group);
    destroy_drawing(drawing);
}
