/*
 * A store that is damaged, and then opened: --store. The first byte says how: 0, the other bytes
 * are the file; 1, they are the log beside a good store; else each three of them are a place in a
 * good store, of 16 bits, and the byte that is put there. With 2 bytes alone, the file is cut
 * there.
 */
#include "fuzz.h"

#include "news/simulator.h"
#include "news/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARTICLES 4
#define STORED 3 /* of them have a result in the good store */

static struct articles articles;
static struct ai_result expected[ARTICLES];
static char store_path[64], *good;
static size_t good_size;

static void make_good_store(void)
{
    struct store store;
    char reason[600];

    REQUIRE(articles_generate(&articles, ARTICLES, 1) == 0);
    REQUIRE(store_open(&store, store_path, reason, sizeof reason) == 0);
    for (int i = 0; i < ARTICLES; i++) {
        expected[i].article_id = articles.items[i].id;
        for (int task = 0; task < LLM_TASKS; task++)
            simulator_answer((enum llm_task)task, &articles.items[i], &expected[i]);
        if (i < STORED)
            REQUIRE(store_put(&store, &articles.items[i], &expected[i]) == 0);
    }
    store_close(&store);
    good = fuzz_read_file(store_path, &good_size);
    REQUIRE(good != NULL && good_size > 0);
}

static void remove_store(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-lock"};
    char path[80];

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(path, sizeof path, "%s%s", store_path, endings[i]);
        fuzz_write_file(path, NULL, 0);
    }
}

static void make_damaged_store(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(good_size), how = size > 0 ? data[0] : 2;
    size_t length = good_size;
    char log[80];

    REQUIRE(bytes != NULL);
    memcpy(bytes, good, good_size);
    snprintf(log, sizeof log, "%s-wal", store_path);
    if (how == 0) {
        fuzz_write_file(store_path, data + 1, size - 1);
        free(bytes);
        return;
    }
    if (how == 1)
        fuzz_write_file(log, data + 1, size - 1);
    else
        for (size_t at = 1; at + 2 <= size; at += 3) {
            size_t place = ((size_t)data[at] << 8 | data[at + 1]) % good_size;

            if (at + 2 == size)
                length = place;
            else
                bytes[place] = data[at + 2];
        }
    fuzz_write_file(store_path, bytes, length);
    free(bytes);
}

/* The errors that the header names for a file, none of which is one of the system. */
static bool is_about_the_file(int error)
{
    return error == EINVAL || error == EBADMSG;
}

static void check_results(const struct ai_results *results, const bool *stored)
{
    size_t count = 0;

    for (int i = 0; i < ARTICLES; i++) {
        const struct ai_result *result = &results->items[count];

        if (!stored[i])
            continue;
        REQUIRE(count++ < results->count);
        REQUIRE(result->article_id == expected[i].article_id);
        REQUIRE(strcmp(result->summary, expected[i].summary) == 0);
        REQUIRE(strcmp(result->sentiment, expected[i].sentiment) == 0);
        REQUIRE(strcmp(result->keywords, expected[i].keywords) == 0);
    }
    REQUIRE(count == results->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ai_results results;
    struct store store;
    bool stored[ARTICLES] = {false};
    char reason[600] = "";
    int error;

    if (good == NULL) {
        snprintf(store_path, sizeof store_path, "%s", fuzz_path("store"));
        make_good_store();
    }
    REQUIRE(ai_results_init(&results, ARTICLES) == 0);
    remove_store();
    make_damaged_store(data, size);
    error = store_open(&store, store_path, reason, sizeof reason);
    if (error == 0) {
        error = store_load(&store, &articles, &results, stored);
        if (error == 0)
            check_results(&results, stored);
        else
            snprintf(reason, sizeof reason, "%s", store.error_text);
        for (int i = 0; error == 0 && i < ARTICLES; i++)
            if (!stored[i])
                error = store_put(&store, &articles.items[i], &expected[i]);
        if (error != 0 && *reason == '\0')
            snprintf(reason, sizeof reason, "%s", store.error_text);
        store_close(&store);
    }
    if (error != 0 && (!is_about_the_file(error) || *reason == '\0')) {
        fprintf(stderr, "error %d (%s): %s\n", error, strerror(error), reason);
        REQUIRE(is_about_the_file(error) && *reason != '\0');
    }
    ai_results_destroy(&results);
    return 0;
}
