#include "lesson/options.h"

#include "news/store.h"
#include "observe/log.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define VERSION "1.0"
#define RUNS_MAX 100000
#define SPEED_MIN 0.001
#define SPEED_MAX 1e6
#define PROVIDER_RATE_MIN 0.001
#define PROVIDER_RATE_MAX 1000000
#define LATENCY_MAX_NS (INT64_C(600) * NS_PER_S) /* a million articles of it fit an int64_t */

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

struct parse {
    struct options *options;
    const struct part *part;
};

/* An option: how it is read, and how --help explains it. */
struct option_rule {
    const char *name;
    const char *value; /* what stands for its value in --help; NULL: it takes none */
    const char *help;
    /* Returns NULL, or what is allowed. */
    const char *(*read)(struct parse *parse, const char *value);
    unsigned ability; /* of a part, without which it does not take the option; 0: all take it */
};

static bool read_whole(const char *text, unsigned long long limit, unsigned long long *number)
{
    char *end;

    /* strtoull takes spaces, signs and wraps -1 around. */
    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *number <= limit;
}

static bool is_decimal(const char *text)
{
    return (isdigit((unsigned char)text[0]) ||
            (text[0] == '.' && isdigit((unsigned char)text[1]))) &&
           strspn(text, "0123456789.eE+-") == strlen(text);
}

static const char *read_mode(struct parse *parse, const char *value)
{
    static char allowed[512];
    size_t used = 0;

    for (size_t i = 0; i < parse->part->mode_count; i++) {
        if (strcmp(parse->part->modes[i].name, value) == 0) {
            parse->options->mode = &parse->part->modes[i];
            return NULL;
        }
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s",
                                 i == 0 ? "must be one of: " : ", ", parse->part->modes[i].name);
        if (used >= sizeof allowed)
            break;
    }
    return allowed;
}

static const char *read_articles(struct parse *parse, const char *value)
{
    unsigned long long number;

    if (!read_whole(value, ARTICLES_MAX, &number) || number == 0)
        return "must be a whole number from 1 to " TEXT(ARTICLES_MAX);
    parse->options->articles = (size_t)number;
    return NULL;
}

static const char *read_input(struct parse *parse, const char *value)
{
    if (*value == '\0')
        return "must be the name of a file";
    if (!articles_can_read())
        return "cannot be read: this program was built without jansson, the JSON library "
               "(install it and build again: ./lesson setup)";
    parse->options->input = value;
    return NULL;
}

static const char *read_output(struct parse *parse, const char *value)
{
    static char reason[128];
    int error = *value != '\0' ? ai_results_check_writable(value) : ENOENT;

    if (*value == '\0')
        return "must be the name of a file";
    if (error == ENOTSUP)
        return "cannot be written: this program was built without jansson, the JSON library "
               "(install it and build again: ./lesson setup)";
    if (error != 0) {
        snprintf(reason, sizeof reason, "cannot be written: %s", strerror(error));
        return reason;
    }
    parse->options->output = value;
    return NULL;
}

/* A number and its unit, from text up to end. */
static bool read_duration(const char *text, const char *end, int64_t *duration_ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}};
    char copy[64];
    char *unit;
    double number;

    if ((size_t)(end - text) >= sizeof copy)
        return false;
    snprintf(copy, sizeof copy, "%.*s", (int)(end - text), text);
    if (!isdigit((unsigned char)*copy) || strpbrk(copy, "xX") != NULL)
        return false;
    number = strtod(copy, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            number *= (double)units[i].ns;
            /* Not true of nan either. */
            if (!(number <= (double)LATENCY_MAX_NS))
                return false;
            *duration_ns = llround(number / NS_PER_US) * NS_PER_US;
            return true;
        }
    }
    return false;
}

static const char *read_latency(struct parse *parse, const char *value)
{
    static const char allowed[] = "must be MIN..MAX, each a number from 0 with a unit "
                                  "(us, ms, s; at most 600s), as 500ms..1500ms";
    const char *dots = strstr(value, "..");
    int64_t min_ns, max_ns;

    if (dots == NULL || !read_duration(value, dots, &min_ns) ||
        !read_duration(dots + 2, value + strlen(value), &max_ns))
        return allowed;
    if (min_ns > max_ns)
        return "must be MIN..MAX with MIN not above MAX, as 500ms..1500ms";
    parse->options->latency_min_ns = min_ns;
    parse->options->latency_max_ns = max_ns;
    return NULL;
}

static const char *read_seed(struct parse *parse, const char *value)
{
    unsigned long long number;

    if (strcmp(value, "random") == 0) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        /* Few enough digits to type again: the report names the seed. */
        parse->options->seed = ((uint64_t)now.tv_nsec / 1000 + (uint64_t)getpid() * 7919) % 1000000;
        return NULL;
    }
    if (!read_whole(value, UINT64_MAX, &number))
        return "must be a whole number from 0 to 18446744073709551615, or random";
    parse->options->seed = number;
    return NULL;
}

/* A decimal number from 0. */
static bool read_decimal(const char *value, double most, double *number)
{
    char *end;
    double read = strtod(value, &end);

    /* strtod takes spaces, signs, names and hexadecimal, too. */
    if (!is_decimal(value) || *end != '\0' || !(read >= 0 && read <= most))
        return false;
    *number = read;
    return true;
}

static const char *read_speed(struct parse *parse, const char *value)
{
    double number;

    if (!read_decimal(value, SPEED_MAX, &number) || number < SPEED_MIN)
        return "must be a number from 0.001 to 1000000";
    parse->options->speed = number;
    return NULL;
}

static const char *read_runs(struct parse *parse, const char *value)
{
    unsigned long long number;

    if (!read_whole(value, RUNS_MAX, &number) || number == 0)
        return "must be a whole number from 1 to " TEXT(RUNS_MAX);
    parse->options->runs = (int)number;
    return NULL;
}

static const char *read_workers(struct parse *parse, const char *value)
{
    unsigned long long number;

    if (!read_whole(value, WORKERS_MAX, &number) || number == 0)
        return "must be a whole number from 1 to " TEXT(WORKERS_MAX);
    parse->options->workers = (size_t)number;
    return NULL;
}

static const char *read_provider_limit(struct parse *parse, const char *value)
{
    unsigned long long number;

    if (!read_whole(value, ARTICLES_MAX, &number))
        return "must be a whole number from 0 (no limit) to " TEXT(ARTICLES_MAX);
    parse->options->provider_limit = (int)number;
    parse->options->has_provider_limit = true;
    return NULL;
}

static const char *read_error_rate(struct parse *parse, const char *value)
{
    return read_decimal(value, 1, &parse->options->faults.error_rate)
               ? NULL
               : "must be a number from 0 (no call) to 1 (every call)";
}

static const char *read_hang_rate(struct parse *parse, const char *value)
{
    return read_decimal(value, 1, &parse->options->faults.hang_rate)
               ? NULL
               : "must be a number from 0 (no call) to 1 (every call)";
}

static const char *read_provider_rate(struct parse *parse, const char *value)
{
    double rate;

    if (!read_decimal(value, PROVIDER_RATE_MAX, &rate) || (rate > 0 && rate < PROVIDER_RATE_MIN))
        return "must be a number of calls a second, from " TEXT(PROVIDER_RATE_MIN) " to " TEXT(
            PROVIDER_RATE_MAX) ", or 0: no limit";
    parse->options->faults.rate = rate;
    return NULL;
}

static const char *read_outage(struct parse *parse, const char *value)
{
    static const char allowed[] = "must be FROM..TO, each a number from 0 with a unit "
                                  "(us, ms, s; at most 600s), as 2s..5s";
    const char *dots = strstr(value, "..");
    int64_t from_ns, to_ns;

    if (dots == NULL || !read_duration(value, dots, &from_ns) ||
        !read_duration(dots + 2, value + strlen(value), &to_ns))
        return allowed;
    if (from_ns > to_ns)
        return "must be FROM..TO with FROM not above TO, as 2s..5s";
    parse->options->faults.outage_from_ns = from_ns;
    parse->options->faults.outage_to_ns = to_ns;
    return NULL;
}

static const char *read_any_timeout(const char *value, int64_t *timeout_ns)
{
    int64_t read_ns;

    if (!read_duration(value, value + strlen(value), &read_ns) || read_ns == 0)
        return "must be a number above 0 with a unit (us, ms, s; at most 600s), as 2s";
    *timeout_ns = read_ns;
    return NULL;
}

static const char *read_timeout(struct parse *parse, const char *value)
{
    return read_any_timeout(value, &parse->options->timeout_ns);
}

static const char *read_call_timeout(struct parse *parse, const char *value)
{
    return read_any_timeout(value, &parse->options->call_timeout_ns);
}

static const char *read_drain(struct parse *parse, const char *value)
{
    (void)value;
    parse->options->drains = true;
    return NULL;
}

static const char *read_stage_workers(struct parse *parse, const char *value)
{
    static const char allowed[] = "must be " TEXT(STAGES) " whole numbers from 1 to " TEXT(
        WORKERS_MAX) ", for preprocess, summarize, sentiment, keywords and store, as 1,4,4,2,1; "
                     "the last is 1: one writer owns the store";
    size_t workers[STAGES];

    for (size_t i = 0; i < STAGES; i++) {
        char number[8];
        size_t length = strcspn(value, ",");
        unsigned long long read;

        if (length >= sizeof number || (value[length] == ',') != (i < STAGES - 1))
            return allowed;
        snprintf(number, sizeof number, "%.*s", (int)length, value);
        if (!read_whole(number, WORKERS_MAX, &read) || read == 0)
            return allowed;
        workers[i] = (size_t)read;
        value += length + 1;
    }
    if (workers[STAGES - 1] != 1)
        return allowed;
    memcpy(parse->options->stage_workers, workers, sizeof workers);
    parse->options->has_stage_workers = true;
    return NULL;
}

static const char *read_store(struct parse *parse, const char *value)
{
    if (*value == '\0')
        return "must be the name of a file";
    if (!store_is_built_in())
        return "cannot be opened: this program was built without SQLite, the database "
               "(install it and build again: ./lesson setup)";
    parse->options->store = value;
    return NULL;
}

static const char *read_no_watch(struct parse *parse, const char *value)
{
    (void)value;
    parse->options->has_watch = false;
    return NULL;
}

static const char *read_quiet(struct parse *parse, const char *value)
{
    (void)value;
    parse->options->quiet = true;
    return NULL;
}

static const struct option_rule rules[] = {
    {"mode", "NAME", "which of the modes above", read_mode, 0},
    {"articles", "N", "with --input, the first N of the file; else articles to make up",
     read_articles, 0},
    {"input", "FILE", "read the articles: JSON Lines with \"id\", \"title\", \"content\"",
     read_input, 0},
    {"output", "FILE", "write the results, as JSON Lines", read_output, 0},
    {"latency", "MIN..MAX", "of each LLM call (500ms..1500ms)", read_latency, 0},
    {"seed", "N", "the load: which latencies are drawn (1); random draws a seed", read_seed, 0},
    {"speed", "X", "sleep X times shorter, longer below 1; times are shown as at 1", read_speed, 0},
    {"runs", "N", "repeat the run, each in a process of its own, count the complete ones",
     read_runs, 0},
    {"workers", "N", "size of the pool", read_workers, 0},
    {"provider-limit", "N", "calls that the provider takes at once: more get a 429; 0: no limit",
     read_provider_limit, 0},
    {"provider-rate", "R", "calls a second that the provider takes: more get a 429; 0: no limit",
     read_provider_rate, KEEPS_ACCOUNT},
    {"error-rate", "P", "share of the calls, 0 to 1, that fail after their latency: 503",
     read_error_rate, KEEPS_ACCOUNT},
    {"hang-rate", "P", "share of the calls, 0 to 1, that never answer", read_hang_rate,
     KEEPS_ACCOUNT},
    {"outage", "FROM..TO", "calls that start then, counted from the run's start, fail: 503",
     read_outage, KEEPS_ACCOUNT},
    {"timeout", "D", "cancel the run after so long", read_timeout, SHUTS_DOWN},
    {"call-timeout", "D", "give up on a call after so long", read_call_timeout, SHUTS_DOWN},
    {"drain", NULL, "a cancelled run finishes the articles that it has taken", read_drain,
     SHUTS_DOWN},
    {"stage-workers", "LIST", "workers of each stage (1,4,4,2,1)", read_stage_workers, HAS_STAGES},
    {"store", "FILE", "a database that keeps the results; what it has is not done again",
     read_store, HAS_STAGES},
    {"no-watch", NULL, "let a stalled run hang, as C does, for a debugger", read_no_watch, 0},
    {"quiet", NULL, "no line per call; a progress bar if stderr is a terminal", read_quiet, 0},
    {"help", NULL, "this text", NULL, 0},
    {"version", NULL, "the version", NULL, 0},
};

#define RULES (sizeof rules / sizeof *rules)

/* What getopt answers is a rule's index, or one of the characters that say what was wrong. */
_Static_assert(RULES < ':' && RULES < '?', "an index is none of the two");

static size_t articles_default(const struct part *part)
{
    return part->articles > 0 ? part->articles : ARTICLES_DEFAULT;
}

/*
 * The size of a pool and what it protects are options of a part that has a pool; others need an
 * ability.
 */
static bool has_option(const struct part *part, const struct option_rule *rule)
{
    if (rule->ability != 0 && (part->abilities & rule->ability) == 0)
        return false;
    for (size_t i = 0; i < part->mode_count; i++)
        if (part->modes[i].has_pool)
            return true;
    return rule->read != read_workers && rule->read != read_provider_limit;
}

static void print_workers_default(const struct part *part)
{
    bool sweeps = false;

    for (size_t i = 0; i < part->mode_count; i++)
        sweeps = sweeps || part->modes[i].sweeps;
    log_print(" (%zu)%s", part->modes[0].workers > 0 ? part->modes[0].workers : WORKERS_DEFAULT,
              sweeps ? "; of a sweep, the largest (the articles, at most 100)" : "");
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

        if (!has_option(part, &rules[i]))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", rules[i].name, rules[i].value != NULL ? "=" : "",
                 rules[i].value != NULL ? rules[i].value : "");
        log_print("  %-20s %s", left, rules[i].help);
        if (rules[i].read == read_articles)
            log_print(" (%zu)", articles_default(part));
        if (rules[i].read == read_workers)
            print_workers_default(part);
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
        if (has_option(part, &rules[i]))
            fprintf(stderr, "%s --%s", i > 0 ? "," : "", rules[i].name);
    fputc('\n', stderr);
}

/* What getopt refused: find out why, from the argument itself. */
static void complain_refused(const struct part *part, const char *argument)
{
    for (size_t i = 0; i < RULES; i++) {
        if (has_option(part, &rules[i]) && is_named(argument, rules[i].name)) {
            fprintf(stderr, "%s: %s: %s\n", part->folder, argument,
                    rules[i].value != NULL ? "needs a value" : "takes no value");
            return;
        }
    }
    complain_unknown(part, argument);
}

bool is_same_file(const char *one, const char *other)
{
    struct stat a, b;

    if (strcmp(one, other) == 0)
        return true;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Checks what only all options together tell, and fills in what was not given. */
static bool complete(struct options *options, const struct part *part)
{
    const struct mode *mode = options->mode;
    bool is_table = mode->compared != NULL || mode->sweeps;

    if (options->output != NULL && (options->runs > 1 || is_table)) {
        fprintf(stderr, "%s: --output=%s: cannot go with %s%s, which keeps no results\n",
                part->folder, options->output, is_table ? "--mode=" : "--runs",
                is_table ? mode->name : "");
        return false;
    }
    if (options->runs > 1 && is_table) {
        fprintf(stderr,
                "%s: --runs=%d: cannot go with --mode=%s, which makes several runs itself\n",
                part->folder, options->runs, mode->name);
        return false;
    }
    if (options->workers > 0 && !mode->has_pool) {
        fprintf(stderr, "%s: --workers=%zu: cannot go with --mode=%s, which has no pool\n",
                part->folder, options->workers, mode->name);
        return false;
    }
    if ((options->store != NULL || options->has_stage_workers) && !mode->has_stages) {
        fprintf(stderr, "%s: --%s%s: cannot go with --mode=%s, which has no such stages\n",
                part->folder, options->store != NULL ? "store=" : "stage-workers",
                options->store != NULL ? options->store : "", mode->name);
        return false;
    }
    if (options->store != NULL && options->output != NULL &&
        is_same_file(options->store, options->output)) {
        fprintf(stderr, "%s: --output=%s: cannot be the store, which it would replace\n",
                part->folder, options->output);
        return false;
    }
    if (options->store != NULL && options->runs > 1) {
        fprintf(stderr,
                "%s: --runs=%d: cannot go with --store: the second run would find all done\n",
                part->folder, options->runs);
        return false;
    }
    if (options->workers == 0 && mode->has_pool && !mode->sweeps)
        options->workers = mode->workers > 0 ? mode->workers : WORKERS_DEFAULT;
    if (!options->has_provider_limit)
        options->provider_limit = mode->provider_limit;
    if (options->faults.rate < 0)
        options->faults.rate = mode->faults.rate;
    if (options->faults.error_rate < 0)
        options->faults.error_rate = mode->faults.error_rate;
    if (options->faults.hang_rate < 0)
        options->faults.hang_rate = mode->faults.hang_rate;
    if (options->faults.outage_to_ns < 0) {
        options->faults.outage_from_ns = mode->faults.outage_from_ns;
        options->faults.outage_to_ns = mode->faults.outage_to_ns;
    }
    if (options->articles == 0 && options->input == NULL)
        options->articles = articles_default(part);
    return true;
}

enum options_verdict options_parse(struct options *options, const struct part *part, int argc,
                                   char **argv)
{
    struct option long_options[RULES + 1] = {{0}};
    struct parse parse = {options, part};
    size_t known = 0;

    *options = (struct options){
        .mode = &part->modes[0],
        .latency_min_ns = LATENCY_MIN_DEFAULT_NS,
        .latency_max_ns = LATENCY_MAX_DEFAULT_NS,
        .seed = 1,
        .speed = 1,
        .runs = 1,
        .faults = {-1, -1, -1, -1, -1}, /* not given */
        .stage_workers = STAGE_WORKERS_DEFAULT,
        .has_watch = true,
    };
    for (size_t i = 0; i < RULES; i++)
        if (has_option(part, &rules[i]))
            long_options[known++] = (struct option){
                rules[i].name, rules[i].value != NULL ? required_argument : no_argument, NULL,
                (int)i};

    opterr = 0;
    for (;;) {
        const char *argument = optind < argc ? argv[optind] : "";
        /* '+': stop at the first word that is no option; ':': quietly. */
        int found = getopt_long_only(argc, argv, "+:", long_options, NULL);
        const char *wrong;

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
        if (strcmp(rules[found].name, "help") == 0) {
            print_help(part);
            return OPTIONS_DONE;
        }
        if (strcmp(rules[found].name, "version") == 0) {
            log_print("%s %s\n", part->folder, VERSION);
            return OPTIONS_DONE;
        }
        wrong = rules[found].read(&parse, optarg);
        if (wrong != NULL) {
            fprintf(stderr, "%s: --%s=%s: %s\n", part->folder, rules[found].name, optarg, wrong);
            return OPTIONS_WRONG;
        }
    }
    if (optind < argc) {
        complain_unknown(part, argv[optind]);
        return OPTIONS_WRONG;
    }
    return complete(options, part) ? OPTIONS_RUN : OPTIONS_WRONG;
}
