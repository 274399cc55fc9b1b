#include "news/ai_result.h"

#include <errno.h>
#include <stdlib.h>

int ai_results_init(struct ai_results *results, size_t capacity)
{
    *results = (struct ai_results){.items = calloc(capacity, sizeof *results->items),
                                   .capacity = capacity};
    return results->items != NULL ? 0 : ENOMEM;
}

void ai_results_destroy(struct ai_results *results)
{
    free(results->items);
    *results = (struct ai_results){0};
}
