#include "observe/timeline.h"

#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* The first chunk of a thread is small: a lesson may start thousands of threads. */
#define FIRST_CHUNK_EVENTS 16
#define CHUNK_EVENTS 128

struct chunk {
    struct chunk *_Atomic next; /* set by the thread once this one is full */
    atomic_size_t count;        /* events that the reader may read */
    size_t capacity;
    struct timeline_event events[];
};

struct timeline_thread {
    char name[TIMELINE_NAME_SIZE];
    int number;
    unsigned recording;           /* which one it belongs to */
    struct timeline_thread *next; /* the part made before this one */
    atomic_bool has_ended;        /* the thread's last touch */
    /* The thread's own. */
    struct chunk *last; /* where it appends */
    int article;        /* that it took last */
    bool is_in_call;    /* what it waits for is the answer: its waits are not noted */
    /* The reader's own. */
    struct chunk *first;
    size_t read; /* events of the first chunk that were read */
    bool is_known;
};

/* All parts, the newest first. The reader frees those of threads that have ended. */
static _Atomic(struct timeline_thread *) newest;
static atomic_bool is_on;
static atomic_uint recording;
static atomic_int threads;
static atomic_size_t lost;
static _Thread_local struct timeline_thread *self;

static struct chunk *make_chunk(size_t capacity)
{
    struct chunk *chunk = malloc(sizeof *chunk + capacity * sizeof *chunk->events);

    if (chunk == NULL)
        return NULL;
    atomic_init(&chunk->next, NULL);
    atomic_init(&chunk->count, 0);
    chunk->capacity = capacity;
    return chunk;
}

static void publish(struct timeline_thread *thread)
{
    thread->next = atomic_load_explicit(&newest, memory_order_relaxed);
    /* Release only: this must not order the threads that start others. */
    while (!atomic_compare_exchange_weak_explicit(&newest, &thread->next, thread,
                                                  memory_order_release, memory_order_relaxed))
        continue;
}

bool timeline_is_on(void)
{
    return atomic_load_explicit(&is_on, memory_order_relaxed);
}

struct timeline_thread *timeline_thread_create(const char *name)
{
    struct timeline_thread *thread;

    if (!timeline_is_on())
        return NULL;
    thread = calloc(1, sizeof *thread);
    if (thread != NULL)
        thread->first = thread->last = make_chunk(FIRST_CHUNK_EVENTS);
    if (thread == NULL || thread->first == NULL) {
        free(thread);
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
        return NULL;
    }
    snprintf(thread->name, sizeof thread->name, "%s", name);
    thread->number = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed);
    thread->recording = atomic_load_explicit(&recording, memory_order_relaxed);
    publish(thread);
    return thread;
}

void timeline_thread_begin(struct timeline_thread *thread)
{
    self = thread;
    timeline_note(&(struct timeline_event){.kind = TIMELINE_STARTED});
}

void timeline_thread_end(struct timeline_thread *thread)
{
    if (thread == NULL)
        return;
    if (thread == self) {
        timeline_note(&(struct timeline_event){.kind = TIMELINE_ENDED});
        self = NULL;
    }
    atomic_store_explicit(&thread->has_ended, true, memory_order_release);
}

int timeline_self(void)
{
    /* A thread that an earlier recording has left is no thread of this one. */
    return self != NULL && self->recording == atomic_load_explicit(&recording, memory_order_relaxed)
               ? self->number
               : TIMELINE_NOBODY;
}

/* Returns where the calling thread's next event goes, or NULL without memory. */
static struct timeline_event *next_event(struct chunk **last)
{
    struct chunk *chunk = *last, *next;
    size_t count = atomic_load_explicit(&chunk->count, memory_order_relaxed);

    if (count < chunk->capacity)
        return &chunk->events[count];
    next = make_chunk(CHUNK_EVENTS);
    if (next == NULL)
        return NULL;
    atomic_store_explicit(&chunk->next, next, memory_order_release);
    *last = next;
    return next->events;
}

/* Whether the event is one of a wait within a call; follows where calls begin and end. */
static bool is_within_call(enum timeline_kind kind)
{
    if (kind == TIMELINE_WAITS || kind == TIMELINE_WOKEN)
        return self->is_in_call;
    if (kind >= TIMELINE_CALL && kind <= TIMELINE_REFUSED)
        self->is_in_call = kind == TIMELINE_CALL;
    return false;
}

/* Notes that the thread takes another article, if its call is the first one for it. */
static void note_article(const struct timeline_event *call)
{
    if ((call->kind != TIMELINE_CALL && call->kind != TIMELINE_REFUSED) ||
        call->article == self->article)
        return;
    self->article = call->article;
    timeline_note(&(struct timeline_event){.kind = TIMELINE_TAKEN, .article = call->article});
}

void timeline_note(const struct timeline_event *event)
{
    struct timeline_event *place = NULL;

    if (self != NULL && timeline_is_on()) {
        note_article(event);
        if (is_within_call(event->kind))
            return;
        place = next_event(&self->last);
        if (place == NULL)
            atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
    }
    if (place == NULL) {
        free(event->text);
        return;
    }
    *place = *event;
    place->at_ns = clock_now_ns();
    place->thread = self->number;
    /* The thread alone adds to it, so this is no race with itself. */
    atomic_store_explicit(&self->last->count,
                          atomic_load_explicit(&self->last->count, memory_order_relaxed) + 1,
                          memory_order_release);
}

size_t timeline_lost(void)
{
    return atomic_load_explicit(&lost, memory_order_relaxed);
}

/* Reading. */

/*
 * Reads what the thread has noted until then, and frees the chunks that are full and read. A thread
 * may note faster than this reads: what comes meanwhile is left for the next time. Returns whether
 * nothing is left.
 */
static bool read_thread(struct timeline_thread *thread, const struct timeline_reader *reader,
                        int64_t until_ns)
{
    for (;;) {
        struct chunk *chunk = thread->first, *next;
        size_t count = atomic_load_explicit(&chunk->count, memory_order_acquire);

        for (; thread->read < count; thread->read++) {
            struct timeline_event *event = &chunk->events[thread->read];

            if (event->at_ns > until_ns)
                return false;
            if (reader != NULL)
                reader->on_event(reader->context, event);
            free(event->text);
        }
        next = atomic_load_explicit(&chunk->next, memory_order_acquire);
        if (next == NULL || count < chunk->capacity)
            return true;
        free(chunk);
        thread->first = next;
        thread->read = 0;
    }
}

/* Tells of the threads that were added since the last call: they stand in front of the others. */
static void announce(struct timeline_thread *thread, const struct timeline_reader *reader,
                     unsigned current)
{
    for (; thread != NULL && !thread->is_known; thread = thread->next) {
        thread->is_known = true;
        if (thread->recording == current)
            reader->on_thread(reader->context, thread->number, thread->name);
    }
}

/*
 * Reads the parts from `kept` on. Frees those of threads that have ended, except the newest, in
 * front of which another thread may just be putting its own.
 */
static void read_all(struct timeline_thread *kept, const struct timeline_reader *reader,
                     unsigned current, int64_t until_ns)
{
    struct timeline_thread *thread = kept;

    while (thread != NULL) {
        /* Looked at first: so no event can come behind the last one that is read. */
        bool has_ended = atomic_load_explicit(&thread->has_ended, memory_order_acquire);
        bool is_read = read_thread(thread, thread->recording == current ? reader : NULL, until_ns);

        if (has_ended && is_read && thread != kept) {
            kept->next = thread->next;
            free(thread->first);
            free(thread);
        } else {
            kept = thread;
        }
        thread = kept->next;
    }
}

void timeline_read(const struct timeline_reader *reader)
{
    struct timeline_thread *first = atomic_load_explicit(&newest, memory_order_acquire);
    unsigned current = atomic_load_explicit(&recording, memory_order_relaxed);

    announce(first, reader, current);
    read_all(first, reader, current, clock_now_ns());
}

int timeline_start(void)
{
    struct timeline_thread *main_part;

    atomic_fetch_add_explicit(&recording, 1, memory_order_relaxed);
    atomic_store_explicit(&threads, 0, memory_order_relaxed);
    atomic_store_explicit(&lost, 0, memory_order_relaxed);
    atomic_store_explicit(&is_on, true, memory_order_relaxed);
    main_part = timeline_thread_create("main");
    if (main_part == NULL) {
        atomic_store_explicit(&is_on, false, memory_order_relaxed);
        return ENOMEM;
    }
    timeline_thread_begin(main_part);
    return 0;
}

void timeline_stop(void)
{
    timeline_thread_end(self);
    atomic_store_explicit(&is_on, false, memory_order_relaxed);
    /* No recording has the number 0: this frees, and tells nobody. */
    read_all(atomic_load_explicit(&newest, memory_order_acquire), NULL, 0, INT64_MAX);
}
