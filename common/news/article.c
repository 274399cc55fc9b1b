#include "news/article.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The numbers of entries share no divisor, so that the sentences meet in ever new combinations. */
static const char *const subjects[] = {
    "The harbour authority",     "A regional railway",    "The city's water board",
    "A team of astronomers",     "The national library",  "A maker of hearing aids",
    "The dairy cooperative",     "A start-up from Tartu", "The island's only hospital",
    "The alpine rescue service", "A group of beekeepers",
};
static const char *const events[] = {
    "opened its doors to visitors for the first time in eleven years",
    "announced a record profit and said it would hire two hundred people",
    "warned of a shortage that could last until spring",
    "lost a lawsuit over a contract that nobody had read to the end",
    "won an award for software that has run without a failure since 1998",
    "cut its forecast after a weak summer",
    "published measurements that contradict its own earlier report",
    "celebrated the recovery of a species once thought to be extinct",
    "began to test batteries made of salt and iron",
};
static const char *const reactions[] = {
    "Analysts called the decision overdue.",
    "Neighbours are worried about the noise and the traffic.",
    "The opposition demands an inquiry into the failure.",
    "Engineers praised the careful preparation.",
    "Prices on the exchange hardly moved.",
    "A spokeswoman declined to comment on the details.",
    "Teachers hope that schools will benefit from the improvement.",
};

/* The article with this id and the n-th text. */
static int make_article(struct article *article, int id, size_t n)
{
    const char *subject = subjects[n % COUNT_OF(subjects)];
    const char *event = events[n % COUNT_OF(events)];
    const char *reaction = reactions[n % COUNT_OF(reactions)];
    int title_size = snprintf(NULL, 0, "%s in the news (%zu)", subject, n + 1) + 1;
    int content_size = snprintf(NULL, 0, "%s %s. %s", subject, event, reaction) + 1;
    char *title = malloc((size_t)title_size + (size_t)content_size);

    if (title == NULL)
        return ENOMEM;
    article->id = id;
    article->title = title;
    article->content = title + title_size;
    snprintf(title, (size_t)title_size, "%s in the news (%zu)", subject, n + 1);
    snprintf(title + title_size, (size_t)content_size, "%s %s. %s", subject, event, reaction);
    return 0;
}

int articles_generate(struct articles *articles, size_t count, size_t copies)
{
    size_t texts = (count + copies - 1) / copies;
    size_t first, second;
    int error = 0;

    *articles = (struct articles){.items = calloc(count, sizeof *articles->items)};
    if (articles->items == NULL)
        return ENOMEM;
    while (articles->count < count && error == 0) {
        error = make_article(&articles->items[articles->count], (int)articles->count + 1,
                             articles->count % texts);
        if (error == 0)
            articles->count++;
    }
    if (error == 0)
        error = articles_index(articles, &first, &second);
    if (error != 0)
        articles_destroy(articles);
    return error;
}

/* What qsort's comparison cannot be given as an argument. */
struct sort_entry {
    int id;
    size_t position;
};

static int compare_entries(const void *left, const void *right)
{
    const struct sort_entry *a = left, *b = right;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

int articles_index(struct articles *articles, size_t *first, size_t *second)
{
    size_t count = articles->count;
    struct sort_entry *entries = calloc(count + 1, sizeof *entries);
    int error = 0;

    articles->by_id = calloc(count + 1, sizeof *articles->by_id);
    if (entries == NULL || articles->by_id == NULL) {
        free(entries);
        return ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct sort_entry){articles->items[i].id, i};
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < count; i++) {
        articles->by_id[i] = entries[i].position;
        if (error == 0 && i > 0 && entries[i].id == entries[i - 1].id) {
            *first = entries[i - 1].position;
            *second = entries[i].position;
            error = EEXIST;
        }
    }
    free(entries);
    return error;
}

size_t articles_find(const struct articles *articles, int id)
{
    size_t low = 0, high = articles->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (articles->items[articles->by_id[middle]].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < articles->count && articles->items[articles->by_id[low]].id == id)
        return articles->by_id[low];
    return articles->count;
}

void articles_destroy(struct articles *articles)
{
    /* Title and content share one allocation, which begins with the title. */
    for (size_t i = 0; i < articles->count; i++)
        free((char *)articles->items[i].title);
    free(articles->items);
    free(articles->by_id);
    *articles = (struct articles){0};
}
