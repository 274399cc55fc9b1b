/*
 * The pictures of a run: which ones its options ask for, and the thread that reads the run's
 * timeline while the run goes on, ten times a second.
 */
#ifndef LESSON_PICTURES_H
#define LESSON_PICTURES_H

#include "lesson/lesson.h"
#include "lesson/options.h"
#include "lesson/outcome.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Begins to record a run if the options ask for a picture of it. If it cannot, a line on standard
 * error says so, and the run goes on without pictures. is_row: it is one of several runs, for a
 * table. main, before the run's threads.
 */
void pictures_begin(const struct part *part, const struct mode *mode, const struct options *options,
                    bool is_row);

/*
 * The run's clock has started: started_ns is a picture's 0 s. Starts the thread that reads. main,
 * before the run's threads.
 */
void pictures_follow(int64_t started_ns);

/* The processor time that this thread has used, which is none of the run's. Any thread. */
int64_t pictures_cpu_ns(void);

/*
 * main leaves by pthread_exit(), and the run's threads go on. Returns whether a thread reads their
 * timeline: the process does not end with the last of them. main.
 */
bool pictures_main_leaves(void);

/*
 * Ends the recording: the run's clock stopped at ended_ns. has_leaked: the threads that have not
 * ended never will. The thread that finishes the run, in which all other threads have ended, sleep
 * for ever, or do not matter any more.
 */
void pictures_end(int64_t ended_ns, bool has_leaked);

/*
 * Ends it for a stalled run, before the watch explains the stall. Returns whether the user has seen
 * what each thread waits for. The watch's thread.
 */
bool pictures_stall(void);

/*
 * Completes the pictures of the run that has ended with what it turned out to be. The same thread,
 * after pictures_end() or pictures_stall().
 */
void pictures_finish(const struct outcome *outcome);

#endif
