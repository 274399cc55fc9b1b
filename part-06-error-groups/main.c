#include "modes.h"
#include "pipeline.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_FAIL_FAST,
        .process_all = process_all,
        .abilities = HAS_POOL,
        .faults = {.error_rate = 0.1},
    },
    {
        TEXTS_IGNORE_ERRORS,
        .process_all = process_all_ignore_errors,
        .abilities = HAS_POOL,
        .faults = {.error_rate = 0.1},
    },
    {
        TEXTS_SHARED_ERROR,
        .process_all = process_all_shared_error,
        .abilities = HAS_POOL,
        .faults = {.error_rate = 0.1},
    },
    {
        TEXTS_COLLECT,
        .process_all = process_all_collect,
        .abilities = HAS_POOL,
        .faults = {.error_rate = 0.1},
    },
    {
        TEXTS_LIMIT,
        .process_all = process_all_limit,
        .abilities = HAS_POOL,
        .faults = {.error_rate = 0.1},
    },
    {
        TEXTS_PARALLEL_MODELS,
        .process_all = process_all_parallel_models,
        .abilities = HAS_POOL,
        .tasks_at_once = true,
        .faults = {.error_rate = 0.1},
    },
};

_Static_assert(sizeof modes / sizeof *modes == MODE_COUNT,
               "each mode of modes.txt stands in this table");

int main(int argc, char **argv)
{
    static const struct part part = {
        PART_TEXTS,
        .modes = modes,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT,
    };

    return lesson_main(&part, argc, argv);
}
