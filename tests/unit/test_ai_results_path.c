/* Where ai_results_write() writes to, and what output_file_check() says of it before. */
#include "unit.h"

#include "news/ai_result.h"
#include "news/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE "{\"article_id\":5,\"summary\":\"s\",\"sentiment\":\"neutral\",\"keywords\":[]}\n"

static struct ai_result item = {5, "s", "neutral", "", {0}};
static const struct ai_results results = {&item, 1, 1, false};

static void assert_link(const char *path, const char *expected)
{
    char target[PATH_MAX] = "";

    assert_true(readlink(path, target, sizeof target - 1) > 0);
    assert_string_equal(target, expected);
}

static void assert_written(const char *path)
{
    assert_int_equal(output_file_check(path), 0);
    assert_int_equal(ai_results_write(&results, path), 0);
}

static void assert_fails(const char *path, int error)
{
    assert_int_equal(output_file_check(path), error);
    assert_int_equal(ai_results_write(&results, path), error);
}

TEST(a_link_is_followed_and_stays)
{
    char here[PATH_MAX], absolute[PATH_MAX + 16];

    assert_non_null(getcwd(here, sizeof here));
    snprintf(absolute, sizeof absolute, "%s/sub/file", here);
    assert_int_equal(mkdir("sub", 0755), 0);
    write_file("sub/file", "old", 3);
    assert_int_equal(symlink("sub/file", "relative"), 0);
    assert_int_equal(symlink(absolute, "absolute"), 0);
    assert_written("relative");
    assert_link("relative", "sub/file");
    assert_holds("sub/file", LINE);
    write_file("sub/file", "old", 3);
    assert_written("absolute");
    assert_link("absolute", absolute);
    assert_holds("sub/file", LINE);
}

TEST(a_dangling_link_gets_its_file_where_it_points)
{
    assert_int_equal(mkdir("sub", 0755), 0);
    assert_int_equal(symlink("sub/first", "chain"), 0);
    assert_int_equal(symlink("second", "sub/first"), 0);
    assert_int_equal(symlink("../new", "sub/second"), 0);
    assert_written("chain");
    assert_link("chain", "sub/first");
    assert_link("sub/first", "second");
    assert_link("sub/second", "../new");
    assert_holds("new", LINE);
    /* Now that all of it leads somewhere. */
    write_file("new", "old", 3);
    assert_written("chain");
    assert_holds("new", LINE);
    assert_int_equal(symlink("missing/new", "astray"), 0);
    assert_fails("astray", ENOENT);
}

TEST(links_in_a_circle_are_refused)
{
    assert_int_equal(symlink("b", "a"), 0);
    assert_int_equal(symlink("a", "b"), 0);
    assert_int_equal(symlink("self", "self"), 0);
    assert_fails("a", ELOOP);
    assert_fails("self", ELOOP);
}

static void *read_fifo(void *text)
{
    FILE *file = fopen("fifo", "r");

    if (file != NULL) {
        ((char *)text)[fread(text, 1, 1023, file)] = '\0';
        fclose(file);
    }
    return NULL;
}

TEST(a_fifo_is_written_through)
{
    char text[1024] = "";
    struct stat status;
    pthread_t reader;

    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_fifo, text), 0);
    assert_written("fifo");
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_string_equal(text, LINE);
    assert_int_equal(lstat("fifo", &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
}

TEST(a_device_is_written_through_and_its_error_told)
{
    struct stat status;

    assert_written("/dev/null");
    assert_int_equal(symlink("/dev/full", "full"), 0);
    assert_int_equal(output_file_check("full"), 0);
    assert_int_equal(ai_results_write(&results, "full"), ENOSPC);
    assert_link("full", "/dev/full");
    assert_int_equal(stat("/dev/full", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

static int write_to_standard_output(void *argument)
{
    const char *path = argument;

    if (freopen("log", "w", stdout) == NULL)
        return 255;
    printf("printed before\n");
    if (output_file_check(path) != 0)
        return 255;
    return ai_results_write(&results, path) + printf("printed after\n") - 14;
}

TEST(a_file_that_is_standard_output_is_written_behind)
{
    static char device[] = "/dev/stdout", name[] = "log";

    assert_int_equal(run_child(write_to_standard_output, device).status, 0);
    assert_holds("log", "printed before\n" LINE "printed after\n");
    assert_int_equal(run_child(write_to_standard_output, name).status, 0);
    assert_holds("log", "printed before\n" LINE "printed after\n");
}

TEST(what_cannot_be_a_file_is_refused)
{
    char long_name[300], long_path[PATH_MAX + 10];

    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    memset(long_path, '/', sizeof long_path);
    strcpy(long_path + sizeof long_path - 5, "file");
    write_file("file", "old", 3);
    assert_fails("", ENOENT);
    assert_fails("missing/new", ENOENT);
    assert_fails("new/", EISDIR);
    assert_fails("file/new", ENOTDIR);
    assert_fails(".", EISDIR);
    assert_fails("/", EISDIR);
    assert_fails(long_path, ENAMETOOLONG);
    assert_int_equal(ai_results_write(&results, long_name), ENAMETOOLONG);
    assert_holds("file", "old");
}

static int write_as_ordinary_user(void *argument)
{
    if (!become_ordinary_user())
        return 255;
    return ai_results_write(&results, argument);
}

static int check_as_ordinary_user(void *argument)
{
    if (!become_ordinary_user())
        return 255;
    return output_file_check(argument);
}

static void assert_denied(char *path)
{
    assert_int_equal(run_child(check_as_ordinary_user, path).status, EACCES);
    assert_int_equal(run_child(write_as_ordinary_user, path).status, EACCES);
}

TEST(an_unwritable_folder_is_told_before_and_changes_nothing)
{
    static char new_file[] = "closed/new", old_file[] = "closed/old";

    assert_int_equal(mkdir("closed", 0755), 0);
    write_file(old_file, "old", 3);
    assert_int_equal(chmod(old_file, 0666), 0);
    assert_int_equal(chmod("closed", 0555), 0);
    assert_denied(new_file);
    assert_denied(old_file);
    assert_holds(old_file, "old");
    assert_int_equal(chmod("closed", 0755), 0);
    assert_int_equal(unlink(old_file), 0);
    assert_int_equal(rmdir("closed"), 0); /* was empty but for that one */
}

TEST(an_unwritable_file_is_told_before)
{
    static char file[] = "open/file", new_file[] = "open/new";

    assert_int_equal(mkdir("open", 0755), 0);
    assert_int_equal(chmod("open", 0777), 0);
    write_file(file, "old", 3);
    assert_int_equal(chmod(file, 0444), 0);
    assert_int_equal(run_child(check_as_ordinary_user, file).status, EACCES);
    assert_int_equal(run_child(check_as_ordinary_user, new_file).status, 0);
    assert_int_equal(access(new_file, F_OK), -1);
}

/* As another's file in /tmp. Who is not root has no other's file to try, and replaces his own. */
TEST(a_file_that_can_be_written_but_not_replaced_is_written_over)
{
    static char file[] = "sticky/file";
    char old[2 * sizeof LINE];
    struct stat status;

    memset(old, 'x', sizeof old);
    assert_int_equal(mkdir("sticky", 0755), 0);
    assert_int_equal(chmod("sticky", 01777), 0);
    write_file(file, old, sizeof old);
    assert_int_equal(chmod(file, 0666), 0);
    assert_int_equal(run_child(check_as_ordinary_user, file).status, 0);
    assert_int_equal(run_child(write_as_ordinary_user, file).status, 0);
    assert_holds(file, LINE);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_uid, geteuid());
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir("sticky"), 0); /* nothing was left beside it */
}
