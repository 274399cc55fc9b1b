/*
 * The watch notices that a program can never go on: every thread, main included, is asleep in a
 * wait that only another of them could end. Go's runtime notices that and ends the program ("all
 * goroutines are asleep - deadlock!"). C's does not, and the program hangs.
 *
 * Each thread has a record. Before it falls asleep without a deadline it notes there what it waits
 * for. The waker clears the note before it wakes the thread, so a woken thread never counts as
 * asleep, however late it gets a processor. (With locks it is different, see below.) The watch
 * looks a few times a second, and reads nothing but the records. It frees the records of threads
 * that have ended, except the newest record and that of a thread that kept a lock; with
 * --no-watch, nothing is freed until watch_count_leaked().
 *
 * A thread makes a note only where it really sleeps, or takes or gives back a lock. The threads
 * release their notes, and only the watch acquires them: so it orders no two threads, and hides no
 * race from ThreadSanitizer.
 */
#ifndef OBSERVE_WATCH_H
#define OBSERVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Room for a thread's name, its NUL included. A longer name is cut. */
#define WATCH_NAME_SIZE 32

/* The longest description of a wait, its NUL included. */
#define WATCH_TEXT_SIZE 128

/* A thread's record. */
struct watch_thread;

/*
 * Makes the record of a thread that is about to be started; the name is copied. Returns NULL
 * without memory: then the caller does not start the thread, of which the watch would know nothing.
 * Every other function here accepts NULL for a thread, and does nothing. Any thread.
 */
struct watch_thread *watch_thread_create(const char *name);

/* Tells the calling thread which record is its own. Its first step. */
void watch_thread_begin(struct watch_thread *thread);

/*
 * Notes that the thread has ended. The thread calls it as its last step, or its parent if it could
 * not be started. The record may be gone right after.
 */
void watch_thread_end(struct watch_thread *thread);

/* Returns the calling thread's record, or NULL. */
struct watch_thread *watch_self(void);

/*
 * Writes what a thread waits for, in words that follow the thread's name ("sending to channel
 * ..."), at most size bytes, its NUL included. The watch calls it when all threads are asleep, so
 * it may read the object without its lock.
 */
typedef void watch_describe(const void *object, char *text, size_t size);

/*
 * Notes that the calling thread is about to sleep without a deadline, and waits for the object. The
 * caller holds the lock that the caller of watch_wake() takes.
 */
void watch_sleep(watch_describe *describe, const void *object);

/* Clears the thread's note. The thread that wakes it, before it signals. */
void watch_wake(struct watch_thread *thread);

/*
 * Locks. A thread that gives one back does not know which thread gets it next, so it cannot clear
 * that thread's note. Instead each thread notes which lock it wants and which locks it holds, and a
 * thread that wants a free lock counts as awake. The calling thread notes that it wants the lock,
 * that it holds it now, and that it is about to give it back. The name must outlive the wait. Of
 * the locks that a thread holds at once, it notes at most four; a wait for another of them never
 * counts as sleep.
 */
void watch_want_lock(const void *lock, const char *name);
void watch_hold_lock(const void *lock);
void watch_release_lock(const void *lock);

/*
 * Waits until each thread except the calling one has ended, or is asleep so that only the calling
 * thread could still wake it: a leaked thread. Calls each (which may be NULL) with the name of each
 * leaked thread and what it waits for. Returns how many there are. For the report on a finished
 * run. One thread, while no watch is running.
 */
size_t watch_count_leaked(void (*each)(const char *name, const char *wait));

/*
 * Starts the watch in a thread of its own. When all threads are asleep, the watch prints to
 * standard error what each of them waits for, and calls on_stall, which must end the process. The
 * program's name begins the line, and must outlive the watch. The calling thread's record is named
 * main. One thread, which must call watch_stop() before it calls this again. Returns 0; or why the
 * watch's thread could not be started, EAGAIN or ENOMEM: then there is no watch.
 */
int watch_start(const char *program, void (*on_stall)(void));

/*
 * For a program with a thread that the watch does not know, and that could still wake others (it
 * waits for signals). The watch calls prevent when all threads are asleep; once prevent has
 * returned, that thread must not wake others any more. If it has woken one just before, there is no
 * stall. One thread, before watch_start().
 */
void watch_prevent(void (*prevent)(void));

/*
 * The watch calls announce when there is a stall, before it explains it: what the program draws
 * while it runs must not be drawn over that. If announce has shown what each thread waits for, it
 * returns true, and the watch does not. One thread, before watch_start().
 */
void watch_announce(bool (*announce)(void));

/* Ends the watch if there is one, and waits for its end. The thread that started it. */
void watch_stop(void);

#endif
