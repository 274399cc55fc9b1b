/* The store as it is built where SQLite is missing: nothing is stored, and the reason is told. */
#include "unit.h"

#include "news/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

TEST(it_says_what_is_missing)
{
    char reason[300] = "";
    struct store store;

    assert_false(store_is_built_in());
    assert_int_equal(store_open(&store, "store", reason, sizeof reason), ENOTSUP);
    assert_non_null(
        strstr(reason, "built without SQLite (install it and build again: ./lesson setup)"));
    assert_int_equal(access("store", F_OK), -1);
    store_close(&store);
}

TEST(nothing_is_stored)
{
    static struct article item = {1, "title", "content"};
    static const struct ai_result result = {.article_id = 1};
    const struct articles articles = {.items = &item, .count = 1};
    struct ai_results results;
    struct store store;
    char reason[16]; /* too short for it */
    bool stored;

    assert_int_equal(ai_results_init(&results, 1), 0);
    assert_int_equal(store_open(&store, "store", reason, sizeof reason), ENOTSUP);
    assert_int_equal(store_put(&store, &item, &result), ENOTSUP);
    assert_int_equal(store_load(&store, &articles, &results, &stored), ENOTSUP);
    assert_int_equal(results.count, 0);
    store_close(&store);
    ai_results_destroy(&results);
}
