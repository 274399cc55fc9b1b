#include "picture/replay.h"

#include "observe/text.h"
#include "picture/circle.h"
#include "replay_page.h" /* the build makes it of picture/page/ */
#include "system/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/*
 * The same few words come again and again. The page has them once, and a number for them. Words
 * that have lost their place here come to the page again, with another number.
 */
#define WORDS_MAX 256
#define WORDS_SIZE 160

struct words {
    unsigned number; /* from 1; 0: none */
    char text[WORDS_SIZE];
};

struct replay {
    FILE *stream;
    int error;
    const struct picture_about *about;
    struct circle *circle; /* NULL: without memory for it */
    unsigned last_number;
    struct words words[WORDS_MAX]; /* by their hash */
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put(struct replay *replay, const char *format, ...)
{
    va_list arguments;

    if (replay->error != 0)
        return;
    va_start(arguments, format);
    errno = 0;
    if (vfprintf(replay->stream, format, arguments) < 0)
        replay->error = errno != 0 ? errno : EIO;
    va_end(arguments);
}

static void put_half_page(struct replay *replay, const unsigned char *half, size_t size)
{
    errno = 0;
    if (replay->error == 0 && fwrite(half, 1, size, replay->stream) != size)
        replay->error = errno != 0 ? errno : EIO;
}

/*
 * Writes the text as a string of JSON, without "<", so that it ends no element of the page. What a
 * terminal would obey, what breaks a line or turns the direction of writing, and what is no UTF-8,
 * is shown as an escape.
 */
static void put_string(struct replay *replay, const char *text)
{
    size_t length = strlen(text);

    put(replay, "\"");
    while (length > 0) {
        size_t bytes = text_character(text, length), taken = bytes > 0 ? bytes : 1;
        char shown[TEXT_SHOWN_MAX + 1];

        text_show(text, taken, "", shown, sizeof shown);
        for (const char *byte = shown; *byte != '\0'; byte++)
            put(replay, strchr("\"\\<", *byte) != NULL ? "\\u%04x" : "%c", (unsigned char)*byte);
        text += taken;
        length -= taken;
    }
    put(replay, "\"");
}

/* Whole microseconds, rounded down. Nothing is before the run's begin. */
static int64_t time_us(const struct replay *replay, int64_t at_ns)
{
    int64_t time_ns = picture_time_ns(replay->about, at_ns);

    return time_ns > 0 ? time_ns / NS_PER_US : 0;
}

/* Begins a row about a thread, with a moment; what else it has, and its end, must follow. */
static void begin_row(struct replay *replay, char kind, int thread, int64_t at_ns)
{
    put(replay, "[\"%c\",%d,%" PRId64, kind, thread, time_us(replay, at_ns));
}

static void end_row(struct replay *replay)
{
    put(replay, "],\n");
}

/* Returns the number of the words, by which the page knows them from now on. */
static unsigned number_of(struct replay *replay, const char *text)
{
    unsigned hash = 5381;
    struct words *words;

    for (const char *byte = text; *byte != '\0'; byte++)
        hash = hash * 33 + (unsigned char)*byte;
    words = &replay->words[hash % WORDS_MAX];
    if (words->number != 0 && strcmp(words->text, text) == 0)
        return words->number;
    words->number = ++replay->last_number;
    snprintf(words->text, sizeof words->text, "%s", text);
    put(replay, "[\"s\",%u,", words->number);
    put_string(replay, words->text);
    end_row(replay);
    return words->number;
}

static void on_thread(void *context, int thread, const char *name)
{
    struct replay *replay = context;

    put(replay, "[\"t\",%d,", thread);
    put_string(replay, name);
    end_row(replay);
}

static void on_started(void *context, int thread, int64_t at_ns)
{
    begin_row(context, 'b', thread, at_ns);
    end_row(context);
}

static void on_ended(void *context, int thread, int64_t at_ns)
{
    begin_row(context, 'e', thread, at_ns);
    end_row(context);
}

static void on_stored(void *context, int thread, int article, int64_t at_ns)
{
    begin_row(context, 'd', thread, at_ns);
    put(context, ",%d", article);
    end_row(context);
}

static void put_call(struct replay *replay, const struct span *span)
{
    put(replay, ",%d,%d,%d,%d", (int)span->task, span->article, span->attempt, span->in_flight);
}

static void put_wait(struct replay *replay, const struct span *span, unsigned words)
{
    const void *lock = span->wait == TIMELINE_LOCK ? span->object : NULL;

    put(replay, ",%d,%u,%" PRIuPTR ",%d", (int)span->wait, words, (uintptr_t)lock, span->woken_by);
}

static void on_span(void *context, const struct span *span)
{
    static const char kinds[] = {
        [SPAN_CALL] = 'c', [SPAN_REFUSED] = 'r', [SPAN_WAIT] = 'w', [SPAN_HOLD] = 'h'};
    struct replay *replay = context;
    char text[WORDS_SIZE];
    unsigned words = 0;

    if (replay->circle != NULL)
        circle_sink(replay->circle).on_span(replay->circle, span);
    if (span->kind == SPAN_WAIT)
        words = number_of(replay, span_words(span, text, sizeof text));
    else if (span->kind == SPAN_HOLD)
        words = number_of(replay, span->name);
    begin_row(replay, kinds[span->kind], span->thread, span->from_ns);
    put(replay, ",%" PRId64 ",%d", time_us(replay, span->to_ns), (int)span->end);
    if (span->kind == SPAN_WAIT)
        put_wait(replay, span, words);
    else if (span->kind == SPAN_HOLD)
        put(replay, ",%" PRIuPTR ",%u", (uintptr_t)span->object, words);
    else
        put_call(replay, span);
    end_row(replay);
}

static void put_member(struct replay *replay, const char *name, const char *text)
{
    put(replay, ",\n\"%s\":", name);
    put_string(replay, text != NULL ? text : "");
}

struct replay *replay_create(FILE *stream)
{
    struct replay *replay = calloc(1, sizeof *replay);

    if (replay == NULL)
        return NULL;
    replay->stream = stream;
    put_half_page(replay, replay_page_head, sizeof replay_page_head);
    return replay;
}

void replay_begin(struct replay *replay, const struct picture_about *about)
{
    replay->about = about;
    circle_destroy(replay->circle);
    replay->circle = circle_create();
    memset(replay->words, 0, sizeof replay->words);
    put(replay, REPLAY_RUN_BEGIN "\n[");
}

struct span_sink replay_sink(struct replay *replay)
{
    return (struct span_sink){
        .context = replay,
        .on_thread = on_thread,
        .on_started = on_started,
        .on_ended = on_ended,
        .on_span = on_span,
        .on_stored = on_stored,
    };
}

static void on_group(void *context, const char *wakers, bool is_in_circle, const bool *is_woken,
                     size_t count)
{
    struct replay *replay = context;
    const char *separator = "";

    put(replay, "[\"g\",");
    put_string(replay, wakers);
    put(replay, ",%s,[", is_in_circle ? "true" : "false");
    for (size_t i = 0; i < count; i++) {
        if (!is_woken[i])
            continue;
        put(replay, "%s%zu", separator, i);
        separator = ",";
    }
    put(replay, "]],\n");
}

static void on_grouped(void *context, int thread, size_t group)
{
    put(context, "[\"m\",%d,%zu],\n", thread, group);
}

int replay_end(struct replay *replay, const struct spans *spans)
{
    const struct picture_about *about = replay->about;

    if (about->is_stalled && spans != NULL && replay->circle != NULL)
        circle_tell(replay->circle, spans, &(struct circle_teller){replay, on_group, on_grouped});
    put(replay, "[\"a\",{\"end\":%" PRId64 ",\"stalled\":%s", time_us(replay, about->ended_ns),
        about->is_stalled ? "true" : "false");
    put_member(replay, "title", about->title);
    put_member(replay, "summary", about->summary);
    put_member(replay, "command", about->command);
    put_member(replay, "figures", about->figures);
    put(replay, ",\n\"tasks\":[");
    for (int task = 0; task < LLM_TASKS; task++) {
        put(replay, "%s", task > 0 ? "," : "");
        put_string(replay, llm_task_name((enum llm_task)task));
    }
    put(replay, "]}]]\n" REPLAY_RUN_END "\n");
    return replay->error;
}

int replay_finish(struct replay *replay)
{
    put_half_page(replay, replay_page_foot, sizeof replay_page_foot);
    return replay->error;
}

void replay_destroy(struct replay *replay)
{
    if (replay != NULL)
        circle_destroy(replay->circle);
    free(replay);
}
