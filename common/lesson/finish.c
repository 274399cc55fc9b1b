#include "lesson/interrupt.h"
#include "lesson/judge.h"
#include "lesson/picture_files.h"
#include "lesson/pictures.h"
#include "lesson/progress.h"
#include "lesson/report.h"
#include "lesson/run.h"
#include "lesson/thread_limits.h"
#include "lesson/view.h"
#include "news/output_file.h"
#include "observe/log.h"
#include "observe/watch.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an int64_t holds. At the highest --speed a run of hours comes to more. */
#define ELAPSED_MAX_NS 9e18

static void stop(struct run *run)
{
    run->outcome.times.measured_ns = clock_now_ns() - run->llm.started_ns;
    run->outcome.times.cpu_ns = clock_cpu_ns() - run->cpu_started_ns - pictures_cpu_ns();
    run->is_unfinished = false;
    interrupt_run_is_over(); /* from now on a signal cancels nothing */
    if (!run->outcome.is_stalled)
        watch_stop();
    if (!run->is_row) {
        log_set_quiet(true); /* the lines of threads that a broken mode left behind */
        progress_stop();
    }
    if (run->load->statuses != NULL && !run->outcome.is_stalled)
        run->outcome.leaked = watch_count_leaked(NULL);
    pictures_end(run->llm.started_ns + run->outcome.times.measured_ns, run->outcome.leaked > 0);
    thread_limits_explain_refusal();
}

/* A duration on the clock, as at speed 1. */
static int64_t as_at_speed_1(const struct run *run, int64_t duration_ns)
{
    return (int64_t)fmin((double)duration_ns * run->options->speed, ELAPSED_MAX_NS);
}

static void fill_times(struct run *run)
{
    struct outcome *outcome = &run->outcome;
    struct times *times = &outcome->times;
    struct cancel *cancel = run->batch.cancel;
    int64_t ended_ns = run->llm.started_ns + times->measured_ns;

    times->speed = run->options->speed;
    times->elapsed_ns = as_at_speed_1(run, times->measured_ns);
    times->calling_ns = as_at_speed_1(run, outcome->calls.span_ns);
    /* A cancellation after the end has shut nothing down. */
    if (cancel == NULL || cancel_reason(cancel) == 0 || cancel->cancelled_ns > ended_ns)
        return;
    outcome->shutdown.reason = cancel_reason(cancel);
    outcome->shutdown.signal_number = interrupt_signal();
    outcome->shutdown.took_ns = as_at_speed_1(run, ended_ns - cancel->cancelled_ns);
}

static void fill_outcome(struct run *run, const struct judgement *judgement)
{
    const struct load *load = run->load;
    struct llm_provider *provider = run->llm.provider;
    struct outcome *outcome = &run->outcome;

    outcome->workers = run->batch.workers;
    outcome->has_stages = (run->mode->abilities & HAS_STAGES) != 0;
    outcome->counts = judgement->counts;
    outcome->account = account_of(judgement);
    outcome->bounds = time_bounds_of(&run->simulator, load->articles.items, load->articles.count,
                                     run->batch.workers, run->mode->tasks_at_once);
    outcome->are_bounds_known = run->simulator.draw_latency == NULL;
    outcome->calls = llm_meters_read(&run->llm.meters);
    outcome->limits = provider->limits(provider, run->llm.callers);
    outcome->stored = load->stored;
    outcome->is_partial = load->results.is_partial;
    outcome->is_pictured = !run->is_row && view_is_tight();
    fill_times(run);
}

static int write_output(const struct run *run)
{
    const char *output = run->options->output;
    int error = output != NULL ? ai_results_write(&run->load->results, output) : 0;

    if (error != 0)
        log_error("--output=%s: the results could not be written: %s", output, strerror(error));
    return error;
}

static size_t leaked_to_print; /* by the run that ends this process */

static void print_leaked(const char *name, const char *wait)
{
    if (leaked_to_print == 0)
        return;
    leaked_to_print--;
    log_figure("Leaked", "%s: %s", name, wait);
}

/* Below a picture, which shows them all, there is little room. */
static void print_all_leaked(const struct outcome *outcome)
{
    size_t most = outcome->is_pictured ? 2 : outcome->leaked;

    leaked_to_print = most;
    watch_count_leaked(print_leaked);
    if (outcome->leaked > most)
        log_figure("", "and %zu more", outcome->leaked - most);
}

static void print_report(const struct run *run, const struct judgement *judgement, int status)
{
    const struct outcome *outcome = &run->outcome;

    report_print(outcome, judgement, run->options);
    if (outcome->leaked > 0)
        print_all_leaked(outcome);
    if (run->mode->epilogue != NULL)
        run->mode->epilogue(outcome);
    if (!outcome->is_pictured)
        log_print("\n");
    report_print_next(run->part, run->options, status);
}

/* The report comes last, and the picture above it gets the rows that it leaves. */
static void print_picture_and_report(const struct run *run, const struct judgement *judgement,
                                     int status)
{
    char *report;
    int rows = 0;

    if (!view_is_due() || !log_hold()) {
        view_print(0);
        print_report(run, judgement, status);
        return;
    }
    print_report(run, judgement, status);
    report = log_release();
    if (report == NULL) { /* there was no memory to hold it */
        view_print(0);
        print_report(run, judgement, status);
        return;
    }
    for (const char *at = report; *at != '\0'; at++)
        rows += *at == '\n';
    view_print(rows);
    log_picture(report);
    free(report);
}

/*
 * Writes the results and prints picture and report. Returns the status, which a failed write
 * changes.
 */
static int publish(const struct run *run, const struct judgement *judgement, int status)
{
    if (write_output(run) != 0)
        status = STATUS_INCOMPLETE;
    if (!picture_files_close())
        status = STATUS_INCOMPLETE;
    print_picture_and_report(run, judgement, status);
    return status;
}

/* Sends the outcome to the parent, which counts it. Returns the status, as above. */
static int send_outcome(const struct run *run, int status)
{
    ssize_t size = write(run->outcome_pipe, &run->outcome, sizeof run->outcome);

    return size == (ssize_t)sizeof run->outcome ? status : STATUS_INCOMPLETE;
}

/* Frees what no thread can use any more. */
static void clean_up(struct run *run)
{
    if (threads_alive() > 0)
        return; /* the load stays theirs until the process ends */
    /* A mode that left its threads behind has left their cancellations, though they have ended. */
    if (run->batch.cancel != NULL && run->cancel.first_child == NULL)
        cancel_destroy(&run->cancel);
    load_destroy(run->load);
}

/* What follows the judgement of a run that is no row. Returns the status, as above. */
static int end(struct run *run, const struct judgement *judgement, int status)
{
    status = run->outcome_pipe >= 0 ? send_outcome(run, status) : publish(run, judgement, status);
    if (log_finish() != 0)
        status = STATUS_INCOMPLETE;
    /* A first signal that came while this was written has let it be finished. */
    interrupt_cancels_no_more();
    return status;
}

/* What was stored may have been taken away, or written over, since. */
static void close_store(struct run *run)
{
    struct store *store = run->batch.store;

    if (store_read_back(store) != 0) {
        run->outcome.is_store_lost = true;
        log_error("--store=%s: %s", run->options->store, store->error_text);
    }
    store_close(store);
}

int run_finish(struct run *run)
{
    const struct load *load = run->load;
    struct judgement judgement;
    int status, error;

    stop(run);
    if (run->batch.store != NULL)
        close_store(run);
    error = judgement_init(&judgement, &load->articles, &load->results, load->statuses);
    if (error != 0) {
        log_error("checking the results: %s", strerror(error));
        if (!run->is_row)
            output_files_abandon();
        return STATUS_INCOMPLETE;
    }
    fill_outcome(run, &judgement);
    pictures_finish(&run->outcome);
    status = outcome_is_complete(&run->outcome) ? STATUS_COMPLETE : STATUS_INCOMPLETE;
    if (!run->is_row)
        status = end(run, &judgement, status);
    judgement_destroy(&judgement);
    if (run->is_row)
        return status;
    clean_up(run);
    if (interrupt_signal() != 0 && run->outcome_pipe < 0)
        interrupt_die(interrupt_signal());
    return status;
}
