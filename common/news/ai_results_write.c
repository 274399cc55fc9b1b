#include "news/ai_result.h"
#include "news/ai_results_dump.h"
#include "news/file_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_JANSSON

/* The temporary file. The one writer sets these; a signal's handler reads them. */
static char temporary_path[PATH_MAX];
static volatile sig_atomic_t temporary_exists;

/*
 * Guards the two. It is no mutex, because a signal's handler must not lock one. The writer holds
 * back all signals during its turn, so that no handler waits for the thread that it interrupted.
 */
static atomic_flag is_taken = ATOMIC_FLAG_INIT;

static void take_turn(void)
{
    while (atomic_flag_test_and_set(&is_taken))
        sched_yield();
}

static void begin_turn(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, before);
    take_turn();
}

static void end_turn(const sigset_t *before)
{
    atomic_flag_clear(&is_taken);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

void ai_results_write_abandon(void)
{
    take_turn(); /* for ever: no file is made or replaced any more */
    if (temporary_exists)
        unlink(temporary_path);
}

/* Where a path leads to in the end. */
struct target {
    char path[PATH_MAX]; /* symbolic links are resolved; the file itself need not exist */
    bool exists;
    struct stat status; /* if it exists */
};

/* Whether the path is another name of a stream that is open for writing, as /dev/stdout is. */
static bool is_stream(const struct target *target, int descriptor)
{
    struct stat status;

    return target->exists && (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY &&
           fstat(descriptor, &status) == 0 && status.st_dev == target->status.st_dev &&
           status.st_ino == target->status.st_ino;
}

static bool is_written_directly(const struct target *target)
{
    return target->exists && (!S_ISREG(target->status.st_mode) ||
                              is_stream(target, STDOUT_FILENO) || is_stream(target, STDERR_FILENO));
}

static int resolve(const char *path, struct target *target)
{
    if (strlen(path) >= PATH_MAX)
        return ENAMETOOLONG;
    target->exists = stat(path, &target->status) == 0;
    if (!is_written_directly(target))
        return file_path_resolve(path, target->path);
    /* Kept as it was given: /dev/stdout does not always lead to a path that can be opened. */
    strcpy(target->path, path);
    return 0;
}

int ai_results_check_writable(const char *path)
{
    struct target target = {.exists = false};
    char folder[PATH_MAX];
    int error = resolve(path, &target);

    if (error != 0)
        return error;
    if (target.exists && S_ISDIR(target.status.st_mode))
        return EISDIR;
    if (target.exists && access(target.path, W_OK) != 0)
        return errno;
    if (is_written_directly(&target))
        return 0;
    return access(file_path_folder(target.path, folder), W_OK | X_OK) == 0 ? 0 : errno;
}

/* Writes to the descriptor, which a failure closes as well. is_new: and waits for the disk. */
static int write_to(int descriptor, const struct ai_results *results, bool is_new)
{
    FILE *file = fdopen(descriptor, "w");
    int error = 0;

    if (file == NULL) {
        error = errno;
        close(descriptor);
        return error;
    }
    error = ai_results_dump(results, file);
    if (fflush(file) != 0 && error == 0)
        error = errno;
    /* Before the rename: after a power cut, the new name must not lead to an empty file. */
    if (error == 0 && is_new && fsync(descriptor) != 0)
        error = errno;
    if (fclose(file) != 0 && error == 0)
        error = errno;
    return error;
}

static int write_directly(const struct ai_results *results, const struct target *target)
{
    int descriptor;

    fflush(NULL);
    if (is_stream(target, STDOUT_FILENO))
        descriptor = dup(STDOUT_FILENO);
    else if (is_stream(target, STDERR_FILENO))
        descriptor = dup(STDERR_FILENO);
    else
        descriptor = open(target->path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
    return descriptor < 0 ? errno : write_to(descriptor, results, false);
}

/* Makes the temporary file in the folder, and notes it for ai_results_write_abandon(). */
static int create_temporary(const char *folder)
{
    sigset_t before;
    int descriptor = -1, error = EEXIST;

    /* A handler that came between the file and the note of it would leave the file behind. */
    begin_turn(&before);
    /* The name may be taken: by a killed process, or by a process in another container. */
    for (int attempt = 0; error == EEXIST && attempt < 100; attempt++) {
        if (snprintf(temporary_path, sizeof temporary_path, "%s/.results-%ld-%d.tmp", folder,
                     (long)getpid(), attempt) >= (int)sizeof temporary_path) {
            error = ENAMETOOLONG;
            break;
        }
        descriptor = open(temporary_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        error = descriptor < 0 ? errno : 0;
    }
    temporary_exists = descriptor >= 0;
    end_turn(&before);
    errno = error;
    return descriptor;
}

/* Gives the new file the owner and the permissions of the file that it replaces. */
static int take_over_status(const struct target *target, int descriptor)
{
    if (!target->exists)
        return 0;
    /* Only root may give a file away: else the file stays the writer's, as a new file would. */
    if (fchown(descriptor, target->status.st_uid, target->status.st_gid) != 0 && errno != EPERM)
        return errno;
    return fchmod(descriptor, target->status.st_mode & 07777) == 0 ? 0 : errno;
}

static int write_all(int descriptor, const char *bytes, ssize_t size)
{
    ssize_t written;

    for (; size > 0; size -= written, bytes += written) {
        written = write(descriptor, bytes, (size_t)size);
        if (written < 0)
            return errno;
    }
    return 0;
}

/* Copies the temporary file, which is whole, over a file that we may write but not replace. */
static int copy_temporary(const struct target *target)
{
    char block[16384];
    ssize_t size = 0;
    int error = 0, from = open(temporary_path, O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : open(target->path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    if (to < 0)
        error = errno;
    while (error == 0 && (size = read(from, block, sizeof block)) > 0)
        error = write_all(to, block, size);
    if (size < 0)
        error = errno;
    if (to >= 0 && close(to) != 0 && error == 0)
        error = errno;
    if (from >= 0)
        close(from);
    return error;
}

/*
 * Renames the temporary file, or removes it after an error. After a power cut the new name must
 * lead to the new file, so the folder waits for the disk as well.
 */
static int rename_temporary(const struct target *target, int error)
{
    char name[PATH_MAX];
    /* Opened first: if that fails, the old file stays. A folder may be writable, but not readable.
     */
    int folder = open(file_path_folder(target->path, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    sigset_t before;
    bool is_renamed;

    if (folder < 0 && error == 0 && errno != EACCES)
        error = errno;
    begin_turn(&before);
    is_renamed = error == 0 && rename(temporary_path, target->path) == 0;
    if (error == 0 && !is_renamed)
        /* The old file may be another user's in /tmp, or a mounted file. */
        error =
            target->exists && (errno == EPERM || errno == EBUSY) ? copy_temporary(target) : errno;
    if (!is_renamed)
        unlink(temporary_path);
    temporary_exists = 0;
    end_turn(&before);
    /* EINVAL: a file system that has no such call for folders. */
    if (is_renamed && folder >= 0 && fsync(folder) != 0 && errno != EINVAL)
        error = EIO;
    if (folder >= 0)
        close(folder);
    return error;
}

static int write_and_rename(const struct ai_results *results, const struct target *target)
{
    char folder[PATH_MAX];
    int descriptor, error;

    descriptor = create_temporary(file_path_folder(target->path, folder));
    if (descriptor < 0)
        return errno;
    error = take_over_status(target, descriptor);
    if (error == 0)
        error = write_to(descriptor, results, true);
    else
        close(descriptor);
    return rename_temporary(target, error);
}

int ai_results_write(const struct ai_results *results, const char *path)
{
    struct target target = {.exists = false};
    int error = resolve(path, &target);

    if (error != 0)
        return error;
    if (is_written_directly(&target))
        return write_directly(results, &target);
    return write_and_rename(results, &target);
}

#else

int ai_results_check_writable(const char *path)
{
    (void)path;
    return ENOTSUP;
}

int ai_results_write(const struct ai_results *results, const char *path)
{
    (void)results;
    (void)path;
    return ENOTSUP;
}

void ai_results_write_abandon(void)
{
}

#endif
