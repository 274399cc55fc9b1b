#include "lesson/report.h"

#include "lesson/account.h"
#include "lesson/sanitizer.h"
#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LIST_SIZE 400

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static void print_processed(const struct outcome *outcome, const struct verdict *verdict)
{
    char list[LIST_SIZE];

    log_print("\nProcessed    %zu of %zu articles%s\n", outcome->processed, outcome->articles,
              outcome->processed == outcome->articles ? ", each exactly once"
              : outcome->is_partial                   ? ", and the results are marked as partial"
                                                      : "");
    if (outcome->lost > 0 && !outcome->account.is_kept)
        log_print("Lost         %zu: %s\n", outcome->lost,
                  verdict_list(verdict, 0, list, sizeof list));
    if (outcome->doubled > 0)
        log_print("Doubled      %zu: %s\n", outcome->doubled,
                  verdict_list(verdict, 2, list, sizeof list));
    if (outcome->damaged > 0)
        log_print("Damaged      %zu results that fit no article\n", outcome->damaged);
}

static int calls_expected(const struct outcome *outcome)
{
    return (int)(outcome->articles - outcome->stored) * LLM_TASKS - outcome->saved;
}

/* The schedule knows of workers and latencies, not of what the provider allows, or fails at. */
static bool is_held_up(const struct outcome *outcome)
{
    return outcome->rate > 0 || outcome->failed > 0 ||
           (outcome->limit > 0 && (size_t)outcome->limit < outcome->workers);
}

/* Only a run that did its load's work can be held against it. */
static void print_comparison(const struct outcome *outcome)
{
    const struct llm_load *load = &outcome->load;
    double elapsed = seconds(outcome->elapsed_ns);

    if (!outcome->is_load_known) {
        log_print("    (the latencies were drawn during the run)\n");
        return;
    }
    log_print("    one at a time %.3f s", seconds(load->sum_ns));
    if (outcome->account.is_kept && outcome->processed < outcome->articles)
        log_print(": not all was done");
    else if (outcome->refused + outcome->too_fast > 0)
        log_print(": calls were refused");
    else if (outcome->calls < calls_expected(outcome))
        log_print(": it ended before the work was done");
    else if (outcome->doubled > 0 || outcome->damaged > 0)
        log_print(": it did other work than that");
    else if (outcome->lost > 0)
        log_print(": results were lost");
    else if (outcome->stored > 0)
        log_print(": %zu articles were done before", outcome->stored);
    else if (is_held_up(outcome) && elapsed > seconds(load->sum_ns))
        log_print(": slower than that, for what the provider allows");
    else if ((outcome->saved > 0 || outcome->has_stages || is_held_up(outcome)) && elapsed > 0)
        log_print(": %.1fx faster", seconds(load->sum_ns) / elapsed);
    else if (load->greedy_ns > 0 && outcome->peak > 1)
        log_print(outcome->workers == 0 || outcome->workers >= outcome->articles
                      ? ", slowest article %.3f s: %.1fx faster, %.1f %% over the floor"
                      : ", greedy schedule %.3f s: %.1fx faster, %.1f %% over the schedule",
                  seconds(load->greedy_ns), seconds(load->sum_ns) / elapsed,
                  100 * (elapsed / seconds(load->greedy_ns) - 1));
    else if (load->sum_ns > 0)
        log_print(": %.1f %% over the sum of all waits",
                  100 * (elapsed / seconds(load->sum_ns) - 1));
    log_print("\n");
}

static void print_time(const struct outcome *outcome)
{
    log_print("Total time   %.3f s", seconds(outcome->elapsed_ns));
    if (outcome->speed != 1)
        log_print(" (measured %.*f s at --speed=%g)", outcome->measured_ns < NS_PER_S / 100 ? 6 : 3,
                  seconds(outcome->measured_ns), outcome->speed);
    print_comparison(outcome);
    if (outcome->speed > 20)
        log_print(
            "             (above --speed=20 the overshoot of short sleeps shows in the time)\n");
}

static void print_attempts(const struct outcome *outcome)
{
    int refused = outcome->refused + outcome->too_fast;
    int left = outcome->attempts - outcome->calls - outcome->failed - outcome->given_up - refused;
    int all = (int)outcome->articles * LLM_TASKS;

    log_print("Attempts     %d answered + %d failed + %d given up + %d refused", outcome->calls,
              outcome->failed, outcome->given_up, refused);
    if (left > 0)
        log_print(" + %d in flight", left);
    log_print(" = %d\n", outcome->attempts);
    if (outcome->asked < all)
        log_print("Calls saved  %d of %d were never made%s\n", all - outcome->asked, all,
                  outcome->stored > 0 ? " in this run" : "");
}

static void print_calls(const struct outcome *outcome)
{
    log_print("LLM calls    %d", outcome->calls);
    if (outcome->calls < calls_expected(outcome))
        log_print(" of %d answered", calls_expected(outcome));
    log_print(", at most %d in flight\n", outcome->peak);
    if (outcome->saved > 0)
        log_print("Calls saved  %d, whose answers were at hand\n", outcome->saved);
    if (outcome->refused > 0)
        log_print("Refused      %d calls: 429, the provider takes %d at once\n", outcome->refused,
                  outcome->limit);
    if (outcome->too_fast > 0)
        log_print("Refused      %d calls: 429, the provider takes %g a second\n", outcome->too_fast,
                  outcome->rate);
    if (outcome->account.is_kept)
        print_attempts(outcome);
}

static void print_shutdown(const struct outcome *outcome)
{
    const char *why = outcome->cancel_reason == ETIMEDOUT ? "the timeout"
                      : outcome->signal_number == SIGINT  ? "SIGINT"
                      : outcome->signal_number == SIGTERM ? "SIGTERM"
                                                          : "SIGHUP";

    if (outcome->cancel_reason != 0 && outcome->processed < outcome->articles)
        log_print("Shutdown     %.3f s from %s to the end\n", seconds(outcome->shutdown_ns), why);
}

static void print_cpu(const struct outcome *outcome)
{
    log_print("CPU time     %.3f s", seconds(outcome->cpu_ns));
    /* Of a run that hardly began, or that used several processors, there is no such share. */
    if (outcome->calls >= calls_expected(outcome) && outcome->cpu_ns < outcome->measured_ns)
        log_print(": %.1f %% of the run was waiting",
                  100 * (1 - (double)outcome->cpu_ns / (double)outcome->measured_ns));
    log_print("\n");
}

void report_print_load(const struct options *options)
{
    char least[DURATION_SIZE], most[DURATION_SIZE];

    log_print("Same load    --seed=%" PRIu64, options->seed);
    if (options->latency_min_ns != LATENCY_MIN_DEFAULT_NS ||
        options->latency_max_ns != LATENCY_MAX_DEFAULT_NS)
        log_print(" --latency=%s..%s",
                  duration_format(least, sizeof least, options->latency_min_ns),
                  duration_format(most, sizeof most, options->latency_max_ns));
    log_print("\n");
}

void report_print(const struct outcome *outcome, const struct verdict *verdict,
                  const struct article_status *statuses, const struct options *options)
{
    print_processed(outcome, verdict);
    if (outcome->account.is_kept)
        account_print(outcome, verdict, statuses);
    if (options->store != NULL)
        log_print("Stored       %zu before this run, %zu now: --store=%s\n", outcome->stored,
                  outcome->processed, options->store);
    if (!outcome->is_stalled)
        print_time(outcome);
    print_shutdown(outcome);
    print_calls(outcome);
    if (!outcome->is_stalled)
        print_cpu(outcome);
    if (outcome->is_load_known)
        report_print_load(options);
    else
        log_print("Same seed    --seed=%" PRIu64
                  ", but who draws which latency is left to chance\n",
                  options->seed);
}

/* The number of the first line of the file that contains the text, or 0. */
static int find_line(const char *folder, const char *file, const char *text)
{
    char path[1024], line[512];
    int number = 0, found = 0;
    FILE *source;

    snprintf(path, sizeof path, "%s/%s/%s", LESSON_SOURCE_DIR, folder, file);
    source = fopen(path, "r");
    if (source == NULL)
        return 0;
    while (found == 0 && fgets(line, sizeof line, source) != NULL) {
        number++;
        if (strstr(line, text) != NULL)
            found = number;
    }
    fclose(source);
    return found;
}

void report_print_next(const struct part *part, const struct mode *mode, int status)
{
    int line = find_line(part->folder, mode->file, mode->read);
    const char *next = mode->next;

    log_print("\nRead next    %s/%s", part->folder, mode->file);
    if (line > 0)
        log_print(":%d", line);
#ifdef HAS_THREAD_SANITIZER
    if (mode->next_raced != NULL)
        next = mode->next_raced;
#endif
    if (status != STATUS_COMPLETE && mode->next_incomplete != NULL)
        next = mode->next_incomplete;
    log_print("\nType next    %s\n", next);
}
