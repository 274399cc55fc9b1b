#include "lesson/next.h"

#include "lesson/sanitizer.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Makes "./lesson 7 --mode=deaf", without the option in the default mode. */
static void start_command(char text[NEXT_SIZE], int number, const struct mode *mode)
{
    bool has_mode = mode != NULL;

    snprintf(text, NEXT_SIZE, "./lesson %d%s%s", number, has_mode ? " --mode=" : "",
             has_mode ? mode->name : "");
}

static void add_word(char text[NEXT_SIZE], const char *word)
{
    size_t length = strlen(text);

    snprintf(text + length, NEXT_SIZE - length, " %s", word);
}

/* The command behind an option of the mode's texts that was given; or NULL. */
static const char *find_with(const struct next *next, const struct options *options)
{
    for (size_t i = 0; i < NEXT_WITH_MAX && next->with[i].option != NULL; i++)
        if (options_has(options, next->with[i].option))
            return next->with[i].type;
    return NULL;
}

const char *next_command(const struct part *part, const struct options *options, int status,
                         char text[NEXT_SIZE])
{
    const struct mode *mode = options->mode;
    const struct mode *named = mode != &part->modes[0] ? mode : NULL;
    bool shuts_down = ((part->abilities | mode->abilities) & SHUTS_DOWN) != 0;
    const char *command = find_with(&mode->next, options);
    char word[64], duration[DURATION_SIZE];

#ifdef HAS_THREAD_SANITIZER
    if (mode->next.after_race != NULL)
        return mode->next.after_race;
#endif
    if (command != NULL)
        return command;
    if (!options_change_the_run(options))
        return mode->next.type;
    if (options_has(options, "hang-rate") && options->faults.hang_rate > 0 &&
        options->call_timeout_ns == 0) {
        /* A call that never answers needs a deadline. Where none can be set, the next part can. */
        start_command(text, shuts_down ? part->number : part->number + 1,
                      shuts_down ? named : NULL);
        snprintf(word, sizeof word, "--hang-rate=%g", options->faults.hang_rate);
        add_word(text, word);
        add_word(text, "--call-timeout=2s");
        return text;
    }
    start_command(text, part->number, named);
    if (options_has(options, "timeout") && status != STATUS_COMPLETE && !options->drain) {
        snprintf(word, sizeof word, "--timeout=%s",
                 duration_format(duration, sizeof duration, options->timeout_ns));
        add_word(text, word);
        add_word(text, "--drain");
    }
    return text; /* by itself: what the mode shows without the options */
}
