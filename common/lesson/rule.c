#include "lesson/rule.h"

#include "news/ai_result.h"
#include "news/article.h"
#include "news/output_file.h"
#include "news/store.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The longest number and unit, or number of a list, in characters. */
#define WORD_MAX 63

/* Copies what is in front of end, so that it ends with a NUL. Returns false if it is too long. */
static bool copy_word(char word[WORD_MAX + 1], const char *text, const char *end)
{
    if (end - text > WORD_MAX)
        return false;
    snprintf(word, WORD_MAX + 1, "%.*s", (int)(end - text), text);
    return true;
}

bool parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    unsigned long long number;
    char *end;

    /* strtoull takes spaces and signs, and makes a large number of -1. */
    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || number < least || number > most)
        return false;
    *value = number;
    return true;
}

bool parse_whole_list(const char *text, uint64_t least, uint64_t most, size_t *values, size_t count)
{
    /* The first time only looks whether all are right, the second time takes them. */
    for (int taking = 0; taking < 2; taking++) {
        const char *at = text;

        for (size_t i = 0; i < count; i++) {
            const char *end = at + strcspn(at, ",");
            char word[WORD_MAX + 1];
            uint64_t number;

            if ((*end == ',') != (i + 1 < count) || !copy_word(word, at, end) ||
                !parse_whole(word, least, most, &number))
                return false;
            if (taking)
                values[i] = (size_t)number;
            at = end + 1;
        }
    }
    return true;
}

static bool looks_decimal(const char *text)
{
    return (isdigit((unsigned char)text[0]) ||
            (text[0] == '.' && isdigit((unsigned char)text[1]))) &&
           strspn(text, "0123456789.eE+-") == strlen(text);
}

bool parse_decimal(const char *text, double least, double most, double *value)
{
    char *end;
    double number = strtod(text, &end);

    /* strtod takes spaces, signs, names and hexadecimal, too. */
    if (!looks_decimal(text) || *end != '\0' || !(number >= least && number <= most))
        return false;
    *value = number;
    return true;
}

static bool parse_duration_until(const char *text, const char *end, int64_t *value_ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}};
    char word[WORD_MAX + 1];
    char *unit;
    double number;

    if (!copy_word(word, text, end) || !isdigit((unsigned char)*word) ||
        strpbrk(word, "xX") != NULL)
        return false;
    number = strtod(word, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            number *= (double)units[i].ns;
            if (!(number <= (double)DURATION_MAX_NS))
                return false;
            *value_ns = llround(number / NS_PER_US) * NS_PER_US;
            return true;
        }
    }
    return false;
}

bool parse_duration(const char *text, int64_t *value_ns)
{
    return parse_duration_until(text, text + strlen(text), value_ns);
}

int parse_duration_range(const char *text, int64_t *from_ns, int64_t *to_ns)
{
    const char *dots = strstr(text, "..");
    int64_t from, to;

    if (dots == NULL || !parse_duration_until(text, dots, &from) || !parse_duration(dots + 2, &to))
        return EINVAL;
    if (from > to)
        return ERANGE;
    *from_ns = from;
    *to_ns = to;
    return 0;
}

/* What the readers return that put their words together. */
static char allowed[512];

static void *find_field(const struct reading *reading, size_t field)
{
    return (char *)reading->options + field;
}

/* The rule's own words, or: "must be a whole number from 1 to 10". */
static const char *refuse_number(const struct rule *rule, const char *kind)
{
    if (rule->allowed != NULL)
        return rule->allowed;
    snprintf(allowed, sizeof allowed, "must be a %s from %.10g to %.10g", kind, rule->least,
             rule->most);
    return allowed;
}

const char *read_flag(const struct reading *reading)
{
    *(bool *)find_field(reading, reading->rule->field) = true;
    return NULL;
}

const char *read_whole(const struct reading *reading)
{
    const struct rule *rule = reading->rule;
    uint64_t number;

    if (!parse_whole(reading->text, (uint64_t)rule->least, (uint64_t)rule->most, &number))
        return refuse_number(rule, "whole number");
    *(size_t *)find_field(reading, rule->field) = (size_t)number;
    return NULL;
}

const char *read_decimal(const struct reading *reading)
{
    const struct rule *rule = reading->rule;
    double *field = find_field(reading, rule->field);

    return parse_decimal(reading->text, rule->least, rule->most, field)
               ? NULL
               : refuse_number(rule, "number");
}

const char *read_decimal_or_0(const struct reading *reading)
{
    double *field = find_field(reading, reading->rule->field);

    return parse_decimal(reading->text, 0, 0, field) ? NULL : read_decimal(reading);
}

const char *read_duration(const struct reading *reading)
{
    int64_t duration_ns;

    if (strcmp(reading->text, "0") == 0)
        duration_ns = 0;
    else if (!parse_duration(reading->text, &duration_ns))
        return reading->rule->allowed;
    *(int64_t *)find_field(reading, reading->rule->field) = duration_ns;
    return NULL;
}

const char *read_range(const struct reading *reading)
{
    const struct rule *rule = reading->rule;
    int first = (int)strcspn(rule->value, "."); /* the value is MIN..MAX: the length of MIN */
    int error = parse_duration_range(reading->text, find_field(reading, rule->field),
                                     find_field(reading, rule->field_to));

    if (error == 0)
        return NULL;
    if (error == ERANGE)
        snprintf(allowed, sizeof allowed, "must be %s with %.*s not above %s, as %s", rule->value,
                 first, rule->value, rule->value + first + 2, rule->allowed);
    else
        snprintf(allowed, sizeof allowed,
                 "must be %s, each a number from 0 with a unit (us, ms, s; at most 600s), as %s",
                 rule->value, rule->allowed);
    return allowed;
}

const char *read_mode(const struct reading *reading)
{
    const struct part *part = reading->part;
    size_t used = 0;

    for (size_t i = 0; i < part->mode_count; i++) {
        if (strcmp(part->modes[i].name, reading->text) == 0) {
            reading->options->mode = &part->modes[i];
            return NULL;
        }
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s",
                                 i == 0 ? "must be one of: " : ", ", part->modes[i].name);
        if (used >= sizeof allowed)
            break;
    }
    return allowed;
}

const char *read_seed(const struct reading *reading)
{
    uint64_t *seed = &reading->options->seed;

    if (strcmp(reading->text, "random") == 0) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        /* Few enough digits to type again: the report names the seed. */
        *seed = ((uint64_t)now.tv_nsec / 1000 + (uint64_t)getpid() * 7919) % 1000000;
        return NULL;
    }
    return parse_whole(reading->text, 0, UINT64_MAX, seed)
               ? NULL
               : "must be a whole number from 0 to 18446744073709551615, or random";
}

const char *read_stage_workers(const struct reading *reading)
{
    size_t *workers = reading->options->stage_workers;

    return parse_whole_list(reading->text, 1, WORKERS_MAX, workers, LLM_TASKS)
               ? NULL
               : "must be 3 whole numbers from 1 to 10000, for summarize, sentiment and keywords, "
                 "as 4,4,2";
}

const char *read_file_name(const struct reading *reading)
{
    if (*reading->text == '\0')
        return "must be the name of a file";
    *(const char **)find_field(reading, reading->rule->field) = reading->text;
    return NULL;
}

static const char *refuse_without(const char *library, const char *opened)
{
    snprintf(allowed, sizeof allowed,
             "cannot be %s: this program was built without %s (install it and build again: "
             "./lesson setup)",
             opened, library);
    return allowed;
}

const char *read_store(const struct reading *reading)
{
    return *reading->text == '\0' || store_is_built_in()
               ? read_file_name(reading)
               : refuse_without("SQLite, the database", "opened");
}

const char *read_written_file(const struct reading *reading)
{
    int error = *reading->text != '\0' ? output_file_check(reading->text) : 0;

    if (error == 0)
        return read_file_name(reading);
    snprintf(allowed, sizeof allowed, "cannot be written: %s", strerror(error));
    return allowed;
}

const char *read_output(const struct reading *reading)
{
    return *reading->text == '\0' || ai_results_can_be_written()
               ? read_written_file(reading)
               : refuse_without("jansson, the JSON library", "written");
}
