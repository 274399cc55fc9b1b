#include "pipeline.h"

static const struct mode modes[] = {
    {
        .name = "pool",
        .summary = "a fixed number of workers, a channel of jobs, a channel of results",
        .process_all = process_all,
        .has_pool = true,
        .file = "pipeline.c",
        .read = "static void *work",
        .next = "./lesson 5 --mode=sweep --speed=5",
        .next_raced = "./lesson 5 --mode=sweep --speed=5",
    },
    {
        .name = "sweep",
        .summary = "the pool with 1, 2, 5, 10, ... workers on the same load, in one table",
        .process_all = process_all,
        .sweeps = true,
        .has_pool = true,
        .file = "pipeline.c",
        .read = "batch->workers",
        .next = "./lesson 5 --mode=unbounded",
    },
    {
        .name = "unbounded",
        .summary = "BROKEN: a thread for each article, against a provider with a limit",
        .process_all = process_all_unbounded,
        .provider_limit = 5,
        .file = "variants/unbounded.c",
        .read = "BUG:",
        .next = "./lesson 5 --mode=submit-first",
    },
    {
        .name = "submit-first",
        .summary = "BROKEN: submits all before it collects: it works until a buffer is full",
        .process_all = process_all_submit_first,
        .has_pool = true,
        .file = "variants/submit_first.c",
        .read = "BUG:",
        .next = "./lesson diff 5 submit-first, then ./lesson 6",
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 5,
        .folder = "part-05-worker-pool",
        .title = "as many threads as we choose, not as many as there are articles",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
        .articles = 20,
    };

    return lesson_main(&part, argc, argv);
}
