#include "lesson/options.h"

#include "lesson/files.h"
#include "lesson/rule.h"
#include "news/article.h"
#include "observe/log.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VERSION "1.0"
#define LIMIT_NOT_GIVEN SIZE_MAX

#define FIELD(name) offsetof(struct options, name)
#define SHARE_ALLOWED "must be a number from 0 (no call) to 1 (every call)"
#define AXIS_ALLOWED \
    "must be 0 (the run's end) or a number with a unit (us, ms, s; at most 600s), as 30s"
#define TIMEOUT_ALLOWED "must be 0 (never) or a number with a unit (us, ms, s; at most 600s), as 2s"

bool mode_makes_table(const struct mode *mode)
{
    return mode->compared != NULL || mode->sweeps;
}

static size_t articles_default(const struct part *part)
{
    return part->articles > 0 ? part->articles : ARTICLES_DEFAULT;
}

static void format_articles_default(const struct part *part, char *text, size_t size)
{
    snprintf(text, size, " (%zu)", articles_default(part));
}

static void format_workers_default(const struct part *part, char *text, size_t size)
{
    bool sweeps = false;

    for (size_t i = 0; i < part->mode_count; i++)
        sweeps = sweeps || part->modes[i].sweeps;
    snprintf(text, size, " (%zu)%s",
             part->modes[0].workers > 0 ? part->modes[0].workers : WORKERS_DEFAULT,
             sweeps ? "; of a sweep, the largest (the articles, at most 100)" : "");
}

static void format_error_rate_default(const struct part *part, char *text, size_t size)
{
    if (part->modes[0].faults.error_rate > 0)
        snprintf(text, size, " (%g)", part->modes[0].faults.error_rate);
}

static void format_timeout_default(const struct part *part, char *text, size_t size)
{
    char duration[DURATION_SIZE];

    if (part->modes[0].timeout_ns > 0)
        snprintf(text, size, " (%s)",
                 duration_format(duration, sizeof duration, part->modes[0].timeout_ns));
}

static const struct rule rules[] = {
    {"mode", "NAME", "which of the modes above", .read = read_mode},
    {"articles", "N", "with --input, the first N of the file; else articles to make up",
     .read = read_whole, FIELD(articles), 1, ARTICLES_MAX,
     .format_default = format_articles_default},
    {"input", "FILE", "read the articles: JSON Lines with \"id\", \"title\", \"content\"",
     .read = read_file_name, FIELD(input)},
    {"output", "FILE", "write the results, as JSON Lines", .read = read_output, FIELD(output)},
    {"latency", "MIN..MAX", "of each LLM call (500ms..1500ms)", .read = read_range,
     FIELD(latency_min_ns), .field_to = FIELD(latency_max_ns), .allowed = "500ms..1500ms"},
    {"seed", "N", "the load: which latencies are drawn (1); random draws a seed",
     .read = read_seed},
    {"speed", "X", "sleep X times shorter, longer below 1; times are shown as at 1",
     .read = read_decimal, FIELD(speed), 0.001, 1000000},
    {"runs", "N", "repeat the run, each in a process of its own, count the complete ones",
     .read = read_whole, FIELD(runs), 1, 100000},
    {"workers", "N", "size of the pool", HAS_POOL, .read = read_whole, FIELD(workers), 1,
     WORKERS_MAX, .format_default = format_workers_default},
    {"provider-limit", "N", "calls that the provider takes at once: more get a 429; 0: no limit",
     HAS_POOL | HAS_STAGES, .read = read_whole, FIELD(provider_limit), 0, ARTICLES_MAX,
     "must be a whole number from 0 (no limit) to 1000000"},
    {"provider-rate", "R", "calls a second that the provider takes: more get a 429; 0: no limit",
     KEEPS_ACCOUNT, .read = read_decimal_or_0, FIELD(faults.rate), 0.001, 1000000,
     "must be a number of calls a second, from 0.001 to 1000000, or 0: no limit"},
    {"error-rate", "P", "share of the calls, 0 to 1, that fail after their latency: 503",
     KEEPS_ACCOUNT, .read = read_decimal, FIELD(faults.error_rate), 0, 1, SHARE_ALLOWED,
     .format_default = format_error_rate_default},
    {"hang-rate", "P", "share of the calls, 0 to 1, that never answer", KEEPS_ACCOUNT,
     .read = read_decimal, FIELD(faults.hang_rate), 0, 1, SHARE_ALLOWED},
    {"outage", "FROM..TO", "calls that start then, counted from the run's start, fail: 503",
     KEEPS_ACCOUNT, .read = read_range, FIELD(faults.outage_from_ns),
     .field_to = FIELD(faults.outage_to_ns), .allowed = "2s..5s"},
    {"timeout", "D", "cancel the run after so long; 0: never", SHUTS_DOWN, .read = read_duration,
     FIELD(timeout_ns), .allowed = TIMEOUT_ALLOWED, .format_default = format_timeout_default},
    {"call-timeout", "D", "give up on a call after so long; 0: never", SHUTS_DOWN,
     .read = read_duration, FIELD(call_timeout_ns), .allowed = TIMEOUT_ALLOWED},
    {"drain", NULL, "a cancelled run finishes the articles that it has taken", SHUTS_DOWN,
     .read = read_flag, FIELD(drain)},
    {"stage-workers", "LIST", "workers of each stage (4,4,2)", HAS_STAGES,
     .read = read_stage_workers},
    {"store", "FILE", "a database that keeps the results; what it has is not done again", HAS_STORE,
     .read = read_store, FIELD(store)},
    {"no-watch", NULL, "let a stalled run hang, as C does, for a debugger", .read = read_flag,
     FIELD(no_watch)},
    {"quiet", NULL, "no line per call; a progress bar if stderr is a terminal", .read = read_flag,
     FIELD(quiet)},
    {"timeline", NULL, "draw the run, a row per thread; a terminal gets it without",
     .read = read_flag, FIELD(timeline)},
    {"log", NULL, "a line per call, each with its time, above the picture", .read = read_flag,
     FIELD(log)},
    {"ascii", NULL, "draw with plain ASCII", .read = read_flag, FIELD(ascii)},
    {"no-live", NULL, "on a terminal, draw the run at its end only", .read = read_flag,
     FIELD(no_live)},
    {"svg", "FILE", "draw the run for a page", .read = read_written_file, FIELD(svg)},
    {"svg-axis", "D", "let its axis reach to D at least, so that two can be compared",
     .read = read_duration, FIELD(svg_axis_ns), .allowed = AXIS_ALLOWED},
    {"replay", "FILE", "write the run as a page that plays it", .read = read_written_file,
     FIELD(replay)},
    {"trace", "FILE", "write the run as a trace, for Perfetto", .read = read_written_file,
     FIELD(trace)},
    {"help", NULL, "this text", .read = NULL},
    {"version", NULL, "the version", .read = NULL},
};

#define RULES (sizeof rules / sizeof *rules)

_Static_assert(RULES <= 64, "each has its bit in options.given");

bool options_has(const struct options *options, const char *name)
{
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].name, name) == 0)
            return (options->given >> i & 1) != 0;
    return false;
}

bool options_change_the_run(const struct options *options)
{
    for (size_t i = 0; i < RULES; i++)
        if ((rules[i].needs & ~(unsigned)HAS_POOL) != 0 && (options->given >> i & 1) != 0)
            return true;
    return false;
}

static bool takes_option(const struct part *part, const struct rule *rule)
{
    unsigned abilities = part->abilities;

    for (size_t i = 0; i < part->mode_count; i++)
        abilities |= part->modes[i].abilities;
    return rule->needs == 0 || (rule->needs & abilities) != 0;
}

static void print_help(const struct part *part)
{
    log_wrapped(4, "Part %d: %s", part->number, part->title);
    log_print("\nUsage: %s [options]\n\nModes (the first is the default):\n", part->folder);
    for (size_t i = 0; i < part->mode_count; i++)
        log_wrapped(19, "  %-16s %s", part->modes[i].name, part->modes[i].summary);
    log_print("\nOptions (one dash or two, --name=value or --name value):\n");
    for (size_t i = 0; i < RULES; i++) {
        char left[40], value[96] = "";

        if (!takes_option(part, &rules[i]))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", rules[i].name, rules[i].value != NULL ? "=" : "",
                 rules[i].value != NULL ? rules[i].value : "");
        if (rules[i].format_default != NULL)
            rules[i].format_default(part, value, sizeof value);
        log_wrapped(23, "  %-20s %s%s", left, rules[i].help, value);
    }
    log_print("\nStatus: 0 every article was processed once; 1 some were not, or a file could\n"
              "not be written, or threads were left behind; 2 the command line is wrong;\n"
              "3 stalled: no thread could go on; 66 ThreadSanitizer reported; 129, 130, 143\n"
              "interrupted.\n");
}

static enum options_result complain_unknown(const struct part *part, const char *argument)
{
    char known[1024] = "";

    for (size_t i = 0; i < RULES; i++)
        if (takes_option(part, &rules[i]))
            snprintf(known + strlen(known), sizeof known - strlen(known), "%s --%s",
                     *known != '\0' ? "," : "", rules[i].name);
    log_error("%s: unknown %s; the options are%s", argument,
              argument[0] == '-' ? "option" : "argument", known);
    return OPTIONS_WRONG;
}

/* The rule of the option that the argument names, exactly; or NULL. */
static const struct rule *find_rule(const struct part *part, const char *argument)
{
    const char *name = argument + (argument[0] != '-' ? 0 : argument[1] != '-' ? 1 : 2);
    size_t length = strcspn(name, "=");

    for (size_t i = 0; i < RULES && name > argument; i++)
        if (strlen(rules[i].name) == length && strncmp(rules[i].name, name, length) == 0 &&
            takes_option(part, &rules[i]))
            return &rules[i];
    return NULL;
}

/* Whether a run without the option would be the same. */
static bool is_for_show(const struct rule *rule)
{
    static const char *const names[] = {"output",  "quiet", "timeline", "log",    "ascii",
                                        "no-live", "svg",   "svg-axis", "replay", "trace"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(rule->name, names[i]) == 0)
            return true;
    return false;
}

/* Copies the value for a shell to read; with quotes if it would read something else without. */
static void quote(const char *value, char *text, size_t size)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "+,-./:=@_%";
    size_t length = 0;

    if (value[strspn(value, plain)] == '\0') {
        snprintf(text, size, "%s", value);
        return;
    }
    text[length++] = '\'';
    for (; *value != '\0' && length + 6 < size; value++) {
        if (*value == '\'') {
            memcpy(text + length, "'\\'", 3); /* out of the quotes, and in again with the next */
            length += 3;
        }
        text[length++] = *value;
    }
    snprintf(text + length, size - length, "'");
}

/* Appends the option to the command that repeats the run. */
static void note_option(struct options *options, const struct rule *rule, const char *value)
{
    size_t used = strlen(options->command), room = sizeof options->command - used;
    char text[sizeof options->command] = "";

    if (is_for_show(rule))
        return;
    if (strcmp(rule->name, "seed") == 0) /* which may have been drawn */
        snprintf(text, sizeof text, "%" PRIu64, options->seed);
    else if (rule->value != NULL)
        quote(value, text, sizeof text);
    if (snprintf(options->command + used, room, " --%s%s%s", rule->name,
                 rule->value != NULL ? "=" : "", text) >= (int)room)
        options->command[used] = '\0'; /* it is too long to be shown */
}

/* Takes one option, with its value. */
static enum options_result take_option(const struct rule *rule, const struct part *part,
                                       const char *value, struct options *options)
{
    const struct reading reading = {rule, part, options, value};
    const char *allowed;

    if (strcmp(rule->name, "help") == 0) {
        print_help(part);
        return OPTIONS_DONE;
    }
    if (strcmp(rule->name, "version") == 0) {
        log_print("%s %s\n", part->folder, VERSION);
        return OPTIONS_DONE;
    }
    allowed = rule->read(&reading);
    if (allowed == NULL) {
        note_option(options, rule, value);
        options->given |= UINT64_C(1) << (rule - rules);
        return OPTIONS_RUN;
    }
    log_error("--%s=%s: %s", rule->name, value, allowed);
    return OPTIONS_WRONG;
}

/* Says on standard error which options do not go together. Returns false if all do. */
static bool report_conflict(const struct options *options)
{
    const struct mode *mode = options->mode;
    bool is_table = mode_makes_table(mode);
    const char *output = options->output, *store = options->store;
    bool has_picture = options->svg != NULL || options->replay != NULL || options->trace != NULL;

    if (output != NULL && is_table)
        log_error("--output=%s: cannot go with --mode=%s, which keeps no results", output,
                  mode->name);
    else if (output != NULL && options->runs > 1)
        log_error("--output=%s: cannot go with --runs, which keeps no results", output);
    else if (has_picture && options->runs > 1)
        log_error("--runs=%zu: cannot go with --svg, --replay or --trace, which show one run",
                  options->runs);
    else if (options->runs > 1 && is_table)
        log_error("--runs=%zu: cannot go with --mode=%s, which makes several runs itself",
                  options->runs, mode->name);
    else if (options->workers > 0 && (mode->abilities & HAS_POOL) == 0)
        log_error("--workers=%zu: cannot go with --mode=%s, which has no pool", options->workers,
                  mode->name);
    else if (store != NULL && (mode->abilities & HAS_STORE) == 0)
        log_error("--store=%s: cannot go with --mode=%s, which has no store", store, mode->name);
    else if (options->stage_workers[0] > 0 && (mode->abilities & HAS_STAGES) == 0)
        log_error("--stage-workers: cannot go with --mode=%s, which has no such stages",
                  mode->name);
    else if (store != NULL && options->runs > 1)
        log_error("--runs=%zu: cannot go with --store: the second run would find all done",
                  options->runs);
    else
        return !files_are_distinct(options);
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

/* Returns false if the options do not go together; else fills in what was not given. */
static bool combine_options(struct options *options, const struct part *part)
{
    static const size_t stage_workers[LLM_TASKS] = {4, 4, 2};
    const struct mode *mode = options->mode;

    if (report_conflict(options))
        return false;
    if (options->articles == 0 && options->input == NULL)
        options->articles = articles_default(part);
    if (options->workers == 0 && (mode->abilities & HAS_POOL) != 0 && !mode->sweeps)
        options->workers = mode->workers > 0 ? mode->workers : WORKERS_DEFAULT;
    if (options->stage_workers[0] == 0)
        memcpy(options->stage_workers, stage_workers, sizeof stage_workers);
    if (options->provider_limit == LIMIT_NOT_GIVEN)
        options->provider_limit = (size_t)mode->provider_limit;
    fill_in_faults(&options->faults, &mode->faults);
    if (options->timeout_ns < 0)
        options->timeout_ns = mode->timeout_ns;
    if (options->call_timeout_ns < 0)
        options->call_timeout_ns = mode->call_timeout_ns;
    return true;
}

enum options_result options_parse(struct options *options, const struct part *part, int argc,
                                  char **argv)
{
    struct option long_options[RULES + 1] = {{0}};
    size_t known = 0;

    *options = (struct options){
        .mode = &part->modes[0],
        .latency_min_ns = LATENCY_MIN_DEFAULT_NS,
        .latency_max_ns = LATENCY_MAX_DEFAULT_NS,
        .seed = 1,
        .speed = 1,
        .runs = 1,
        .provider_limit = LIMIT_NOT_GIVEN,
        .faults = {-1, -1, -1, -1, -1}, /* not given; as the next two */
        .timeout_ns = -1,
        .call_timeout_ns = -1,
    };
    snprintf(options->command, sizeof options->command, "./lesson %d", part->number);
    for (size_t i = 0; i < RULES; i++)
        if (takes_option(part, &rules[i]))
            long_options[known++] = (struct option){
                .name = rules[i].name,
                .has_arg = rules[i].value != NULL ? required_argument : no_argument,
            };
    opterr = 0;
    optind = 1;
    for (;;) {
        const char *argument = optind < argc ? argv[optind] : "";
        /* '+': stop at the first word that is no option; ':': print nothing. */
        int found = getopt_long_only(argc, argv, "+:", long_options, NULL);
        const struct rule *rule = found != -1 ? find_rule(part, argument) : NULL;
        enum options_result result;

        if (found == -1)
            break;
        /* Also an abbreviation: a new option would change what it means. */
        if (rule == NULL)
            return complain_unknown(part, argument);
        if (found != 0) {
            log_error("%s: %s", argument, rule->value != NULL ? "needs a value" : "takes no value");
            return OPTIONS_WRONG;
        }
        result = take_option(rule, part, optarg, options);
        if (result != OPTIONS_RUN)
            return result;
    }
    if (optind < argc)
        return complain_unknown(part, argv[optind]);
    return combine_options(options, part) ? OPTIONS_RUN : OPTIONS_WRONG;
}
