/*
 * Ctrl-C, a terminal that closes, and kill: say how far the run got, leave no file half written,
 * and die by the signal, so that the shell sees it (130, 129, 143).
 */
#ifndef LESSON_INTERRUPT_H
#define LESSON_INTERRUPT_H

#include "news/llm.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Handles SIGINT, SIGHUP and SIGTERM from now on; one that was ignored when the program was started
 * (nohup, a background job) stays ignored. Program and client are kept, not copied. Before any
 * thread is started.
 */
void interrupt_init(const char *program, const struct llm_client *llm, size_t articles);

/*
 * For a program that runs its runs in processes of their own: from now on, says how many runs are
 * done, and kills the one at work. Call it before each run and with child = 0 after the last.
 */
void interrupt_watch_runs(int done, int runs, pid_t child);

/* The default again: for such a process, whose parent does the talking. */
void interrupt_reset(void);

#endif
