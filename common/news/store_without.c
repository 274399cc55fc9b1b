/* The store of a program that is built without SQLite: it cannot be opened. */
#include "news/store.h"

#ifndef HAVE_SQLITE

#include <errno.h>
#include <stdio.h>

bool store_is_built_in(void)
{
    return false;
}

int store_open(struct store *store, const char *path, char *reason, size_t size)
{
    (void)path;
    *store = (struct store){0};
    snprintf(reason, size,
             "cannot be opened: this program was built without SQLite (install it and build again: "
             "./lesson setup)");
    return ENOTSUP;
}

/* A store that is never open is not used. */
int store_load(struct store *store, const struct articles *articles, struct ai_results *results,
               bool *stored)
{
    (void)store;
    (void)articles;
    (void)results;
    (void)stored;
    return ENOTSUP;
}

int store_put(struct store *store, const struct article *article, const struct ai_result *result)
{
    (void)store;
    (void)article;
    (void)result;
    return ENOTSUP;
}

int store_check(struct store *store)
{
    (void)store;
    return ENOTSUP;
}

int store_read_back(struct store *store)
{
    (void)store;
    return ENOTSUP;
}

void store_close(struct store *store)
{
    (void)store;
}

#endif
