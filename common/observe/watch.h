/*
 * The watch notices that a program can never go on: that every thread, main included, is asleep in
 * a wait that only another of them could end. Go's runtime looks for that and ends the program
 * ("all goroutines are asleep - deadlock!"); C's does not, and the program hangs.
 *
 * Each thread has a record in which it notes, before it falls asleep without a deadline, what it
 * waits for; whoever wakes it removes the note, so that a thread that was woken never counts as
 * asleep, however late it gets a processor (with locks it is different, see below). The watch looks
 * a few times a second. It reads records
 * and nothing else; they are never freed. Notes are made only where a thread really sleeps, or
 * takes or gives back a lock; they are released by the threads and acquired by the watch alone: it
 * orders no two threads, and hides no race from ThreadSanitizer.
 */
#ifndef OBSERVE_WATCH_H
#define OBSERVE_WATCH_H

#include <stddef.h>

/* Room for a thread's name, its NUL included. */
#define WATCH_NAME_SIZE 32

/* The longest description of a wait, its NUL included. */
#define WATCH_TEXT_SIZE 128

/* A thread's record. */
struct watch_thread;

/*
 * Makes the record of a thread that is about to be started; the name is copied. Returns NULL if
 * there is no memory: every function here takes NULL for a thread, and does nothing; and the watch
 * never finds all threads asleep again, since of this one it knows nothing. Any thread.
 */
struct watch_thread *watch_thread_create(const char *name);

/* Tells the calling thread which record is its own: the first thing it does. */
void watch_thread_begin(struct watch_thread *thread);

/* The thread has ended, as its last step; or it could not be started, and its parent says so. */
void watch_thread_end(struct watch_thread *thread);

/* The calling thread's record, or NULL. */
struct watch_thread *watch_self(void);

/*
 * The calling thread is about to sleep without a deadline, and waits for the object: describe
 * writes what for, in words that follow the thread's name ("sending to channel ..."). It is called
 * when all threads are asleep, so it may read the object without its lock. To be called under the
 * lock that watch_wake()'s caller takes.
 */
void watch_sleep(void (*describe)(const void *object, char *text, size_t size), const void *object);

/* Wakes it, as far as the watch is concerned. Any thread, before it signals. */
void watch_wake(struct watch_thread *thread);

/*
 * Locks. Who unlocks one does not know which thread gets it next, and so cannot wake it here.
 * Instead each thread notes which lock it wants and which ones it holds: who wants a lock that
 * nobody holds is not asleep. The name must outlive the wait. More than four locks held at once are
 * not noted, and a wait for one of those never counts as sleep.
 */
void watch_want_lock(const void *lock, const char *name);
void watch_hold_lock(const void *lock);
void watch_release_lock(const void *lock);

/*
 * Waits until every thread but the calling one has ended, or is asleep and left with nobody to wake
 * it but the calling one, which does nothing of the kind any more. Calls each (which may be NULL)
 * with the name of each that is asleep for ever, and what it waits for. Returns their number. For
 * whoever reports on a run, while no watch is running. Where a record is missing: returns 0 at
 * once.
 */
size_t watch_count_leaked(void (*each)(const char *name, const char *wait));

/*
 * Starts the watch in a thread of its own. When all threads are asleep it prints what each of them
 * waits for to standard error, and calls on_stall in its thread, which is to end the process. The
 * calling thread's record is named main. One thread, which must call watch_stop() before it calls
 * this again. Without memory or threads to spare there is no watch, and nothing else is different.
 */
void watch_start(const char *program, void (*on_stall)(void));

/*
 * For a program in which somebody whom the watch does not know could still wake a thread (one that
 * waits for signals): prevent is called when all threads are asleep, and from its return on nobody
 * else may wake one. If one was woken just before, there is no stall. One thread, before
 * watch_start().
 */
void watch_prevent(void (*prevent)(void));

/* Ends the watch, if there is one. The thread that started it. */
void watch_stop(void);

#endif
