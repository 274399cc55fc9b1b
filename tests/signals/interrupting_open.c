/*
 * For LD_PRELOAD: open() that, when it has made the temporary file of the results, sends the
 * process SIGTERM twice before it returns, and leaves it time to die: the worst moment for a
 * signal.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef int open_function(const char *, int, ...);

/* This thread blocks the signal, so it is pending until the thread that waits for signals has it.
 */
static void wait_until_taken(int signal_number)
{
    sigset_t pending;

    for (int looks = 0; looks < 5000; looks++) {
        sigpending(&pending);
        if (!sigismember(&pending, signal_number))
            break;
        poll(NULL, 0, 1);
    }
    poll(NULL, 0, 300); /* to act upon it */
}

int open(const char *path, int flags, ...)
{
    void *symbol = dlsym(RTLD_NEXT, "open");
    open_function *real_open;
    unsigned mode;
    va_list rest;
    int descriptor;

    if (symbol == NULL) {
        errno = ENOSYS;
        return -1;
    }
    /* ISO C has no conversion from an object's address to a function's. */
    memcpy(&real_open, &symbol, sizeof real_open);
    if ((flags & O_CREAT) == 0)
        return real_open(path, flags);
    va_start(rest, flags);
    mode = va_arg(rest, unsigned);
    va_end(rest);
    descriptor = real_open(path, flags, mode);
    for (int times = 0; times < 2 && strstr(path, "/.lesson-") != NULL; times++) {
        kill(getpid(), SIGTERM);
        wait_until_taken(SIGTERM);
    }
    return descriptor;
}
