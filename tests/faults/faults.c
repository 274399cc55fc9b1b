/*
 * For LD_PRELOAD: lets the k-th call of a kind fail. FAULT_KIND names the kind, FAULT_AT is k, and
 * with FAULT_ON set all later calls fail, too, as on a disk that stays full. When the first call
 * fails, the file that FAULT_NOTE names is made, so that the driver knows that there was one. Calls
 * are counted from the start of main on, in all threads.
 */
#define _GNU_SOURCE /* RTLD_NEXT, open64 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static const char *wanted; /* NULL: not started yet */
static const char *note;
static long at;
static bool goes_on;
static atomic_long count;

/* The real function of this name, in a pointer to a function. */
static void find(const char *name, void *pointer)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    /* ISO C has no conversion from an object's address to a function's. */
    memcpy(pointer, &symbol, sizeof symbol);
}

#define REAL(name)                 \
    static __typeof__(name) *real; \
    if (real == NULL)              \
    find(#name, &real)

static void make_note(void)
{
    static int (*real_open)(const char *, int, ...);
    static int (*real_close)(int);
    int file;

    find("open", &real_open);
    find("close", &real_close);
    file = real_open(note, O_WRONLY | O_CREAT, 0600);
    if (file >= 0)
        real_close(file);
}

/* Whether this call of the kind is to fail. */
static bool fails(const char *kind)
{
    long number;

    if (wanted == NULL || strcmp(kind, wanted) != 0)
        return false;
    number = atomic_fetch_add(&count, 1) + 1;
    if (number == at)
        make_note();
    return number == at || (goes_on && number > at);
}

__attribute__((constructor)) static void start(void)
{
    const char *number = getenv("FAULT_AT");

    note = getenv("FAULT_NOTE");
    at = number != NULL ? atol(number) : 0;
    goes_on = getenv("FAULT_ON") != NULL;
    if (note != NULL)
        wanted = getenv("FAULT_KIND");
}

/* --- Memory */

/* dlsym() itself may allocate before the real function is known. */
static _Alignas(16) char early[1 << 14];
static atomic_size_t early_used;

static void *allocate_early(size_t size)
{
    size_t begin = atomic_fetch_add(&early_used, (size + 15) & ~(size_t)15);

    return begin + size <= sizeof early ? early + begin : NULL;
}

static bool is_early(const void *memory)
{
    return (const char *)memory >= early && (const char *)memory < early + sizeof early;
}

static _Thread_local bool is_finding;

#define REAL_ALLOCATOR(name, early_size)       \
    static __typeof__(name) *real;             \
    if (real == NULL) {                        \
        if (is_finding)                        \
            return allocate_early(early_size); \
        is_finding = true;                     \
        find(#name, &real);                    \
        is_finding = false;                    \
    }                                          \
    if (fails("memory")) {                     \
        errno = ENOMEM;                        \
        return NULL;                           \
    }

void *malloc(size_t size)
{
    REAL_ALLOCATOR(malloc, size);
    return real(size);
}

void *calloc(size_t items, size_t size)
{
    REAL_ALLOCATOR(calloc, items * size);
    return real(items, size);
}

void *realloc(void *old, size_t size)
{
    REAL_ALLOCATOR(realloc, size);
    return real(old, size);
}

void free(void *memory)
{
    REAL(free);
    if (!is_early(memory))
        real(memory);
}

/* --- Everything else: FAULT(kind, errno, what is returned, type, name, parameters, arguments) */

#define FAULT(kind, error, failure, type, name, parameters, arguments) \
    type name parameters                                               \
    {                                                                  \
        REAL(name);                                                    \
        if (fails(kind)) {                                             \
            errno = error;                                             \
            return failure;                                            \
        }                                                              \
        return real arguments;                                         \
    }

FAULT("thread", EAGAIN, EAGAIN, int, pthread_create,
      (pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*run)(void *),
       void *restrict argument),
      (thread, attributes, run, argument))

FAULT("write", ENOSPC, -1, ssize_t, write, (int file, const void *bytes, size_t size),
      (file, bytes, size))
FAULT("write", ENOSPC, -1, ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t where),
      (file, bytes, size, where))
FAULT("write", ENOSPC, -1, ssize_t, pwrite64,
      (int file, const void *bytes, size_t size, off64_t where), (file, bytes, size, where))
FAULT("write", ENOSPC, 0, size_t, fwrite,
      (const void *restrict bytes, size_t size, size_t items, FILE *restrict file),
      (bytes, size, items, file))
FAULT("write", ENOSPC, EOF, int, putc, (int byte, FILE *file), (byte, file))
FAULT("write", ENOSPC, EOF, int, fputc, (int byte, FILE *file), (byte, file))
FAULT("write", ENOSPC, EOF, int, fputs, (const char *restrict text, FILE *restrict file),
      (text, file))
FAULT("write", ENOSPC, EOF, int, fflush, (FILE * file), (file))
FAULT("write", ENOSPC, -1, int, vfprintf,
      (FILE *restrict file, const char *restrict format, va_list arguments),
      (file, format, arguments))

FAULT("read", EIO, -1, ssize_t, read, (int file, void *bytes, size_t size), (file, bytes, size))
FAULT("read", EIO, -1, ssize_t, pread, (int file, void *bytes, size_t size, off_t where),
      (file, bytes, size, where))
FAULT("read", EIO, -1, ssize_t, pread64, (int file, void *bytes, size_t size, off64_t where),
      (file, bytes, size, where))

FAULT("sync", EIO, -1, int, fsync, (int file), (file))
FAULT("sync", EIO, -1, int, fdatasync, (int file), (file))

FAULT("rename", EIO, -1, int, rename, (const char *from, const char *to), (from, to))
FAULT("unlink", EACCES, -1, int, unlink, (const char *name), (name))
FAULT("size", EIO, -1, int, ftruncate, (int file, off_t size), (file, size))
FAULT("size", EIO, -1, int, ftruncate64, (int file, off64_t size), (file, size))

FAULT("status", EIO, -1, int, stat, (const char *restrict name, struct stat *restrict status),
      (name, status))
FAULT("status", EIO, -1, int, stat64, (const char *restrict name, struct stat64 *restrict status),
      (name, status))
FAULT("status", EIO, -1, int, lstat, (const char *restrict name, struct stat *restrict status),
      (name, status))
FAULT("status", EIO, -1, int, lstat64, (const char *restrict name, struct stat64 *restrict status),
      (name, status))
FAULT("status", EIO, -1, int, fstat, (int file, struct stat *status), (file, status))
FAULT("status", EIO, -1, int, fstat64, (int file, struct stat64 *status), (file, status))
FAULT("status", EIO, -1, int, fchmod, (int file, mode_t mode), (file, mode))
FAULT("status", EIO, -1, int, fchown, (int file, uid_t user, gid_t group), (file, user, group))
FAULT("status", EIO, -1, int, access, (const char *name, int mode), (name, mode))
FAULT("status", EIO, NULL, char *, realpath, (const char *restrict name, char *restrict resolved),
      (name, resolved))
FAULT("status", EIO, -1, ssize_t, readlink,
      (const char *restrict name, char *restrict to, size_t size), (name, to, size))

FAULT("lock", ENOLCK, -1, int, flock, (int file, int what), (file, what))

FAULT("map", ENOMEM, MAP_FAILED, void *, mmap,
      (void *where, size_t size, int protection, int flags, int file, off_t from),
      (where, size, protection, flags, file, from))
FAULT("map", ENOMEM, MAP_FAILED, void *, mmap64,
      (void *where, size_t size, int protection, int flags, int file, off64_t from),
      (where, size, protection, flags, file, from))

FAULT("open", EMFILE, NULL, FILE *, fopen, (const char *restrict name, const char *restrict mode),
      (name, mode))
FAULT("open", EMFILE, NULL, FILE *, fopen64, (const char *restrict name, const char *restrict mode),
      (name, mode))
FAULT("open", ENOMEM, NULL, FILE *, fdopen, (int file, const char *mode), (file, mode))

#define FAULT_OPEN(name)                                          \
    int name(const char *path, int flags, ...)                    \
    {                                                             \
        va_list arguments;                                        \
        mode_t mode;                                              \
                                                                  \
        REAL(name);                                               \
        va_start(arguments, flags);                               \
        mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                        \
        if (fails("open")) {                                      \
            errno = EMFILE;                                       \
            return -1;                                            \
        }                                                         \
        return real(path, flags, mode);                           \
    }
FAULT_OPEN(open)
FAULT_OPEN(open64)

/* The file is closed all the same, as on Linux. */
#define FAULT_CLOSE(failure, name, type) \
    int name(type file)                  \
    {                                    \
        int result;                      \
                                         \
        REAL(name);                      \
        result = real(file);             \
        if (!fails("close"))             \
            return result;               \
        errno = EIO;                     \
        return failure;                  \
    }
FAULT_CLOSE(-1, close, int)
FAULT_CLOSE(EOF, fclose, FILE *)

/* SQLite's locks. */
#define FAULT_FCNTL(name)                                                  \
    int name(int file, int command, ...)                                   \
    {                                                                      \
        va_list arguments;                                                 \
        void *argument;                                                    \
                                                                           \
        REAL(name);                                                        \
        va_start(arguments, command);                                      \
        argument = va_arg(arguments, void *);                              \
        va_end(arguments);                                                 \
        if ((command == F_SETLK || command == F_GETLK) && fails("lock")) { \
            errno = ENOLCK;                                                \
            return -1;                                                     \
        }                                                                  \
        return real(file, command, argument);                              \
    }
FAULT_FCNTL(fcntl)
FAULT_FCNTL(fcntl64)
