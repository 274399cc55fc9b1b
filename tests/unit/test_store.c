#include "unit.h"

#include "../tools/random.h"
#include "news/store.h"
#include "system/clock.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT 8
#define KILLS 10

#define OURS_ALONE ": must be a new file, or one that an earlier run has stored in"

static char reason[300];

static struct articles generate(size_t count)
{
    struct articles articles;

    assert_int_equal(articles_generate(&articles, count, 1), 0);
    return articles;
}

/* A result like no other article's. */
static struct ai_result make_result(int id)
{
    struct ai_result result = {.article_id = id, .sentiment = "neutral"};

    snprintf(result.summary, sizeof result.summary, "What article %d says, in short", id);
    snprintf(result.keywords, sizeof result.keywords, "harbour, library, %d", id);
    return result;
}

static void assert_result(const struct ai_result *result, const struct ai_result *expected)
{
    assert_int_equal(result->article_id, expected->article_id);
    assert_string_equal(result->summary, expected->summary);
    assert_string_equal(result->sentiment, expected->sentiment);
    assert_string_equal(result->keywords, expected->keywords);
}

static void close_all(struct store *store, struct articles *articles)
{
    store_close(store);
    articles_destroy(articles);
}

static void open_store(struct store *store, const char *path)
{
    reason[0] = '\0';
    if (store_open(store, path, reason, sizeof reason) != 0)
        fail_msg("%s: %s", path, reason);
}

static void assert_refused(const char *path, int error, const char *words)
{
    struct store store;

    reason[0] = '\0';
    assert_int_equal(store_open(&store, path, reason, sizeof reason), error);
    if (strstr(reason, words) == NULL || strchr(reason, '\n') != NULL)
        fail_msg("%s: \"%s\" is not in: %s", path, words, reason);
    store_close(&store);
}

/* Stores results from *done on, which it counts, until one fails or all are stored. */
static int put_until_full(struct store *store, const struct articles *articles, size_t *done)
{
    int error = 0;

    while (error == 0 && *done < articles->count) {
        struct ai_result result = make_result(articles->items[*done].id);

        error = store_put(store, &articles->items[*done], &result);
        *done += error == 0;
    }
    return error;
}

/* Of articles->items from first up to end, results as make_result() makes them. */
static void put_results(struct store *store, const struct articles *articles, size_t first,
                        size_t end)
{
    const struct articles some = {.items = articles->items, .count = end};

    assert_int_equal(put_until_full(store, &some, &first), 0);
}

/*
 * The store has such results for articles->items from 0 up to the number that is returned, and for
 * no other of them.
 */
static size_t count_stored(struct store *store, const struct articles *articles)
{
    struct ai_results results;
    bool *stored = calloc(articles->count, sizeof *stored);
    size_t count;

    assert_non_null(stored);
    assert_int_equal(ai_results_init(&results, articles->count), 0);
    assert_int_equal(store_load(store, articles, &results, stored), 0);
    count = results.count;
    for (size_t i = 0; i < articles->count; i++)
        assert_int_equal(stored[i], i < count);
    for (size_t i = 0; i < count; i++) {
        struct ai_result expected = make_result(articles->items[i].id);

        assert_result(&results.items[i], &expected);
    }
    ai_results_destroy(&results);
    free(stored);
    return count;
}

static void assert_stored(struct store *store, const struct articles *articles, size_t count)
{
    assert_int_equal(count_stored(store, articles), count);
}

/* A closed store that has the first stored of count articles. */
static void make_store(const char *path, size_t count, size_t stored)
{
    struct articles articles = generate(count);
    struct store store;

    open_store(&store, path);
    put_results(&store, &articles, 0, stored);
    close_all(&store, &articles);
}

/* Frees before. */
static void assert_untouched(const char *path, struct bytes *before)
{
    struct bytes *after = read_file(path);

    assert_int_equal(after->size, before->size);
    assert_memory_equal(after->at, before->at, before->size);
    free(before);
    free(after);
}

static int execute(const char *path, const char *sql)
{
    sqlite3 *database;
    int code = sqlite3_open(path, &database);

    if (code == SQLITE_OK)
        code = sqlite3_exec(database, sql, NULL, NULL, NULL);
    sqlite3_close(database);
    return code;
}

/* --- What is stored */

static void assert_opens(const char *path)
{
    struct store store;

    open_store(&store, path);
    store_close(&store);
    assert_only_file(path);
}

TEST(a_new_file_is_made_and_an_empty_one_taken)
{
    assert_true(store_is_built_in());
    assert_opens("store");
    write_file("store", "", 0);
    assert_opens("store");
    assert_opens("store");
}

TEST(what_was_stored_is_loaded_in_the_order_of_the_articles)
{
    static struct article items[] = {{30, "third", "c"}, {1, "first", "a"}, {7, "second", "b"}};
    static const struct ai_result odd[] = {
        {30, "", "", "", {0}},
        {1,
         "A \"quoted\" 'line'\nand \xC3\xA4\xE4\xB8\xAD; DROP TABLE results",
         "positive",
         "x",
         {0}},
    };
    struct articles articles = {.items = items, .count = 3};
    struct ai_result full = {.article_id = 7};
    struct ai_results results;
    struct store store;
    bool stored[3];

    memset(full.summary, 's', sizeof full.summary - 1);
    memset(full.sentiment, 't', sizeof full.sentiment - 1);
    memset(full.keywords, 'k', sizeof full.keywords - 1);
    open_store(&store, "store");
    assert_int_equal(store_put(&store, &items[2], &full), 0);
    assert_int_equal(store_put(&store, &items[1], &odd[1]), 0);
    assert_int_equal(store_put(&store, &items[0], &odd[0]), 0);
    store_close(&store);

    open_store(&store, "store");
    assert_int_equal(ai_results_init(&results, 4), 0);
    results.items[results.count++] = make_result(99);
    assert_int_equal(store_load(&store, &articles, &results, stored), 0);
    assert_int_equal(results.count, 4);
    assert_int_equal(results.items[0].article_id, 99);
    assert_result(&results.items[1], &odd[0]);
    assert_result(&results.items[2], &odd[1]);
    assert_result(&results.items[3], &full);
    ai_results_destroy(&results);
    store_close(&store);
}

TEST(only_what_is_asked_for_is_loaded)
{
    struct articles articles = generate(COUNT), some;
    struct store store;

    make_store("store", COUNT, 5);
    open_store(&store, "store");
    assert_stored(&store, &articles, 5);
    some = (struct articles){.items = articles.items, .count = 3};
    assert_stored(&store, &some, 3);
    some = (struct articles){.items = articles.items + 5, .count = 3};
    assert_stored(&store, &some, 0);
    put_results(&store, &articles, 5, COUNT);
    assert_stored(&store, &articles, COUNT);
    close_all(&store, &articles);
}

TEST(a_second_result_of_an_article_is_refused)
{
    struct articles articles = generate(COUNT);
    struct ai_result other = make_result(1);
    struct store store;

    strcpy(other.summary, "another");
    open_store(&store, "store");
    put_results(&store, &articles, 0, 1);
    assert_int_equal(store_put(&store, &articles.items[0], &other), EEXIST);
    assert_string_equal(store.error_text, "holds a result of article 1 already");
    assert_stored(&store, &articles, 1);
    put_results(&store, &articles, 1, 2);
    store_close(&store);
    open_store(&store, "store");
    assert_int_equal(store_put(&store, &articles.items[0], &other), EEXIST);
    assert_stored(&store, &articles, 2);
    close_all(&store, &articles);
}

TEST(the_result_of_another_article_is_refused)
{
    struct articles articles = generate(COUNT);
    struct ai_result other = make_result(2), empty = {.article_id = 0};
    struct store store;

    open_store(&store, "store");
    assert_int_equal(store_put(&store, &articles.items[0], &other), EINVAL);
    assert_string_equal(store.error_text, "article 1 cannot have the result of article 2");
    assert_int_equal(store_put(&store, &articles.items[0], &empty), EINVAL);
    assert_stored(&store, &articles, 0);
    close_all(&store, &articles);
}

TEST(the_same_id_with_another_text_is_refused)
{
    static const struct article others[] = {
        {2, "title", "content."}, {2, "Title", "content"}, {2, "titlec", "ontent"},
        {2, "", "titlecontent"},  {2, "titlecontent", ""}, {2, "content", "title"},
    };
    static struct article items[] = {{1, "one", "1"}, {2, "title", "content"}, {3, "three", "3"}};
    struct articles articles = {.items = items, .count = 3};
    struct ai_result results_of[3] = {make_result(1), make_result(2), make_result(3)};
    struct ai_results results;
    struct store store;
    bool stored[3];

    open_store(&store, "store");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(store_put(&store, &items[i], &results_of[i]), 0);
    assert_int_equal(ai_results_init(&results, 4), 0);
    results.count = 1;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        items[1] = others[i];
        assert_int_equal(store_load(&store, &articles, &results, stored), EINVAL);
        assert_non_null(strstr(store.error_text, "another article with the id 2: "));
        assert_int_equal(results.count, 1);
        assert_false(stored[0] || stored[1] || stored[2]);
    }
    items[1] = (struct article){2, "title", "content"};
    assert_int_equal(store_load(&store, &articles, &results, stored), 0);
    assert_int_equal(results.count, 4);
    ai_results_destroy(&results);
    store_close(&store);
}

TEST(results_without_room_are_not_loaded)
{
    struct articles articles = generate(COUNT);
    struct ai_results results;
    struct store store;
    bool stored[COUNT];

    open_store(&store, "store");
    put_results(&store, &articles, 0, 3);
    assert_int_equal(ai_results_init(&results, 2), 0);
    assert_int_equal(store_load(&store, &articles, &results, stored), ENOBUFS);
    assert_int_equal(results.count, 0);
    ai_results_destroy(&results);
    close_all(&store, &articles);
}

/* A power cut is nothing to test with: that each commit waits for the disk is a setting. */
TEST(each_commit_waits_for_the_disk)
{
    sqlite3_stmt *query;
    struct store store;

    open_store(&store, "store");
    assert_int_equal(sqlite3_prepare_v2(store.database, "PRAGMA synchronous", -1, &query, NULL), 0);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_true(sqlite3_column_int(query, 0) >= 2); /* FULL or EXTRA */
    sqlite3_finalize(query);
    store_close(&store);
}

TEST(closing_once_more_is_harmless)
{
    struct store store;

    open_store(&store, "store");
    store_close(&store);
    store_close(&store);
    assert_int_equal(store_open(&store, ".", reason, sizeof reason), EISDIR);
    store_close(&store);
    store_close(&store);
}

/* --- What is refused */

TEST(what_cannot_be_a_file_is_refused)
{
    char long_name[300], long_path[PATH_MAX + 10];

    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    memset(long_path, '/', sizeof long_path);
    strcpy(long_path + sizeof long_path - 5, "file");
    write_file("file", "old", 3);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("a", "b"), 0);
    assert_int_equal(symlink("b", "a"), 0);
    assert_refused("", EINVAL, "must be the name of a file");
    assert_refused(".", EISDIR, "is a folder" OURS_ALONE);
    assert_refused("/", EISDIR, "is a folder" OURS_ALONE);
    assert_refused("new/", EISDIR, "is the name of a folder" OURS_ALONE);
    assert_refused("missing/new", ENOENT, "the folder must exist, and it and the file be writable");
    assert_refused("file/new", ENOTDIR, "the folder must exist");
    assert_refused("fifo", EINVAL, "is no regular file" OURS_ALONE);
    assert_refused("/dev/null", EINVAL, "is no regular file" OURS_ALONE);
    assert_refused("a", ELOOP, "cannot be opened: ");
    assert_refused(long_name, ENAMETOOLONG, "cannot be opened: ");
    assert_refused(long_path, ENAMETOOLONG, "cannot be opened: ");
    assert_int_equal(access("new", F_OK), -1);
}

/* Names that SQLite would not take for names of files. */
TEST(a_name_is_the_name_of_a_file)
{
    static const char *const names[] = {":memory:", "file:name?mode=memory", "-x"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        make_store(names[i], 1, 1);
        assert_only_file(names[i]);
        assert_int_equal(unlink(names[i]), 0);
    }
}

TEST(a_link_is_followed)
{
    struct articles articles = generate(COUNT);
    struct store store;

    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(symlink("folder/store", "link"), 0);
    make_store("link", COUNT, 3);
    open_store(&store, "folder/store");
    assert_stored(&store, &articles, 3);
    assert_refused("link", EBUSY, "is in use");
    close_all(&store, &articles);
}

static int open_and_say(void *path)
{
    struct store store;
    int error = store_open(&store, path, reason, sizeof reason);

    puts(error == 0 ? "opened" : reason);
    store_close(&store);
    return error;
}

static int open_as_ordinary_user(void *path)
{
    return become_ordinary_user() ? open_and_say(path) : 255;
}

static void assert_denied(char *path, const char *words)
{
    struct child child = run_child(open_as_ordinary_user, path);

    assert_int_equal(child.status, EACCES);
    assert_string_equal(child.out, words);
}

TEST(what_a_killed_run_of_another_user_left_is_no_damage)
{
    static char path[] = "open/store";

    assert_int_equal(mkdir("open", 0755), 0);
    make_store(path, 1, 1);
    write_file("open/store-lock", "", 0);
    write_file("open/store-wal", "", 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod("open/store-lock", 0644), 0);
    assert_int_equal(chmod("open/store-wal", 0644), 0);
    assert_int_equal(chmod("open", 0777), 0);
    assert_denied(path, "its file store-wal cannot be written: Permission denied\n");
    assert_int_equal(unlink("open/store-wal"), 0);
    assert_int_equal(run_child(open_as_ordinary_user, path).status, 0);
}

TEST(what_may_not_be_written_is_refused)
{
    static char new_file[] = "closed/new", old_file[] = "closed/old", read_only[] = "open/store";
    static const char closed[] =
        "its folder cannot be written: Permission denied (the folder must exist, and it and the "
        "file be writable)\n";

    assert_int_equal(mkdir("closed", 0755), 0);
    assert_int_equal(mkdir("open", 0755), 0);
    make_store(old_file, 1, 1);
    make_store(read_only, 1, 1);
    assert_int_equal(chmod(old_file, 0666), 0);
    assert_int_equal(chmod(read_only, 0444), 0);
    assert_int_equal(chmod("closed", 0555), 0);
    assert_int_equal(chmod("open", 0777), 0);
    assert_int_equal(run_child(open_as_ordinary_user, new_file).status, EACCES);
    assert_denied(old_file, closed);
    assert_denied(read_only, "its file store cannot be written: Permission denied\n");
    assert_int_equal(chmod(read_only, 0), 0);
    assert_denied(read_only, "cannot be opened: Permission denied (the folder must exist, and it "
                             "and the file be writable)\n");
    assert_int_equal(chmod("closed", 0755), 0);
    assert_int_equal(unlink(old_file), 0);
    assert_int_equal(rmdir("closed"), 0); /* was empty but for that one */
}

static void assert_left_alone(const char *path, int error, const char *words)
{
    struct bytes *before = read_file(path);

    assert_refused(path, error, words);
    assert_untouched(path, before);
    assert_only_file(path);
}

TEST(a_file_that_is_no_database_is_left_alone)
{
    static const char text[] = "{\"id\": 1, \"title\": \"An article, and no database\"}\n";
    char page[4096] = "";

    write_file("file", text, sizeof text - 1);
    assert_left_alone("file", EINVAL, "is no database" OURS_ALONE);
    write_file("file", "\n", 1);
    assert_left_alone("file", EINVAL, "is no database");
    write_file("file", "SQLite format 3", 15);
    assert_left_alone("file", EBADMSG, "is damaged (it is cut off)");
    write_file("file", page, sizeof page);
    assert_left_alone("file", EINVAL, "is no database");
}

TEST(another_programs_database_is_left_alone)
{
    assert_int_equal(execute("file", "CREATE TABLE results (article_id INTEGER PRIMARY KEY)"), 0);
    assert_left_alone("file", EINVAL, "is another program's database" OURS_ALONE);
    assert_int_equal(execute("file", "PRAGMA application_id = 252006674"), 0);
    assert_left_alone("file", EINVAL, "is another program's database");
    assert_int_equal(execute("file", "DROP TABLE results; PRAGMA application_id = 0; VACUUM"), 0);
    assert_left_alone("file", EINVAL, "is another program's database");
}

/* Leaves a database as a killed program does: changes stand in a log, or are half done. */
static int leave_unfinished(void *sql)
{
    sqlite3 *database;

    if (sqlite3_open("file", &database) != SQLITE_OK ||
        sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return 1;
    _exit(0);
}

static void assert_left_unfinished(char *sql, const char *name_beside)
{
    struct bytes *file, *beside;

    assert_int_equal(run_child(leave_unfinished, sql).status, 0);
    file = read_file("file");
    beside = read_file(name_beside);
    assert_true(beside->size > 0);
    assert_refused("file", EINVAL, "is another program's database");
    assert_untouched("file", file);
    assert_untouched(name_beside, beside);
}

TEST(what_another_program_left_unfinished_is_left_so)
{
    static char log[] = "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)";
    static char half_done[] = "CREATE TABLE t (x); PRAGMA cache_size = 1; BEGIN;"
                              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                              " WHERE i < 200) INSERT INTO t SELECT randomblob(1000) FROM n";

    assert_left_unfinished(log, "file-wal");
    assert_int_equal(unlink("file"), 0);
    assert_int_equal(unlink("file-wal"), 0);
    assert_int_equal(unlink("file-shm"), 0);
    assert_left_unfinished(half_done, "file-journal");
}

TEST(another_version_is_left_alone)
{
    make_store("file", 1, 1);
    assert_int_equal(execute("file", "PRAGMA user_version = 3"), 0);
    assert_left_alone("file", EINVAL, "is of the newer version 3, this program knows version 2: ");
    assert_int_equal(execute("file", "PRAGMA user_version = 1"), 0);
    assert_left_alone("file", EINVAL, "is of the older version 1, this program knows version 2: ");
    assert_int_equal(execute("file", "PRAGMA user_version = 0"), 0);
    assert_left_alone("file", EBADMSG, "is damaged (its version is missing)" OURS_ALONE);
}

TEST(a_file_with_two_names_is_left_alone)
{
    struct bytes *before;

    make_store("file", 1, 1);
    assert_int_equal(link("file", "other"), 0);
    before = read_file("file");
    assert_refused("other", EMLINK, "has more than one name (hard links)");
    assert_untouched("file", before);
}

TEST(a_damaged_file_is_refused)
{
    struct bytes *whole;

    make_store("file", 1000, 1000);
    whole = read_file("file");
    assert_true(whole->size > 10 * 4096);
    /* Cut off at a page, within one, within the first, and within the header. */
    assert_int_equal(truncate("file", 5 * 4096), 0);
    assert_left_alone("file", EBADMSG, "is damaged (");
    assert_int_equal(truncate("file", 2 * 4096 + 17), 0);
    assert_left_alone("file", EBADMSG, "is damaged (");
    assert_int_equal(truncate("file", 1000), 0);
    assert_left_alone("file", EBADMSG, "is damaged (");
    assert_int_equal(truncate("file", 99), 0);
    assert_left_alone("file", EBADMSG, "is damaged (it is cut off)");
    /* A page overwritten. */
    memset(whole->at + 4 * (size_t)4096, 0x55, 4096);
    write_file("file", whole->at, whole->size);
    assert_refused("file", EBADMSG, "is damaged (");
    free(whole);
    assert_int_equal(unlink("file"), 0);
    make_store("file", 1, 1);
    assert_int_equal(execute("file", "DROP TABLE results"), 0);
    assert_refused("file", EBADMSG, "is damaged (no such table: results)");
}

/* Each byte that is wrong is harmless, or the file is refused in words that say what it is. */
TEST(each_byte_of_the_header_may_be_damaged)
{
    static const char *const words[] = {"is damaged (",
                                        "is no database: ", "is another program's database: ",
                                        "is of the newer version", "is of the older version"};
    struct bytes *whole;

    make_store("file", COUNT, COUNT);
    whole = read_file("file");
    for (size_t at = 0; at < 108; at++) {
        struct store store;
        size_t i = 0;

        whole->at[at] ^= 0x15;
        write_file("file", whole->at, whole->size);
        whole->at[at] ^= 0x15;
        if (store_open(&store, "file", reason, sizeof reason) != 0) {
            while (i < COUNT_OF(words) && strncmp(reason, words[i], strlen(words[i])) != 0)
                i++;
            if (i == COUNT_OF(words))
                fail_msg("byte %zu: %s", at, reason);
        }
        store_close(&store);
    }
    free(whole);
}

TEST(a_result_that_was_changed_counts_as_missing_and_is_stored_again)
{
    static const char *const changes[] = {
        "UPDATE results SET summary = NULL WHERE article_id = 2",
        "UPDATE results SET sentiment = 'much too long for it' WHERE article_id = 2",
        "UPDATE results SET keywords = 'a' || char(0) || 'b' WHERE article_id = 2",
        "UPDATE results SET summary = replace(summary, 'short', 'shore') WHERE article_id = 2",
        "UPDATE results SET sentiment = 'positive' WHERE article_id = 2",
        "UPDATE results SET keywords = '' WHERE article_id = 2",
        "UPDATE results SET checksum = checksum + 1 WHERE article_id = 2",
        "UPDATE results SET fingerprint = fingerprint + 1 WHERE article_id = 2",
        "UPDATE OR REPLACE results SET article_id = 2 WHERE article_id = 4",
    };
    struct articles articles = generate(COUNT);
    struct ai_result again = make_result(2);
    struct ai_results results;
    struct store store;
    bool stored[COUNT];

    assert_int_equal(ai_results_init(&results, COUNT), 0);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        make_store("file", COUNT, 5);
        assert_int_equal(execute("file", changes[i]), 0);
        open_store(&store, "file");
        results.count = 0;
        assert_int_equal(store_load(&store, &articles, &results, stored), 0);
        assert_true(stored[0] && !stored[1] && stored[2]);
        assert_true(store.damaged > 0);
        assert_int_equal(store.first_damaged, 2);
        assert_int_equal(store_put(&store, &articles.items[1], &again), 0);
        results.count = 0;
        assert_int_equal(store_load(&store, &articles, &results, stored), 0);
        assert_int_equal(store.damaged, 0);
        assert_result(&results.items[1], &again);
        store_close(&store);
        assert_int_equal(unlink("file"), 0);
    }
    ai_results_destroy(&results);
    articles_destroy(&articles);
}

/* --- The files are taken away */

static void remove_file(void)
{
    assert_int_equal(unlink("store"), 0);
}

static void rename_file(void)
{
    assert_int_equal(rename("store", "elsewhere"), 0);
}

static void replace_file(void)
{
    make_store("other", 1, 0);
    assert_int_equal(rename("other", "store"), 0);
}

static void remove_log(void)
{
    assert_int_equal(unlink("store-wal"), 0);
}

static void rename_folder(void)
{
    assert_int_equal(rename("../a", "../b"), 0);
}

TEST(a_store_that_is_taken_away_is_noticed)
{
    static void (*const takings[])(void) = {remove_file, rename_file, replace_file, remove_log,
                                            rename_folder};
    struct articles articles = generate(COUNT);
    struct ai_result result = make_result(2), another = make_result(3);

    for (size_t i = 0; i < COUNT_OF(takings); i++) {
        struct store store;

        assert_int_equal(mkdir("a", 0755), 0);
        assert_int_equal(chdir("a"), 0);
        open_store(&store, "store");
        put_results(&store, &articles, 0, 1);
        assert_int_equal(store_check(&store), 0);
        takings[i]();
        assert_int_equal(store_check(&store), ENOENT);
        assert_int_equal(store_put(&store, &articles.items[1], &result), ENOENT);
        assert_non_null(strstr(store.error_text, " was removed, renamed or replaced while "));
        assert_int_equal(store_put(&store, &articles.items[2], &another), ENOENT);
        store_close(&store);
        assert_int_equal(chdir(".."), 0);
        assert_int_equal(system("rm -rf a b"), 0);
    }
    articles_destroy(&articles);
}

/* --- One run at a time */

/* Waits for a byte; the end of the pipe will do. */
static void wait_for(const int ends[2])
{
    char byte;

    close(ends[1]);
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
        continue;
    close(ends[0]);
}

struct holder {
    int is_open[2], may_go[2];
};

static int hold_store(void *argument)
{
    struct holder *holder = argument;
    struct store store;
    int error = store_open(&store, "store", reason, sizeof reason);

    close(holder->is_open[0]);
    close(holder->is_open[1]);
    wait_for(holder->may_go);
    /* No close: the lock ends with the process. */
    return error;
}

TEST(a_store_in_use_is_refused)
{
    static char path[] = "store";
    struct holder holder;
    struct running_child child;
    struct store store;

    make_store(path, 1, 1);
    assert_int_equal(pipe(holder.is_open), 0);
    assert_int_equal(pipe(holder.may_go), 0);
    child = start_child(hold_store, &holder);
    wait_for(holder.is_open);
    assert_refused(path, EBUSY, "is in use by another run: one run at a time may store in a file");
    close(holder.may_go[0]);
    close(holder.may_go[1]);
    assert_int_equal(wait_for_child(&child).status, 0);
    open_store(&store, path);
    /* In the same process, too; and who was refused has not taken the lock away. */
    assert_refused(path, EBUSY, "is in use");
    assert_int_equal(run_child(open_and_say, path).status, EBUSY);
    store_close(&store);
    assert_int_equal(run_child(open_and_say, path).status, 0);
}

static int wait_to_go(void *argument)
{
    wait_for(((struct holder *)argument)->may_go);
    return 0;
}

TEST(a_forked_child_holds_no_lock)
{
    static char path[] = "store";
    struct articles articles = generate(COUNT);
    struct holder holder;
    struct running_child child;
    struct store store;

    assert_int_equal(pipe(holder.may_go), 0);
    open_store(&store, path);
    child = start_child(wait_to_go, &holder);
    /* A child that ends does not unlock for its parent; one that lives does not lock for it. */
    assert_int_equal(run_child(open_and_say, path).status, EBUSY);
    put_results(&store, &articles, 0, 1);
    store_close(&store);
    assert_only_file(path);
    assert_int_equal(run_child(open_and_say, path).status, 0);
    close(holder.may_go[0]);
    close(holder.may_go[1]);
    assert_int_equal(wait_for_child(&child).status, 0);
    articles_destroy(&articles);
}

static void empty_file(void)
{
    write_file("store", "", 0);
}

static void write_over_file(void)
{
    struct bytes *other;

    make_store("other", 1, 0);
    other = read_file("other");
    write_file("store", other->at, other->size);
    free(other);
}

static void write_text(void)
{
    write_file("store", "not a store any more", 20);
}

static void damage_pages(void)
{
    struct bytes *whole = read_file("store");

    memset(whole->at + 4096 + 20, 0x55, whole->size - 4096 - 20);
    write_file("store", whole->at, whole->size);
    free(whole);
}

static void delete_row(void)
{
    assert_int_equal(execute("store", "DELETE FROM results WHERE article_id = 1"), 0);
}

/* What the report says is stored is read from the file. */
TEST(a_store_that_is_written_over_is_noticed_at_the_end)
{
    static void (*const changes[])(void) = {empty_file, write_over_file, write_text, damage_pages,
                                            delete_row};
    struct articles articles = generate(COUNT);
    struct store store;
    int error;

    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        make_store("store", COUNT, COUNT / 2);
        open_store(&store, "store");
        put_results(&store, &articles, COUNT / 2, COUNT);
        changes[i]();
        error = store_read_back(&store);
        assert_true(error == 0 || store.error_text[0] != '\0');
        store_close(&store);
        /* If the log had all of it, nothing is lost. */
        if (error == 0) {
            assert_true(changes[i] == write_over_file || changes[i] == damage_pages);
            open_store(&store, "store");
            assert_stored(&store, &articles, COUNT);
            store_close(&store);
        }
        unlink("store");
        unlink("other");
    }
    open_store(&store, "store");
    put_results(&store, &articles, 0, COUNT);
    assert_int_equal(store_read_back(&store), 0);
    close_all(&store, &articles);
    assert_only_file("store");
}

TEST(what_stands_where_a_file_of_the_store_would_be_is_left_alone)
{
    static const char *const names[] = {"store-lock", "store-wal", "store-shm", "store-journal"};

    write_file("store-lock", "mine", 4);
    assert_refused("store", EEXIST, "beside it are a store's own, and one is taken");
    assert_holds("store-lock", "mine");
    assert_only_file("store-lock");
    assert_int_equal(unlink("store-lock"), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(mkdir(names[i], 0755), 0);
        assert_refused("store", EEXIST, "beside it are a store's own, and one is taken");
        assert_only_file(names[i]);
        assert_int_equal(rmdir(names[i]), 0);
        assert_int_equal(symlink("elsewhere", names[i]), 0);
        assert_refused("store", EEXIST, "beside it are a store's own, and one is taken");
        assert_int_equal(unlink(names[i]), 0);
    }
    write_file("store-lock", "", 0); /* of a run that was killed */
    make_store("store", 1, 1);
    assert_only_file("store");
}

/* --- Other programs */

/* Opens the store as another program does, and does this there. */
static sqlite3 *open_beside(const char *sql)
{
    sqlite3 *database;

    assert_int_equal(sqlite3_open("store", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    return database;
}

static int count_rows(sqlite3 *database)
{
    sqlite3_stmt *query;
    int count;

    assert_int_equal(sqlite3_prepare_v2(database, "SELECT count(*) FROM results", -1, &query, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    count = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    return count;
}

TEST(another_program_can_read_while_a_run_stores)
{
    struct articles articles = generate(COUNT);
    struct store store;
    sqlite3 *reader;

    open_store(&store, "store");
    put_results(&store, &articles, 0, 1);
    reader = open_beside("SELECT 1");
    assert_int_equal(count_rows(reader), 1);
    put_results(&store, &articles, 1, 3);
    assert_int_equal(count_rows(reader), 3);
    /* A reader in the middle of something sees what was there when it began, and stops nobody. */
    assert_int_equal(sqlite3_exec(reader, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(count_rows(reader), 3);
    put_results(&store, &articles, 3, 5);
    assert_int_equal(count_rows(reader), 3);
    store_close(&store);
    open_store(&store, "store");
    put_results(&store, &articles, 5, 6);
    store_close(&store);
    sqlite3_close(reader);
    open_store(&store, "store");
    assert_stored(&store, &articles, 6);
    close_all(&store, &articles);
    assert_only_file("store");
}

TEST(a_lock_of_another_program_is_called_by_its_name)
{
    struct articles articles = generate(COUNT);
    struct ai_result result = make_result(1);
    struct store store;
    sqlite3 *writer;

    open_store(&store, "store");
    writer = open_beside("BEGIN IMMEDIATE");
    assert_int_equal(store_put(&store, &articles.items[0], &result), EBUSY);
    assert_non_null(strstr(store.error_text, "is in use by another program, which has locked it"));
    assert_int_equal(sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    put_results(&store, &articles, 0, 1);
    close_all(&store, &articles);
    assert_int_equal(
        sqlite3_exec(writer, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
        SQLITE_OK);
    assert_refused("store", EBUSY, "is in use by another program, which has locked it");
    sqlite3_close(writer);
}

/* --- No room on the disk */

static void set_page_limit(struct store *store, int pages)
{
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d", pages);
    assert_int_equal(sqlite3_exec(store->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

TEST(a_full_database_keeps_what_it_has_and_goes_on)
{
    struct articles articles = generate(500);
    struct store store;
    size_t done = 0;

    open_store(&store, "store");
    set_page_limit(&store, 8);
    assert_int_equal(put_until_full(&store, &articles, &done), ENOSPC);
    assert_string_equal(store.error_text, "cannot be written: No space left on device");
    assert_true(done > 0);
    assert_stored(&store, &articles, done);
    /* There is room again. */
    set_page_limit(&store, 1000);
    put_results(&store, &articles, done, articles.count);
    store_close(&store);
    assert_only_file("store");
    open_store(&store, "store");
    assert_stored(&store, &articles, articles.count);
    close_all(&store, &articles);
}

static int limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return errno;
    limit.rlim_cur = bytes;
    return setrlimit(RLIMIT_FSIZE, &limit);
}

/* Stores on a disk that is full soon, then again where there is a little more room. */
static int fill_disk(void *argument)
{
    const struct articles *articles = argument;
    struct store store;
    size_t done = 0;

    if (limit_file_size(100000) != 0 || store_open(&store, "store", reason, sizeof reason) != 0)
        return 255;
    for (int round = 0; round < 2; round++) {
        int error = put_until_full(&store, articles, &done);

        puts(store.error_text);
        if (error != EFBIG || limit_file_size(200000) != 0)
            return 255;
    }
    store_close(&store);
    return (int)done;
}

TEST(a_full_disk_keeps_what_was_stored)
{
    struct articles articles = generate(200);
    struct store store;
    struct child child;

    child = run_child(fill_disk, &articles);
    assert_string_equal(child.out, "cannot be written: File too large\n"
                                   "cannot be written: File too large\n");
    assert_true(child.status > 10 && child.status < 200);
    open_store(&store, "store");
    assert_stored(&store, &articles, (size_t)child.status);
    put_results(&store, &articles, (size_t)child.status, articles.count);
    assert_stored(&store, &articles, articles.count);
    store_close(&store);
    assert_only_file("store");
    articles_destroy(&articles);
}

static int open_without_room(void *path)
{
    struct store store;
    int error;

    if (limit_file_size(0) != 0)
        return 255;
    error = store_open(&store, path, reason, sizeof reason);
    store_close(&store);
    /* What it says goes to a file as well. */
    if (limit_file_size(10000) != 0)
        return 255;
    puts(reason);
    return error;
}

TEST(a_disk_without_room_for_a_store_is_told)
{
    static char path[] = "store";
    struct child child = run_child(open_without_room, path);

    assert_int_equal(child.status, EFBIG);
    assert_string_equal(child.out, "cannot be opened: File too large\n");
    assert_only_file(path);
    make_store(path, 1, 1);
}

/* --- kill -9 */

struct victim {
    const struct articles *articles;
    int acknowledge[2];
};

/* As a run that is started again: stores what is missing, and tells each one by its position. */
static int store_the_missing(void *argument)
{
    const struct victim *victim = argument;
    size_t count = victim->articles->count;
    bool *stored = calloc(count, sizeof *stored);
    struct ai_results results;
    struct store store;

    close(victim->acknowledge[0]);
    if (stored == NULL || ai_results_init(&results, count) != 0 ||
        store_open(&store, "store", reason, sizeof reason) != 0 ||
        store_load(&store, victim->articles, &results, stored) != 0)
        return 1;
    for (size_t i = 0; i < count; i++) {
        struct ai_result result = make_result(victim->articles->items[i].id);

        if (stored[i])
            continue;
        if (store_put(&store, &victim->articles->items[i], &result) != 0 ||
            write(victim->acknowledge[1], &i, sizeof i) != sizeof i)
            return 2;
    }
    store_close(&store);
    return 0;
}

/*
 * Lets a child store until so many are acknowledged, and kills it so long afterwards. Returns how
 * many it has acknowledged in the end.
 */
static size_t store_and_kill(struct victim *victim, size_t acknowledged, uint32_t after_us)
{
    struct running_child child;
    struct child ended;
    size_t position, count = 0;

    assert_int_equal(pipe(victim->acknowledge), 0);
    child = start_child(store_the_missing, victim);
    close(victim->acknowledge[1]);
    while (count < acknowledged &&
           read(victim->acknowledge[0], &position, sizeof position) == sizeof position)
        count++;
    assert_int_equal(count, acknowledged);
    clock_sleep_ns(after_us * NS_PER_US);
    kill(child.pid, SIGKILL);
    ended = wait_for_child(&child);
    assert_int_equal(ended.signal, SIGKILL);
    while (read(victim->acknowledge[0], &position, sizeof position) == sizeof position)
        count++;
    close(victim->acknowledge[0]);
    return count;
}

static size_t count_left(const struct articles *articles)
{
    struct store store;
    size_t count;

    open_store(&store, "store");
    count = count_stored(&store, articles);
    store_close(&store);
    assert_only_file("store");
    return count;
}

/*
 * A store is found as the killed one left it by the next child in every other round, else by this
 * process, which closes it. More articles than can be stored before a kill: no child ends by
 * itself.
 */
TEST(kill_9_loses_nothing_that_was_stored)
{
    struct articles articles = generate(20000);
    struct victim victim = {.articles = &articles};
    struct random random;
    size_t acknowledged = 0, stored;

    random_seed(&random, (uint64_t)clock_now_ns());
    for (size_t kills = 1; kills <= KILLS; kills++) {
        acknowledged +=
            store_and_kill(&victim, random_below(&random, 20), random_below(&random, 1000));
        if (kills % 2 != 0)
            continue;
        stored = count_left(&articles);
        /* Each kill may have come between a put's last step and the word of it. */
        assert_between(stored, acknowledged, acknowledged + 2);
        acknowledged = stored;
    }
    articles_destroy(&articles);
}

/* What is left if a run is killed when it has written a new store, and not yet removed the journal.
 */
TEST(a_store_that_was_made_by_half_is_made_again)
{
    sqlite3 *database;
    struct store store;

    assert_int_equal(sqlite3_open("store", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "BEGIN EXCLUSIVE; PRAGMA application_id = 1852143475; "
                                  "PRAGMA user_version = 2; CREATE TABLE results (article_id)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_db_cacheflush(database), SQLITE_OK);
    assert_int_equal(link("store-journal", "kept"), 0);
    assert_int_equal(sqlite3_exec(database, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    assert_int_equal(rename("kept", "store-journal"), 0);
    open_store(&store, "store");
    assert_int_equal(store.rows, 0);
    store_close(&store);
}

TEST(kill_9_while_it_is_opened_leaves_a_store_or_none)
{
    struct articles articles = generate(20000);
    struct victim victim = {.articles = &articles};
    struct random random;

    random_seed(&random, (uint64_t)clock_now_ns());
    for (int kills = 0; kills < KILLS; kills++) {
        size_t acknowledged = store_and_kill(&victim, 0, random_below(&random, 8000));

        assert_between(count_left(&articles), acknowledged, acknowledged + 1);
        assert_int_equal(unlink("store"), 0);
    }
    articles_destroy(&articles);
}
