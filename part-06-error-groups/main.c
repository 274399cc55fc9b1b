#include "pipeline.h"

static const struct mode modes[] = {
    {
        .name = "fail-fast",
        .summary = "the workers are an error group: the first error cancels the others",
        .process_all = process_all,
        .has_pool = true,
        .file = "pipeline.c",
        .read = "error_group_wait",
        .next = "./lesson 6 --error-rate=0.1",
        .next_incomplete = "./lesson 6 --mode=ignore-errors",
    },
    {
        .name = "ignore-errors",
        .summary = "BROKEN: a wait group, which has no place for an error: results are missing",
        .process_all = process_all_ignore_errors,
        .has_pool = true,
        .faults = {.error_rate = 0.1},
        .file = "variants/ignore_errors.c",
        .read = "BUG:",
        .next = "./lesson 6 --mode=shared-error",
    },
    {
        .name = "shared-error",
        .summary = "BROKEN: the first error in a variable that all threads read and write",
        .process_all = process_all_shared_error,
        .has_pool = true,
        .faults = {.error_rate = 0.1},
        .file = "variants/shared_error.c",
        .read = "BUG:",
        .next = "./lesson race 6 --mode=shared-error",
        .next_raced = "./lesson 6 --mode=collect",
    },
    {
        .name = "collect",
        .summary = "ALSO: goes on after an error, joins all of them, marks the result partial",
        .process_all = process_all_collect,
        .has_pool = true,
        .faults = {.error_rate = 0.1},
        .file = "variants/collect.c",
        .read = "is_partial",
        .next = "./lesson 6 --mode=limit",
    },
    {
        .name = "limit",
        .summary = "ALSO: no pool: a thread for each article, and the group lets so many run",
        .process_all = process_all_limit,
        .has_pool = true,
        .file = "variants/limit.c",
        .read = "error_group_go",
        .next = "./lesson 6 --mode=parallel-models",
    },
    {
        .name = "parallel-models",
        .summary = "ALSO: an article's three calls at once, a group of their own",
        .process_all = process_all_parallel_models,
        .has_pool = true,
        .tasks_at_once = true,
        .file = "variants/parallel_models.c",
        .read = "error_group_init",
        .next = "./lesson 6 --mode=parallel-models --error-rate=0.1",
        .next_incomplete = "./lesson 7",
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 6,
        .folder = "part-06-error-groups",
        .title = "calls fail: the first error stops the rest, and says what and why",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT,
    };

    return lesson_main(&part, argc, argv);
}
