#include "lesson/report.h"

#include "lesson/next.h"
#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static void print_processed(const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;

    log_figure("Processed", "%zu of %zu articles%s", counts->processed, counts->articles,
               counts->processed == counts->articles ? ", each exactly once"
               : outcome->is_partial                 ? ", and the results are marked as partial"
                                                     : "");
}

static void print_faults(const struct judgement *judgement, bool lists_lost)
{
    const struct counts *counts = &judgement->counts;
    char list[LIST_SIZE];

    if (counts->lost > 0 && lists_lost)
        log_figure("Lost", "%zu: %s", counts->lost,
                   judgement_list(judgement, 0, list, sizeof list));
    if (counts->doubled > 0)
        log_figure("Doubled", "%zu: %s", counts->doubled,
                   judgement_list(judgement, 2, list, sizeof list));
    if (counts->damaged > 0)
        log_figure("Damaged", "%zu results that fit no article", counts->damaged);
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
        return "it ended before all was done";
    if (counts->doubled > 0 || counts->damaged > 0)
        return "it did other work than that";
    if (counts->lost > 0)
        return "results were lost";
    return NULL;
}

/* What one call at a time would take, and how the run's time compares with it. */
static void print_total(const struct outcome *outcome)
{
    const char *objection = find_objection(outcome);
    double elapsed = seconds(outcome->times.elapsed_ns), sum = seconds(outcome->bounds.sum_ns);
    bool is_its_own_case = outcome->calls.saved > 0 || outcome->has_stages || is_held_up(outcome);
    char comparison[96] = "";

    if (objection != NULL)
        snprintf(comparison, sizeof comparison, ": %s", objection);
    else if (outcome->stored > 0)
        snprintf(comparison, sizeof comparison, ": %zu articles were done before", outcome->stored);
    else if (is_held_up(outcome) && elapsed > sum)
        snprintf(comparison, sizeof comparison, ": slower: held up by the provider");
    else if (elapsed > 0 && (is_its_own_case || outcome->calls.peak > 1))
        snprintf(comparison, sizeof comparison, ": %.1fx faster", sum / elapsed);
    else if (sum > 0)
        snprintf(comparison, sizeof comparison, ": %.1f %% over the sum",
                 100 * (elapsed / sum - 1));
    log_figure("Total time", "%.3f s    one at a time %.3f s%s", elapsed, sum, comparison);
}

/* The shortest time that this many workers can take, if that is known. */
static void print_floor(const struct outcome *outcome)
{
    double elapsed = seconds(outcome->times.elapsed_ns);
    double floor = seconds(outcome->bounds.greedy_ns);
    bool is_slowest = outcome->workers == 0 || outcome->workers >= outcome->counts.articles;

    if (floor <= 0 || outcome->calls.peak <= 1 || find_objection(outcome) != NULL ||
        outcome->stored > 0 || outcome->calls.saved > 0 || outcome->has_stages ||
        is_held_up(outcome))
        return;
    log_figure("",
               is_slowest ? "slowest article %.3f s: %.1f %% over the floor"
                          : "greedy schedule %.3f s: %.1f %% over the schedule",
               floor, 100 * (elapsed / floor - 1));
}

static void print_time(const struct outcome *outcome)
{
    const struct times *times = &outcome->times;

    if (times->speed != 1 && !outcome->is_pictured)
        log_figure("Measured", "%.*f s at --speed=%g%s",
                   times->measured_ns < NS_PER_S / 100 ? 6 : 3, seconds(times->measured_ns),
                   times->speed,
                   times->speed > 20 ? ", where the overshoot of short sleeps shows" : "");
    if (outcome->are_bounds_known) {
        print_total(outcome);
        print_floor(outcome);
    } else {
        log_figure("Total time", "%.3f s    (the latencies were drawn during the run)",
                   seconds(times->elapsed_ns));
    }
}

static void print_shutdown(const struct shutdown *shutdown)
{
    const char *why = shutdown->reason == ETIMEDOUT        ? "the timeout"
                      : shutdown->signal_number == SIGINT  ? "SIGINT"
                      : shutdown->signal_number == SIGTERM ? "SIGTERM"
                                                           : "SIGHUP";

    log_figure("Shutdown", "%.3f s from %s to the end", seconds(shutdown->took_ns), why);
}

static void print_refused(int count, const struct llm_counts *calls,
                          const struct llm_limits *limits)
{
    char limit[64] = "";

    if (count == 0)
        return;
    if (calls->refused > 0)
        snprintf(limit, sizeof limit, "%d at once%s", limits->at_once,
                 calls->too_fast > 0 ? " and " : "");
    if (calls->too_fast > 0)
        snprintf(limit + strlen(limit), sizeof limit - strlen(limit), "%g a second", limits->rate);
    log_figure("Refused", "%d calls: 429, the provider takes %s", count, limit);
}

static void print_calls(const struct outcome *outcome)
{
    const struct llm_counts *calls = &outcome->calls;
    int expected = calls_expected(outcome);
    char share[32] = "";

    if (calls->calls < expected)
        snprintf(share, sizeof share, " of %d answered", expected);
    log_figure("LLM calls", "%d%s, at most %d in flight", calls->calls, share, calls->peak);
    if (calls->saved > 0)
        log_figure("Calls saved", "%d, whose answers were at hand", calls->saved);
    print_refused(calls->refused + calls->too_fast, calls, &outcome->limits);
}

static void print_attempts(const struct llm_counts *calls)
{
    int refused = calls->refused + calls->too_fast;
    int left = calls->attempts - calls->calls - calls->failed - calls->given_up - refused;
    char in_flight[32] = "";

    if (left > 0)
        snprintf(in_flight, sizeof in_flight, " + %d in flight", left);
    log_figure("Attempts", "%d answered + %d failed + %d given up + %d refused%s = %d",
               calls->calls, calls->failed, calls->given_up, refused, in_flight, calls->attempts);
}

static void print_never_made(int asked, int all, bool has_stored)
{
    if (asked < all)
        log_figure("Calls saved", "%d of %d were never made%s", all - asked, all,
                   has_stored ? " in this run" : "");
}

/* The share of waiting means nothing in a run that hardly began or used several processors. */
static void print_cpu(const struct times *times, bool did_its_work)
{
    char share[64] = "";

    if (did_its_work && times->cpu_ns < times->measured_ns)
        snprintf(share, sizeof share, ": %.1f %% of the run was waiting",
                 100 * (1 - (double)times->cpu_ns / (double)times->measured_ns));
    log_figure("CPU time", "%.3f s%s", seconds(times->cpu_ns), share);
}

void report_print_load(const struct options *options)
{
    char least[DURATION_SIZE], most[DURATION_SIZE], latency[2 * DURATION_SIZE + 16] = "";

    if (options->latency_min_ns != LATENCY_MIN_DEFAULT_NS ||
        options->latency_max_ns != LATENCY_MAX_DEFAULT_NS)
        snprintf(latency, sizeof latency, " --latency=%s..%s",
                 duration_format(least, sizeof least, options->latency_min_ns),
                 duration_format(most, sizeof most, options->latency_max_ns));
    log_figure("Same load", "--seed=%" PRIu64 "%s", options->seed, latency);
}

static void print_stored(const struct outcome *outcome)
{
    char now[32] = "unknown";

    if (!outcome->is_store_lost)
        snprintf(now, sizeof now, "%zu", outcome->counts.processed);
    log_figure("Stored", "%zu before this run, %s now", outcome->stored, now);
}

/* What a picture above shows better, or nobody looks for first. */
static void print_circumstances(const struct outcome *outcome, const struct options *options)
{
    if (outcome->are_bounds_known)
        report_print_load(options);
    else
        log_figure("Same seed", "--seed=%" PRIu64 ", but who draws which latency is left to chance",
                   options->seed);
}

/*
 * From what every run has to what is special: a run's point is the last thing read. Below a picture
 * there is little room.
 */
void report_print(const struct outcome *outcome, const struct judgement *judgement,
                  const struct options *options)
{
    const struct account *account = &outcome->account;
    bool is_short = outcome->is_pictured;

    if (!is_short)
        log_print("\n");
    print_processed(outcome);
    if (!is_short)
        print_circumstances(outcome, options);
    /* Where no two calls overlap, the idle processor is the point. */
    if (!outcome->is_stalled && (!is_short || outcome->calls.peak <= 1))
        print_cpu(&outcome->times, outcome->calls.calls >= calls_expected(outcome));
    if (!outcome->is_stalled)
        print_time(outcome);
    print_calls(outcome);
    if (account->is_kept && !is_short) {
        print_attempts(&outcome->calls);
        print_never_made(outcome->calls.asked, (int)outcome->counts.articles * LLM_TASKS,
                         outcome->stored > 0);
    }
    print_faults(judgement, !account->is_kept);
    if (account->is_kept && (!is_short || account->succeeded < outcome->counts.articles))
        account_print(account, judgement, outcome->is_stalled, is_short ? 1 : FAILURES_SHOWN);
    if (options->store != NULL)
        print_stored(outcome);
    if (outcome->shutdown.reason != 0 && outcome->counts.processed < outcome->counts.articles)
        print_shutdown(&outcome->shutdown);
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
    char at[16] = "";

    if (line > 0)
        snprintf(at, sizeof at, ":%d", line);
    log_figure("Read next", "%s/%s%s", part->folder, next->file, at);
    log_figure("Type next", "%s", next_command(part, options, status, command));
}
