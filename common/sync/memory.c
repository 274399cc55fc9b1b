#include "sync/memory.h"

#include "observe/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* exit() would call the functions that report on a run: there was none. */
static void end(void)
{
    fflush(stdout);
    _Exit(EXIT_FAILURE);
}

void memory_check(int error, const char *kind, const char *name)
{
    if (error == 0)
        return;
    fprintf(stderr, "%s: the %s \"%s\" could not be made: %s\n", log_program(), kind, name,
            strerror(error));
    end();
}

void *memory_for_items(const char *kind, const char *name, size_t count, size_t size)
{
    void *memory = NULL;

    if (size == 0 || count <= SIZE_MAX / size)
        memory = calloc(count, size);

    if (memory == NULL) {
        fprintf(stderr, "%s: no memory for %s \"%s\": %zu item%s of %zu byte%s\n", log_program(),
                kind, name, count, count == 1 ? "" : "s", size, size == 1 ? "" : "s");
        end();
    }
    return memory;
}
