#include "modes.h"
#include "pipeline.h"
#include "stage_table.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_BOUNDED,
        .process_all = process_all,
        .abilities = HAS_STAGES | HAS_STORE,
        .epilogue = stage_table_print,
    },
    {
        TEXTS_UNBOUNDED_QUEUE,
        .process_all = process_all_unbounded_queue,
        .abilities = HAS_STAGES | HAS_STORE,
        .epilogue = stage_table_print,
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
