/*
 * For calls that fail only through a programmer's error (unlocking what is not locked, destroying
 * what is in use): print where, and abort. Unlike assert, NDEBUG does not remove it: with assert
 * around a lock, a Release build has no lock.
 */
#ifndef SYNC_CHECK_H
#define SYNC_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call that returns 0 or an errno value, as those of pthreads do. */
#define CHECK_CALL(call)                                                                          \
    do {                                                                                          \
        int check_error = (call);                                                                 \
        if (check_error != 0) {                                                                   \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, strerror(check_error)); \
            abort();                                                                              \
        }                                                                                         \
    } while (0)

/* A condition that the caller must keep; the message says what was done wrong. */
#define CHECK_CALLER(condition, message)                                 \
    do {                                                                 \
        if (!(condition)) {                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, message); \
            abort();                                                     \
        }                                                                \
    } while (0)

#endif
