#define _XOPEN_SOURCE 700
#include "unit.h"

#include "sync/channel_internal.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
/* Users whom no system has given a name. */
#define USERS_FIRST 61000
#define USERS 4000
#define THREADS_MAX 64
#define CHILD_SECONDS 60

static char temporary_folder[32];

bool is_between(const char *what, long long value, long long low, long long high)
{
    if (value >= low && value <= high)
        return true;
    print_error("%s is %lld, not from %lld to %lld\n", what, value, low, high);
    return false;
}

static void enter_temporary_folder(void)
{
    strcpy(temporary_folder, "/tmp/unit-XXXXXX");
    /* Open to the ordinary user that a child may become. */
    if (mkdtemp(temporary_folder) == NULL || chmod(temporary_folder, 0755) != 0 ||
        chdir(temporary_folder) != 0) {
        perror(temporary_folder);
        exit(1);
    }
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static void leave_temporary_folder(void)
{
    if (chdir("/") != 0 || nftw(temporary_folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        perror(temporary_folder);
}

static int run_one(const struct CMUnitTest *test)
{
    const struct CMUnitTest one[] = {*test};
    int failed;

    enter_temporary_folder();
    failed = cmocka_run_group_tests_name(test->name, one, NULL, NULL);
    leave_temporary_folder();
    return failed;
}

/* In a process of its own, so that no test finds what another has left. */
static int run_in_child(const struct CMUnitTest *test)
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0)
        exit(run_one(test));
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror(test->name);
        return 1;
    }
    if (status != 0)
        fprintf(stderr, "%s: FAILED, by %s %d\n", test->name,
                WIFEXITED(status) ? "status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return status != 0;
}

int unit_run(const struct CMUnitTest *tests, size_t count, const char *name)
{
    int ran = 0, failed = 0;

    for (size_t i = 0; i < count; i++) {
        if (name != NULL && strcmp(tests[i].name, name) != 0)
            continue;
        ran++;
        failed += name != NULL ? run_one(&tests[i]) : run_in_child(&tests[i]);
    }
    if (ran == 0)
        fprintf(stderr, "no test has the name %s\n", name);
    return ran == 0 || failed != 0;
}

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

struct running_child start_child(int (*run)(void *argument), void *argument)
{
    struct running_child child = {.out = tmpfile(), .err = tmpfile()};

    assert_non_null(child.out);
    assert_non_null(child.err);
    fflush(NULL);
    child.pid = fork();
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        const struct rlimit no_core = {0, 0};
        int status;

        setrlimit(RLIMIT_CORE, &no_core);
        alarm(CHILD_SECONDS);
        if (dup2(fileno(child.out), STDOUT_FILENO) < 0 ||
            dup2(fileno(child.err), STDERR_FILENO) < 0)
            _exit(127);
        status = run(argument);
        fflush(NULL);
        _exit(status);
    }
    return child;
}

struct child wait_for_child(const struct running_child *running)
{
    struct child child = {.status = -1};
    int status;

    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    if (WIFEXITED(status))
        child.status = WEXITSTATUS(status);
    else
        child.signal = WTERMSIG(status);
    read_back(running->out, child.out, sizeof child.out);
    read_back(running->err, child.err, sizeof child.err);
    if (strstr(child.err, "Sanitizer") != NULL || strstr(child.err, "runtime error:") != NULL)
        fail_msg("%s", child.err);
    return child;
}

struct child run_child(int (*run)(void *argument), void *argument)
{
    struct running_child running = start_child(run, argument);

    return wait_for_child(&running);
}

void assert_aborts(int (*run)(void *argument), void *argument, const char *text)
{
    struct child child = run_child(run, argument);

    assert_int_equal(child.signal, SIGABRT);
    assert_int_equal(count_lines(child.err), 1);
    if (strstr(child.err, ".c:") == NULL || strstr(child.err, text) == NULL)
        fail_msg("without %s: %s", text, child.err);
}

static bool become(uid_t user)
{
    return setgid(user) == 0 && setuid(user) == 0;
}

bool become_ordinary_user(void)
{
    return geteuid() != 0 || become(USERS_FIRST + (uid_t)getpid() % USERS) || become(NOBODY);
}

bool malloc_can_fail(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
    return false;
#else
    return true;
#endif
#else
    return true;
#endif
}

int redirect(int descriptor, const char *path)
{
    int opened = open(path, O_WRONLY | O_NOCTTY);

    if (opened < 0 || dup2(opened, descriptor) < 0)
        return errno;
    close(opened);
    return 0;
}

void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

struct bytes *read_file(const char *path)
{
    struct bytes *bytes = calloc(1, sizeof *bytes);
    FILE *file = fopen(path, "r");

    assert_non_null(bytes);
    assert_non_null(file);
    bytes->size = fread(bytes->at, 1, sizeof bytes->at - 1, file);
    assert_int_equal(getc(file), EOF);
    fclose(file);
    return bytes;
}

void assert_holds(const char *path, const char *text)
{
    struct bytes *bytes = read_file(path);

    assert_string_equal(bytes->at, text);
    free(bytes);
}

void assert_only_file(const char *name)
{
    DIR *folder = opendir(".");
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            assert_string_equal(entry->d_name, name);
    closedir(folder);
    assert_int_equal(access(name, F_OK), 0);
}

void run_threads(int count, void *(*run)(void *argument), void *argument)
{
    pthread_t threads[THREADS_MAX];

    assert_true(count <= THREADS_MAX);
    for (int i = 0; i < count; i++)
        assert_int_equal(thread_start_joinable(&threads[i], run, argument, "test"), 0);
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void *run_in_background(void *argument)
{
    struct background_call *call = argument;

    call->result = call->run(call->argument);
    atomic_store(&call->has_returned, true);
    return NULL;
}

void background_start(struct background_call *call, int (*run)(void *argument), void *argument)
{
    *call = (struct background_call){.run = run, .argument = argument, .result = -1};
    assert_int_equal(thread_start_joinable(&call->thread, run_in_background, call, "test"), 0);
}

int background_join(struct background_call *call)
{
    int64_t deadline_ns = clock_now_ns() + FAR_NS;

    while (!atomic_load(&call->has_returned) && clock_now_ns() < deadline_ns)
        clock_sleep_ns(100 * NS_PER_US);
    assert_true(atomic_load(&call->has_returned));
    assert_int_equal(pthread_join(call->thread, NULL), 0);
    return call->result;
}

static size_t queue_length(const struct channel_queue *queue)
{
    size_t length = 0;

    for (const struct channel_place *place = queue->first; place != NULL; place = place->next)
        length++;
    return length;
}

size_t count_waiting(struct channel *channel)
{
    size_t count;

    spin_lock(&channel->lock);
    count = queue_length(&channel->senders) + queue_length(&channel->receivers);
    spin_unlock(&channel->lock);
    return count;
}

void wait_until_waiting(struct channel *channel, size_t count)
{
    while (count_waiting(channel) != count)
        clock_sleep_ns(100 * NS_PER_US);
}

size_t count_lines(const char *text)
{
    size_t lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

bool has_whole_characters(const char *text)
{
    while (*text != '\0') {
        unsigned char lead = (unsigned char)*text++;
        int following = lead < 0x80 ? 0 : lead < 0xC0 ? -1 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;

        if (following < 0)
            return false;
        for (; following > 0; following--)
            if (((unsigned char)*text++ & 0xC0) != 0x80)
                return false;
    }
    return true;
}
