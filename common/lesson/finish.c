#include "lesson/finish.h"

#include "lesson/account.h"
#include "lesson/interrupt.h"
#include "lesson/judge.h"
#include "lesson/progress.h"
#include "lesson/report.h"
#include "lesson/thread_limits.h"
#include "news/time_bounds.h"
#include "observe/log.h"
#include "observe/watch.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What an int64_t holds. At the highest --speed a run of hours comes to more. */
#define ELAPSED_MAX_NS 9e18

/* A duration on the clock, as at speed 1. */
static int64_t as_at_speed_1(const struct run *run, int64_t duration_ns)
{
    return (int64_t)fmin((double)duration_ns * run->options->speed, ELAPSED_MAX_NS);
}

static struct times read_times(const struct run *run, const struct llm_counts *calls)
{
    return (struct times){
        .speed = run->options->speed,
        .measured_ns = run->measured_ns,
        .elapsed_ns = as_at_speed_1(run, run->measured_ns),
        .calling_ns = as_at_speed_1(run, calls->span_ns),
        .cpu_ns = run->cpu_ns,
    };
}

static struct shutdown read_shutdown(const struct run *run)
{
    struct cancel *cancel = run->batch.cancel;
    int64_t ended_ns = run->started_ns + run->measured_ns;

    /* A cancellation after the end has shut nothing down. */
    if (cancel == NULL || cancel_reason(cancel) == 0 || cancel->cancelled_ns > ended_ns)
        return (struct shutdown){0};
    return (struct shutdown){
        .reason = cancel_reason(cancel),
        .signal_number = run->signal_number,
        .took_ns = as_at_speed_1(run, ended_ns - cancel->cancelled_ns),
    };
}

static int fill_outcome(const struct run *run, struct outcome *outcome, struct judgement *judgement)
{
    const struct load *load = run->load;
    struct llm_provider *provider = run->llm.provider;
    int error = judgement_init(judgement, &load->articles, &load->results);

    if (error != 0) {
        fprintf(stderr, "%s: checking the results: %s\n", run->part->folder, strerror(error));
        return error;
    }
    *outcome = (struct outcome){
        .workers = run->batch.workers,
        .has_stages = run->mode->has_stages,
        .counts = judgement->counts,
        .account = account_of(judgement, load->statuses),
        .bounds = time_bounds_of(&run->simulator, load->articles.items, load->articles.count,
                                 run->batch.workers, run->mode->tasks_at_once),
        .are_bounds_known = run->simulator.draw_latency == NULL,
        .calls = llm_meters_read(&run->llm.meters),
        .limits = provider->limits(provider, run->llm.callers),
        .shutdown = read_shutdown(run),
        .stored = load->stored,
        .is_partial = load->results.is_partial,
        .is_stalled = run->is_stalled,
    };
    outcome->times = read_times(run, &outcome->calls);
    return 0;
}

/* Says why a thread could not be started, if one could not: once, also for all rows of a table. */
static void explain_refusal(const char *program)
{
    static bool is_explained;
    size_t started = threads_started(), alive;
    int error = threads_refused(&alive);

    if (error == 0 || is_explained)
        return;
    is_explained = true;
    fprintf(stderr, "%s: thread %zu could not be started beside %zu others: %s\n", program,
            started + 1, alive, strerror(error));
    thread_limits_explain(alive);
    fprintf(stderr, "%s: %zu threads were started; what they did is in the report\n", program,
            started);
}

int finish_row(struct run *run, struct outcome *outcome)
{
    struct judgement judgement;
    int status = STATUS_INCOMPLETE;

    run_stop(run);
    explain_refusal(run->part->folder);
    if (fill_outcome(run, outcome, &judgement) != 0)
        return status;
    if (outcome_is_complete(outcome))
        status = STATUS_COMPLETE;
    judgement_destroy(&judgement);
    return status;
}

static int write_output(const struct run *run)
{
    const char *output = run->options->output;
    int error;

    if (output == NULL)
        return 0;
    error = ai_results_write(&run->load->results, output);
    if (error != 0)
        fprintf(stderr, "%s: --output=%s: the results could not be written: %s\n",
                run->part->folder, output, strerror(error));
    return error;
}

static void print_leaked(const char *name, const char *wait)
{
    log_print("Leaked       %s: %s\n", name, wait);
}

/* Writes the results and prints the report. Returns the status, which a failed write changes. */
static int publish(const struct run *run, const struct outcome *outcome,
                   const struct judgement *judgement, int status)
{
    if (write_output(run) != 0)
        status = STATUS_INCOMPLETE;
    report_print(outcome, judgement, run->load->statuses, run->options);
    if (outcome->leaked > 0)
        watch_count_leaked(print_leaked);
    if (run->mode->epilogue != NULL)
        run->mode->epilogue(outcome);
    report_print_next(run->part, run->mode, status);
    return status;
}

/* Sends the outcome to the parent, which counts it. Returns the status, as above. */
static int send_outcome(const struct run *run, const struct outcome *outcome, int status)
{
    ssize_t size = write(run->outcome_pipe, outcome, sizeof *outcome);

    return size == (ssize_t)sizeof *outcome ? status : STATUS_INCOMPLETE;
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

int finish_run(struct run *run)
{
    struct outcome outcome;
    struct judgement judgement;
    size_t leaked = 0;
    int status;

    run_stop(run);
    log_set_quiet(true); /* the lines of threads that a broken mode left behind */
    progress_stop();
    explain_refusal(run->part->folder);
    if (run->load->statuses != NULL && !run->is_stalled)
        leaked = watch_count_leaked(NULL);
    if (run->options->store != NULL)
        store_close(&run->load->store);
    if (fill_outcome(run, &outcome, &judgement) != 0)
        return STATUS_INCOMPLETE;
    outcome.leaked = leaked;
    status = outcome_is_complete(&outcome) ? STATUS_COMPLETE : STATUS_INCOMPLETE;
    status = run->outcome_pipe >= 0 ? send_outcome(run, &outcome, status)
                                    : publish(run, &outcome, &judgement, status);
    judgement_destroy(&judgement);
    if (log_finish() != 0)
        status = STATUS_INCOMPLETE;
    /* A first signal that came while this was written has let it be finished. */
    interrupt_cancels_no_more();
    run->signal_number = interrupt_signal();
    clean_up(run);
    if (run->signal_number != 0 && run->outcome_pipe < 0)
        interrupt_die(run->signal_number);
    return status;
}
