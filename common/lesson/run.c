#include "lesson/run.h"

#include "lesson/interrupt.h"
#include "lesson/pictures.h"
#include "lesson/progress.h"
#include "lesson/sanitizer.h"
#include "lesson/view.h"
#include "news/output_file.h"
#include "observe/log.h"
#include "observe/watch.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (view_style(options, run->is_row) == VIEW_BAR)
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
    bool is_accompanied = pictures_main_leaves();

    (void)unused;
    watch_stop(); /* the watch's thread would outlive the lesson's last one */
#ifdef HAS_THREAD_SANITIZER
    is_accompanied = true;
#endif
    /*
     * ThreadSanitizer keeps a thread of its own, and so do pictures: the lesson's last thread would
     * not be the process's last one. This ends the process as the system would.
     */
    if (!is_accompanied)
        return;
    while (threads_alive() > 0)
        clock_sleep_ns(NS_PER_MS);
    exit(STATUS_COMPLETE);
}

/* A run that can be shut down is cancelled by the first signal; any other is ended by it. */
static bool is_cancelled_by_signals(const struct run *run)
{
    return (run->part->abilities & SHUTS_DOWN) != 0 && run->outcome_pipe < 0 && !run->is_row;
}

/* Without its watch, a mode that stalls would hang without a word. */
static void start_watch(const struct run *run, void (*on_stall)(void))
{
    int error = watch_start(run->part->folder, on_stall);

    if (error == 0)
        return;
    progress_stop();
    log_error("the thread that notices a stall could not be started: %s (--no-watch: run without)",
              strerror(error));
    fflush(stdout);
    output_files_abandon();
    _Exit(STATUS_INCOMPLETE); /* no report: there was no run */
}

void run_start(struct run *run, const struct mode *mode, size_t workers, void (*on_stall)(void))
{
    const struct options *options = run->options;

    run->mode = mode;
    run->outcome = (struct outcome){0};
    prepare_llm(run, count_callers(run, workers));
    prepare_batch(run, workers);
    run->is_unfinished = true;
    if (view_style(options, run->is_row) == VIEW_BAR && !run->is_row)
        draw_progress(run);
    if (run->outcome_pipe < 0)
        pictures_begin(run->part, mode, options, run->is_row);
    if (run->batch.cancel != NULL)
        cancel_init(&run->cancel, NULL,
                    deadline_after(llm_scale_ns(&run->llm, options->timeout_ns)));
    if (is_cancelled_by_signals(run))
        interrupt_cancels(&run->cancel); /* if it fails, the first signal ends the process */
    watch_prevent(interrupt_run_is_over);
    watch_announce(pictures_stall);
    if (!options->no_watch)
        start_watch(run, on_stall);
    run->cpu_started_ns = clock_cpu_ns();
    run->llm.started_ns = clock_now_ns();
    pictures_follow(run->llm.started_ns);
    if (options->log)
        log_show_times(run->llm.started_ns, options->speed);
    pthread_cleanup_push(main_leaves, NULL);
    mode->process_all(&run->batch, &run->load->results);
    pthread_cleanup_pop(0);
}
