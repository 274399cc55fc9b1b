#include "pipeline.h"

static const struct mode modes[] = {
    {
        .name = "channel",
        .summary = "results go down a channel to one collector; a closer ends it",
        .process_all = process_all,
        .file = "pipeline.c",
        .read = "channel_receive(&",
        .next = "./lesson 4 --mode=wait-first",
        .next_raced = "./lesson 4 --mode=wait-first",
    },
    {
        .name = "buffered",
        .summary = "ALSO: a channel with room for all results: no thread waits for the collector",
        .process_all = process_all_buffered,
        .file = "variants/buffered.c",
        .read = "channel_init",
        .next = "./lesson 4 --mode=own-channel",
    },
    {
        .name = "own-channel",
        .summary = "ALSO: over a channel in forty lines: one mutex, two condition variables",
        .process_all = process_all_own_channel,
        .file = "variants/own_channel.c",
        .read = "simple_channel_send",
        .next = "./lesson 4 --mode=cache",
    },
    {
        .name = "cache",
        .summary = "ALSO: where a mutex fits better: a locked map that is asked before any call",
        .process_all = process_all_cache,
        .copies = 2,
        .file = "variants/cache.c",
        .read = "static struct entry *look_up",
        .next = "./lesson 5",
    },
    {
        .name = "wait-first",
        .summary = "BROKEN: waits for the threads before it collects: nobody receives",
        .process_all = process_all_wait_first,
        .file = "variants/wait_first.c",
        .read = "BUG:",
        .next = "./lesson 4 --mode=forgotten-close",
    },
    {
        .name = "forgotten-close",
        .summary = "BROKEN: nobody closes the channel: the collector waits for ever",
        .process_all = process_all_forgotten_close,
        .file = "variants/forgotten_close.c",
        .read = "BUG:",
        .next = "./lesson 4 --mode=circular-wait",
    },
    {
        .name = "circular-wait",
        .summary = "BROKEN: two stages, and each waits for the other",
        .process_all = process_all_circular_wait,
        .file = "variants/circular_wait.c",
        .read = "BUG:",
        .next = "./lesson 4 --mode=buffered",
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 4,
        .folder = "part-04-channels",
        .title = "no lock, one collector that owns the results, and ways to wait for ever",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
    };

    return lesson_main(&part, argc, argv);
}
