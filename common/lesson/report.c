#include "lesson/report.h"

#include "lesson/next.h"
#include "observe/log.h"
#include "observe/text.h"
#include "system/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static void print_counts(const struct judgement *judgement, bool is_partial, bool lists_lost)
{
    const struct counts *counts = &judgement->counts;
    char list[LIST_SIZE];

    log_print("\nProcessed    %zu of %zu articles%s\n", counts->processed, counts->articles,
              counts->processed == counts->articles ? ", each exactly once"
              : is_partial                          ? ", and the results are marked as partial"
                                                    : "");
    if (counts->lost > 0 && lists_lost)
        log_print("Lost         %zu: %s\n", counts->lost,
                  judgement_list(judgement, 0, list, sizeof list));
    if (counts->doubled > 0)
        log_print("Doubled      %zu: %s\n", counts->doubled,
                  judgement_list(judgement, 2, list, sizeof list));
    if (counts->damaged > 0)
        log_print("Damaged      %zu results that fit no article\n", counts->damaged);
}

/* The calls that the run had to make. */
static int calls_expected(const struct outcome *outcome)
{
    return (int)(outcome->counts.articles - outcome->stored) * LLM_TASKS - outcome->calls.saved;
}

/* The bounds know of workers and latencies, but not of the provider's limits and failures. */
static bool is_held_up(const struct outcome *outcome)
{
    const struct llm_limits *limits = &outcome->limits;

    return limits->rate > 0 || outcome->calls.failed > 0 ||
           (limits->at_once > 0 && (size_t)limits->at_once < outcome->workers);
}

/* Why the time cannot be compared with the bounds: the run did less or more than its load. */
static const char *find_objection(const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;
    const struct llm_counts *calls = &outcome->calls;

    if (outcome->account.is_kept && counts->processed < counts->articles)
        return "not all was done";
    if (calls->refused + calls->too_fast > 0)
        return "calls were refused";
    if (calls->calls < calls_expected(outcome))
        return "it ended before the work was done";
    if (counts->doubled > 0 || counts->damaged > 0)
        return "it did other work than that";
    if (counts->lost > 0)
        return "results were lost";
    return NULL;
}

static void print_comparison(const struct outcome *outcome)
{
    const struct time_bounds *bounds = &outcome->bounds;
    const char *objection = find_objection(outcome);
    double elapsed = seconds(outcome->times.elapsed_ns), sum = seconds(bounds->sum_ns);

    log_print("    one at a time %.3f s", sum);
    if (objection != NULL)
        log_print(": %s", objection);
    else if (outcome->stored > 0)
        log_print(": %zu articles were done before", outcome->stored);
    else if (is_held_up(outcome) && elapsed > sum)
        log_print(": slower than that, for what the provider allows");
    else if ((outcome->calls.saved > 0 || outcome->has_stages || is_held_up(outcome)) &&
             elapsed > 0)
        log_print(": %.1fx faster", sum / elapsed);
    else if (bounds->greedy_ns > 0 && outcome->calls.peak > 1)
        log_print(outcome->workers == 0 || outcome->workers >= outcome->counts.articles
                      ? ", slowest article %.3f s: %.1fx faster, %.1f %% over the floor"
                      : ", greedy schedule %.3f s: %.1fx faster, %.1f %% over the schedule",
                  seconds(bounds->greedy_ns), sum / elapsed,
                  100 * (elapsed / seconds(bounds->greedy_ns) - 1));
    else if (bounds->sum_ns > 0)
        log_print(": %.1f %% over the sum of all waits", 100 * (elapsed / sum - 1));
    log_print("\n");
}

static void print_elapsed(const struct times *times)
{
    log_print("Total time   %.3f s", seconds(times->elapsed_ns));
    if (times->speed != 1)
        log_print(" (measured %.*f s at --speed=%g)", times->measured_ns < NS_PER_S / 100 ? 6 : 3,
                  seconds(times->measured_ns), times->speed);
}

static void print_time(const struct outcome *outcome)
{
    print_elapsed(&outcome->times);
    if (outcome->are_bounds_known)
        print_comparison(outcome);
    else
        log_print("    (the latencies were drawn during the run)\n");
    if (outcome->times.speed > 20)
        log_print(
            "             (above --speed=20 the overshoot of short sleeps shows in the time)\n");
}

static void print_shutdown(const struct shutdown *shutdown)
{
    const char *why = shutdown->reason == ETIMEDOUT        ? "the timeout"
                      : shutdown->signal_number == SIGINT  ? "SIGINT"
                      : shutdown->signal_number == SIGTERM ? "SIGTERM"
                                                           : "SIGHUP";

    log_print("Shutdown     %.3f s from %s to the end\n", seconds(shutdown->took_ns), why);
}

static void print_calls(const struct llm_counts *calls, const struct llm_limits *limits,
                        int expected)
{
    log_print("LLM calls    %d", calls->calls);
    if (calls->calls < expected)
        log_print(" of %d answered", expected);
    log_print(", at most %d in flight\n", calls->peak);
    if (calls->saved > 0)
        log_print("Calls saved  %d, whose answers were at hand\n", calls->saved);
    if (calls->refused > 0)
        log_print("Refused      %d calls: 429, the provider takes %d at once\n", calls->refused,
                  limits->at_once);
    if (calls->too_fast > 0)
        log_print("Refused      %d calls: 429, the provider takes %g a second\n", calls->too_fast,
                  limits->rate);
}

static void print_attempts(const struct llm_counts *calls)
{
    int refused = calls->refused + calls->too_fast;
    int left = calls->attempts - calls->calls - calls->failed - calls->given_up - refused;

    log_print("Attempts     %d answered + %d failed + %d given up + %d refused", calls->calls,
              calls->failed, calls->given_up, refused);
    if (left > 0)
        log_print(" + %d in flight", left);
    log_print(" = %d\n", calls->attempts);
}

static void print_never_made(int asked, int all, bool has_stored)
{
    if (asked < all)
        log_print("Calls saved  %d of %d were never made%s\n", all - asked, all,
                  has_stored ? " in this run" : "");
}

/* The share of waiting means nothing in a run that hardly began or used several processors. */
static void print_cpu(const struct times *times, bool did_its_work)
{
    log_print("CPU time     %.3f s", seconds(times->cpu_ns));
    if (did_its_work && times->cpu_ns < times->measured_ns)
        log_print(": %.1f %% of the run was waiting",
                  100 * (1 - (double)times->cpu_ns / (double)times->measured_ns));
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

static void print_stored(const struct outcome *outcome, const char *store)
{
    char shown[PATH_MAX]; /* a name that is longer with its escapes is cut */

    text_show(store, strlen(store), "", shown, sizeof shown);
    if (outcome->is_store_lost)
        log_print("Stored       %zu before this run, unknown now: --store=%s\n", outcome->stored,
                  shown);
    else
        log_print("Stored       %zu before this run, %zu now: --store=%s\n", outcome->stored,
                  outcome->counts.processed, shown);
}

void report_print(const struct outcome *outcome, const struct judgement *judgement,
                  const struct options *options)
{
    const struct counts *counts = &outcome->counts;

    print_counts(judgement, outcome->is_partial, !outcome->account.is_kept);
    if (outcome->account.is_kept)
        account_print(&outcome->account, judgement, outcome->is_stalled);
    if (options->store != NULL)
        print_stored(outcome, options->store);
    if (!outcome->is_stalled)
        print_time(outcome);
    if (outcome->shutdown.reason != 0 && counts->processed < counts->articles)
        print_shutdown(&outcome->shutdown);
    print_calls(&outcome->calls, &outcome->limits, calls_expected(outcome));
    if (outcome->account.is_kept) {
        print_attempts(&outcome->calls);
        print_never_made(outcome->calls.asked, (int)counts->articles * LLM_TASKS,
                         outcome->stored > 0);
    }
    if (!outcome->is_stalled)
        print_cpu(&outcome->times, outcome->calls.calls >= calls_expected(outcome));
    if (outcome->are_bounds_known)
        report_print_load(options);
    else
        log_print("Same seed    --seed=%" PRIu64
                  ", but who draws which latency is left to chance\n",
                  options->seed);
}

/* Returns the number of the first line of the file that contains the text, or 0. */
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

void report_print_next(const struct part *part, const struct options *options, int status)
{
    const struct next *next = &options->mode->next;
    char command[NEXT_SIZE];
    int line = find_line(part->folder, next->file, next->read);

    log_print("\nRead next    %s/%s", part->folder, next->file);
    if (line > 0)
        log_print(":%d", line);
    log_print("\nType next    %s\n", next_command(part, options, status, command));
}
