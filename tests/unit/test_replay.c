#include "unit.h"

#include "picture/replay.h"
#include "system/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct span wait_for_lock = {
    .kind = SPAN_WAIT,
    .end = SPAN_OVER,
    .thread = 1,
    .from_ns = 1500 * NS_PER_US,
    .to_ns = 2500 * NS_PER_US,
    .wait = TIMELINE_LOCK,
    .object = (const void *)0x1000,
    .name = "results",
    .woken_by = 0,
};

/* Writes a page of one run, with this title and thread, that waits this number of times. */
static char *write_page(const char *title, const char *thread, int waits)
{
    struct picture_about about = {
        .title = title, .started_ns = 1000 * NS_PER_US, .ended_ns = 3000 * NS_PER_US, .speed = 2};
    struct span_sink sink;
    struct replay *replay;
    char *page = NULL;
    size_t size;
    FILE *stream = open_memstream(&page, &size);

    assert_non_null(stream);
    replay = replay_create(stream);
    assert_non_null(replay);
    replay_begin(replay, &about);
    sink = replay_sink(replay);
    sink.on_thread(sink.context, 1, thread);
    while (waits-- > 0)
        sink.on_span(sink.context, &wait_for_lock);
    assert_int_equal(replay_end(replay, NULL), 0);
    assert_int_equal(replay_finish(replay), 0);
    replay_destroy(replay);
    assert_int_equal(fclose(stream), 0);
    return page;
}

static size_t count(const char *text, const char *word)
{
    size_t found = 0;

    while ((text = strstr(text, word)) != NULL) {
        text += strlen(word);
        found++;
    }
    return found;
}

TEST(a_page_allows_no_script_or_style_but_its_own)
{
    char *page = write_page("a title", "main", 0);

    assert_true(strncmp(page, "<!doctype html>\n", 16) == 0);
    assert_non_null(strstr(page, "default-src 'none'; script-src 'sha256-"));
    assert_null(strstr(page, "unsafe-inline"));
    assert_null(strstr(page, "_HASH@"));
    assert_int_equal(count(page, "<script>"), 1);
    assert_string_equal(page + strlen(page) - 8, "</html>\n");
    free(page);
}

TEST(times_are_microseconds_as_at_speed_1)
{
    char *page = write_page("a title", "main", 1);

    /* Half a millisecond after the begin, at twice the speed. */
    assert_non_null(strstr(page, "\n[\"w\",1,1000,3000,1,1,1,4096,0],\n"));
    assert_non_null(strstr(page, "[\"a\",{\"end\":4000,\"stalled\":false,\n\"title\":\"a title\""));
    free(page);
}

TEST(the_same_words_come_once)
{
    char *page = write_page("a title", "main", 1000);

    assert_int_equal(count(page, "\n[\"w\",1,1000,3000,1,1,1,4096,0],"), 1000);
    assert_int_equal(count(page, "waiting for the lock \\u0022results\\u0022"), 1);
    free(page);
}

TEST(no_text_of_a_run_can_end_its_element)
{
    char *page =
        write_page("</script>\n</script><!--\xE2\x80\xA8\xFF\"\\", "\n" REPLAY_RUN_BEGIN, 0);
    char *begin = strstr(page, REPLAY_RUN_BEGIN "\n"), *end;

    assert_non_null(begin);
    begin += strlen(REPLAY_RUN_BEGIN);
    end = strstr(begin, REPLAY_RUN_END);
    assert_non_null(end);
    assert_true(strncmp(end - 4, "}]]\n" REPLAY_RUN_END "\n<script>", 22) == 0);
    *end = '\0';
    assert_null(strchr(begin, '<'));
    assert_non_null(strstr(begin, "\"\\u003c/script>\\u005cn\\u003c/script>\\u003c!--\\u005cu2028"
                                  "\\u005cxFF\\u0022\\u005c\""));
    free(page);
}

TEST(the_first_write_that_fails_is_told)
{
    struct picture_about about = {.title = "a title", .speed = 1};
    FILE *full = fopen("/dev/full", "w");
    struct replay *replay;

    if (full == NULL)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    replay = replay_create(full);
    assert_non_null(replay);
    replay_begin(replay, &about);
    assert_int_equal(replay_end(replay, NULL), ENOSPC);
    assert_int_equal(replay_finish(replay), ENOSPC);
    replay_destroy(replay);
    fclose(full);
}
