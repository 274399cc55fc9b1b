#include "news/store_internal.h"

#ifdef HAVE_SQLITE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The files of a store, by their names' ends. Only the lock is gone after the close. */
static const char *const suffixes[STORE_FILES] = {"", "-wal", "-shm"};

/* Returns false if the name is too long. */
static bool name_file(const struct store *store, const char *suffix, char name[PATH_MAX])
{
    return snprintf(name, PATH_MAX, "%s%s", store->path, suffix) < PATH_MAX;
}

/* Whether a name beside the store is taken by something other than a regular file. */
static bool is_taken(const struct store *store, const char *suffix)
{
    char name[PATH_MAX];
    struct stat status;

    return name_file(store, suffix, name) && lstat(name, &status) == 0 && !S_ISREG(status.st_mode);
}

int store_check_access(struct store *store)
{
    static const char *const names[] = {"", "-wal", "-shm", "-journal"};
    char name[PATH_MAX];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name_file(store, names[i], name) && access(name, W_OK) != 0 && errno != ENOENT)
            return store_fail(store, errno, "its file %s cannot be written: %s",
                              strrchr(name, '/') + 1, strerror(errno));
    return 0;
}

/* The lock of a killed run of another user will do. */
static int open_lock(const char *name)
{
    const int flags = O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    int file = open(name, O_RDWR | flags, 0666);

    return file < 0 && errno == EACCES ? open(name, O_RDONLY | flags, 0666) : file;
}

int store_lock(struct store *store)
{
    char name[PATH_MAX];
    struct file_identity locked, there;
    struct stat status;

    if (!name_file(store, "-journal", name) || !name_file(store, "-lock", name))
        return ENAMETOOLONG;
    if (is_taken(store, "-lock") || is_taken(store, "-wal") || is_taken(store, "-shm") ||
        is_taken(store, "-journal"))
        return EEXIST;
    for (;;) {
        int error = 0, file = open_lock(name);

        if (file < 0)
            return errno;
        if (fstat(file, &status) != 0)
            error = errno;
        else if (status.st_size > 0)
            error = EEXIST; /* not ours to remove */
        else if (flock(file, LOCK_EX | LOCK_NB) != 0)
            error = errno == EWOULDBLOCK ? EBUSY : errno;
        if (error != 0) {
            close(file);
            return error;
        }
        locked = file_identify_descriptor(file);
        there = file_identify(name);
        store->lock = file;
        store->is_locked = true;
        if (file_is_same(&locked, &there))
            return 0;
        /* The run that had it has removed it, between our open and our lock. */
        close(file);
        store->is_locked = false;
    }
}

void store_unlock(struct store *store)
{
    char name[PATH_MAX];

    if (!store->is_locked)
        return;
    if (name_file(store, "-lock", name))
        unlink(name);
    flock(store->lock, LOCK_UN); /* a forked child may have the descriptor, too */
    close(store->lock);
    store->is_locked = false;
}

void store_note_files(struct store *store)
{
    char name[PATH_MAX];

    for (int i = 0; i < STORE_FILES; i++)
        if (name_file(store, suffixes[i], name))
            store->files[i] = file_identify(name);
}

int store_check(struct store *store)
{
    char name[PATH_MAX];

    for (int i = 0; i < STORE_FILES; i++) {
        struct file_identity now;

        /* There is no log where the file system is unfit for one. */
        if (!store->files[i].is_known || store->files[i].mode == 0 ||
            !name_file(store, suffixes[i], name))
            continue;
        now = file_identify(name);
        if (!file_is_same(&now, &store->files[i]))
            return store_fail(store, ENOENT,
                              "its file %s was removed, renamed or replaced while the run used it: "
                              "what the run has stored may be lost",
                              strrchr(name, '/') + 1);
    }
    return 0;
}

#endif
