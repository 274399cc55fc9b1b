#include "unit.h"

#include "news/store.h"

#include <pthread.h>
#include <stdlib.h>

#define COUNT 8

struct writer {
    struct store store;
    const struct articles *articles;
    int error;
};

static void *write_results(void *argument)
{
    struct writer *writer = argument;

    for (size_t i = 0; i < COUNT && writer->error == 0; i++) {
        const struct article *article = &writer->articles->items[i];
        const struct ai_result result = {.article_id = article->id, .summary = "short"};

        writer->error = store_put(&writer->store, article, &result);
    }
    return NULL;
}

/* Main opens and closes, another thread stores in between. */
TEST(each_store_has_its_thread)
{
    static const char *const names[] = {"a", "b"};
    struct articles articles;
    struct writer writers[COUNT_OF(names)] = {0};
    pthread_t threads[COUNT_OF(names)];
    char reason[300];

    assert_int_equal(articles_generate(&articles, COUNT, 1), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        writers[i].articles = &articles;
        assert_int_equal(store_open(&writers[i].store, names[i], reason, sizeof reason), 0);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_results, &writers[i]), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(writers[i].error, 0);
        assert_int_equal(store_read_back(&writers[i].store), 0);
        assert_int_equal(writers[i].store.rows, COUNT);
        store_close(&writers[i].store);
    }
    articles_destroy(&articles);
}
