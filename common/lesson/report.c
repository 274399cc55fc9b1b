#include "lesson/report.h"

#include "lesson/sanitizer.h"
#include "observe/clock.h"
#include "observe/log.h"

#include <inttypes.h>
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
              outcome->processed == outcome->articles ? ", each exactly once" : "");
    if (outcome->lost > 0)
        log_print("Lost         %zu: %s\n", outcome->lost,
                  verdict_list(verdict, 0, list, sizeof list));
    if (outcome->doubled > 0)
        log_print("Doubled      %zu: %s\n", outcome->doubled,
                  verdict_list(verdict, 2, list, sizeof list));
    if (outcome->damaged > 0)
        log_print("Damaged      %zu results that fit no article\n", outcome->damaged);
}

/* Only a run that did its load's work can be held against it. */
static void print_comparison(const struct outcome *outcome)
{
    const struct llm_load *load = &outcome->load;
    double elapsed = seconds(outcome->elapsed_ns);

    log_print("    one at a time %.3f s", seconds(load->sum_ns));
    if ((size_t)outcome->calls < outcome->articles * LLM_TASKS)
        log_print(": it ended before the work was done");
    else if (outcome->doubled > 0 || outcome->damaged > 0)
        log_print(": it did other work than that");
    else if (load->slowest_ns > 0 && outcome->peak > 1)
        log_print(", slowest article %.3f s: %.1fx faster, %.1f %% over the floor",
                  seconds(load->slowest_ns), seconds(load->sum_ns) / elapsed,
                  100 * (elapsed / seconds(load->slowest_ns) - 1));
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

static void print_calls(const struct outcome *outcome)
{
    size_t expected = outcome->articles * LLM_TASKS;

    log_print("LLM calls    %d", outcome->calls);
    if ((size_t)outcome->calls < expected)
        log_print(" of %zu answered", expected);
    log_print(", at most %d in flight\n", outcome->peak);
}

static void print_cpu(const struct outcome *outcome)
{
    log_print("CPU time     %.3f s", seconds(outcome->cpu_ns));
    /* Of a run that hardly began, or that used several processors, there is no such share. */
    if ((size_t)outcome->calls >= outcome->articles * LLM_TASKS &&
        outcome->cpu_ns < outcome->measured_ns)
        log_print(": %.1f %% of the run was waiting",
                  100 * (1 - (double)outcome->cpu_ns / (double)outcome->measured_ns));
    log_print("\n");
}

static void print_load(const struct options *options)
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
                  const struct options *options)
{
    print_processed(outcome, verdict);
    print_time(outcome);
    print_calls(outcome);
    print_cpu(outcome);
    print_load(options);
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

void report_print_next(const struct part *part, const struct mode *mode)
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
    log_print("\nType next    %s\n", next);
}
