#include "lesson/options.h"

#include "observe/log.h"

#include <string.h>
#include <sys/stat.h>

bool is_same_file(const char *one, const char *other)
{
    struct stat a, b;

    if (strcmp(one, other) == 0)
        return true;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Says on standard error which options do not go together. Returns false if all do. */
static bool report_conflict(const struct options *options)
{
    const struct mode *mode = options->mode;
    bool is_table = mode_makes_table(mode);
    const char *output = options->output, *store = options->store;

    if (output != NULL && is_table)
        log_error("--output=%s: cannot go with --mode=%s, which keeps no results", output,
                  mode->name);
    else if (output != NULL && options->runs > 1)
        log_error("--output=%s: cannot go with --runs, which keeps no results", output);
    else if (options->runs > 1 && is_table)
        log_error("--runs=%zu: cannot go with --mode=%s, which makes several runs itself",
                  options->runs, mode->name);
    else if (options->workers > 0 && !mode->has_pool)
        log_error("--workers=%zu: cannot go with --mode=%s, which has no pool", options->workers,
                  mode->name);
    else if (store != NULL && !mode->has_store)
        log_error("--store=%s: cannot go with --mode=%s, which has no store", store, mode->name);
    else if (options->stage_workers[0] > 0 && !mode->has_stages)
        log_error("--stage-workers: cannot go with --mode=%s, which has no such stages",
                  mode->name);
    else if (store != NULL && output != NULL && is_same_file(store, output))
        log_error("--output=%s: cannot be the store, which it would replace", output);
    else if (store != NULL && options->runs > 1)
        log_error("--runs=%zu: cannot go with --store: the second run would find all done",
                  options->runs);
    else
        return false;
    return true;
}

static void fill_in_faults(struct simulator_faults *faults, const struct simulator_faults *defaults)
{
    if (faults->rate < 0)
        faults->rate = defaults->rate;
    if (faults->error_rate < 0)
        faults->error_rate = defaults->error_rate;
    if (faults->hang_rate < 0)
        faults->hang_rate = defaults->hang_rate;
    if (faults->outage_to_ns < 0) {
        faults->outage_from_ns = defaults->outage_from_ns;
        faults->outage_to_ns = defaults->outage_to_ns;
    }
}

bool combine_options(struct options *options, const struct part *part)
{
    static const size_t stage_workers[LLM_TASKS] = {4, 4, 2};
    const struct mode *mode = options->mode;

    if (report_conflict(options))
        return false;
    if (options->articles == 0 && options->input == NULL)
        options->articles = options_articles_default(part);
    if (options->workers == 0 && mode->has_pool && !mode->sweeps)
        options->workers = mode->workers > 0 ? mode->workers : WORKERS_DEFAULT;
    if (options->stage_workers[0] == 0)
        memcpy(options->stage_workers, stage_workers, sizeof stage_workers);
    if (options->provider_limit == LIMIT_NOT_GIVEN)
        options->provider_limit = (size_t)mode->provider_limit;
    fill_in_faults(&options->faults, &mode->faults);
    return true;
}
