/*
 * Memory that an object needs from its init on. A program that does not get it at its start cannot
 * do anything useful, so it ends, as Go's make() ends it; and no caller has to write an error path
 * that nobody can test.
 */
#ifndef SYNC_MEMORY_H
#define SYNC_MEMORY_H

#include <stddef.h>

/*
 * Returns memory for count items of size bytes each, all zero, which the caller frees. Without
 * memory it prints one line to standard error and ends the process with status 1: `PROGRAM: no
 * memory for KIND "NAME": COUNT items of SIZE bytes`. PROGRAM is what log_init() was told. Any
 * thread.
 */
void *memory_for_items(const char *kind, const char *name, size_t count, size_t size);

/*
 * For an object that the system makes. Does nothing if the error is 0; otherwise it prints one line
 * and ends the process with status 1: `PROGRAM: the KIND "NAME" could not be made: Cannot allocate
 * memory`. Any thread.
 */
void memory_check(int error, const char *kind, const char *name);

#endif
