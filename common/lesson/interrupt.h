/*
 * Ctrl-C, a terminal that closes, and kill: the program says how far the run got, leaves no file
 * half written, and dies by the signal, so that the shell sees it (130, 129, 143).
 */
#ifndef LESSON_INTERRUPT_H
#define LESSON_INTERRUPT_H

#include "news/llm_meters.h"
#include "sync/cancel.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Handles SIGINT, SIGHUP and SIGTERM from now on. A signal that was ignored when the program was
 * started (nohup, a background job) stays ignored. The meters must outlive the process's threads;
 * articles is the number that the run has. Main, before it starts any thread.
 */
void interrupt_init(const struct llm_meters *meters, size_t articles);

/*
 * For a program that makes many runs, each in a child process: from now on a signal says how many
 * runs are done, and kills the child; child = 0: there is none. Main.
 */
void interrupt_count_runs(int done, int runs, pid_t child);

/*
 * Forks, with interrupt_count_runs() for the parent; the signals kill the child at once and
 * silently. Returns what fork() returns. Main.
 */
pid_t interrupt_fork(int done, int runs);

/*
 * From now on the first of the signals does not end the program: it cancels, with the reason EINTR,
 * and a line on standard error says so. The second signal ends the program. A thread of its own
 * waits for the signals, and all other threads block them: this thread may do what a handler may
 * not. cancel must live until interrupt_run_is_over(). Main, before it starts any thread of the
 * lesson's. Returns 0; or why the thread could not be started, then the first signal ends the
 * program.
 */
int interrupt_cancels(struct cancel *cancel);

/* The signal that has cancelled, or 0. Any thread. */
int interrupt_signal(void);

/*
 * Once this has returned, a first signal is noted but no longer cancels: the run is over, and
 * nothing that follows it can be cancelled. Any thread, any number of times.
 */
void interrupt_run_is_over(void);

/*
 * Ends what interrupt_cancels() began: the next signal ends the program. The thread that reports on
 * the run.
 */
void interrupt_cancels_no_more(void);

/* Dies by the signal. Any thread. */
void interrupt_die(int signal_number);

#endif
