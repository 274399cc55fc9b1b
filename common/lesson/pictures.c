#include "lesson/pictures.h"

#include "lesson/picture_files.h"
#include "lesson/view.h"
#include "observe/log.h"
#include "observe/timeline.h"
#include "picture/about.h"
#include "picture/span.h"
#include "system/clock.h"
#include "system/system.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define PERIOD_NS (100 * NS_PER_MS)
/* By how much a picture of a stall is longer than what happened, so that its waits are seen. */
#define STALL_SHARE 6
#define STALL_MIN_NS NS_PER_S /* as at speed 1 */

/* One run at a time is recorded. */
static struct {
    bool is_on;
    bool has_ended; /* but not yet its pictures */
    const struct mode *mode;
    struct picture_about about;
    char title[64];
    struct span_sink sinks[SPAN_SINKS_MAX];
    size_t sink_count;
    struct spans *spans;
    /* The thread that reads. */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool is_stopped;     /* guarded by lock */
    atomic_llong cpu_ns; /* that it has used */
} pictures;

static bool wait_for_period(void)
{
    int64_t until_ns = clock_after_ns(PERIOD_NS);
    int error = 0;
    bool is_stopped;

    pthread_mutex_lock(&pictures.lock);
    while (!pictures.is_stopped && error == 0)
        error = system_condition_wait_until(&pictures.stopped, &pictures.lock, until_ns);
    is_stopped = pictures.is_stopped;
    pthread_mutex_unlock(&pictures.lock);
    return is_stopped;
}

static void *keep_reading(void *unused)
{
    (void)unused;
    while (!wait_for_period()) {
        spans_read(pictures.spans);
        picture_files_flush();
        view_draw(pictures.spans);
        atomic_store_explicit(&pictures.cpu_ns, clock_thread_cpu_ns(), memory_order_relaxed);
    }
    return NULL;
}

static int start_reading(void)
{
    sigset_t all, old;
    int error;

    pictures.is_stopped = false;
    atomic_store_explicit(&pictures.cpu_ns, 0, memory_order_relaxed);
    pthread_mutex_init(&pictures.lock, NULL);
    system_condition_init(&pictures.stopped);
    /* The lesson's threads handle signals, not this one. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&pictures.thread, NULL, keep_reading, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error == 0)
        return 0;
    pthread_cond_destroy(&pictures.stopped);
    pthread_mutex_destroy(&pictures.lock);
    return error;
}

static void stop_reading(void)
{
    pthread_mutex_lock(&pictures.lock);
    pictures.is_stopped = true;
    pthread_cond_signal(&pictures.stopped);
    pthread_mutex_unlock(&pictures.lock);
    pthread_join(pictures.thread, NULL);
    pthread_cond_destroy(&pictures.stopped);
    pthread_mutex_destroy(&pictures.lock);
}

static bool are_wanted(const struct options *options, bool is_row)
{
    return view_draws(options, is_row) || options->svg != NULL || options->replay != NULL ||
           options->trace != NULL;
}

static void go_on_without(int error)
{
    log_error("the run goes on without a picture: %s", strerror(error));
    view_give_up();
    picture_files_give_up(error);
    spans_destroy(pictures.spans);
}

void pictures_begin(const struct part *part, const struct mode *mode, const struct options *options,
                    bool is_row)
{
    int error = ENOMEM;

    if (!are_wanted(options, is_row))
        return;
    pictures.mode = mode;
    snprintf(pictures.title, sizeof pictures.title, "Part %d, %s", part->number, mode->name);
    pictures.about = (struct picture_about){
        .title = pictures.title,
        .summary = mode->summary,
        .command = options->command,
        .speed = options->speed,
    };
    pictures.sink_count = 0;
    if (view_draws(options, is_row))
        pictures.sink_count = view_begin(part, options, is_row, &pictures.about, pictures.sinks, 0);
    pictures.sink_count = picture_files_begin(&pictures.about, pictures.sinks, pictures.sink_count);
    pictures.spans = spans_create(pictures.sinks, pictures.sink_count);
    if (pictures.spans != NULL)
        error = timeline_start();
    if (error != 0)
        go_on_without(error);
    pictures.is_on = error == 0;
}

void pictures_follow(int64_t started_ns)
{
    int error;

    if (!pictures.is_on)
        return;
    pictures.about.started_ns = started_ns;
    error = start_reading();
    if (error == 0)
        return;
    timeline_stop();
    go_on_without(error);
    pictures.is_on = false;
}

int64_t pictures_cpu_ns(void)
{
    return pictures.is_on ? atomic_load_explicit(&pictures.cpu_ns, memory_order_relaxed) : 0;
}

bool pictures_main_leaves(void)
{
    if (pictures.is_on)
        timeline_note(&(struct timeline_event){.kind = TIMELINE_ENDED});
    return pictures.is_on;
}

/*
 * The end of a stalled run's pictures: soon after the last event, though the watch takes its time.
 */
static int64_t find_stall_end(void)
{
    int64_t last_ns = pictures.about.started_ns, now_ns = clock_now_ns(), more_ns, least_ns;
    struct span open;

    spans_read(pictures.spans);
    for (size_t i = 0; i < spans_thread_count(pictures.spans); i++) {
        int64_t at_ns = spans_thread(pictures.spans, (int)i)->ended_ns;

        if (spans_open(pictures.spans, (int)i, 0, &open))
            at_ns = open.from_ns;
        if (at_ns != INT64_MAX && at_ns > last_ns)
            last_ns = at_ns;
    }
    more_ns = (last_ns - pictures.about.started_ns) / STALL_SHARE;
    least_ns = (int64_t)((double)STALL_MIN_NS / pictures.about.speed);
    last_ns += more_ns > least_ns ? more_ns : least_ns;
    return last_ns < now_ns ? last_ns : now_ns;
}

/* Returns whether the view has shown which thread waits for which. */
static bool end(int64_t ended_ns, bool is_stalled, bool has_leaked)
{
    bool is_shown;

    if (!pictures.is_on)
        return false;
    pictures.is_on = false;
    pictures.has_ended = true;
    stop_reading();
    if (is_stalled)
        ended_ns = find_stall_end();
    pictures.about.ended_ns = ended_ns;
    pictures.about.is_stalled = is_stalled || has_leaked;
    spans_finish(pictures.spans, ended_ns);
    if (is_stalled)
        picture_files_stall(pictures.spans);
    is_shown = view_end(pictures.spans, is_stalled);
    if (timeline_lost() > 0)
        log_error("the pictures lack %zu events, for which there was no memory", timeline_lost());
    if (!is_stalled)
        timeline_stop();
    return is_shown;
}

void pictures_end(int64_t ended_ns, bool has_leaked)
{
    end(ended_ns, false, has_leaked);
}

bool pictures_stall(void)
{
    return end(0, true, false);
}

/* Writes the figures that stand beside a picture's title. */
static void write_figures(char *text, size_t size, const struct outcome *outcome)
{
    double elapsed = (double)outcome->times.elapsed_ns, sum = (double)outcome->bounds.sum_ns;
    char time[32] = "stalled", done[64] = "";

    if (!outcome->is_stalled)
        snprintf(time, sizeof time, "%.3f s", elapsed / (double)NS_PER_S);
    if (outcome->is_stalled || outcome->counts.processed < outcome->counts.articles)
        snprintf(done, sizeof done, ", %zu of %zu articles", outcome->counts.processed,
                 outcome->counts.articles);
    else if (elapsed > 0)
        snprintf(done, sizeof done, ", %.1fx", sum / elapsed);
    snprintf(text, size, "%s%s, at most %d in flight", time, done, outcome->calls.peak);
}

void pictures_finish(const struct outcome *outcome)
{
    size_t length = strlen(pictures.title);

    if (!pictures.has_ended)
        return;
    pictures.has_ended = false;
    if (pictures.mode->sweeps)
        snprintf(pictures.title + length, sizeof pictures.title - length, ", %zu worker%s",
                 outcome->workers, outcome->workers == 1 ? "" : "s");
    write_figures(pictures.about.figures, sizeof pictures.about.figures, outcome);
    picture_files_end(pictures.spans);
    spans_destroy(pictures.spans);
}
