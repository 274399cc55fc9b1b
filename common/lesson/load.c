#include "lesson/load.h"

#include "observe/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make_articles(struct articles *articles, const struct options *options)
{
    size_t copies = options->mode->copies > 0 ? options->mode->copies : 1;
    int error = articles_generate(articles, options->articles, copies);

    if (error != 0)
        log_error("--articles=%zu: %s", options->articles, strerror(error));
    return error;
}

static int read_articles(struct articles *articles, const struct options *options)
{
    struct input_error where;
    int error = articles_read(articles, options->input, options->articles, &where);
    char place[64] = "";

    if (error != 0 && where.line > 0 && where.column > 0)
        snprintf(place, sizeof place, "line %ld, column %ld: ", where.line, where.column);
    else if (error != 0 && where.line > 0)
        snprintf(place, sizeof place, "line %ld: ", where.line);
    if (error != 0)
        log_error("--input=%s: %s%s", options->input, place, where.reason);
    return error;
}

/* Makes the room for results, and the statuses of a part that keeps account. */
static int make_room(struct load *load, bool keeps_account)
{
    size_t count = load->articles.count;
    int error = ai_results_init(&load->results, count);

    if (error == 0 && keeps_account) {
        load->statuses = calloc(count, sizeof *load->statuses);
        error = load->statuses == NULL ? ENOMEM : 0;
    }
    if (error != 0)
        log_error("%zu %s: %s", count, load->results.items == NULL ? "results" : "statuses",
                  strerror(error));
    return error;
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
static int open_store(struct load *load, const char *path)
{
    bool *stored = calloc(load->articles.count, sizeof *stored);
    char reason[600] = "no memory";
    int error = stored == NULL ? ENOMEM : store_open(&load->store, path, reason, sizeof reason);

    if (error == 0) {
        error = store_load(&load->store, &load->articles, &load->results, stored);
        if (error != 0) {
            snprintf(reason, sizeof reason, "%s", load->store.error_text);
            store_close(&load->store);
        }
    }
    if (error != 0)
        log_error("--store=%s: %s", path, reason);
    else
        count_stored(load, stored);
    if (error == 0 && load->store.damaged > 0)
        log_error("--store=%s: %zu result%s not as stored, as article %d's: done again", path,
                  load->store.damaged, load->store.damaged == 1 ? " is" : "s are",
                  load->store.first_damaged);
    free(stored);
    return error;
}

/* The command line is not to blame for a lack of memory. */
static int status_of(int error)
{
    return error == 0 ? STATUS_COMPLETE : error == ENOMEM ? STATUS_INCOMPLETE : STATUS_USAGE;
}

int load_init(struct load *load, const struct part *part, const struct options *options)
{
    int error;

    *load = (struct load){0};
    error = options->input == NULL ? make_articles(&load->articles, options)
                                   : read_articles(&load->articles, options);
    if (error != 0)
        return status_of(error);
    error = make_room(load, (part->abilities & KEEPS_ACCOUNT) != 0);
    if (error == 0 && options->store != NULL)
        error = open_store(load, options->store);
    if (error != 0)
        load_destroy(load);
    return status_of(error);
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
