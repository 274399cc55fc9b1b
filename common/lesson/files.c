#include "lesson/files.h"

#include "news/file_path.h"
#include "observe/log.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct file {
    const char *option, *path; /* NULL: a standard descriptor */
    const char *what;
    const char *suffix;                        /* of a file that is kept beside the store, or "" */
    enum { IS_READ, IS_KEPT, IS_WRITTEN } use; /* IS_WRITTEN: anew, by this run */
    struct file_identity identity;
};

#define FILES 12

/* Fills in the identity. A name that leads nowhere is refused later, in words of its own. */
static void identify(struct file *file)
{
    char path[PATH_MAX], beside[PATH_MAX];

    if (file->path == NULL)
        return;
    if (*file->suffix == '\0')
        file->identity = file_identify(file->path);
    else if (file_path_resolve(file->path, path) == 0 &&
             snprintf(beside, sizeof beside, "%s%s", path, file->suffix) < PATH_MAX)
        file->identity = file_identify(beside);
}

static void list_files(struct file files[FILES], const struct options *options)
{
    const char *store = options->store;
    const struct file all[FILES] = {
        {"output", options->output, "the output", "", IS_WRITTEN, {0}},
        {"svg", options->svg, "the SVG", "", IS_WRITTEN, {0}},
        {"replay", options->replay, "the replay", "", IS_WRITTEN, {0}},
        {"trace", options->trace, "the trace", "", IS_WRITTEN, {0}},
        {"input", options->input, "the input", "", IS_READ, {0}},
        {"store", store, "the store", "", IS_KEPT, {0}},
        {"store", store, "the store's FILE-wal", "-wal", IS_KEPT, {0}},
        {"store", store, "the store's FILE-shm", "-shm", IS_KEPT, {0}},
        {"store", store, "the store's FILE-journal", "-journal", IS_KEPT, {0}},
        {"store", store, "the store's FILE-lock", "-lock", IS_KEPT, {0}},
        {NULL, NULL, "standard output", "", IS_KEPT, file_identify_descriptor(STDOUT_FILENO)},
        {NULL, NULL, "standard error", "", IS_KEPT, file_identify_descriptor(STDERR_FILENO)},
    };

    memcpy(files, all, sizeof all);
    for (int i = 0; i < FILES; i++)
        identify(&files[i]);
}

/* A device keeps nothing that could be destroyed. */
static bool is_kept(mode_t mode)
{
    return mode == 0 || S_ISREG(mode) || S_ISFIFO(mode);
}

/* What the run writes may go where the report would go, which goes elsewhere then. */
static bool may_be_same(const struct file *one, const struct file *other)
{
    return other->option == NULL && (one->option == NULL || one->use == IS_WRITTEN);
}

/* The complaint must not go into the file that it is about: it goes to standard output, or away. */
static void spare(const struct file *file, const struct file files[FILES])
{
    const struct file *output = &files[FILES - 2], *error = &files[FILES - 1];
    int elsewhere = STDOUT_FILENO;

    if (!file_is_same(&file->identity, &error->identity))
        return;
    if (file_is_same(&file->identity, &output->identity))
        elsewhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(elsewhere, STDERR_FILENO);
}

bool files_are_distinct(const struct options *options)
{
    struct file files[FILES];

    list_files(files, options);
    for (const struct file *one = files; one < files + FILES; one++)
        for (const struct file *other = one + 1; other < files + FILES; other++)
            if (!may_be_same(one, other) && is_kept(one->identity.mode) &&
                file_is_same(&one->identity, &other->identity)) {
                spare(one, files);
                log_error("--%s=%s:%s%s cannot be %s, too: one would destroy the other",
                          one->option, one->path, *one->suffix != '\0' ? " its FILE" : "",
                          one->suffix, other->what);
                return false;
            }
    return true;
}

bool files_are_for_stdout(const struct options *options)
{
    struct file files[FILES];
    const struct file *output = &files[FILES - 2];

    list_files(files, options);
    if (S_ISCHR(output->identity.mode) && !isatty(STDOUT_FILENO))
        return false;
    for (const struct file *file = files; file < output; file++)
        if (file->use == IS_WRITTEN && file->path != NULL &&
            file_is_same(&file->identity, &output->identity))
            return true;
    return false;
}
