#include "modes.h"
#include "pipeline.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {TEXTS_POOL, .process_all = process_all, .abilities = HAS_POOL},
    {
        TEXTS_SWEEP,
        .process_all = process_all,
        .sweeps = true,
        .abilities = HAS_POOL,
    },
    {
        TEXTS_UNBOUNDED,
        .process_all = process_all_unbounded,
        .provider_limit = 5,
    },
    {
        TEXTS_SUBMIT_FIRST,
        .process_all = process_all_submit_first,
        .abilities = HAS_POOL,
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
    };

    return lesson_main(&part, argc, argv);
}
