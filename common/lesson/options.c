#include "lesson/options.h"

#include "lesson/combine.h"
#include "lesson/rule.h"
#include "news/article.h"
#include "observe/log.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define VERSION "1.0"

#define RUNS_MAX 100000
#define SPEED_MIN 0.001
#define SPEED_MAX 1000000
#define PROVIDER_RATE_MIN 0.001
#define PROVIDER_RATE_MAX 1000000

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number
#define FIELD(name) offsetof(struct options, name)

#define BUILD_AGAIN "(install it and build again: ./lesson setup)"
#define SHARE_ALLOWED "must be a number from 0 (no call) to 1 (every call)"
#define TIMEOUT_ALLOWED "must be a number above 0 with a unit (us, ms, s; at most 600s), as 2s"

/* Beside enum part_ability: the part has a mode with a pool. */
#define HAS_POOL 0x1000u

bool mode_makes_table(const struct mode *mode)
{
    return mode->compared != NULL || mode->sweeps;
}

size_t options_articles_default(const struct part *part)
{
    return part->articles > 0 ? part->articles : ARTICLES_DEFAULT;
}

static void print_articles_default(const struct part *part)
{
    log_print(" (%zu)", options_articles_default(part));
}

static void print_workers_default(const struct part *part)
{
    bool sweeps = false;

    for (size_t i = 0; i < part->mode_count; i++)
        sweeps = sweeps || part->modes[i].sweeps;
    log_print(" (%zu)%s", part->modes[0].workers > 0 ? part->modes[0].workers : WORKERS_DEFAULT,
              sweeps ? "; of a sweep, the largest (the articles, at most 100)" : "");
}

static const struct rule rules[] = {
    {"mode", "NAME", "which of the modes above", .read = read_mode},
    {"articles", "N", "with --input, the first N of the file; else articles to make up",
     .read = read_whole, .field = FIELD(articles), .least = 1, .most = ARTICLES_MAX,
     .allowed = "must be a whole number from 1 to " TEXT(ARTICLES_MAX),
     .print_default = print_articles_default},
    {"input", "FILE", "read the articles: JSON Lines with \"id\", \"title\", \"content\"",
     .read = read_input, .field = FIELD(input),
     .allowed =
         "cannot be read: this program was built without jansson, the JSON library " BUILD_AGAIN},
    {"output", "FILE", "write the results, as JSON Lines", .read = read_output,
     .field = FIELD(output),
     .allowed = "cannot be written: this program was built without jansson, the JSON "
                "library " BUILD_AGAIN},
    {"latency", "MIN..MAX", "of each LLM call (500ms..1500ms)", .read = read_range,
     .field = FIELD(latency_min_ns), .field_to = FIELD(latency_max_ns), .allowed = "500ms..1500ms"},
    {"seed", "N", "the load: which latencies are drawn (1); random draws a seed", .read = read_seed,
     .allowed = "must be a whole number from 0 to 18446744073709551615, or random"},
    {"speed", "X", "sleep X times shorter, longer below 1; times are shown as at 1",
     .read = read_decimal, .field = FIELD(speed), .least = SPEED_MIN, .most = SPEED_MAX,
     .allowed = "must be a number from " TEXT(SPEED_MIN) " to " TEXT(SPEED_MAX)},
    {"runs", "N", "repeat the run, each in a process of its own, count the complete ones",
     .read = read_whole, .field = FIELD(runs), .least = 1, .most = RUNS_MAX,
     .allowed = "must be a whole number from 1 to " TEXT(RUNS_MAX)},
    {"workers", "N", "size of the pool", HAS_POOL, read_whole, .field = FIELD(workers), .least = 1,
     .most = WORKERS_MAX, .allowed = "must be a whole number from 1 to " TEXT(WORKERS_MAX),
     .print_default = print_workers_default},
    {"provider-limit", "N", "calls that the provider takes at once: more get a 429; 0: no limit",
     HAS_POOL | HAS_STAGES, read_whole, .field = FIELD(provider_limit), .least = 0,
     .most = ARTICLES_MAX,
     .allowed = "must be a whole number from 0 (no limit) to " TEXT(ARTICLES_MAX)},
    {"provider-rate", "R", "calls a second that the provider takes: more get a 429; 0: no limit",
     KEEPS_ACCOUNT, read_decimal_or_0, .field = FIELD(faults.rate), .least = PROVIDER_RATE_MIN,
     .most = PROVIDER_RATE_MAX,
     .allowed = "must be a number of calls a second, from " TEXT(PROVIDER_RATE_MIN) " to " TEXT(
         PROVIDER_RATE_MAX) ", or 0: no limit"},
    {"error-rate", "P", "share of the calls, 0 to 1, that fail after their latency: 503",
     KEEPS_ACCOUNT, read_decimal, .field = FIELD(faults.error_rate), .least = 0, .most = 1,
     .allowed = SHARE_ALLOWED},
    {"hang-rate", "P", "share of the calls, 0 to 1, that never answer", KEEPS_ACCOUNT, read_decimal,
     .field = FIELD(faults.hang_rate), .least = 0, .most = 1, .allowed = SHARE_ALLOWED},
    {"outage", "FROM..TO", "calls that start then, counted from the run's start, fail: 503",
     KEEPS_ACCOUNT, read_range, .field = FIELD(faults.outage_from_ns),
     .field_to = FIELD(faults.outage_to_ns), .allowed = "2s..5s"},
    {"timeout", "D", "cancel the run after so long", SHUTS_DOWN, read_duration,
     .field = FIELD(timeout_ns), .allowed = TIMEOUT_ALLOWED},
    {"call-timeout", "D", "give up on a call after so long", SHUTS_DOWN, read_duration,
     .field = FIELD(call_timeout_ns), .allowed = TIMEOUT_ALLOWED},
    {"drain", NULL, "a cancelled run finishes the articles that it has taken", SHUTS_DOWN,
     read_flag, .field = FIELD(drain)},
    {"stage-workers", "LIST", "workers of each stage (4,4,2)", HAS_STAGES, read_stage_workers,
     .least = 1, .most = WORKERS_MAX,
     .allowed = "must be 3 whole numbers from 1 to " TEXT(
         WORKERS_MAX) ", for summarize, sentiment and keywords, as 4,4,2"},
    {"store", "FILE", "a database that keeps the results; what it has is not done again", HAS_STORE,
     read_store, .field = FIELD(store),
     .allowed =
         "cannot be opened: this program was built without SQLite, the database " BUILD_AGAIN},
    {"no-watch", NULL, "let a stalled run hang, as C does, for a debugger", .read = read_flag,
     .field = FIELD(no_watch)},
    {"quiet", NULL, "no line per call; a progress bar if stderr is a terminal", .read = read_flag,
     .field = FIELD(quiet)},
    {"help", NULL, "this text", .read = NULL},
    {"version", NULL, "the version", .read = NULL},
};

#define RULES (sizeof rules / sizeof *rules)

/* getopt answers with a rule's index, or with '?' or ':', which say what was wrong. */
_Static_assert(RULES < ':' && RULES < '?', "no index is one of the two characters");

static bool takes_option(const struct part *part, const struct rule *rule)
{
    unsigned abilities = part->abilities;

    for (size_t i = 0; i < part->mode_count; i++)
        if (part->modes[i].has_pool)
            abilities |= HAS_POOL;
    return rule->needs == 0 || (rule->needs & abilities) != 0;
}

static void print_help(const struct part *part)
{
    log_print("Part %d: %s\n\nUsage: %s [options]\n\nModes (the first is the default):\n",
              part->number, part->title, part->folder);
    for (size_t i = 0; i < part->mode_count; i++)
        log_print("  %-16s %s\n", part->modes[i].name, part->modes[i].summary);
    log_print("\nOptions (one dash or two, --name=value or --name value):\n");
    for (size_t i = 0; i < RULES; i++) {
        char left[40];

        if (!takes_option(part, &rules[i]))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", rules[i].name, rules[i].value != NULL ? "=" : "",
                 rules[i].value != NULL ? rules[i].value : "");
        log_print("  %-20s %s", left, rules[i].help);
        if (rules[i].print_default != NULL)
            rules[i].print_default(part);
        log_print("\n");
    }
    log_print(
        "\nStatus: 0 every article was processed once; 1 some were not, or a file could not be\n"
        "written, or threads were left behind; 2 the command line is wrong; 3 stalled: no thread "
        "could\ngo on; 66 ThreadSanitizer reported; 129, 130, 143 interrupted.\n");
}

static bool is_named(const char *argument, const char *name)
{
    size_t length = strlen(name);

    for (int dash = 0; dash < 2 && *argument == '-'; dash++)
        argument++;
    return strncmp(argument, name, length) == 0 &&
           (argument[length] == '\0' || argument[length] == '=');
}

static void complain_unknown(const struct part *part, const char *argument)
{
    fprintf(stderr, "%s: %s: unknown %s; the options are", part->folder, argument,
            argument[0] == '-' ? "option" : "argument");
    for (size_t i = 0; i < RULES; i++)
        if (takes_option(part, &rules[i]))
            fprintf(stderr, "%s --%s", i > 0 ? "," : "", rules[i].name);
    fputc('\n', stderr);
}

/* getopt has refused the argument and does not say why: the argument itself tells. */
static void complain_refused(const struct part *part, const char *argument)
{
    for (size_t i = 0; i < RULES; i++) {
        if (takes_option(part, &rules[i]) && is_named(argument, rules[i].name)) {
            fprintf(stderr, "%s: %s: %s\n", part->folder, argument,
                    rules[i].value != NULL ? "needs a value" : "takes no value");
            return;
        }
    }
    complain_unknown(part, argument);
}

/* Takes one option that getopt has found. */
static enum options_result take_option(const struct rule *rule, const struct part *part,
                                       struct options *options)
{
    const struct reading reading = {rule, part, options, optarg};
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
    if (allowed == NULL)
        return OPTIONS_RUN;
    fprintf(stderr, "%s: --%s=%s: %s\n", part->folder, rule->name, optarg, allowed);
    return OPTIONS_WRONG;
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
        .faults = FAULTS_NOT_GIVEN,
    };
    for (size_t i = 0; i < RULES; i++)
        if (takes_option(part, &rules[i]))
            long_options[known++] = (struct option){
                rules[i].name, rules[i].value != NULL ? required_argument : no_argument, NULL,
                (int)i};

    opterr = 0;
    for (;;) {
        const char *argument = optind < argc ? argv[optind] : "";
        /* '+': stop at the first word that is no option; ':': print nothing. */
        int found = getopt_long_only(argc, argv, "+:", long_options, NULL);
        enum options_result result;

        if (found == -1)
            break;
        if (found >= (int)RULES) { /* '?' or ':' */
            complain_refused(part, argument);
            return OPTIONS_WRONG;
        }
        /* getopt takes abbreviations, which would change their meaning when an option is added. */
        if (!is_named(argument, rules[found].name)) {
            complain_unknown(part, argument);
            return OPTIONS_WRONG;
        }
        result = take_option(&rules[found], part, options);
        if (result != OPTIONS_RUN)
            return result;
    }
    if (optind < argc) {
        complain_unknown(part, argv[optind]);
        return OPTIONS_WRONG;
    }
    return combine_options(options, part) ? OPTIONS_RUN : OPTIONS_WRONG;
}
