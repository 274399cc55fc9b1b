#include "modes.h"
#include "pipeline.h"

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {TEXTS_CHANNEL, .process_all = process_all},
    {TEXTS_WAIT_FIRST, .process_all = process_all_wait_first},
    {TEXTS_FORGOTTEN_CLOSE, .process_all = process_all_forgotten_close},
    {TEXTS_CIRCULAR_WAIT, .process_all = process_all_circular_wait},
    {TEXTS_BUFFERED, .process_all = process_all_buffered},
    {TEXTS_OWN_CHANNEL, .process_all = process_all_own_channel},
    {TEXTS_CACHE, .process_all = process_all_cache, .copies = 2},
};

_Static_assert(sizeof modes / sizeof *modes == MODE_COUNT,
               "each mode of modes.txt stands in this table");

int main(int argc, char **argv)
{
    static const struct part part = {PART_TEXTS, .modes = modes};

    return lesson_main(&part, argc, argv);
}
