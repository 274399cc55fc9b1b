#include "modes.h"
#include "pipeline.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {TEXTS_STAGES, .process_all = process_all, .abilities = HAS_STAGES},
    {TEXTS_FAN_OUT, .process_all = process_all_fan_out, .abilities = HAS_POOL},
    {TEXTS_CHAIN, .process_all = process_all_chain, .abilities = HAS_POOL},
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
