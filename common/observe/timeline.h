/*
 * The timeline: what each thread of a run did, and when. Every picture of a run is drawn from it.
 *
 * Each thread appends events to a buffer of its own, and publishes each with release. Only the
 * reader of the timeline acquires. So the timeline orders no two threads of a lesson, and hides no
 * race from ThreadSanitizer. While nothing is recorded, a note costs a look at a variable of the
 * thread's own.
 *
 * What a thread notes of a lock, a channel or a wait group it copies (its name, how many items are
 * in it): when the timeline is read, the object may be gone. The caller that copies what changes
 * holds the object's lock.
 */
#ifndef OBSERVE_TIMELINE_H
#define OBSERVE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the name of a thread or an object, its NUL included. A longer name is cut. */
#define TIMELINE_NAME_SIZE 32

/* The number of a thread that is not known, or of nobody. */
#define TIMELINE_NOBODY (-1)

enum timeline_kind {
    TIMELINE_STARTED,  /* the thread runs */
    TIMELINE_ENDED,    /* its last event */
    TIMELINE_WAITS,    /* it cannot go on: wait, object, name, count, capacity */
    TIMELINE_WOKEN,    /* it goes on: other, other_ns; nobody: the deadline came */
    TIMELINE_HOLDS,    /* it took the lock, for which it may have waited: object, name; other,
                          other_ns: the thread that gave it back last */
    TIMELINE_RELEASES, /* it is about to give the lock back: object */
    TIMELINE_CALL,     /* a call is in flight: article, task, attempt; count: calls in flight now */
    TIMELINE_ANSWERED, /* the four ways in which the thread's call ends */
    TIMELINE_FAILED,
    TIMELINE_GIVEN_UP,
    TIMELINE_REFUSED, /* mostly at once, with no TIMELINE_CALL before: article, task, attempt */
    TIMELINE_TAKEN,   /* the thread begins with an article, by its first call for it: article */
    TIMELINE_STORED,  /* an article's result is in the store: article */
    TIMELINE_LINE     /* a line of the log: text */
};

/* What a thread waits for. */
enum timeline_wait {
    TIMELINE_NO_WAIT,
    TIMELINE_LOCK,       /* a mutex */
    TIMELINE_SEND,       /* room in a channel, or a receiver; count of capacity items are in it */
    TIMELINE_RECEIVE,    /* an item; count is 0 */
    TIMELINE_SELECT,     /* one of several; name: the channels' names, with commas */
    TIMELINE_WAIT_GROUP, /* count threads are not done */
    TIMELINE_SEMAPHORE,  /* a permit; all of capacity are taken */
    TIMELINE_TOKEN,      /* the next token of a bucket */
    TIMELINE_DEADLINE    /* a time: it sleeps, and no thread wakes it, but a cancellation may */
};

struct timeline_event {
    int64_t at_ns; /* on the clock of clock_now_ns() */
    int64_t other_ns;
    const void *object; /* an address that is compared, never followed */
    char *text; /* of TIMELINE_LINE: on the heap, without its newline; see timeline_note() */
    int thread; /* whose event it is: from 0, main's; in the order of their creation */
    int other;  /* the thread that woke this one, or TIMELINE_NOBODY */
    int article;
    int count, capacity;
    uint16_t attempt;
    uint8_t kind; /* enum timeline_kind */
    uint8_t wait; /* enum timeline_wait */
    uint8_t task; /* enum llm_task */
    char name[TIMELINE_NAME_SIZE];
};

/* A thread's part of the timeline. */
struct timeline_thread;

/*
 * Begins a recording. The calling thread becomes thread 0, main; threads that are made from now on
 * have a part of their own. Returns 0 or ENOMEM. One thread; timeline_stop() comes before the next
 * recording.
 */
int timeline_start(void);

/*
 * Ends the recording: frees what was not read. Threads may still run: from now on they note
 * nothing. The thread that started it.
 */
void timeline_stop(void);

/* Whether there is a recording. Any thread. */
bool timeline_is_on(void);

/*
 * Makes the part of a thread that is about to be started; the name is copied. Returns NULL if
 * nothing is recorded or without memory: then the thread has no part, and notes nothing.
 */
struct timeline_thread *timeline_thread_create(const char *name);

/* The thread's first step: its events go to this part from now on; NULL: nowhere. */
void timeline_thread_begin(struct timeline_thread *thread);

/* The thread's last step, or its parent's if it could not be started. NULL: does nothing. */
void timeline_thread_end(struct timeline_thread *thread);

/* The number of the calling thread; TIMELINE_NOBODY: it has no part. */
int timeline_self(void);

/*
 * Appends an event of the calling thread, with at_ns and thread filled in. Takes event->text, which
 * is freed once the event was read, or at once if nothing is noted. Without memory the event is
 * lost, and counted. Any thread.
 */
void timeline_note(const struct timeline_event *event);

/* How many events were lost for want of memory. Any thread. */
size_t timeline_lost(void);

/* What reads the timeline. Each function is called by the reading thread. */
struct timeline_reader {
    void *context;
    /* Once for each thread, before its first event; of several new ones, the newest first. */
    void (*on_thread)(void *context, int thread, const char *name);
    /* A thread's events in their order; of two threads, in no order. */
    void (*on_event)(void *context, const struct timeline_event *event);
};

/*
 * Reads all that was noted since the last call, and frees it. An event that is noted meanwhile may
 * be left for the next call. One thread at a time.
 */
void timeline_read(const struct timeline_reader *reader);

#endif
