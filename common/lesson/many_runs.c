#include "lesson/many_runs.h"

#include "lesson/interrupt.h"
#include "lesson/outcome.h"
#include "lesson/progress.h"
#include "lesson/report.h"
#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return a < b ? -1 : a > b;
}

/* What is known of the runs so far. */
struct tally {
    int runs;
    int complete, stalled;
    int broken;        /* runs without an outcome, or with a status above STATUS_INCOMPLETE */
    int status;        /* of the whole: the highest status of a run */
    int64_t *times_ns; /* of the runs with an outcome */
    int times;
};

/*
 * Starts the run in a child process and waits for it. Returns 0 with the child's status, as a shell
 * gives it, and its outcome, which counts no article if the child left none; or the errno value of
 * the call that failed.
 */
static int run_child(const struct tally *tally, int number, int (*run)(int outcome_pipe),
                     struct outcome *outcome, int *status)
{
    int descriptors[2], error;
    siginfo_t ended;
    ssize_t size;
    pid_t child;

    if (pipe(descriptors) != 0)
        return errno;
    fflush(NULL);
    child = interrupt_fork(number - 1, tally->runs);
    if (child == 0) {
        close(descriptors[0]);
        free(tally->times_ns);
        exit(run(descriptors[1]));
    }
    error = errno;
    close(descriptors[1]);
    if (child < 0) {
        close(descriptors[0]);
        return error;
    }
    do
        size = read(descriptors[0], outcome, sizeof *outcome);
    while (size < 0 && errno == EINTR);
    close(descriptors[0]);
    /* The child's number stays its own until it is reaped: up to here the handler may kill it. */
    while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    interrupt_count_runs(number, tally->runs, 0);
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return errno;

    *status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    if (size != (ssize_t)sizeof *outcome)
        *outcome = (struct outcome){0};
    return 0;
}

/* A run that ended by itself, and was not complete. */
static void print_incomplete(int number, const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;
    const struct account *account = &outcome->account;
    char unaccounted[48] = "", leaked[48] = "";

    if (!account->is_kept) {
        log_wrapped(4, "Run %d: %zu of %zu processed, %zu lost, %zu doubled, %zu damaged", number,
                    counts->processed, counts->articles, counts->lost, counts->doubled,
                    counts->damaged);
        return;
    }
    if (account->unaccounted > 0)
        snprintf(unaccounted, sizeof unaccounted, ", %zu unknown", account->unaccounted);
    if (outcome->leaked > 0)
        snprintf(leaked, sizeof leaked, "; %zu leaked", outcome->leaked);
    log_wrapped(4,
                "Run %d: %zu of %zu processed, %zu failed, %zu cancelled, %zu queued%s%s; %d calls",
                number, counts->processed, counts->articles, account->failed, account->cancelled,
                account->queued, unaccounted, leaked, outcome->calls.calls);
}

static void count_run(struct tally *tally, int number, const struct outcome *outcome, int status)
{
    bool has_outcome = outcome->counts.articles > 0;

    if (status > tally->status)
        tally->status = status;
    if (has_outcome && !outcome->is_stalled)
        tally->times_ns[tally->times++] = outcome->times.elapsed_ns;
    if (outcome->is_stalled) {
        tally->stalled++;
        log_print("Run %d: stalled\n", number);
    } else if (!has_outcome || status > STATUS_INCOMPLETE) {
        tally->broken++;
        log_print("Run %d: ended with status %d\n", number, status);
    } else if (outcome_is_complete(outcome)) {
        tally->complete++;
    } else {
        print_incomplete(number, outcome);
    }
}

static void print_tally(const struct tally *tally)
{
    const int64_t *times_ns = tally->times_ns;

    log_print("\n");
    if (tally->times > 0) {
        qsort(tally->times_ns, (size_t)tally->times, sizeof *tally->times_ns, compare_times);
        log_figure("Total time", "%.3f s to %.3f s, median %.3f s", (double)times_ns[0] / NS_PER_S,
                   (double)times_ns[tally->times - 1] / NS_PER_S,
                   (double)times_ns[tally->times / 2] / NS_PER_S);
    }
    if (tally->stalled > 0)
        log_figure("Stalled", "%d runs", tally->stalled);
    if (tally->broken > 0)
        log_figure("Broken", "%d runs ended in another way", tally->broken);
    log_figure("Complete", "%d of %d runs", tally->complete, tally->runs);
}

int many_runs(const struct part *part, const struct options *options, int (*run)(int outcome_pipe))
{
    struct tally tally = {.runs = (int)options->runs,
                          .times_ns = calloc((size_t)options->runs, sizeof *tally.times_ns)};
    int error = tally.times_ns == NULL ? ENOMEM : 0;

    progress_show("runs", 0, tally.runs);
    for (int number = 1; number <= tally.runs && error == 0; number++) {
        struct outcome outcome;
        int status;

        error = run_child(&tally, number, run, &outcome, &status);
        if (error == 0)
            count_run(&tally, number, &outcome, status);
        progress_show("runs", number, tally.runs);
    }
    progress_stop();
    if (error != 0) {
        log_error("--runs=%d: %s", tally.runs, strerror(error));
        tally.status = STATUS_INCOMPLETE;
    }
    print_tally(&tally);
    log_print("\n");
    report_print_next(part, options, tally.status);
    free(tally.times_ns);
    return tally.status;
}
