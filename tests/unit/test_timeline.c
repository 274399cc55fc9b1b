#include "unit.h"

#include "observe/log.h"
#include "observe/timeline.h"
#include "picture/span.h"
#include "sync/cancel.h"
#include "sync/channel.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"
#include "sync/thread.h"
#include "sync/token_bucket.h"
#include "sync/wait_group.h"
#include "system/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOMENT_NS (5 * NS_PER_MS)

/* What a recording held. */
struct seen {
    size_t threads, count;
    char names[16][TIMELINE_NAME_SIZE]; /* by the threads' numbers */
    struct timeline_event events[512];
    char line[64];
};

static void see_thread(void *context, int thread, const char *name)
{
    struct seen *seen = context;

    seen->threads++;
    if (thread < 16)
        strcpy(seen->names[thread], name);
}

static void see_event(void *context, const struct timeline_event *event)
{
    struct seen *seen = context;

    if (event->text != NULL)
        snprintf(seen->line, sizeof seen->line, "%s", event->text);
    if (seen->count < COUNT_OF(seen->events))
        seen->events[seen->count++] = *event;
}

static struct seen *read_and_stop(void)
{
    struct seen *seen = calloc(1, sizeof *seen);
    const struct timeline_reader reader = {seen, see_thread, see_event};

    assert_non_null(seen);
    timeline_read(&reader);
    timeline_stop();
    return seen;
}

/* The next event of the thread from *at on, which is moved behind it; fails if there is none. */
static const struct timeline_event *next_of(const struct seen *seen, int thread, size_t *at)
{
    while (*at < seen->count && seen->events[*at].thread != thread)
        ++*at;
    assert_true(*at < seen->count);
    return &seen->events[(*at)++];
}

static int number_of(const struct seen *seen, const char *name)
{
    for (int i = 0; i < 16; i++)
        if (strcmp(seen->names[i], name) == 0)
            return i;
    fail_msg("no thread is called %s", name);
    return -1;
}

static void *do_nothing(void *unused)
{
    return NULL;
}

static void wait_for_threads(void)
{
    while (threads_alive() > 0)
        clock_sleep_ns(NS_PER_MS);
}

TEST(nothing_is_noted_without_a_recording)
{
    struct seen *seen;

    assert_false(timeline_is_on());
    assert_int_equal(timeline_self(), TIMELINE_NOBODY);
    timeline_note(&(struct timeline_event){.kind = TIMELINE_LINE, .text = strdup("early")});
    assert_int_equal(thread_start(do_nothing, NULL, "early"), 0);
    wait_for_threads();
    assert_int_equal(timeline_start(), 0);
    seen = read_and_stop();
    assert_int_equal(seen->threads, 1);
    assert_int_equal(seen->count, 1);
    assert_int_equal(seen->events[0].kind, TIMELINE_STARTED);
    free(seen);
    timeline_note(&(struct timeline_event){.kind = TIMELINE_LINE, .text = strdup("late")});
}

TEST(a_threads_events_come_in_their_order_with_its_name)
{
    struct seen *seen;
    size_t at = 0;
    int thread;

    assert_int_equal(timeline_start(), 0);
    assert_int_equal(timeline_self(), 0);
    for (int i = 0; i < 300; i++) /* in several chunks */
        timeline_note(&(struct timeline_event){.kind = TIMELINE_STORED, .article = i});
    assert_int_equal(thread_start(do_nothing, NULL, "article %d", 7), 0);
    wait_for_threads();
    seen = read_and_stop();
    assert_int_equal(seen->threads, 2);
    assert_string_equal(seen->names[0], "main");
    thread = number_of(seen, "article 7");
    assert_int_equal(next_of(seen, thread, &at)->kind, TIMELINE_STARTED);
    assert_int_equal(next_of(seen, thread, &at)->kind, TIMELINE_ENDED);
    at = 0;
    assert_int_equal(next_of(seen, 0, &at)->kind, TIMELINE_STARTED);
    for (int i = 0; i < 300; i++) {
        const struct timeline_event *event = next_of(seen, 0, &at);

        assert_int_equal(event->article, i);
        assert_true(event->at_ns >= seen->events[at > 1 ? at - 2 : 0].at_ns);
    }
    assert_int_equal(timeline_lost(), 0);
    free(seen);
}

static void *send_one(void *channel)
{
    int item = 1;

    wait_until_waiting(channel, 1);
    clock_sleep_ns(MOMENT_NS);
    channel_send(channel, &item);
    return NULL;
}

TEST(a_wait_to_receive_names_its_channel_and_the_thread_that_ended_it)
{
    const struct timeline_event *event;
    struct channel channel;
    struct seen *seen;
    int item, sender;
    size_t at = 0;

    channel_init(&channel, "jobs", sizeof item, 0);
    assert_int_equal(timeline_start(), 0);
    assert_int_equal(thread_start(send_one, &channel, "sender"), 0);
    assert_int_equal(channel_receive(&channel, &item), 0);
    wait_for_threads();
    seen = read_and_stop();
    sender = number_of(seen, "sender");
    next_of(seen, 0, &at);
    event = next_of(seen, 0, &at);
    assert_int_equal(event->kind, TIMELINE_WAITS);
    assert_int_equal(event->wait, TIMELINE_RECEIVE);
    assert_string_equal(event->name, "jobs");
    assert_ptr_equal(event->object, &channel);
    event = next_of(seen, 0, &at);
    assert_int_equal(event->kind, TIMELINE_WOKEN);
    assert_int_equal(event->other, sender);
    assert_between(event->other_ns, event->at_ns - FAR_NS, event->at_ns);
    channel_destroy(&channel);
    free(seen);
}

static void *cancel_once_waiting(void *argument)
{
    struct cancel *cancel = argument;

    wait_until_waiting(&cancel->cancelled, 1);
    cancel_with(cancel, ECANCELED);
    return NULL;
}

/* Runs a wait that a thread cancels as soon as it has begun. Returns main's note of it. */
static struct timeline_event note_of_wait(int (*wait)(void *object, struct cancel *), void *object)
{
    struct timeline_event note = {.kind = TIMELINE_LINE};
    struct cancel cancel;
    struct seen *seen;

    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    assert_int_equal(timeline_start(), 0);
    assert_int_equal(thread_start(cancel_once_waiting, &cancel, "canceller"), 0);
    assert_int_equal(wait(object, &cancel), ECANCELED);
    wait_for_threads();
    seen = read_and_stop();
    for (size_t i = 0; i < seen->count; i++)
        if (seen->events[i].thread == 0 && seen->events[i].kind == TIMELINE_WAITS &&
            seen->events[i].wait != TIMELINE_LOCK)
            note = seen->events[i];
    free(seen);
    cancel_destroy(&cancel);
    return note;
}

static int send_cancellable(void *channel, struct cancel *cancel)
{
    return channel_send_cancellable(channel, "", cancel);
}

TEST(a_cancellable_wait_is_for_its_channel_and_not_for_the_cancellation)
{
    struct timeline_event note;
    struct channel channel;

    channel_init(&channel, "store", 1, 1);
    channel_send(&channel, "");
    note = note_of_wait(send_cancellable, &channel);
    assert_int_equal(note.kind, TIMELINE_WAITS);
    assert_int_equal(note.wait, TIMELINE_SEND);
    assert_string_equal(note.name, "store");
    assert_int_equal(note.count, 1);
    assert_int_equal(note.capacity, 1);
    channel_destroy(&channel);
}

static int acquire(void *semaphore, struct cancel *cancel)
{
    return semaphore_acquire(semaphore, cancel);
}

static int take(void *bucket, struct cancel *cancel)
{
    return token_bucket_take(bucket, cancel);
}

static int sleep_long(void *unused, struct cancel *cancel)
{
    return cancel_sleep_until(cancel, clock_after_ns(FAR_NS));
}

TEST(a_wait_for_a_semaphore_a_token_or_a_time_says_so)
{
    struct semaphore semaphore;
    struct token_bucket bucket;

    semaphore_init(&semaphore, "calls", 1);
    token_bucket_init(&bucket, 0.001, 1);
    assert_int_equal(semaphore_acquire(&semaphore, NULL), 0);
    assert_int_equal(token_bucket_take(&bucket, NULL), 0);
    assert_int_equal(note_of_wait(acquire, &semaphore).wait, TIMELINE_SEMAPHORE);
    assert_int_equal(note_of_wait(take, &bucket).wait, TIMELINE_TOKEN);
    assert_int_equal(note_of_wait(sleep_long, NULL).wait, TIMELINE_DEADLINE);
    semaphore_release(&semaphore);
    semaphore_destroy(&semaphore);
    token_bucket_destroy(&bucket);
}

TEST(nobody_wakes_a_thread_at_its_deadline)
{
    const struct timeline_event *event;
    struct channel channel;
    struct seen *seen;
    size_t at = 2;
    char item;

    channel_init(&channel, "jobs", 1, 0);
    assert_int_equal(timeline_start(), 0);
    assert_int_equal(channel_receive_until(&channel, &item, clock_after_ns(NS_PER_MS)), ETIMEDOUT);
    seen = read_and_stop();
    event = next_of(seen, 0, &at);
    assert_int_equal(event->kind, TIMELINE_WOKEN);
    assert_int_equal(event->other, TIMELINE_NOBODY);
    channel_destroy(&channel);
    free(seen);
}

TEST(a_line_of_the_log_is_noted_in_place_of_being_printed)
{
    struct seen *seen;

    assert_int_equal(timeline_start(), 0);
    log_to_timeline(true);
    log_line("  [%d] Summarization started\n", 3);
    log_to_timeline(false);
    seen = read_and_stop();
    assert_string_equal(seen->line, "  [3] Summarization started");
    free(seen);
}

static void note(enum timeline_kind kind)
{
    timeline_note(&(struct timeline_event){.kind = (uint8_t)kind, .wait = TIMELINE_DEADLINE});
}

TEST(within_a_call_a_thread_waits_for_its_answer_and_for_nothing_else)
{
    struct seen *seen;

    assert_int_equal(timeline_start(), 0);
    note(TIMELINE_CALL);
    note(TIMELINE_WAITS);
    note(TIMELINE_WOKEN);
    note(TIMELINE_ANSWERED);
    note(TIMELINE_WAITS);
    note(TIMELINE_WOKEN);
    seen = read_and_stop();
    assert_int_equal(seen->count, 5);
    assert_int_equal(seen->events[2].kind, TIMELINE_ANSWERED);
    assert_int_equal(seen->events[3].kind, TIMELINE_WAITS);
    free(seen);
}

TEST(an_article_is_taken_by_the_first_call_for_it)
{
    static const uint8_t expected[] = {TIMELINE_STARTED,  TIMELINE_TAKEN,  TIMELINE_CALL,
                                       TIMELINE_ANSWERED, TIMELINE_CALL,   TIMELINE_ANSWERED,
                                       TIMELINE_TAKEN,    TIMELINE_REFUSED};
    struct seen *seen;

    assert_int_equal(timeline_start(), 0);
    for (int call = 0; call < 2; call++) {
        timeline_note(&(struct timeline_event){.kind = TIMELINE_CALL, .article = 3});
        timeline_note(&(struct timeline_event){.kind = TIMELINE_ANSWERED});
    }
    timeline_note(&(struct timeline_event){.kind = TIMELINE_REFUSED, .article = 4});
    seen = read_and_stop();
    assert_int_equal(seen->count, COUNT_OF(expected));
    for (size_t i = 0; i < seen->count; i++)
        assert_int_equal(seen->events[i].kind, expected[i]);
    assert_int_equal(seen->events[1].article, 3);
    assert_int_equal(seen->events[6].article, 4);
    free(seen);
}

static void *note_until(void *stop)
{
    /* With pauses: a reader that is slower than the threads would have ever more to read. */
    while (!atomic_load_explicit((atomic_bool *)stop, memory_order_relaxed)) {
        for (int i = 0; i < 50; i++)
            timeline_note(&(struct timeline_event){.kind = TIMELINE_STORED});
        clock_sleep_ns(NS_PER_MS);
    }
    return NULL;
}

static void count_event(void *count, const struct timeline_event *event)
{
    ++*(size_t *)count;
}

static void ignore_thread(void *context, int thread, const char *name)
{
}

TEST(a_recording_is_read_while_threads_note_and_new_ones_come)
{
    atomic_bool stop = false;
    size_t events = 0;
    const struct timeline_reader reader = {&events, ignore_thread, count_event};

    assert_int_equal(timeline_start(), 0);
    for (int i = 0; i < 50; i++) {
        if (i < 4)
            assert_int_equal(thread_start(note_until, &stop, "busy %d", i), 0);
        else
            assert_int_equal(thread_start(do_nothing, NULL, "brief %d", i), 0);
        timeline_read(&reader);
    }
    stop = true;
    wait_for_threads();
    timeline_read(&reader);
    timeline_stop();
    assert_true(events >= 4 + 2 * 46);
}

TEST(what_an_earlier_recording_left_is_not_in_the_next)
{
    struct seen *seen;

    assert_int_equal(timeline_start(), 0);
    assert_int_equal(thread_start(do_nothing, NULL, "earlier"), 0);
    wait_for_threads();
    timeline_stop(); /* unread */
    assert_int_equal(timeline_start(), 0);
    assert_int_equal(thread_start(do_nothing, NULL, "later"), 0);
    wait_for_threads();
    seen = read_and_stop();
    assert_int_equal(seen->threads, 2);
    assert_int_equal(number_of(seen, "later"), 1);
    free(seen);
}

/* Spans. */

struct span_list {
    size_t count;
    struct span spans[64];
};

static void keep_span(void *context, const struct span *span)
{
    struct span_list *list = context;

    assert_true(list->count < COUNT_OF(list->spans));
    list->spans[list->count++] = *span;
}

static struct span_list read_spans(void)
{
    struct span_list list = {0};
    const struct span_sink sink = {.context = &list, .on_span = keep_span};
    struct spans *spans = spans_create(&sink, 1);

    assert_non_null(spans);
    spans_finish(spans, clock_now_ns());
    timeline_stop();
    spans_destroy(spans);
    return list;
}

static void note_call(enum timeline_kind kind, int in_flight)
{
    timeline_note(&(struct timeline_event){.kind = (uint8_t)kind,
                                           .article = 3,
                                           .task = LLM_SENTIMENT,
                                           .attempt = 2,
                                           .count = in_flight});
}

TEST(a_call_is_a_span_that_says_how_it_ended)
{
    struct span_list list;
    char words[64];

    assert_int_equal(timeline_start(), 0);
    note_call(TIMELINE_CALL, 4);
    note_call(TIMELINE_FAILED, 0);
    note_call(TIMELINE_REFUSED, 0);
    note_call(TIMELINE_CALL, 5);
    list = read_spans();
    assert_int_equal(list.count, 3);
    assert_int_equal(list.spans[0].kind, SPAN_CALL);
    assert_int_equal(list.spans[0].end, SPAN_FAILED);
    assert_int_equal(list.spans[0].in_flight, 4);
    assert_string_equal(span_words(&list.spans[0], words, sizeof words),
                        "sentiment of article 3, attempt 2");
    assert_int_equal(list.spans[1].kind, SPAN_REFUSED);
    assert_int_equal(list.spans[2].end, SPAN_OPEN);
    assert_int_equal(list.spans[2].in_flight, 5);
}

struct locked {
    struct mutex mutex;
    atomic_bool is_held;
};

static void *hold_a_moment(void *argument)
{
    struct locked *locked = argument;

    mutex_lock(&locked->mutex);
    atomic_store_explicit(&locked->is_held, true, memory_order_relaxed);
    clock_sleep_ns(10 * MOMENT_NS);
    mutex_unlock(&locked->mutex);
    return NULL;
}

static size_t count_spans(const struct span_list *list, int thread, enum span_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->spans[i].thread == thread && list->spans[i].kind == kind;
    return count;
}

TEST(a_free_lock_is_held_without_a_wait_and_a_taken_one_after_it)
{
    struct locked locked = {.is_held = false};
    struct span_list list;

    mutex_init(&locked.mutex, "results");
    assert_int_equal(timeline_start(), 0);
    mutex_lock(&locked.mutex);
    mutex_unlock(&locked.mutex);
    assert_int_equal(thread_start(hold_a_moment, &locked, "holder"), 0);
    while (!atomic_load_explicit(&locked.is_held, memory_order_relaxed))
        clock_sleep_ns(NS_PER_MS);
    mutex_lock(&locked.mutex);
    mutex_unlock(&locked.mutex);
    wait_for_threads();
    list = read_spans();
    assert_int_equal(count_spans(&list, 0, SPAN_WAIT), 1);
    assert_int_equal(count_spans(&list, 0, SPAN_HOLD), 2);
    assert_int_equal(count_spans(&list, 1, SPAN_WAIT), 0);
    for (size_t i = 0; i < list.count; i++)
        if (list.spans[i].kind == SPAN_WAIT) {
            assert_string_equal(list.spans[i].name, "results");
            assert_int_equal(list.spans[i].woken_by, 1);
        }
    mutex_destroy(&locked.mutex);
}

TEST(what_a_thread_does_right_now_can_be_asked_for)
{
    struct spans *spans = spans_create(NULL, 0);
    struct mutex mutex;
    struct span span;

    assert_non_null(spans);
    mutex_init(&mutex, "results");
    assert_int_equal(timeline_start(), 0);
    spans_read(spans);
    assert_false(spans_open(spans, 0, clock_now_ns(), &span));
    mutex_lock(&mutex);
    note_call(TIMELINE_CALL, 1);
    spans_read(spans);
    assert_true(spans_open(spans, 0, clock_now_ns(), &span));
    assert_int_equal(span.kind, SPAN_CALL);
    assert_true(span.to_ns > span.from_ns);
    assert_int_equal(spans_holder(spans, &mutex), 0);
    mutex_unlock(&mutex);
    spans_read(spans);
    assert_int_equal(spans_holder(spans, &mutex), TIMELINE_NOBODY);
    timeline_stop();
    spans_destroy(spans);
    mutex_destroy(&mutex);
}
