#include "lesson/run.h"

#include "lesson/interrupt.h"
#include "lesson/judge.h"
#include "lesson/progress.h"
#include "lesson/report.h"
#include "lesson/sanitizer.h"
#include "lesson/thread_limits.h"
#include "observe/log.h"
#include "observe/watch.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an int64_t holds. At the highest --speed a run of hours comes to more. */
#define ELAPSED_MAX_NS 9e18

static void draw_progress(const struct run *run)
{
    progress_show("calls", llm_meters_calls(&run->llm.meters),
                  (int)run->load->articles.count * LLM_TASKS);
}

static void call_completed(void *run, const struct article *article)
{
    (void)article;
    draw_progress(run);
}

static void call_started(void *run, const struct article *article)
{
    batch_begin(&((struct run *)run)->batch, article);
}

/* How many threads call at once: those of the pool or of all stages; 0: not known. */
static size_t count_callers(const struct run *run, size_t workers)
{
    size_t callers = workers;

    if ((run->mode->abilities & HAS_STAGES) != 0)
        for (int task = 0; task < LLM_TASKS; task++)
            callers += run->options->stage_workers[task];
    return callers;
}

static void prepare_llm(struct run *run, size_t callers)
{
    const struct options *options = run->options;

    simulator_init(&run->simulator, options->seed, options->latency_min_ns,
                   options->latency_max_ns);
    run->simulator.limit = (int)options->provider_limit;
    run->simulator.faults = options->faults;
    llm_init(&run->llm, &run->simulator.provider, options->seed, options->speed);
    run->llm.callers = (int)callers;
    run->llm.hooks.context = run;
    if (run->load->statuses != NULL)
        run->llm.hooks.on_started = call_started;
    if (options->quiet || run->is_row)
        run->llm.hooks.on_completed = call_completed;
}

static void prepare_batch(struct run *run, size_t workers)
{
    const struct options *options = run->options;
    struct load *load = run->load;

    run->batch = (struct batch){
        .llm = &run->llm,
        .articles = load->articles.items,
        .count = load->articles.count,
        .workers = workers,
        .cancel = load->statuses != NULL ? &run->cancel : NULL,
        .call_timeout_ns = llm_scale_ns(&run->llm, options->call_timeout_ns),
        .drain = options->drain,
        .stage_workers = options->stage_workers,
        .store = options->store != NULL ? &load->store : NULL,
        .load = &load->articles,
        .statuses = load->statuses,
    };
}

/* Runs in main as it leaves by pthread_exit(). */
static void main_leaves(void *unused)
{
    (void)unused;
    watch_stop(); /* the watch's thread would outlive the lesson's last one */
#ifdef HAS_THREAD_SANITIZER
    /*
     * ThreadSanitizer keeps a thread of its own, so the lesson's last thread would not be the
     * process's last one. This ends the process as the system would.
     */
    while (threads_alive() > 0)
        clock_sleep_ns(NS_PER_MS);
    exit(STATUS_COMPLETE);
#endif
}

/* A run that can be shut down is cancelled by the first signal; any other is ended by it. */
static bool is_cancelled_by_signals(const struct run *run)
{
    return (run->part->abilities & SHUTS_DOWN) != 0 && run->outcome_pipe < 0 && !run->is_row;
}

void run_start(struct run *run, const struct mode *mode, size_t workers, void (*on_stall)(void))
{
    const struct options *options = run->options;

    run->mode = mode;
    run->outcome = (struct outcome){0};
    prepare_llm(run, count_callers(run, workers));
    prepare_batch(run, workers);
    run->is_unfinished = true;
    if (options->quiet && !run->is_row)
        draw_progress(run);
    if (run->batch.cancel != NULL)
        cancel_init(&run->cancel, NULL,
                    deadline_after(llm_scale_ns(&run->llm, options->timeout_ns)));
    if (is_cancelled_by_signals(run))
        interrupt_cancels(&run->cancel); /* if it fails, the first signal ends the process */
    watch_prevent(interrupt_run_is_over);
    if (!options->no_watch)
        watch_start(run->part->folder, on_stall);
    run->cpu_started_ns = clock_cpu_ns();
    run->llm.started_ns = clock_now_ns();
    pthread_cleanup_push(main_leaves, NULL);
    mode->process_all(&run->batch, &run->load->results);
    pthread_cleanup_pop(0);
}

static void stop(struct run *run)
{
    run->outcome.times.measured_ns = clock_now_ns() - run->llm.started_ns;
    run->outcome.times.cpu_ns = clock_cpu_ns() - run->cpu_started_ns;
    run->is_unfinished = false;
    interrupt_run_is_over(); /* from now on a signal cancels nothing */
    if (!run->outcome.is_stalled)
        watch_stop();
    if (!run->is_row) {
        log_set_quiet(true); /* the lines of threads that a broken mode left behind */
        progress_stop();
    }
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
    outcome->are_bounds_known = simulator_is_predictable(&run->simulator);
    outcome->calls = llm_meters_read(&run->llm.meters);
    outcome->limits = provider->limits(provider, run->llm.callers);
    outcome->stored = load->stored;
    outcome->is_partial = load->results.is_partial;
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

static void print_leaked(const char *name, const char *wait)
{
    log_print("Leaked       %s: %s\n", name, wait);
}

/* Writes the results and prints the report. Returns the status, which a failed write changes. */
static int publish(const struct run *run, const struct judgement *judgement, int status)
{
    const struct outcome *outcome = &run->outcome;

    if (write_output(run) != 0)
        status = STATUS_INCOMPLETE;
    report_print(outcome, judgement, run->options);
    if (outcome->leaked > 0)
        watch_count_leaked(print_leaked);
    if (run->mode->epilogue != NULL)
        run->mode->epilogue(outcome);
    report_print_next(run->part, run->mode, status);
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

int run_finish(struct run *run)
{
    const struct load *load = run->load;
    struct judgement judgement;
    int status, error;

    stop(run);
    if (load->statuses != NULL && !run->outcome.is_stalled)
        run->outcome.leaked = watch_count_leaked(NULL);
    if (run->batch.store != NULL)
        store_close(run->batch.store);
    error = judgement_init(&judgement, &load->articles, &load->results, load->statuses);
    if (error != 0) {
        log_error("checking the results: %s", strerror(error));
        return STATUS_INCOMPLETE;
    }
    fill_outcome(run, &judgement);
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
