#include "modes.h"
#include "pipeline.h"

#include "lesson/outcome.h"
#include "observe/log.h"

/* One article alone is appended by one thread. */
static void print_append(const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;

    if (counts->processed == counts->articles && counts->articles > 1)
        log_print("Append       not ordered: all %zu are there by luck; "
                  "another run may lose some\n",
                  counts->articles);
    else if (counts->processed < counts->articles)
        log_print("Append       not ordered: %zu of %zu are there and right\n",
                  counts->processed, counts->articles);
}

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_WAIT_GROUP,
        .process_all = process_all,
        .epilogue = print_append,
    },
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
