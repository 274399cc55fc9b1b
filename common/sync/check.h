/*
 * Checks of calls that fail only through a programmer's error, such as unlocking a lock that is not
 * locked, or destroying an object in use: they print where, and abort. NDEBUG does not remove them,
 * as it removes assert: with assert around its lock calls, a Release build has no locks.
 */
#ifndef SYNC_CHECK_H
#define SYNC_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes a call that returns 0 or an errno value, as those of pthreads do, and checks that it is 0.
 */
#define CHECK_CALL(call)                                                                          \
    do {                                                                                          \
        int check_error = (call);                                                                 \
        if (check_error != 0) {                                                                   \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, strerror(check_error)); \
            abort();                                                                              \
        }                                                                                         \
    } while (0)

/* Checks a condition that the caller must keep. The message says what the caller did wrong. */
#define CHECK_CALLER(condition, message)                                 \
    do {                                                                 \
        if (!(condition)) {                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, message); \
            abort();                                                     \
        }                                                                \
    } while (0)

#endif
