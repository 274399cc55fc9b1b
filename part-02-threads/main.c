#include "modes.h"
#include "pipeline.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {TEXTS_WAIT_GROUP, .process_all = process_all},
    {TEXTS_NO_WAIT, .process_all = process_all_no_wait},
    {TEXTS_MAIN_LEAVES, .process_all = process_all_main_leaves},
    {TEXTS_LOOP_VARIABLE, .process_all = process_all_loop_variable},
    {TEXTS_FORGOTTEN_DONE, .process_all = process_all_forgotten_done},
    {TEXTS_LATE_ADD, .process_all = process_all_late_add},
    {TEXTS_JOIN, .process_all = process_all_join},
};

_Static_assert(sizeof modes / sizeof *modes == MODE_COUNT,
               "each mode of modes.txt stands in this table");

int main(int argc, char **argv)
{
    static const struct part part = {PART_TEXTS, .modes = modes};

    return lesson_main(&part, argc, argv);
}
