#include "pipeline.h"

static const char *const both_locks[] = {"good-lock", "bad-lock", NULL};

static const struct mode modes[] = {
    {
        .name = "good-lock",
        .summary = "a lock around the append to the results, and nothing else",
        .process_all = process_all,
        .file = "pipeline.c",
        .read = "mutex_lock(job",
        .next = "./lesson 3 --mode=bad-lock",
        .next_raced = "./lesson 3 --mode=bad-lock",
    },
    {
        .name = "bad-lock",
        .summary = "SLOW: the lock around the LLM calls too: nothing runs side by side any more",
        .process_all = process_all_bad_lock,
        .file = "variants/bad_lock.c",
        .read = "BUG:",
        .next = "./lesson 3 --mode=compare",
    },
    {
        .name = "compare",
        .summary = "good-lock and bad-lock on the same load, in one table",
        .compared = both_locks,
        .file = "variants/bad_lock.c",
        .read = "BUG:",
        .next = "./lesson 3 --mode=no-lock",
    },
    {
        .name = "no-lock",
        .summary = "BROKEN: no lock, and results lost in every run",
        .process_all = process_all_no_lock,
        .file = "variants/no_lock.c",
        .read = "BUG:",
        .next = "./lesson race 3 --mode=no-lock",
        .next_raced = "./lesson race 3 --mode=forgotten-lock",
    },
    {
        .name = "forgotten-lock",
        .summary = "BROKEN: the append is locked, one read of the count is not",
        .process_all = process_all_forgotten_lock,
        .file = "variants/forgotten_lock.c",
        .read = "BUG:",
        .next = "./lesson race 3 --mode=forgotten-lock",
        .next_raced = "./lesson race 3 --mode=growing-append",
    },
    {
        .name = "growing-append",
        .summary = "BROKEN: an unlocked list that grows: the heap itself may break",
        .process_all = process_all_growing_append,
        .file = "variants/growing_append.c",
        .read = "BUG:",
        .next = "./lesson race 3 --mode=growing-append",
        .next_raced = "./lesson race 3 --mode=shared-rng",
    },
    {
        .name = "shared-rng",
        .summary = "BROKEN: all threads draw from one generator: the race is in what they use",
        .process_all = process_all_shared_rng,
        .file = "variants/shared_rng.c",
        .read = "BUG:",
        .next = "./lesson race 3 --mode=shared-rng",
        .next_raced = "./lesson diff 3 locked-rng, then ./lesson race 3 --mode=locked-rng",
    },
    {
        .name = "locked-rng",
        .summary = "ALSO: the same generator behind a lock",
        .process_all = process_all_locked_rng,
        .file = "variants/locked_rng.c",
        .read = "mutex_lock",
        .next = "./lesson race 3 --mode=locked-rng",
        .next_raced = "./lesson 3 --mode=own-slot",
    },
    {
        .name = "own-slot",
        .summary = "ALSO: no lock: an atomic index hands each thread its own slot",
        .process_all = process_all_own_slot,
        .file = "variants/own_slot.c",
        .read = "atomic_fetch_add",
        .next = "./lesson race 3 --mode=lock-order",
    },
    {
        .name = "lock-order",
        .summary = "BROKEN: two locks, taken in two orders",
        .process_all = process_all_lock_order,
        .file = "variants/lock_order.c",
        .read = "BUG:",
        .next = "./lesson race 3 --mode=lock-order",
        .next_raced = "./lesson 4",
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 3,
        .folder = "part-03-mutexes",
        .title = "a lock, in the right place and in the wrong one",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
    };

    return lesson_main(&part, argc, argv);
}
