#define _XOPEN_SOURCE 700
#include "fuzz.h"

#include "observe/text.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX 65536

static char folder[32];

void fuzz_require(bool condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
    abort();
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_path(const char *name)
{
    static char path[64];

    if (*folder == '\0') {
        /* In memory, where there is such a place: it is made and removed at each input. */
        strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz-XXXXXX" : "/tmp/fuzz-XXXXXX");
        REQUIRE(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void fuzz_write_file(const char *path, const uint8_t *data, size_t size)
{
    int file;

    if (data == NULL) {
        unlink(path);
        return;
    }
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    REQUIRE(write(file, data, size) == (ssize_t)size);
    close(file);
}

char *fuzz_read_file(const char *path, size_t *size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    char *bytes;

    if (file < 0)
        return NULL;
    REQUIRE(fstat(file, &status) == 0);
    *size = (size_t)status.st_size;
    bytes = malloc(*size + 1);
    REQUIRE(bytes != NULL && read(file, bytes, *size) == (ssize_t)*size);
    bytes[*size] = '\0';
    close(file);
    return bytes;
}

/* For each of the two: a file that takes its place meanwhile, and a copy of its descriptor. */
static int files[2], copies[2];
static char texts[2][OUTPUT_MAX];

void fuzz_catch_output(void)
{
    for (int i = 0; i < 2; i++) {
        if (files[i] == 0)
            files[i] = open(fuzz_path(i == 0 ? "out" : "err"),
                            O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        copies[i] = dup(STDOUT_FILENO + i);
        REQUIRE(files[i] > 0 && copies[i] >= 0 && ftruncate(files[i], 0) == 0);
        REQUIRE(dup2(files[i], STDOUT_FILENO + i) >= 0);
    }
}

void fuzz_return_output(const char **out, const char **err)
{
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        ssize_t length = pread(files[i], texts[i], OUTPUT_MAX - 1, 0);

        dup2(copies[i], STDOUT_FILENO + i);
        close(copies[i]);
        REQUIRE(length >= 0);
        texts[i][length] = '\0';
    }
    *out = texts[0];
    *err = texts[1];
}

bool fuzz_is_utf8(const char *text)
{
    size_t size = strlen(text);

    for (size_t at = 0, length; at < size; at += length) {
        length = text_character(text + at, size - at);
        if (length == 0)
            return false;
    }
    return true;
}

bool fuzz_is_obeyed(const char *text)
{
    size_t size = TEXT_SHOWN_MAX * strlen(text) + 1;
    char *shown = malloc(size);
    bool is_obeyed;

    REQUIRE(shown != NULL);
    text_show(text, strlen(text), "\n", shown, size);
    is_obeyed = strcmp(text, shown) != 0;
    free(shown);
    return is_obeyed;
}
