#include "lesson/lesson.h"

#include "lesson/files.h"
#include "lesson/interrupt.h"
#include "lesson/load.h"
#include "lesson/many_runs.h"
#include "lesson/options.h"
#include "lesson/picture_files.h"
#include "lesson/run.h"
#include "lesson/table.h"
#include "lesson/view.h"
#include "news/output_file.h"
#include "observe/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Static, because the threads of a broken mode go on using the load after main has returned, and
 * because the last thread, not main, reports on a mode whose main leaves.
 */
static struct options options;
static struct load load;
static struct run run = {.options = &options, .load = &load, .outcome_pipe = -1};

/*
 * Opens the null device in place of each standard descriptor that was closed: otherwise the next
 * file that is opened would get it, and lines of the log would land in that file. A write to the
 * null device opened in this way still fails.
 */
static void open_standard_descriptors(void)
{
    struct stat status;

    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fstat(descriptor, &status) != 0 && errno == EBADF)
            if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
                return; /* and there is no descriptor left to say so */
}

/* Ends a process whose main has left by pthread_exit(): its last thread comes by here. */
static void finish_after_main_left(void)
{
    int status = run.is_unfinished && !run.is_row ? run_finish(&run) : STATUS_COMPLETE;

    /* The process is ending with status 0 already; only _exit can make it another. */
    if (status != STATUS_COMPLETE)
        _exit(status);
}

/* Runs in the watch's thread when all others are asleep: reports on what was done, and ends. */
static void finish_stalled(void)
{
    run.outcome.is_stalled = true;
    if (!run.is_row)
        run_finish(&run);
    output_files_abandon();
    _exit(STATUS_STALLED);
}

static int run_once(void)
{
    run_start(&run, options.mode, options.workers, finish_stalled);
    return run_finish(&run);
}

/* One of many runs: sends its outcome through the pipe, and prints nothing. */
static int run_into(int outcome_pipe)
{
    run.outcome_pipe = outcome_pipe;
    return run_once();
}

/* One row of a table. */
static int run_row(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    int status;

    load_clear(&load); /* of the row before */
    run_start(&run, mode, workers, finish_stalled);
    status = run_finish(&run);
    *outcome = run.outcome;
    return status;
}

static int run_several(void)
{
    int status = run.is_row ? table_run(run.part, &options, load.articles.count, run_row)
                            : many_runs(run.part, &options, run_into);

    load_destroy(&load);
    if (!picture_files_close() && status == STATUS_COMPLETE)
        status = STATUS_INCOMPLETE;
    if (log_finish() != 0 && status == STATUS_COMPLETE)
        status = STATUS_INCOMPLETE;
    return status;
}

int lesson_main(const struct part *part, int argc, char **argv)
{
    int status;

    open_standard_descriptors();
    /* A write that these would end the process for fails instead: EPIPE, EFBIG. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    log_init(part->folder);
    switch (options_parse(&options, part, argc, argv)) {
    case OPTIONS_WRONG:
        return STATUS_USAGE;
    case OPTIONS_DONE:
        return log_finish() == 0 ? STATUS_COMPLETE : STATUS_INCOMPLETE;
    case OPTIONS_RUN:
        break;
    }
    if (files_are_for_stdout(&options))
        log_to_stderr();
    status = load_init(&load, part, &options);
    if (status != STATUS_COMPLETE)
        return status;
    run.part = part;
    run.is_row = mode_makes_table(options.mode);
    interrupt_init(&run.llm.meters, load.articles.count);
    atexit(finish_after_main_left);
    picture_files_open(&options);

    log_wrapped(4, "Part %d, %s: %s", part->number, options.mode->name, options.mode->summary);
    if (options.runs > 1 || run.is_row) {
        log_set_quiet(true);
        return run_several();
    }
    log_set_quiet(view_style(&options, false) == VIEW_BAR);
    return run_once();
}
