#include "pipeline.h"

static const struct mode modes[] = {
    {
        .name = "graceful",
        .summary = "a signal or --timeout stops the run; every article is accounted for",
        .process_all = process_all,
        .has_pool = true,
        .file = "pipeline.c",
        .read = "static int call",
        .next = "./lesson 7 --timeout=5s",
        .next_incomplete = "./lesson 7 --mode=workflow",
    },
    {
        .name = "workflow",
        .summary = "ALSO: --call-timeout is one deadline over an article's three steps together",
        .process_all = process_all_workflow,
        .has_pool = true,
        .file = "variants/workflow.c",
        .read = "deadline_after",
        .next = "./lesson 7 --mode=workflow --call-timeout=3500ms",
        .next_incomplete = "./lesson 7 --mode=late-cancel",
    },
    {
        .name = "late-cancel",
        .summary = "BROKEN: cancels itself as it succeeds; a select draws lots between the two",
        .process_all = process_all_late_cancel,
        .file = "variants/late_cancel.c",
        .read = "BUG:",
        .next = "./lesson 7 --mode=deaf",
    },
    {
        .name = "deaf",
        .summary = "BROKEN: a call in flight is not told: the shutdown takes as long as the call",
        .process_all = process_all_deaf,
        .has_pool = true,
        .file = "variants/deaf.c",
        .read = "BUG:",
        .next = "./lesson 7 --mode=deaf --timeout=5s",
        .next_incomplete = "./lesson 7 --mode=leak",
    },
    {
        .name = "leak",
        .summary = "BROKEN: the collector leaves at the first error: the senders wait for ever",
        .process_all = process_all_leak,
        .has_pool = true,
        .faults = {.error_rate = 0.1},
        .file = "variants/leak.c",
        .read = "BUG:",
        .next = "./lesson 7 --mode=no-leak",
    },
    {
        .name = "no-leak",
        .summary = "ALSO: the collector tells the senders that it leaves, and waits for them",
        .process_all = process_all_no_leak,
        .has_pool = true,
        .faults = {.error_rate = 0.1},
        .file = "variants/no_leak.c",
        .read = "One error is enough",
        .next = "./lesson 8",
    },
};

int main(int argc, char **argv)
{
    static const struct part part = {
        .number = 7,
        .folder = "part-07-cancellation",
        .title = "a run that can be told to stop, and says what became of every article",
        .modes = modes,
        .mode_count = sizeof modes / sizeof *modes,
        .articles = 20,
        .abilities = KEEPS_ACCOUNT | SHUTS_DOWN,
    };

    return lesson_main(&part, argc, argv);
}
