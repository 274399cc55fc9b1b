#include "modes.h"
#include "pipeline.h"

#include "system/clock.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_GRACEFUL,
        .process_all = process_all,
        .abilities = HAS_POOL,
        .timeout_ns = 5 * NS_PER_S,
    },
    {
        TEXTS_WORKFLOW,
        .process_all = process_all_workflow,
        .abilities = HAS_POOL,
        .call_timeout_ns = 3500 * NS_PER_MS,
    },
    {TEXTS_LATE_CANCEL, .process_all = process_all_late_cancel},
    {
        TEXTS_DEAF,
        .process_all = process_all_deaf,
        .abilities = HAS_POOL,
        .timeout_ns = 5 * NS_PER_S,
    },
    {
        TEXTS_LEAK,
        .process_all = process_all_leak,
        .abilities = HAS_POOL,
        .faults = {.error_rate = 0.1},
    },
    {
        TEXTS_NO_LEAK,
        .process_all = process_all_no_leak,
        .abilities = HAS_POOL,
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
        .abilities = KEEPS_ACCOUNT | SHUTS_DOWN,
    };

    return lesson_main(&part, argc, argv);
}
