#include "news/output_file.h"

#include "news/file_path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* The temporary files. An empty path: the place is free. A signal's handler reads them, too. */
static char temporary_paths[OUTPUT_FILES_MAX][PATH_MAX];

/*
 * Guards the paths. It is no mutex, because a signal's handler must not lock one. A thread holds
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

void output_files_abandon(void)
{
    take_turn(); /* for ever: no file is made or replaced any more */
    for (int place = 0; place < OUTPUT_FILES_MAX; place++)
        if (temporary_paths[place][0] != '\0')
            unlink(temporary_paths[place]);
}

/* Whether the path is another name of a stream that is open for writing, as /dev/stdout is. */
static bool is_stream(const struct output_file *file, int descriptor)
{
    struct stat status;

    return file->exists && (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY &&
           fstat(descriptor, &status) == 0 && status.st_dev == file->status.st_dev &&
           status.st_ino == file->status.st_ino;
}

static bool is_written_directly(const struct output_file *file)
{
    return file->exists && (!S_ISREG(file->status.st_mode) || is_stream(file, STDOUT_FILENO) ||
                            is_stream(file, STDERR_FILENO));
}

static int resolve(const char *path, struct output_file *file)
{
    file->stream = NULL;
    file->place = -1;
    if (strlen(path) >= PATH_MAX)
        return ENAMETOOLONG;
    file->exists = stat(path, &file->status) == 0;
    if (!is_written_directly(file))
        return file_path_resolve(path, file->path);
    /* Kept as it was given: /dev/stdout does not always lead to a path that can be opened. */
    strcpy(file->path, path);
    return 0;
}

int output_file_check(const char *path)
{
    struct output_file file;
    char folder[PATH_MAX];
    int error = resolve(path, &file);

    if (error != 0)
        return error;
    if (file.exists && S_ISDIR(file.status.st_mode))
        return EISDIR;
    if (file.exists && access(file.path, W_OK) != 0)
        return errno;
    if (is_written_directly(&file))
        return 0;
    return access(file_path_folder(file.path, folder), W_OK | X_OK) == 0 ? 0 : errno;
}

/* Returns a descriptor, or -1 with errno. */
static int open_directly(const struct output_file *file)
{
    fflush(NULL);
    if (is_stream(file, STDOUT_FILENO))
        return dup(STDOUT_FILENO);
    if (is_stream(file, STDERR_FILENO))
        return dup(STDERR_FILENO);
    return open(file->path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
}

/* The first free place, or -1. */
static int find_place(void)
{
    for (int place = 0; place < OUTPUT_FILES_MAX; place++)
        if (temporary_paths[place][0] == '\0')
            return place;
    return -1;
}

/* Makes a file of this name, or one like it, in the folder. Returns as open_directly(). */
static int create_in(const char *folder, char path[PATH_MAX])
{
    int descriptor = -1;

    errno = EEXIST;
    /* The name may be taken: by a killed process, or by a process in another container. */
    for (int attempt = 0; descriptor < 0 && errno == EEXIST && attempt < 100; attempt++) {
        if (snprintf(path, PATH_MAX, "%s/.lesson-%ld-%d.tmp", folder, (long)getpid(), attempt) >=
            PATH_MAX)
            errno = ENAMETOOLONG;
        else
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return descriptor;
}

/* Makes the temporary file, and notes it for output_files_abandon(). Returns as open_directly(). */
static int create_temporary(struct output_file *file)
{
    char folder[PATH_MAX];
    sigset_t before;
    int descriptor = -1, error = EMFILE;

    file_path_folder(file->path, folder);
    /* A handler that came between the file and the note of it would leave the file behind. */
    begin_turn(&before);
    file->place = find_place();
    if (file->place >= 0) {
        descriptor = create_in(folder, temporary_paths[file->place]);
        error = errno;
        if (descriptor < 0)
            temporary_paths[file->place][0] = '\0';
    }
    end_turn(&before);
    errno = error;
    return descriptor;
}

/* Gives the new file the owner and the permissions of the file that it replaces. */
static int take_over_status(const struct output_file *file, int descriptor)
{
    if (!file->exists)
        return 0;
    /* Only root may give a file away: else the file stays the writer's, as a new file would. */
    if (fchown(descriptor, file->status.st_uid, file->status.st_gid) != 0 && errno != EPERM)
        return errno;
    return fchmod(descriptor, file->status.st_mode & 07777) == 0 ? 0 : errno;
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
static int copy_temporary(const struct output_file *file)
{
    char block[16384];
    ssize_t size = 0;
    int error = 0, from = open(temporary_paths[file->place], O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : open(file->path, O_WRONLY | O_TRUNC | O_CLOEXEC);

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
static int rename_temporary(const struct output_file *file, int error)
{
    char *temporary = temporary_paths[file->place], name[PATH_MAX];
    /* Opened first: if that fails, the old file stays. A folder may be writable, but not readable.
     */
    int folder = open(file_path_folder(file->path, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    sigset_t before;
    bool is_renamed;

    if (folder < 0 && error == 0 && errno != EACCES)
        error = errno;
    begin_turn(&before);
    is_renamed = error == 0 && rename(temporary, file->path) == 0;
    if (error == 0 && !is_renamed)
        /* The old file may be another user's in /tmp, or a mounted file. */
        error = file->exists && (errno == EPERM || errno == EBUSY) ? copy_temporary(file) : errno;
    if (!is_renamed)
        unlink(temporary);
    temporary[0] = '\0';
    end_turn(&before);
    /* EINVAL: a file system that has no such call for folders. */
    if (is_renamed && folder >= 0 && fsync(folder) != 0 && errno != EINVAL)
        error = EIO;
    if (folder >= 0)
        close(folder);
    return error;
}

int output_file_open(struct output_file *file, const char *path)
{
    int descriptor, error = resolve(path, file);

    if (error != 0)
        return error;
    descriptor = is_written_directly(file) ? open_directly(file) : create_temporary(file);
    if (descriptor < 0)
        return errno;
    if (file->place >= 0)
        error = take_over_status(file, descriptor);
    if (error == 0 && (file->stream = fdopen(descriptor, "w")) == NULL)
        error = errno;
    if (error == 0)
        return 0;
    close(descriptor);
    return file->place >= 0 ? rename_temporary(file, error) : error;
}

int output_file_close(struct output_file *file, int error)
{
    bool is_new = file->place >= 0;

    if (error == 0 && fflush(file->stream) != 0)
        error = errno;
    /* An earlier write failed, and its caller has not noted why: the next one fails, too. */
    if (error == 0 && ferror(file->stream))
        error = write(fileno(file->stream), "\n", 1) < 0 ? errno : EIO;
    /* Before the rename: after a power cut, the new name must not lead to an empty file. */
    if (error == 0 && is_new && fsync(fileno(file->stream)) != 0)
        error = errno;
    if (fclose(file->stream) != 0 && error == 0)
        error = errno;
    file->stream = NULL;
    return is_new ? rename_temporary(file, error) : error;
}
