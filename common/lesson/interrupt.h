/*
 * Ctrl-C, a terminal that closes, and kill: say how far the run got, leave no file half written,
 * and die by the signal, so that the shell sees it (130, 129, 143).
 */
#ifndef LESSON_INTERRUPT_H
#define LESSON_INTERRUPT_H

#include "news/llm.h"
#include "sync/cancel.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Handles SIGINT, SIGHUP and SIGTERM from now on; one that was ignored when the program was started
 * (nohup, a background job) stays ignored. Program and client are kept, not copied. Before any
 * thread is started.
 */
void interrupt_init(const char *program, const struct llm_client *llm, size_t articles);

/*
 * For a program that makes each run in a process of its own: from now on says how many runs are
 * done, and kills the child at work; child = 0: there is none. Main.
 */
void interrupt_watch_runs(int done, int runs, pid_t child);

/* The default again: for such a child, whose parent does the talking. */
void interrupt_reset(void);

/*
 * From now on the first of the signals does not end the program: it cancels, with the reason EINTR,
 * and says so. The second ends it, as the first did. A thread waits for the signals, and they are
 * held back in all others: what a handler may not do, that thread may. Cancel must outlive it.
 * Main, before any thread of the lesson's; returns 0, or why that thread could not be started.
 */
int interrupt_cancels(struct cancel *cancel);

/* The signal that has cancelled, or 0. Any thread. */
int interrupt_signal(void);

/*
 * From its return on a first signal is noted and no longer cancels: the run is over, and nobody may
 * go on with it. Any thread, any number of times.
 */
void interrupt_run_is_over(void);

/* The end of that: the next signal ends the program. The same thread. */
void interrupt_cancels_no_more(void);

/* Dies by the signal. */
void interrupt_die(int signal_number);

/* Holds the signals back in the calling thread, and lets them come again: around a fork. Main. */
void interrupt_hold(void);
void interrupt_release(void);

#endif
