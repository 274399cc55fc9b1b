#include "pipeline.h"

#include "variants/stage_table.h"

static const struct mode modes[] = {
    {
        .name = "stages",
        .summary =
            "five stages, each with workers and a queue of its own: the slowest sets the pace",
        .process_all = process_all,
        .has_stages = true,
        .file = "pipeline.c",
        .read = "static int work",
        .next = "./lesson 9 --mode=fan-out",
        .next_incomplete = "./lesson 9 --store=/tmp/news.db",
        .epilogue = stage_table_print,
    },
    {
        .name = "fan-out",
        .summary = "ALSO: one batch out to the workers, all results back in, until told to stop",
        .process_all = process_all_fan_out,
        .has_pool = true,
        .file = "variants/fan_out.c",
        .read = "static int take_and_send",
        .next = "./lesson 9 --mode=chain",
    },
    {
        .name = "chain",
        .summary = "ALSO: the steps of an article in sequence, stopped between any two",
        .process_all = process_all_chain,
        .has_pool = true,
        .file = "variants/chain.c",
        .read = "static int run_chain",
        .next = "./lesson 9 --mode=unbounded-queue --articles=200 --speed=50",
    },
    {
        .name = "unbounded-queue",
        .summary = "BROKEN: queues with room for everything: they grow with the input",
        .process_all = process_all_unbounded_queue,
        .has_stages = true,
        .file = "variants/unbounded_queue.c",
        .read = "BUG:",
        .next = "./lesson diff 9 unbounded-queue, then ./lesson 9 --store=/tmp/news.db",
        .epilogue = stage_table_print,
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 9,
        .folder = "part-09-pipelines",
        .title = "stages with queues between them, and a store that outlives the run",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT | SHUTS_DOWN | HAS_STAGES,
    };

    return lesson_main(&part, argc, argv);
}
