/*
 * sweep LIBRARY PROGRAM KIND STEP [on]: runs a part with --input and --output, part 10 with --store
 * as well, again and again, and lets the first, the (1 + STEP)-th, ... call of the kind fail
 * (faults.c), until there is no such call any more; with "on", all later calls as well. After each
 * run it checks:
 *
 * - it ended by itself, within 20 seconds, with status 0, 1 or 2; above 0 it said why
 * - status 0: the output is right, and all results are in the store
 * - else the output is the old one, or each line of it is right
 * - the store can be read and has nothing wrong; what it had, and what the run said that it has
 *   stored, is there
 * - no temporary file is left
 *
 * Prints what is wrong, and in the end how many runs there were. Status: 0 nothing is wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARTICLES 3
#define SECONDS 20
#define OLD "old\n"
#define TEXT_SIZE 16384

static const char input[] =
    "{\"id\": 1, \"title\": \"Harbour opens\", \"content\": \"The new harbour has opened.\"}\n"
    "{\"id\": 2, \"title\": \"Library, too\", \"content\": \"A great library has reopened.\"}\n"
    "{\"id\": 3, \"title\": \"Rain\", \"content\": \"Heavy rain, and a sad loss of hats.\"}\n";

static const char *library, *program, *kind;
static bool goes_on, has_store;
static long k, wrong;

/* What is right, and what a run has left. Texts end with a NUL. */
static char right_output[TEXT_SIZE], right_rows[ARTICLES + 1][TEXT_SIZE];
static char out[TEXT_SIZE], err[TEXT_SIZE];

static void die(const char *what)
{
    perror(what);
    exit(2);
}

__attribute__((format(printf, 2, 3))) static void require(bool condition, const char *format, ...)
{
    va_list arguments;

    if (condition)
        return;
    wrong++;
    printf("%s %ld%s: expected: ", kind, k, goes_on ? " and on" : "");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n%s%s", out, err);
}

static void read_text(const char *name, char text[TEXT_SIZE])
{
    FILE *file = fopen(name, "r");

    text[0] = '\0';
    if (file == NULL)
        return;
    text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
    fclose(file);
}

static void write_text(const char *name, const char *text, size_t size)
{
    FILE *file = fopen(name, "w");

    if (file == NULL || fwrite(text, 1, size, file) != size || fclose(file) != 0)
        die(name);
}

/* Removes what is in the folder "run", and makes it anew. */
static void empty_folder(void)
{
    DIR *folder = opendir("run");
    char name[512];

    if (folder != NULL) {
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            snprintf(name, sizeof name, "run/%s", entry->d_name);
            unlink(name);
        }
        closedir(folder);
    } else if (mkdir("run", 0755) != 0) {
        die("run");
    }
}

/* The option with which a run has no failing call, and is not stopped. */
static const char *untold_option(void)
{
    if (strstr(program, "part-06") != NULL)
        return "--error-rate=0";
    return strstr(program, "part-07") != NULL ? "--timeout=0" : "--quiet";
}

/* Runs the program, with a fault if at is above 0. Returns the status that waitpid() gives. */
static int run(const char *articles, long at)
{
    char number[32];
    int status = 0;
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child == 0) {
        int out_file = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int err_file = open("err", O_WRONLY | O_CREAT | O_TRUNC, 0600);

        snprintf(number, sizeof number, "%ld", at);
        alarm(SECONDS); /* exec does not end it */
        if (dup2(out_file, 1) < 0 || dup2(err_file, 2) < 0)
            _exit(127);
        close(out_file);
        close(err_file);
        if (at > 0) {
            setenv("FAULT_KIND", kind, 1);
            setenv("FAULT_AT", number, 1);
            setenv("FAULT_NOTE", "note", 1);
            if (goes_on)
                setenv("FAULT_ON", "1", 1);
            setenv("LD_PRELOAD", library, 1);
        }
        execl(program, program, "--speed=1000000", "--input=input", "--output=run/results",
              untold_option(), articles, has_store ? "--store=run/store" : NULL,
              "--stage-workers=1,1,1", (char *)NULL);
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            die("waitpid");
    read_text("out", out);
    read_text("err", err);
    return status;
}

/* Reads the rows of the store, by id. Returns whether it is a whole store. */
static bool read_store(char rows[ARTICLES + 1][TEXT_SIZE])
{
    sqlite3 *database = NULL;
    sqlite3_stmt *query = NULL;
    int code = sqlite3_open("run/store", &database);

    for (int id = 0; id <= ARTICLES; id++)
        rows[id][0] = '\0';
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(database,
                                  "SELECT article_id, summary || '|' || sentiment || '|' || "
                                  "keywords || '|' || checksum FROM results",
                                  -1, &query, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(query)) == SQLITE_ROW) {
        int id = sqlite3_column_int(query, 0);
        const unsigned char *text = sqlite3_column_text(query, 1);

        code = id < 1 || id > ARTICLES ? SQLITE_CORRUPT : SQLITE_OK;
        if (code == SQLITE_OK)
            snprintf(rows[id], TEXT_SIZE, "%s", text != NULL ? (const char *)text : "nothing");
    }
    sqlite3_finalize(query);
    sqlite3_close(database);
    return code == SQLITE_DONE;
}

static void check_output(bool is_complete)
{
    static char text[TEXT_SIZE];
    int lines = 0;
    char *next;

    read_text("run/results", text);
    if (!is_complete && strcmp(text, OLD) == 0)
        return;
    for (char *line = text; *line != '\0'; line = next) {
        char *end = strchr(line, '\n'), *found;
        size_t length;

        require(end != NULL, "whole lines of output, not %s", line);
        next = end != NULL ? end + 1 : line + strlen(line);
        length = (size_t)(next - line);
        found = right_output;
        while (*found != '\0' && strncmp(found, line, length) != 0)
            found = strchr(found, '\n') + 1;
        require(*found != '\0', "a line of output as without a fault, not %s", line);
        lines++;
    }
    require(!is_complete || lines == ARTICLES, "a line of output for each article");
}

static void check_store(bool is_complete)
{
    static char rows[ARTICLES + 1][TEXT_SIZE];

    require(read_store(rows), "a store that can be read");
    for (int id = 1; id <= ARTICLES; id++) {
        char said[64];
        bool is_there = rows[id][0] != '\0';

        snprintf(said, sizeof said, "Collected result for article %d\n", id);
        require(!is_there || strcmp(rows[id], right_rows[id]) == 0, "%s stored, not %s",
                right_rows[id], rows[id]);
        require(is_there || (!is_complete && id > 1 && strstr(out, said) == NULL),
                "the result of article %d stored", id);
    }
}

/* What may be left: beside the store there may be files of its own, after a fault at its end. */
static void check_folder(void)
{
    DIR *folder = opendir("run");

    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        require(entry->d_name[0] != '.' || strlen(entry->d_name) < 3 || strcmp(kind, "unlink") == 0,
                "no temporary file: %s", entry->d_name);
    if (folder != NULL)
        closedir(folder);
}

static void check(int status)
{
    bool is_complete = WIFEXITED(status) && WEXITSTATUS(status) == 0;

    require(!WIFSIGNALED(status), "no end by signal %d (%d: it hangs)", WTERMSIG(status), SIGALRM);
    require(WIFSIGNALED(status) || WEXITSTATUS(status) <= 2, "a status of 0, 1 or 2, not %d",
            WEXITSTATUS(status));
    /* Where no write succeeds, nothing can be said. */
    if (!is_complete && !(goes_on && strcmp(kind, "write") == 0))
        require(err[0] != '\0' || strstr(out, "\nFailed ") != NULL, "a reason");
    /* pthread_create() says EAGAIN where it has no memory. */
    if (!is_complete && strcmp(kind, "memory") == 0)
        require(strstr(err, "memory") != NULL || strstr(out, "memory") != NULL ||
                    strstr(err, "could not be started: ") != NULL,
                "a word of memory");
    check_output(is_complete);
    if (has_store)
        check_store(is_complete);
    check_folder();
}

/* Finds out what is right, and makes the store that each run begins with: it has one article. */
static void prepare(void)
{
    write_text("input", input, sizeof input - 1);
    empty_folder();
    if (run("--articles=1", 0) != 0 || (has_store && rename("run/store", "store") != 0))
        die(err);
    empty_folder();
    if (run("--articles=3", 0) != 0 || (has_store && !read_store(right_rows)))
        die(err);
    read_text("run/results", right_output);
}

static void copy_store(void)
{
    static char bytes[1 << 20];
    FILE *file = fopen("store", "r");
    size_t size;

    if (file == NULL)
        die("store");
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    write_text("run/store", bytes, size);
}

int main(int argc, char **argv)
{
    /* In memory, if the system has such a folder: a thousand runs wait for the disk ten times. */
    char work[64] = "/dev/shm/faults-XXXXXX";
    long step = argc > 4 ? atol(argv[4]) : 0, runs = 0;
    bool was_hit = true;

    if (step < 1) {
        fputs("sweep LIBRARY PROGRAM KIND STEP [on]\n", stderr);
        return 2;
    }
    library = argv[1];
    program = argv[2];
    kind = argv[3];
    goes_on = argc > 5;
    has_store = strstr(program, "part-10") != NULL;
    if (mkdtemp(work) == NULL) {
        strcpy(work, "/tmp/faults-XXXXXX");
        if (mkdtemp(work) == NULL)
            die(work);
    }
    if (chdir(work) != 0)
        die(work);
    prepare();
    for (k = 1; was_hit; k += step) {
        int status;

        unlink("note");
        empty_folder();
        if (has_store)
            copy_store();
        write_text("run/results", OLD, strlen(OLD));
        status = run("--articles=3", k);
        was_hit = access("note", F_OK) == 0;
        check(status);
        runs += was_hit;
    }
    empty_folder();
    for (size_t i = 0; i < 5; i++)
        unlink((const char *const[]){"input", "store", "note", "out", "err"}[i]);
    if (rmdir("run") != 0 || chdir("/") != 0 || rmdir(work) != 0)
        perror(work);
    printf("%s%s: %ld runs with a fault, %ld times something was wrong\n", kind,
           goes_on ? " and on" : "", runs, wrong);
    return wrong == 0 && runs > 0 ? 0 : 1;
}
