/* Feeds a fuzzer the files of a folder: replay FOLDER. Without libFuzzer, with any compiler. */
#define _XOPEN_SOURCE 700
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    int fed = 0;

    REQUIRE(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        char path[1024];
        size_t size = 0;
        char *data;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        data = fuzz_read_file(path, &size);
        REQUIRE(data != NULL);
        fprintf(stderr, "%s\n", entry->d_name);
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
        free(data);
        fed++;
    }
    closedir(folder);
    REQUIRE(fed > 0);
    return 0;
}
