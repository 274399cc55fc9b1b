#include "unit.h"

#include "news/ai_result.h"
#include "news/output_file.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 2000

static struct ai_result items[MANY] = {
    {7,
     "A \"quoted\" \\ line\nand \xC3\xA4\xE4\xB8\xAD",
     "positive",
     "alpine, harbour, library",
     {0}},
    {0, "an empty one", "", "", {0}},
    {2147483647, "", "neutral", "", {0}},
    {2, "one keyword", "negative", "swarm", {0}},
};
static const struct ai_results few = {items, 4, 4, false};

static void assert_line(FILE *file, const struct ai_result *expected, size_t keyword_count,
                        const char *const *keywords)
{
    json_t *object = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, NULL);
    json_t *array = json_object_get(object, "keywords");

    assert_non_null(object);
    assert_int_equal(getc(file), '\n');
    assert_int_equal(json_object_size(object), 4);
    assert_int_equal(json_integer_value(json_object_get(object, "article_id")),
                     expected->article_id);
    assert_string_equal(json_string_value(json_object_get(object, "summary")), expected->summary);
    assert_string_equal(json_string_value(json_object_get(object, "sentiment")),
                        expected->sentiment);
    assert_true(json_is_array(array));
    assert_int_equal(json_array_size(array), keyword_count);
    for (size_t i = 0; i < keyword_count; i++)
        assert_string_equal(json_string_value(json_array_get(array, i)), keywords[i]);
    json_decref(object);
}

TEST(what_is_written_reads_back_without_the_empty_ones)
{
    FILE *file;

    assert_int_equal(ai_results_write(&few, "out"), 0);
    file = fopen("out", "r");
    assert_non_null(file);
    assert_line(file, &items[0], 3, (const char *const[]){"alpine", "harbour", "library"});
    assert_line(file, &items[2], 0, NULL);
    assert_line(file, &items[3], 1, (const char *const[]){"swarm"});
    assert_int_equal(getc(file), EOF);
    fclose(file);
    assert_only_file("out");
}

TEST(a_result_is_one_line)
{
    struct bytes *text;

    assert_int_equal(ai_results_write(&few, "out"), 0);
    text = read_file("out");
    assert_int_equal(count_lines(text->at), 3);
    assert_non_null(strstr(text->at, "\n{\"article_id\":2,\"summary\":\"one keyword\","
                                     "\"sentiment\":\"negative\",\"keywords\":[\"swarm\"]}\n"));
    free(text);
}

TEST(what_a_terminal_would_obey_is_written_as_an_escape)
{
    struct ai_result result = {
        .article_id = 1, .summary = "a\x1B\x7F\xC2\x9B\xE2\x80\xAEz", .keywords = "\xC2\x85, k"};
    const struct ai_results results = {&result, 1, 1, false};

    assert_int_equal(ai_results_write(&results, "out"), 0);
    assert_holds("out", "{\"article_id\":1,\"summary\":\"a\\u001B\\u007F\\u009B\\u202Ez\","
                        "\"sentiment\":\"\",\"keywords\":[\"\\u0085\",\"k\"]}\n");
}

TEST(no_results_are_an_empty_file)
{
    const struct ai_results none = {items, 0, 0, false};

    write_file("out", "before", 6);
    assert_int_equal(ai_results_write(&none, "out"), 0);
    assert_holds("out", "");
}

TEST(a_file_is_replaced_not_written_over)
{
    FILE *old;
    char text[64];
    struct bytes *new;

    write_file("out", "the old text, all of it", 23);
    old = fopen("out", "r");
    assert_non_null(old);
    assert_int_equal(ai_results_write(&few, "out"), 0);
    /* Who had it open goes on reading the old one. */
    assert_int_equal(fread(text, 1, sizeof text, old), 23);
    assert_memory_equal(text, "the old text, all of it", 23);
    fclose(old);
    new = read_file("out");
    assert_int_equal(count_lines(new->at), 3);
    free(new);
    assert_only_file("out");
}

TEST(a_replaced_file_keeps_its_mode_and_a_new_one_heeds_umask)
{
    struct stat status;
    mode_t umask_before = umask(027);

    assert_int_equal(ai_results_write(&few, "out"), 0);
    assert_int_equal(stat("out", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(chmod("out", 0606), 0);
    assert_int_equal(ai_results_write(&few, "out"), 0);
    assert_int_equal(stat("out", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0606);
    umask(umask_before);
}

TEST(a_replaced_file_keeps_its_owner)
{
    /* Only root can give a file away: for anybody else there is nothing to keep. */
    uid_t owner = geteuid() == 0 ? 12345 : geteuid();
    struct stat status;

    write_file("out", "before", 6);
    assert_int_equal(chown("out", owner, getegid()), 0);
    assert_int_equal(ai_results_write(&few, "out"), 0);
    assert_int_equal(stat("out", &status), 0);
    assert_int_equal(status.st_uid, owner);
}

static struct ai_results make_many(void)
{
    for (int i = 0; i < MANY; i++)
        items[i] = (struct ai_result){i + 1,
                                      "A summary of some length, so that it fills a disk",
                                      "neutral",
                                      "alpine, harbour, library",
                                      {0}};
    return (struct ai_results){items, MANY, MANY, false};
}

/* A disk that is full after so many bytes. */
static int limit_file_size(void)
{
    const struct rlimit limit = {20000, 20000};

    return setrlimit(RLIMIT_FSIZE, &limit);
}

static int write_too_much(void *argument)
{
    signal(SIGXFSZ, SIG_IGN);
    return limit_file_size() == 0 ? ai_results_write(argument, "out") : 1;
}

TEST(a_disk_that_fills_up_leaves_the_old_file_alone)
{
    struct ai_results many = make_many();
    struct child child;

    write_file("out", "before", 6);
    child = run_child(write_too_much, &many);
    assert_int_equal(child.status, EFBIG);
    assert_holds("out", "before");
    assert_only_file("out");
}

static void abandon(int signal_number)
{
    (void)signal_number;
    output_files_abandon();
    _exit(42);
}

static int write_and_be_interrupted(void *argument)
{
    signal(SIGXFSZ, abandon);
    return limit_file_size() == 0 ? ai_results_write(argument, "out") : 1;
}

TEST(an_interrupt_leaves_the_old_file_and_nothing_beside)
{
    struct ai_results many = make_many();
    struct child child;

    write_file("out", "before", 6);
    child = run_child(write_and_be_interrupted, &many);
    assert_int_equal(child.status, 42);
    assert_holds("out", "before");
    assert_only_file("out");
}

static int write_and_abandon(void *argument)
{
    int error = ai_results_write(argument, "out");

    output_files_abandon();
    return error;
}

TEST(abandoning_after_the_write_takes_nothing_away)
{
    struct ai_results copy = few;

    assert_int_equal(run_child(write_and_abandon, &copy).status, 0);
    assert_only_file("out");
}

TEST(room_for_results_is_empty)
{
    struct ai_results results;

    assert_int_equal(ai_results_init(&results, 3), 0);
    assert_int_equal(results.count, 0);
    assert_int_equal(results.capacity, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(results.items[i].article_id, 0);
    ai_results_destroy(&results);
    assert_null(results.items);
}
