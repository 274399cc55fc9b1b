/* All pairs of the files that a run is given: input, output, the store and its side files. */
#include "unit.h"

#include "lesson/files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a child checks; its standard output goes to a file of this name, if there is one. */
struct given {
    struct options options;
    const char *stdout_file, *stderr_file;
};

static int check(void *argument)
{
    const struct given *given = argument;

    if (given->stdout_file != NULL && redirect(STDOUT_FILENO, given->stdout_file) != 0)
        return 255;
    if (given->stderr_file != NULL && redirect(STDERR_FILENO, given->stderr_file) != 0)
        return 255;
    return files_are_distinct(&given->options) ? 0 : 2;
}

static void assert_clash(struct given given, const char *words)
{
    struct child child = run_child(check, &given);

    assert_string_equal(child.err, words);
    assert_int_equal(child.status, *words == '\0' ? 0 : 2);
}

static void assert_distinct(struct given given)
{
    assert_clash(given, "");
}

#define DESTROYS(what) " cannot be " what ", too: one would destroy the other\n"

TEST(the_output_is_no_other_file_by_any_name)
{
    static const char *const names[] = {"file",           "./file",      "hard",        "soft",
                                        "folder/../file", "folder/soft", "link/../file"};

    write_file("file", "", 0);
    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(link("file", "hard"), 0);
    assert_int_equal(symlink("file", "soft"), 0);
    assert_int_equal(symlink("../soft", "folder/soft"), 0);
    assert_int_equal(symlink("folder", "link"), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char input[128], store[128];

        snprintf(input, sizeof input, "lesson: --output=%s:" DESTROYS("the input"), names[i]);
        snprintf(store, sizeof store, "lesson: --output=%s:" DESTROYS("the store"), names[i]);
        assert_clash((struct given){{.input = "file", .output = names[i]}, NULL, NULL}, input);
        assert_clash((struct given){{.store = "file", .output = names[i]}, NULL, NULL}, store);
    }
    assert_clash((struct given){{.input = "soft", .store = "hard"}, NULL, NULL},
                 "lesson: --input=soft:" DESTROYS("the store"));
    write_file("other", "", 0);
    assert_distinct(
        (struct given){{.input = "soft", .output = "other", .store = "new"}, NULL, NULL});
}

TEST(files_that_do_not_exist_yet_are_compared_by_where_they_will_be)
{
    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(symlink("folder", "link"), 0);
    assert_int_equal(symlink("folder/new", "dangling"), 0);
    assert_clash((struct given){{.output = "link/new", .store = "folder/new"}, NULL, NULL},
                 "lesson: --output=link/new:" DESTROYS("the store"));
    assert_clash((struct given){{.output = "folder/./new", .store = "dangling"}, NULL, NULL},
                 "lesson: --output=folder/./new:" DESTROYS("the store"));
    assert_distinct((struct given){{.output = "new", .store = "folder/new"}, NULL, NULL});
    assert_distinct((struct given){{.output = "missing/new", .store = "missing/new"}, NULL, NULL});
}

TEST(what_is_kept_beside_the_store_belongs_to_it)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal", "-lock"};

    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(symlink("folder/db", "link"), 0);
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char name[32], words[128];

        snprintf(name, sizeof name, "folder/db%s", suffixes[i]);
        snprintf(words, sizeof words,
                 "lesson: --output=%s: cannot be the store's FILE%s, too: one would destroy the "
                 "other\n",
                 name, suffixes[i]);
        assert_clash((struct given){{.output = name, .store = "link"}, NULL, NULL}, words);
        write_file(name, "", 0);
        assert_clash((struct given){{.output = name, .store = "link"}, NULL, NULL}, words);
        assert_distinct((struct given){{.output = "folder/db", .store = name}, NULL, NULL});
    }
    assert_clash((struct given){{.input = "folder/db-wal", .store = "link"}, NULL, NULL},
                 "lesson: --input=folder/db-wal:" DESTROYS("the store's FILE-wal"));
}

TEST(a_picture_is_no_other_file)
{
    write_file("file", "", 0);
    assert_int_equal(link("file", "hard"), 0);
    assert_clash((struct given){{.svg = "file", .trace = "./file"}, NULL, NULL},
                 "lesson: --svg=file:" DESTROYS("the trace"));
    assert_clash((struct given){{.output = "new", .replay = "./new"}, NULL, NULL},
                 "lesson: --output=new:" DESTROYS("the replay"));
    assert_clash((struct given){{.input = "hard", .trace = "file"}, NULL, NULL},
                 "lesson: --trace=file:" DESTROYS("the input"));
    assert_clash((struct given){{.store = "file", .svg = "hard"}, NULL, NULL},
                 "lesson: --svg=hard:" DESTROYS("the store"));
    assert_clash((struct given){{.svg = "/dev/stdout", .trace = "/dev/fd/1"}, "file", NULL},
                 "lesson: --svg=/dev/stdout:" DESTROYS("the trace"));
    assert_distinct((struct given){{.svg = "a", .replay = "b", .trace = "c"}, NULL, NULL});
    assert_distinct((struct given){{.trace = "/dev/stdout"}, "file", NULL});
}

TEST(the_report_does_not_go_into_a_file_that_is_needed)
{
    write_file("file", "", 0);
    write_file("db-wal", "", 0);
    assert_clash((struct given){{.input = "file"}, "file", NULL},
                 "lesson: --input=file:" DESTROYS("standard output"));
    assert_clash((struct given){{.store = "file"}, "file", NULL},
                 "lesson: --store=file:" DESTROYS("standard output"));
    assert_clash((struct given){{.store = "db"}, "db-wal", NULL},
                 "lesson: --store=db: its FILE-wal" DESTROYS("standard output"));
    assert_distinct((struct given){{.output = "file"}, "file", NULL});
    assert_distinct((struct given){{.output = "/dev/stdout"}, "file", NULL});
}

TEST(the_complaint_does_not_go_into_the_file_that_it_is_about)
{
    struct given given = {{.input = "file"}, NULL, "file"};
    struct child child;

    write_file("file", "old", 3);
    child = run_child(check, &given);
    assert_int_equal(child.status, 2);
    assert_string_equal(child.out, "lesson: --input=file:" DESTROYS("standard error"));
    assert_holds("file", "old");
    given.stdout_file = "file";
    assert_int_equal(run_child(check, &given).status, 2);
    assert_holds("file", "old");
}

TEST(a_device_is_not_destroyed)
{
    assert_distinct((struct given){
        {.input = "/dev/null", .output = "/dev/null", .store = "db"}, "/dev/null", NULL});
}

static int is_stdout(void *argument)
{
    const struct given *given = argument;

    if (given->stdout_file != NULL && redirect(STDOUT_FILENO, given->stdout_file) != 0)
        return 255;
    return files_are_for_stdout(&given->options);
}

static void assert_is_stdout(struct given given, bool expected)
{
    assert_int_equal(run_child(is_stdout, &given).status, expected);
}

TEST(standard_output_is_known_by_all_its_names)
{
    static const char *const names[] = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "file",
                                        "soft"};

    write_file("file", "", 0);
    assert_int_equal(symlink("file", "soft"), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (access(names[i], F_OK) == 0) /* not every system has /proc */
            assert_is_stdout((struct given){{.output = names[i]}, "file", NULL}, true);
    assert_is_stdout((struct given){{.output = "/dev/stdout"}, NULL, NULL}, true);
    assert_is_stdout((struct given){{.trace = "/dev/stdout"}, "file", NULL}, true);
    assert_is_stdout((struct given){{.svg = "new"}, "file", NULL}, false);
    assert_is_stdout((struct given){{.output = "new"}, "file", NULL}, false);
    assert_is_stdout((struct given){{.output = NULL}, "file", NULL}, false);
    assert_is_stdout((struct given){{.output = "/dev/null"}, "/dev/null", NULL}, false);
}
