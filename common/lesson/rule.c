#include "lesson/rule.h"

#include "lesson/parse.h"
#include "news/ai_result.h"
#include "news/article.h"
#include "news/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

    if (!parse_duration(reading->text, &duration_ns) || duration_ns == 0)
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

/* Takes the name of a file, if the library that it is for is built in. */
static const char *take_name(const struct reading *reading, bool is_built_in, const char *opened,
                             const char *library)
{
    if (*reading->text == '\0')
        return "must be the name of a file";
    if (!is_built_in) {
        snprintf(allowed, sizeof allowed,
                 "cannot be %s: this program was built without %s (install it and build again: "
                 "./lesson setup)",
                 opened, library);
        return allowed;
    }
    *(const char **)find_field(reading, reading->rule->field) = reading->text;
    return NULL;
}

const char *read_input(const struct reading *reading)
{
    return take_name(reading, articles_can_read(), "read", "jansson, the JSON library");
}

const char *read_store(const struct reading *reading)
{
    return take_name(reading, store_is_built_in(), "opened", "SQLite, the database");
}

const char *read_output(const struct reading *reading)
{
    int error = *reading->text != '\0' ? ai_results_check_writable(reading->text) : 0;

    if (error != 0 && error != ENOTSUP) {
        snprintf(allowed, sizeof allowed, "cannot be written: %s", strerror(error));
        return allowed;
    }
    return take_name(reading, error != ENOTSUP, "written", "jansson, the JSON library");
}
