/*
 * A file that a run writes. It is written beside its name, and takes the name once it is whole, so
 * that a full disk, a signal or a power cut leaves the old file or the new one, and never half a
 * file. Symbolic links are followed, and never replaced.
 *
 * Written directly are
 * - what is no regular file (a device, a FIFO, /dev/stdout),
 * - the file that standard output or standard error goes to already.
 * Copied over the old file, once the new one is whole, where the system lets the process write the
 * old file but not replace it: another user's in /tmp, or a file that is mounted.
 */
#ifndef NEWS_OUTPUT_FILE_H
#define NEWS_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

/* At most this many are open at once. */
#define OUTPUT_FILES_MAX 4

struct output_file {
    FILE *stream; /* to write to; NULL: not open */

    /* For the functions below. */
    char path[PATH_MAX]; /* symbolic links are resolved; the file itself need not exist */
    bool exists;
    struct stat status; /* if it exists */
    int place;          /* among the temporary files; -1: it is written directly */
};

/*
 * Checks, before a run, whether the path can be expected to be written. Returns 0 or an errno
 * value. Changes nothing. Any thread.
 */
int output_file_check(const char *path);

/*
 * Opens the file. Returns 0; or an errno value (EMFILE: OUTPUT_FILES_MAX are open), and there is
 * nothing to close. Waits for a reader of a FIFO. One thread.
 */
int output_file_open(struct output_file *file, const char *path);

/*
 * Closes the file, which must be open. error = 0: all was written, and the file takes its name;
 * else the old file stays. Returns error; or, if that is 0, the errno value of what failed: also of
 * a write to the stream, of which the caller need not have heard.
 *
 * After an error the old file is there, except that what is written directly or copied may hold a
 * part, say because the disk is full, and that EIO may mean that the new file is there, but could
 * be lost by a power cut. One thread.
 */
int output_file_close(struct output_file *file, int error);

/*
 * Removes the temporary files of this process. From then on no output_file_open() or
 * output_file_close() returns: call it only when the process is about to end.
 * Async-signal-safe; any thread, once.
 */
void output_files_abandon(void);

#endif
