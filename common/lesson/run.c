#include "lesson/account.h"
#include "lesson/interrupt.h"
#include "lesson/lesson.h"
#include "lesson/options.h"
#include "lesson/progress.h"
#include "lesson/repeat.h"
#include "lesson/report.h"
#include "lesson/sanitizer.h"
#include "lesson/table.h"
#include "lesson/thread_limits.h"
#include "lesson/verdict.h"
#include "news/store.h"
#include "observe/log.h"
#include "observe/watch.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What an int64_t holds; at the highest --speed, of a run of hours. */
#define ELAPSED_MAX_NS 9e18

/*
 * The run. Static, because the threads of a broken mode go on using the load after main has
 * returned, and because a mode whose main leaves is reported on by its last thread.
 */
static struct {
    const struct part *part;
    struct options options;
    struct articles articles;
    struct llm_client llm;
    struct batch batch;
    struct ai_results results;
    struct article_status *statuses; /* of each article; NULL: the part keeps no account */
    struct cancel cancel;
    struct store store; /* open, if options.store is given */
    size_t stored;      /* results that were in it before */
    int outcome_pipe;   /* of one of many runs; or -1 */
    int64_t started_ns, cpu_started_ns;
    int64_t measured_ns, cpu_ns; /* once it has ended */
    int signal_number;           /* that has shut it down, or 0 */
    bool is_unfinished;
    bool is_table;   /* several runs */
    bool is_stalled; /* and the watch's thread reports on it */
} run = {.outcome_pipe = -1};

/*
 * A descriptor that was closed would be given to the next file that is opened, and lines of the log
 * would land in it. The null device takes its place, opened such that a write to it still fails.
 */
static void open_standard_descriptors(void)
{
    struct stat status;

    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fstat(descriptor, &status) != 0 && errno == EBADF)
            if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
                return; /* nothing can be said anywhere */
}

static int load_articles(void)
{
    const struct options *options = &run.options;
    const char *program = run.part->folder;
    struct input_error error;
    int failed;

    if (options->input == NULL) {
        failed = articles_generate(&run.articles, options->articles,
                                   options->mode->copies > 0 ? options->mode->copies : 1);
        if (failed != 0)
            fprintf(stderr, "%s: --articles=%zu: %s\n", program, options->articles,
                    strerror(failed));
        return failed;
    }
    failed = articles_read(&run.articles, options->input, options->articles, &error);
    if (failed != 0) {
        fprintf(stderr, "%s: --input=%s: ", program, options->input);
        if (error.line > 0)
            fprintf(stderr, "line %ld%s", error.line, error.column > 0 ? ", " : ": ");
        if (error.column > 0)
            fprintf(stderr, "column %ld: ", error.column);
        fprintf(stderr, "%s\n", error.reason);
    }
    return failed;
}

/* Why process_all did not start all the work. */
static void explain(int error)
{
    const char *program = run.part->folder;
    size_t started = threads_started(), alive;

    if (threads_refused(&alive) == 0) {
        fprintf(stderr, "%s: not all work could be started: %s\n", program, strerror(error));
        return;
    }
    fprintf(stderr, "%s: thread %zu could not be started beside %zu others: %s\n", program,
            started + 1, alive, strerror(threads_refused(&alive)));
    thread_limits_explain(alive);
    fprintf(stderr, "%s: %zu threads were started; what they did is in the report\n", program,
            started);
}

static void stop_clocks(void)
{
    run.measured_ns = clock_now_ns() - run.started_ns;
    run.cpu_ns = clock_cpu_ns() - run.cpu_started_ns;
}

static int fill_outcome(struct outcome *outcome, struct verdict *verdict)
{
    int error = verdict_init(verdict, &run.articles, &run.results);

    if (error != 0) {
        fprintf(stderr, "%s: checking the results: %s\n", run.part->folder, strerror(error));
        return error;
    }
    *outcome = (struct outcome){
        .articles = run.articles.count,
        .workers = run.batch.workers,
        .has_stages = run.options.mode->has_stages,
        .load = llm_load(&run.llm, run.articles.items, run.articles.count, run.batch.workers,
                         run.options.mode->tasks_at_once),
        .is_load_known = run.llm.draw_latency_ns == NULL,
        .speed = run.options.speed,
        .is_stalled = run.is_stalled,
        .measured_ns = run.measured_ns,
        .elapsed_ns = (int64_t)fmin((double)run.measured_ns * run.options.speed, ELAPSED_MAX_NS),
        .cpu_ns = run.cpu_ns,
        .calls = llm_calls_completed(&run.llm),
        .peak = atomic_load(&run.llm.peak),
        .refused = atomic_load(&run.llm.refused),
        .limit = run.llm.limit,
        .saved = atomic_load(&run.llm.saved),
        .processed = verdict->processed,
        .lost = verdict->lost,
        .doubled = verdict->doubled,
        .damaged = verdict->damaged,
        .stored = run.stored,
        .is_partial = run.results.is_partial,
        .account = account_of(verdict, run.statuses),
        .attempts = atomic_load(&run.llm.attempts),
        .asked = atomic_load(&run.llm.asked),
        .failed = atomic_load(&run.llm.failed),
        .given_up = atomic_load(&run.llm.given_up),
        .too_fast = atomic_load(&run.llm.too_fast),
        .rate = run.llm.faults.rate,
        .span_ns =
            (int64_t)((double)(atomic_load(&run.llm.last_ns) - atomic_load(&run.llm.first_ns)) *
                      run.options.speed),
        .cancel_reason = run.statuses != NULL ? cancel_reason(&run.cancel) : 0,
        .signal_number = run.signal_number,
    };
    for (int i = 0; i < LLM_SECONDS; i++)
        outcome->attempts_in[i] = atomic_load(&run.llm.attempts_in[i]);
    if (outcome->cancel_reason != 0)
        outcome->shutdown_ns =
            (int64_t)((double)(run.started_ns + run.measured_ns - run.cancel.cancelled_ns) *
                      run.options.speed);
    if (outcome->shutdown_ns < 0)
        outcome->cancel_reason = 0; /* what came after the end has shut nothing down */
    return 0;
}

static int write_output(void)
{
    int error = ai_results_write(&run.results, run.options.output);

    if (error != 0)
        fprintf(stderr, "%s: --output=%s: the results could not be written: %s\n", run.part->folder,
                run.options.output, strerror(error));
    return error;
}

static void print_leaked(const char *name, const char *wait)
{
    log_print("Leaked       %s: %s\n", name, wait);
}

/* After process_all: stores the results, judges them, reports. Returns the exit status. */
static int finish_run(int error)
{
    const struct options *options = &run.options;
    size_t alive, leaked = 0;
    int status = STATUS_COMPLETE;
    struct outcome outcome;
    struct verdict verdict;

    stop_clocks();
    run.is_unfinished = false;
    interrupt_run_is_over();
    if (!run.is_stalled)
        watch_stop();
    run.signal_number = interrupt_signal();
    /* Threads that a broken mode has left behind: their lines have no place in the report. */
    log_set_quiet(true);
    progress_stop();
    if ((error != 0 && error != ECANCELED) || threads_refused(&alive) != 0)
        explain(error);
    if (run.statuses != NULL && !run.is_stalled)
        leaked = watch_count_leaked(NULL);
    if (options->store != NULL)
        store_close(&run.store);
    if (fill_outcome(&outcome, &verdict) != 0)
        return STATUS_INCOMPLETE;
    outcome.leaked = leaked;
    if (!outcome_is_complete(&outcome))
        status = STATUS_INCOMPLETE;
    if (run.outcome_pipe >= 0) {
        if (write(run.outcome_pipe, &outcome, sizeof outcome) != (ssize_t)sizeof outcome)
            status = STATUS_INCOMPLETE;
    } else {
        if (options->output != NULL && write_output() != 0)
            status = STATUS_INCOMPLETE;
        report_print(&outcome, &verdict, run.statuses, options);
        if (leaked > 0)
            watch_count_leaked(print_leaked);
        if (options->mode->epilogue != NULL)
            options->mode->epilogue(&outcome);
        report_print_next(run.part, options->mode, status);
    }
    verdict_destroy(&verdict);
    if (log_finish() != 0)
        status = STATUS_INCOMPLETE;
    /* A first signal that came while this was written has let it be finished. */
    interrupt_cancels_no_more();
    run.signal_number = interrupt_signal();
    /* Where threads are still at work, the load stays theirs until the process ends. */
    if (threads_alive() == 0) {
        ai_results_destroy(&run.results);
        articles_destroy(&run.articles);
        /* A mode that left its threads behind has left their cancellations, though they ended. */
        if (run.statuses != NULL && run.cancel.first_child == NULL)
            cancel_destroy(&run.cancel);
        free(run.statuses);
    }
    if (run.signal_number != 0 && run.outcome_pipe < 0)
        interrupt_die(run.signal_number);
    return status;
}

/* The end of a process whose main has left by pthread_exit(): its last thread comes by here. */
static void finish_when_main_left(void)
{
    size_t alive;
    int status;

    if (!run.is_unfinished)
        return;
    status = finish_run(threads_refused(&alive));
    /* The process is ending with status 0 already; _exit is how to make it another. */
    if (status != STATUS_COMPLETE)
        _exit(status);
}

/* Runs in main as it leaves by pthread_exit(). */
static void main_leaves(void *unused)
{
    (void)unused;
    /* It would outlive the lesson's last thread. */
    watch_stop();
#ifdef HAS_THREAD_SANITIZER
    /*
     * The detector keeps a thread of its own, so the lesson's last would not be the process's. This
     * ends the process as the system would.
     */
    while (threads_alive() > 0)
        clock_sleep_ns(NS_PER_MS);
    exit(STATUS_COMPLETE);
#endif
}

static void draw_progress(void)
{
    progress_show("calls", llm_calls_completed(&run.llm), (int)run.articles.count * LLM_TASKS);
}

/* In the watch's thread, when all others are asleep: reports on what was done, and ends. */
static void finish_stalled(void)
{
    run.is_stalled = true;
    if (!run.is_table)
        finish_run(0);
    _exit(STATUS_STALLED);
}

static void prepare(size_t workers)
{
    const struct options *options = &run.options;

    llm_init(&run.llm, options->seed, options->latency_min_ns, options->latency_max_ns,
             options->speed);
    run.llm.limit = options->provider_limit;
    run.llm.callers = (int)workers;
    run.llm.faults = options->faults;
    if (options->quiet || run.is_table)
        run.llm.on_completed = draw_progress;
    run.batch = (struct batch){
        .llm = &run.llm,
        .articles = run.articles.items,
        .count = run.articles.count,
        .workers = workers,
    };
    run.results.count = 0;
    run.results.is_partial = false;
    run.batch.store = options->store != NULL ? &run.store : NULL;
    if (run.statuses == NULL)
        return;
    memset(run.statuses, 0, run.articles.count * sizeof *run.statuses);
    run.batch.statuses = run.statuses;
    run.batch.cancel = &run.cancel;
    run.batch.call_timeout_ns = llm_scale_ns(&run.llm, options->call_timeout_ns);
    run.batch.drains = options->drains;
    run.batch.stage_workers = options->stage_workers;
}

/* Lets the mode process the load that was prepared. Returns what it returned. */
static int process(const struct mode *mode)
{
    int error;

    if (run.statuses != NULL)
        cancel_init(&run.cancel, NULL,
                    deadline_after(llm_scale_ns(&run.llm, run.options.timeout_ns)));
    /* One of many runs is ended from outside. */
    if ((run.part->abilities & SHUTS_DOWN) != 0 && run.outcome_pipe < 0)
        interrupt_cancels(&run.cancel); /* without it, the first signal is the end */
    watch_prevent(interrupt_run_is_over);
    if (run.options.has_watch)
        watch_start(run.part->folder, finish_stalled);
    run.cpu_started_ns = clock_cpu_ns();
    run.started_ns = run.llm.started_ns = clock_now_ns();
    pthread_cleanup_push(main_leaves, NULL);
    error = mode->process_all(&run.batch, &run.results);
    pthread_cleanup_pop(0);
    return error;
}

/* Opens the store, and takes from it what it has. Returns false if it cannot be used. */
static bool open_store(void)
{
    const struct article_error none = {0};
    const char *path = run.options.store;
    bool *stored = calloc(run.articles.count, sizeof *stored);
    char reason[300] = "no memory";
    int error = stored == NULL ? ENOMEM : store_open(&run.store, path, reason, sizeof reason);

    if (error == 0) {
        error = store_load(&run.store, &run.articles, &run.results, stored);
        if (error != 0) {
            snprintf(reason, sizeof reason, "%s", store_error_text(&run.store));
            store_close(&run.store);
        }
    }
    if (error != 0)
        fprintf(stderr, "%s: --store=%s: %s\n", run.part->folder, path, reason);
    for (size_t i = 0; error == 0 && i < run.articles.count; i++) {
        if (stored[i]) {
            run.stored++;
            article_status_end(&run.statuses[i], &none);
        }
    }
    free(stored);
    return error == 0;
}

static int run_once(void)
{
    int error;

    if (run.options.store == NULL)
        prepare(run.options.workers); /* else it was, to take in what is stored */
    run.is_unfinished = true;
    if (run.options.quiet)
        draw_progress();
    error = process(run.options.mode);
    return finish_run(error);
}

/* One row of a table. */
static int run_row(const struct mode *mode, size_t workers, struct outcome *outcome)
{
    struct verdict verdict;
    int error;

    prepare(workers);
    /* The row before has left its results. */
    memset(run.results.items, 0, run.results.capacity * sizeof *run.results.items);
    error = process(mode);
    stop_clocks();
    watch_stop();
    if (error != 0)
        explain(error);
    if (fill_outcome(outcome, &verdict) != 0)
        return STATUS_INCOMPLETE;
    verdict_destroy(&verdict);
    return outcome_is_complete(outcome) ? STATUS_COMPLETE : STATUS_INCOMPLETE;
}

/* One of many runs: what it turned out to be goes into the pipe instead of being printed. */
static int run_into(int outcome_pipe)
{
    run.outcome_pipe = outcome_pipe;
    return run_once();
}

static int run_several(void)
{
    int status = run.is_table ? table_run(run.part, &run.options, run.articles.count, run_row)
                              : repeat_run(run.part, &run.options, run_into);

    ai_results_destroy(&run.results);
    articles_destroy(&run.articles);
    if (log_finish() != 0 && status == STATUS_COMPLETE)
        status = STATUS_INCOMPLETE;
    return status;
}

int lesson_main(const struct part *part, int argc, char **argv)
{
    struct options *options = &run.options;
    int error;

    open_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    log_init(part->folder);
    run.part = part;
    switch (options_parse(options, part, argc, argv)) {
    case OPTIONS_WRONG:
        return STATUS_USAGE;
    case OPTIONS_DONE:
        return log_finish() == 0 ? STATUS_COMPLETE : STATUS_INCOMPLETE;
    case OPTIONS_RUN:
        break;
    }
    if (load_articles() != 0)
        return STATUS_USAGE;
    error = ai_results_init(&run.results, run.articles.count);
    if (error != 0) {
        fprintf(stderr, "%s: %zu results: %s\n", part->folder, run.articles.count, strerror(error));
        articles_destroy(&run.articles);
        return STATUS_INCOMPLETE;
    }
    if ((part->abilities & KEEPS_ACCOUNT) != 0) {
        run.statuses = calloc(run.articles.count, sizeof *run.statuses);
        if (run.statuses == NULL) {
            fprintf(stderr, "%s: %zu statuses: %s\n", part->folder, run.articles.count,
                    strerror(ENOMEM));
            return STATUS_INCOMPLETE;
        }
    }
    if (options->store != NULL) {
        prepare(options->workers);
        if (!open_store())
            return STATUS_USAGE;
        /* Only now is the store there, to be found under another name. */
        if (options->output != NULL && is_same_file(options->output, options->store)) {
            fprintf(stderr, "%s: --output=%s: cannot be the store, --store=%s\n", part->folder,
                    options->output, options->store);
            store_close(&run.store);
            return STATUS_USAGE;
        }
    }
    run.is_table = options->mode->compared != NULL || options->mode->sweeps;
    interrupt_init(part->folder, &run.llm, run.articles.count);
    atexit(finish_when_main_left);

    log_print("Part %d, %s: %s\n", part->number, options->mode->name, options->mode->summary);
    if (options->runs > 1 || run.is_table) {
        log_set_quiet(true);
        return run_several();
    }
    log_set_quiet(options->quiet);
    return run_once();
}
