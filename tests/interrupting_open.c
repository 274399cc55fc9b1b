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
    for (int times = 0; times < 2 && strstr(path, "/.results-") != NULL; times++) {
        kill(getpid(), SIGTERM);
        poll(NULL, 0, 300);
    }
    return descriptor;
}
