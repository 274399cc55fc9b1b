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

/* The article with this id and the n-th text. Returns 0 or ENOMEM. */
static int make_article(struct article *article, int id, size_t n)
{
    const char *subject = subjects[n % COUNT_OF(subjects)];
    char title[128], content[256];

    snprintf(title, sizeof title, "%s in the news (%zu)", subject, n + 1);
    snprintf(content, sizeof content, "%s %s. %s", subject, events[n % COUNT_OF(events)],
             reactions[n % COUNT_OF(reactions)]);
    *article = (struct article){id, strdup(title), strdup(content)};
    return article->title != NULL && article->content != NULL ? 0 : ENOMEM;
}

int articles_generate(struct articles *articles, size_t count, size_t copies)
{
    size_t texts = (count + copies - 1) / copies;
    size_t first, second;
    int error = 0;

    *articles = (struct articles){.items = calloc(count, sizeof *articles->items)};
    if (articles->items == NULL)
        return ENOMEM;
    for (size_t i = 0; i < count && error == 0; i++)
        error = make_article(&articles->items[articles->count++], (int)i + 1, i % texts);
    if (error == 0)
        error = articles_index(articles, &first, &second);
    if (error != 0)
        articles_destroy(articles);
    return error;
}

static int compare_ids(int a, int b)
{
    return a < b ? -1 : a > b;
}

/* Articles with the same id in the order of their places, which a sort need not keep. */
static int compare_articles(const void *left, const void *right)
{
    const struct article *const *a = left, *const *b = right;
    int order = compare_ids((*a)->id, (*b)->id);

    return order != 0 ? order : *a < *b ? -1 : *a > *b;
}

static int compare_with_id(const void *id, const void *article)
{
    return compare_ids(*(const int *)id, (*(const struct article *const *)article)->id);
}

int articles_index(struct articles *articles, size_t *first, size_t *second)
{
    size_t count = articles->count;
    const struct article **by_id = calloc(count + 1, sizeof *by_id);

    articles->by_id = by_id;
    if (by_id == NULL)
        return ENOMEM;
    for (size_t i = 0; i < count; i++)
        by_id[i] = &articles->items[i];
    qsort(by_id, count, sizeof *by_id, compare_articles);
    for (size_t i = 1; i < count; i++) {
        if (by_id[i]->id != by_id[i - 1]->id)
            continue;
        *first = (size_t)(by_id[i - 1] - articles->items);
        *second = (size_t)(by_id[i] - articles->items);
        return EEXIST;
    }
    return 0;
}

size_t articles_find(const struct articles *articles, int id)
{
    const struct article *const *found = NULL;

    if (articles->count > 0)
        found = bsearch(&id, articles->by_id, articles->count, sizeof *articles->by_id,
                        compare_with_id);
    return found != NULL ? (size_t)(*found - articles->items) : articles->count;
}

void articles_destroy(struct articles *articles)
{
    for (size_t i = 0; i < articles->count; i++) {
        free((char *)articles->items[i].title);
        free((char *)articles->items[i].content);
    }
    free(articles->items);
    free(articles->by_id);
    *articles = (struct articles){0};
}
