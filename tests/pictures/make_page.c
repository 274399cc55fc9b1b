/*
 * make_page known|hostile: writes a page of picture/replay.h, made by hand, to standard output.
 *
 * known: two runs of ten articles. In the first, each calls by itself, and article 3, the last,
 * wakes main at 3.526 s. In the second each holds one lock through its calls, and the others wait
 * for it; it takes 28 s.
 * hostile: a stalled run whose every name tries to be a piece of the page.
 */
#include "picture/replay.h"
#include "system/clock.h"

#include <stdio.h>
#include <string.h>

#define ARTICLES 10
#define MS NS_PER_MS

static int lock; /* its address alone matters */

static void tell_thread(const struct span_sink *sink, int thread, const char *name)
{
    sink->on_thread(sink->context, thread, name);
    sink->on_started(sink->context, thread, thread * NS_PER_US);
}

/* Three calls, one behind another. Returns when the last is answered. */
static int64_t tell_calls(const struct span_sink *sink, int article, int64_t from_ns,
                          int64_t each_ns)
{
    for (int task = 0; task < LLM_TASKS; task++, from_ns += each_ns)
        sink->on_span(sink->context, &(struct span){.kind = SPAN_CALL,
                                                    .end = SPAN_ANSWERED,
                                                    .thread = article,
                                                    .from_ns = from_ns,
                                                    .to_ns = from_ns + each_ns,
                                                    .article = article,
                                                    .attempt = 1,
                                                    .task = (enum llm_task)task,
                                                    .in_flight = 1,
                                                    .woken_by = TIMELINE_NOBODY});
    return from_ns;
}

static void tell_wait(const struct span_sink *sink, int thread, enum timeline_wait wait,
                      const char *name, int64_t from_ns, int64_t to_ns, int waker)
{
    struct span span = {.kind = SPAN_WAIT,
                        .end = SPAN_OVER,
                        .thread = thread,
                        .from_ns = from_ns,
                        .to_ns = to_ns,
                        .wait = wait,
                        .object = wait == TIMELINE_LOCK ? &lock : NULL,
                        .count = 10,
                        .woken_by = waker,
                        .woken_ns = to_ns};

    if (waker == TIMELINE_NOBODY)
        span.end = SPAN_OPEN;
    snprintf(span.name, sizeof span.name, "%s", name);
    sink->on_span(sink->context, &span);
}

static void tell_hold(const struct span_sink *sink, int thread, const char *name, int64_t from_ns,
                      int64_t to_ns, enum span_end end)
{
    struct span span = {.kind = SPAN_HOLD,
                        .end = end,
                        .thread = thread,
                        .from_ns = from_ns,
                        .to_ns = to_ns,
                        .wait = TIMELINE_LOCK,
                        .object = &lock,
                        .woken_by = TIMELINE_NOBODY};

    snprintf(span.name, sizeof span.name, "%s", name);
    sink->on_span(sink->context, &span);
}

static void tell_names(const struct span_sink *sink)
{
    char name[TIMELINE_NAME_SIZE];

    tell_thread(sink, 0, "main");
    for (int article = 1; article <= ARTICLES; article++) {
        snprintf(name, sizeof name, "article %d", article);
        tell_thread(sink, article, name);
    }
}

static void add_good_lock(struct replay *replay)
{
    struct picture_about about = {.title = "Part 3, good-lock",
                                  .summary = "a lock around the append",
                                  .command = "./lesson 3",
                                  .speed = 1,
                                  .figures = "3.527 s, 8.0x, at most 10 in flight"};
    struct span_sink sink;

    replay_begin(replay, &about);
    sink = replay_sink(replay);
    tell_names(&sink);
    for (int article = 1; article <= ARTICLES; article++) {
        int64_t each_ns = article == 3 ? 1175 * MS : 900 * MS + article * MS;
        int64_t end_ns = tell_calls(&sink, article, MS / 10, each_ns);

        sink.on_ended(sink.context, article, end_ns + MS);
    }
    tell_wait(&sink, 0, TIMELINE_WAIT_GROUP, "articles", MS, 3526 * MS, 3);
    about.ended_ns = 3527 * MS;
    replay_end(replay, NULL);
}

static void add_bad_lock(struct replay *replay)
{
    struct picture_about about = {.title = "Part 3, bad-lock",
                                  .summary = "SLOW: the lock around the calls, too",
                                  .command = "./lesson 3 --mode=bad-lock",
                                  .speed = 1,
                                  .figures = "28.001 s, 1.0x, at most 1 in flight"};
    struct span_sink sink;

    replay_begin(replay, &about);
    sink = replay_sink(replay);
    tell_names(&sink);
    for (int article = 1; article <= ARTICLES; article++) {
        int64_t from_ns = (article - 1) * 2800 * MS, to_ns = article * 2800 * MS;

        if (article > 1)
            tell_wait(&sink, article, TIMELINE_LOCK, "results", MS / 10, from_ns, article - 1);
        tell_calls(&sink, article, from_ns, 2800 * MS / 3);
        tell_hold(&sink, article, "results", from_ns, to_ns, SPAN_OVER);
        sink.on_ended(sink.context, article, to_ns);
    }
    tell_wait(&sink, 0, TIMELINE_WAIT_GROUP, "articles", MS, 28000 * MS, 10);
    about.ended_ns = 28001 * MS;
    replay_end(replay, NULL);
}

static void add_hostile(struct replay *replay)
{
    struct picture_about about = {
        .title = "</script><script>document.title = 'got in'</script><img src=x onerror=alert(1)>",
        .summary = "\xE2\x80\xA8]]> --> <!-- <script> &lt; \xFF \x1B[31m \xE2\x80\xAE",
        .command = "\"\\ ' ` ${1} \xE2\x80\xA9",
        .speed = 1,
        .is_stalled = true,
        .figures = "</style><style>*{display:none}</style>"};
    struct span_sink sink;

    replay_begin(replay, &about);
    sink = replay_sink(replay);
    tell_thread(&sink, 0, "</script><h1>x");
    tell_thread(&sink, 1, "__proto__");
    tell_hold(&sink, 1, "</script>\"\\\xE2\x80\xA8", MS, 1000 * MS, SPAN_OPEN);
    tell_wait(&sink, 0, TIMELINE_LOCK, "</script>\"\\\xE2\x80\xA8", 2 * MS, 1000 * MS,
              TIMELINE_NOBODY);
    tell_wait(&sink, 1, TIMELINE_SEND, "<b>\xC3", 3 * MS, 1000 * MS, TIMELINE_NOBODY);
    about.ended_ns = 1000 * MS;
    replay_end(replay, NULL);
}

int main(int argc, char **argv)
{
    struct replay *replay = replay_create(stdout);
    int error;

    if (replay == NULL || argc != 2)
        return 1;
    if (strcmp(argv[1], "hostile") == 0) {
        add_hostile(replay);
    } else {
        add_good_lock(replay);
        add_bad_lock(replay);
    }
    error = replay_finish(replay);
    replay_destroy(replay);
    return error != 0 || fclose(stdout) != 0;
}
