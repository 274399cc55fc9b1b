#include "sync/memory.h"

#include "observe/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *memory_for_items(const char *kind, const char *name, size_t count, size_t size)
{
    void *memory = NULL;

    if (size == 0 || count <= SIZE_MAX / size)
        memory = calloc(count, size);

    if (memory == NULL) {
        fprintf(stderr, "%s: no memory for %s \"%s\": %zu item%s of %zu byte%s\n", log_program(),
                kind, name, count, count == 1 ? "" : "s", size, size == 1 ? "" : "s");
        fflush(stdout);
        _Exit(EXIT_FAILURE); /* exit() would call who reports on a run: there was none */
    }
    return memory;
}
