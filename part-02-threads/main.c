#include "pipeline.h"

static const struct mode modes[] = {
    {
        .name = "wait-group",
        .summary = "a thread for each article; the append to the results races",
        .process_all = process_all,
        .file = "pipeline.c",
        .read = "BUG:",
        .next = "./lesson race 2",
        .next_raced = "./lesson 2 --mode=no-wait",
    },
    {
        .name = "no-wait",
        .summary = "BROKEN: nobody waits: main returns, the process ends, the work is gone",
        .process_all = process_all_no_wait,
        .file = "variants/no_wait.c",
        .read = "BUG:",
        .next = "./lesson 2 --mode=main-leaves",
    },
    {
        .name = "main-leaves",
        .summary =
            "ALSO: main leaves by pthread_exit: the process lives until its last thread ends",
        .process_all = process_all_main_leaves,
        .file = "variants/main_leaves.c",
        .read = "pthread_exit(NULL);",
        .next = "./lesson 2 --mode=loop-variable",
    },
    {
        .name = "loop-variable",
        .summary = "BROKEN: every thread gets the address of the loop's one job",
        .process_all = process_all_loop_variable,
        .file = "variants/loop_variable.c",
        .read = "BUG:",
        .next = "./lesson race 2 --mode=loop-variable",
        .next_raced = "./lesson 2 --mode=forgotten-done",
    },
    {
        .name = "forgotten-done",
        .summary = "BROKEN: an early return skips the done: the wait never ends",
        .process_all = process_all_forgotten_done,
        .file = "variants/forgotten_done.c",
        .read = "BUG:",
        .next = "./lesson 2 --mode=late-add",
    },
    {
        .name = "late-add",
        .summary = "BROKEN: each thread adds itself: the wait is over before it began",
        .process_all = process_all_late_add,
        .file = "variants/late_add.c",
        .read = "BUG:",
        .next = "./lesson 2 --mode=join",
    },
    {
        .name = "join",
        .summary = "ALSO: pthread_join, and each thread its own slot: no shared append at all",
        .process_all = process_all_join,
        .file = "variants/join.c",
        .read = "*job->slot",
        .next = "./lesson race 2 --mode=join",
        .next_raced = "./lesson 3",
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 2,
        .folder = "part-02-threads",
        .title = "a thread for each article: the time of the slowest, and a data race",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
    };

    return lesson_main(&part, argc, argv);
}
