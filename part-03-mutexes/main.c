#include "modes.h"
#include "pipeline.h"

#include "lesson/outcome.h"
#include "observe/log.h"

static const char *const both_locks[] = {"good-lock", "bad-lock", NULL};

static void print_append(const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;

    if (counts->processed == counts->articles)
        log_print("Append       ordered by the lock: all %zu are there, "
                  "as in every run\n",
                  counts->articles);
}

/* TEXTS_... and PART_TEXTS: what the build takes from modes.txt. */
static const struct mode modes[] = {
    {
        TEXTS_GOOD_LOCK,
        .process_all = process_all,
        .epilogue = print_append,
    },
    {TEXTS_BAD_LOCK, .process_all = process_all_bad_lock},
    {TEXTS_COMPARE, .compared = both_locks},
    {TEXTS_NO_LOCK, .process_all = process_all_no_lock},
    {TEXTS_FORGOTTEN_LOCK, .process_all = process_all_forgotten_lock},
    {TEXTS_GROWING_APPEND, .process_all = process_all_growing_append},
    {TEXTS_SHARED_RNG, .process_all = process_all_shared_rng},
    {TEXTS_LOCKED_RNG, .process_all = process_all_locked_rng},
    {TEXTS_OWN_SLOT, .process_all = process_all_own_slot},
    {TEXTS_LOCK_ORDER, .process_all = process_all_lock_order},
};

_Static_assert(sizeof modes / sizeof *modes == MODE_COUNT,
               "each mode of modes.txt stands in this table");

int main(int argc, char **argv)
{
    static const struct part part = {PART_TEXTS, .modes = modes};

    return lesson_main(&part, argc, argv);
}
