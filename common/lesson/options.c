#include "lesson/options.h"

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
#include <time.h>
#include <unistd.h>

#define VERSION "1.0"
#define RUNS_MAX 100000
#define SPEED_MIN 0.001
#define SPEED_MAX 1e6
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

static const char *read_speed(struct parse *parse, const char *value)
{
    char *end;
    double number = strtod(value, &end);

    /* strtod takes spaces, signs, names and hexadecimal, too. */
    if (!is_decimal(value) || *end != '\0' || !isfinite(number) || number < SPEED_MIN ||
        number > SPEED_MAX)
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
    {"mode", "NAME", "which of the modes above", read_mode},
    {"articles", "N", "with --input, the first N of the file; else articles to make up",
     read_articles},
    {"input", "FILE", "read the articles: JSON Lines with \"id\", \"title\", \"content\"",
     read_input},
    {"output", "FILE", "write the results, as JSON Lines", read_output},
    {"latency", "MIN..MAX", "of each LLM call (500ms..1500ms)", read_latency},
    {"seed", "N", "the load: which latencies are drawn (1); random draws a seed", read_seed},
    {"speed", "X", "sleep X times shorter, longer below 1; times are shown as at 1", read_speed},
    {"runs", "N", "repeat the run, each in a process of its own, count the complete ones",
     read_runs},
    {"workers", "N",
     "size of the pool (" TEXT(
         WORKERS_DEFAULT) "); of a sweep, the largest (the articles, at most 100)",
     read_workers},
    {"provider-limit", "N", "calls that the provider takes at once: more get a 429; 0: no limit",
     read_provider_limit},
    {"no-watch", NULL, "let a stalled run hang, as C does, for a debugger", read_no_watch},
    {"quiet", NULL, "no line per call; a progress bar if stderr is a terminal", read_quiet},
    {"help", NULL, "this text", NULL},
    {"version", NULL, "the version", NULL},
};

#define RULES (sizeof rules / sizeof *rules)

/* What getopt answers is a rule's index, or one of the characters that say what was wrong. */
_Static_assert(RULES < ':' && RULES < '?', "an index is none of the two");

static size_t articles_default(const struct part *part)
{
    return part->articles > 0 ? part->articles : ARTICLES_DEFAULT;
}

/* The size of a pool and what it protects are options of a part that has a pool. */
static bool has_option(const struct part *part, const struct option_rule *rule)
{
    for (size_t i = 0; i < part->mode_count; i++)
        if (part->modes[i].has_pool)
            return true;
    return rule->read != read_workers && rule->read != read_provider_limit;
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
        log_print("\n");
    }
    log_print(
        "\nStatus: 0 every article was processed once; 1 some were lost, doubled or failed, or\n"
        "output could not be written; 2 the command line is wrong; 3 stalled: no thread could go "
        "on;\n"
        "66 ThreadSanitizer reported; 130, 143 interrupted.\n");
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
    if (options->workers == 0 && mode->has_pool && !mode->sweeps)
        options->workers = WORKERS_DEFAULT;
    if (!options->has_provider_limit)
        options->provider_limit = mode->provider_limit;
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
