#include "news/file_path.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *file_path_folder(const char *path, char folder[PATH_MAX])
{
    snprintf(folder, PATH_MAX, "%s", path); /* dirname() changes it */
    return dirname(folder);
}

/* Resolves a path where no file exists yet; its folder must exist. */
static int resolve_new(const char *path, char resolved[PATH_MAX])
{
    char copy[PATH_MAX], folder[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

    if (*name == '\0')
        return EISDIR;
    if (realpath(file_path_folder(path, copy), folder) == NULL)
        return errno;
    if (snprintf(resolved, PATH_MAX, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name) >=
        PATH_MAX)
        return ENAMETOOLONG;
    return 0;
}

int file_path_resolve(const char *path, char resolved[PATH_MAX])
{
    char link[PATH_MAX], next[PATH_MAX], folder[PATH_MAX], joined[2 * PATH_MAX];

    if (*path == '\0')
        return ENOENT;
    if (strlen(path) >= PATH_MAX)
        return ENAMETOOLONG;
    if (realpath(path, resolved) != NULL)
        return 0;
    if (errno != ENOENT)
        return errno;
    /* No file there, or a link to none: the file will be made where the link points. */
    strcpy(next, path);
    for (ssize_t length; (length = readlink(next, link, sizeof link - 1)) >= 0;) {
        link[length] = '\0';
        strcpy(joined, link);
        if (link[0] != '/')
            snprintf(joined, sizeof joined, "%s/%s", file_path_folder(next, folder), link);
        if (strlen(joined) >= PATH_MAX)
            return ENAMETOOLONG;
        strcpy(next, joined);
    }
    return resolve_new(next, resolved);
}

static struct file_identity identity_of(const struct stat *status)
{
    return (struct file_identity){.is_known = true,
                                  .mode = status->st_mode,
                                  .device = status->st_dev,
                                  .number = status->st_ino};
}

struct file_identity file_identify(const char *path)
{
    char resolved[PATH_MAX], folder[PATH_MAX];
    struct file_identity identity = {.is_known = false};
    struct stat status;

    if (stat(path, &status) == 0)
        return identity_of(&status);
    if (file_path_resolve(path, resolved) != 0 ||
        stat(file_path_folder(resolved, folder), &status) != 0)
        return identity;
    identity = identity_of(&status);
    identity.mode = 0;
    snprintf(identity.name, sizeof identity.name, "%s", strrchr(resolved, '/') + 1);
    return identity;
}

struct file_identity file_identify_descriptor(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 ? identity_of(&status)
                                           : (struct file_identity){.is_known = false};
}

bool file_is_same(const struct file_identity *one, const struct file_identity *other)
{
    return one->is_known && other->is_known && one->device == other->device &&
           one->number == other->number && strcmp(one->name, other->name) == 0;
}
