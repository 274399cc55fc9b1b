/* What thread.c shares with error_group.c, and with no other file. */
#ifndef SYNC_THREAD_INTERNAL_H
#define SYNC_THREAD_INTERNAL_H

#include "observe/log.h"

#include <stdarg.h>
#include <stddef.h>

/*
 * Starts run(copy) in a new detached thread. The copy is that of head_size bytes at head and, right
 * behind them, of tail_size bytes at tail; it is aligned for any type, and is freed when run
 * returns. Returns what thread_start() does.
 */
int thread_start_copies(void *(*run)(void *argument), const void *head, size_t head_size,
                        const void *tail, size_t tail_size, const char *name, va_list arguments)
    LOG_PRINTF(6, 0);

#endif
