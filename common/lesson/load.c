#include "lesson/load.h"

#include "lesson/combine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make_articles(struct articles *articles, const char *program,
                         const struct options *options)
{
    size_t copies = options->mode->copies > 0 ? options->mode->copies : 1;
    int error = articles_generate(articles, options->articles, copies);

    if (error != 0)
        fprintf(stderr, "%s: --articles=%zu: %s\n", program, options->articles, strerror(error));
    return error;
}

static int read_articles(struct articles *articles, const char *program,
                         const struct options *options)
{
    struct input_error where;
    int error = articles_read(articles, options->input, options->articles, &where);

    if (error != 0) {
        fprintf(stderr, "%s: --input=%s: ", program, options->input);
        if (where.line > 0)
            fprintf(stderr, "line %ld%s", where.line, where.column > 0 ? ", " : ": ");
        if (where.column > 0)
            fprintf(stderr, "column %ld: ", where.column);
        fprintf(stderr, "%s\n", where.reason);
    }
    return error;
}

/* Makes the room for results, and the statuses of a part that keeps account. */
static int make_room(struct load *load, const struct part *part)
{
    size_t count = load->articles.count;
    int error = ai_results_init(&load->results, count);

    if (error != 0) {
        fprintf(stderr, "%s: %zu results: %s\n", part->folder, count, strerror(error));
        return error;
    }
    if ((part->abilities & KEEPS_ACCOUNT) == 0)
        return 0;
    load->statuses = calloc(count, sizeof *load->statuses);
    if (load->statuses == NULL) {
        fprintf(stderr, "%s: %zu statuses: %s\n", part->folder, count, strerror(ENOMEM));
        return ENOMEM;
    }
    return 0;
}

/* Notes which articles are done. */
static void count_stored(struct load *load, const bool *stored)
{
    const struct article_error none = {0};

    for (size_t i = 0; i < load->articles.count; i++) {
        if (!stored[i])
            continue;
        load->stored++;
        if (load->statuses != NULL)
            article_status_end(&load->statuses[i], &none);
    }
}

/* Opens the store, and takes from it the results that it has. */
static int open_store(struct load *load, const char *program, const char *path)
{
    bool *stored = calloc(load->articles.count, sizeof *stored);
    char reason[300] = "no memory";
    int error = stored == NULL ? ENOMEM : store_open(&load->store, path, reason, sizeof reason);

    if (error == 0) {
        error = store_load(&load->store, &load->articles, &load->results, stored);
        if (error != 0) {
            snprintf(reason, sizeof reason, "%s", load->store.error_text);
            store_close(&load->store);
        }
    }
    if (error != 0)
        fprintf(stderr, "%s: --store=%s: %s\n", program, path, reason);
    else
        count_stored(load, stored);
    free(stored);
    return error;
}

static int use_store(struct load *load, const char *program, const struct options *options)
{
    int error = open_store(load, program, options->store);

    /* Only now the store exists, and can be found under another name. */
    if (error == 0 && options->output != NULL &&
        combine_is_same_file(options->output, options->store)) {
        fprintf(stderr, "%s: --output=%s: cannot be the store, --store=%s\n", program,
                options->output, options->store);
        store_close(&load->store);
        error = EINVAL;
    }
    return error;
}

int load_init(struct load *load, const struct part *part, const struct options *options)
{
    const char *program = part->folder;
    int error;

    *load = (struct load){0};
    error = options->input == NULL ? make_articles(&load->articles, program, options)
                                   : read_articles(&load->articles, program, options);
    if (error != 0)
        return STATUS_USAGE;
    if (make_room(load, part) != 0) {
        load_destroy(load);
        return STATUS_INCOMPLETE;
    }
    if (options->store != NULL && use_store(load, program, options) != 0) {
        load_destroy(load);
        return STATUS_USAGE;
    }
    return STATUS_COMPLETE;
}

void load_clear(struct load *load)
{
    load->results.count = 0;
    load->results.is_partial = false;
    memset(load->results.items, 0, load->results.capacity * sizeof *load->results.items);
    if (load->statuses != NULL)
        memset(load->statuses, 0, load->articles.count * sizeof *load->statuses);
    load->stored = 0;
}

void load_destroy(struct load *load)
{
    ai_results_destroy(&load->results);
    articles_destroy(&load->articles);
    free(load->statuses);
    load->statuses = NULL;
}
