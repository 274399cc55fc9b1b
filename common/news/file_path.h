/*
 * Where the names of files lead to: two names may lead to one file, and a name may lead to a file
 * that does not exist yet.
 */
#ifndef NEWS_FILE_PATH_H
#define NEWS_FILE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Writes the path to which path leads in the end: symbolic links are resolved, the last one too,
 * though it may point to no file. Only the folder must exist. Returns 0 or an errno value (EISDIR:
 * no file there, and the name ends with a slash). Any thread.
 */
int file_path_resolve(const char *path, char resolved[PATH_MAX]);

/* Writes the name of the folder that the path, shorter than PATH_MAX, leads through. Returns
 * folder. Any thread. */
const char *file_path_folder(const char *path, char folder[PATH_MAX]);

/* What two names of one file have in common, whichever links and folders they go through. */
struct file_identity {
    bool is_known; /* false: neither the file nor its folder could be found */
    mode_t mode;   /* of the file; 0: it does not exist yet */
    dev_t device;  /* of the file, or of its folder if it does not exist yet */
    ino_t number;
    char name[NAME_MAX + 1]; /* in that folder; "": the file exists */
};

struct file_identity file_identify(const char *path);          /* Any thread. */
struct file_identity file_identify_descriptor(int descriptor); /* Any thread. */

/* Whether both are known, and one file. Any thread. */
bool file_is_same(const struct file_identity *one, const struct file_identity *other);

#endif
