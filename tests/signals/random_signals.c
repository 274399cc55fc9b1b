/*
 * random_signals SEED RUNS SPEED program: sends SIGINT and SIGTERM at random moments to a program
 * that can be shut down, and checks what the program promises of every run: the report accounts for
 * each article and each call, no thread is left, the file of results is the old one or the whole
 * new one, nothing is left beside it, and the program dies by the signal, unless it had ended
 * before.
 *
 * Some signals come at once, before the program has looked at its options, some while it reports;
 * some runs get a second one. SEED may be "random"; all that is drawn follows from it, but not what
 * the threads do meanwhile. Prints the seed and a summary of the runs; of a run that broke a
 * promise, all it said.
 *
 * Status: 0 all runs kept their promises; 1 one did not.
 */
#include "observe/log.h"
#include "tools/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARTICLES 20
#define CALLS (3 * ARTICLES)
#define TEXT_SIZE (256 * 1024)
#define OPTIONS_MAX 16
#define NEVER INT64_MAX
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define PATIENCE_NS (40 * NS_PER_S)
#define OLD "old\n"

struct stream {
    int from;
    char text[TEXT_SIZE];
    size_t size;
};

/* What is drawn for a run. */
struct plan {
    char options[OPTIONS_MAX][64];
    int count;
    bool drains, has_call_timeout;
    int signal_number;
    const char *after; /* the text that the moment is counted from; NULL: the start */
    int times;         /* that it has come by then */
    int64_t delay_ns;
    int64_t second_ns; /* behind the first; or NEVER */
};

/* What became of it. */
struct ended {
    struct stream out, err;
    int status;
    int signals; /* that were sent */
};

static char folder[] = "/tmp/signals-XXXXXX";
static char file[sizeof folder + 16];
static const char *broken; /* the first promise that was */
static char reason[256];

static void die(const char *what)
{
    fprintf(stderr, "random_signals: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

LOG_PRINTF(2, 3) static void require(bool is_so, const char *promise, ...)
{
    va_list arguments;

    if (is_so || broken != NULL)
        return;
    va_start(arguments, promise);
    vsnprintf(reason, sizeof reason, promise, arguments);
    va_end(arguments);
    broken = reason;
}

/* --- What is drawn */

LOG_PRINTF(2, 3) static void add_option(struct plan *plan, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(plan->options[plan->count++], sizeof *plan->options, format, arguments);
    va_end(arguments);
}

static bool one_in(struct random *random, uint32_t number)
{
    return random_below(random, number) == 0;
}

static void draw_options(struct plan *plan, struct random *random, int speed, int workers)
{
    add_option(plan, "--output=%s", file);
    add_option(plan, "--speed=%d", speed);
    add_option(plan, "--workers=%d", workers);
    add_option(plan, "--seed=%d", (int)random_below(random, 1000));
    plan->drains = one_in(random, 3);
    if (plan->drains)
        add_option(plan, "--drain");
    if (one_in(random, 3))
        add_option(plan, "--error-rate=0.%d", (int)random_below(random, 10));
    plan->has_call_timeout = one_in(random, 3);
    if (plan->has_call_timeout) {
        add_option(plan, "--call-timeout=1s");
        add_option(plan, "--hang-rate=0.%d", (int)random_below(random, 4));
    }
    if (one_in(random, 8))
        add_option(plan, "--timeout=%ds", 1 + (int)random_below(random, 15));
}

static void draw_plan(struct plan *plan, struct random *random, int speed)
{
    static const int sizes[] = {1, 2, 5, 5, 5, 20, 50};
    int workers = sizes[random_below(random, sizeof sizes / sizeof *sizes)];
    /* About what the whole run takes: an article is three seconds. */
    uint32_t run_us =
        3500000U / (uint32_t)speed * (uint32_t)(workers < ARTICLES ? ARTICLES / workers : 1);

    *plan =
        (struct plan){.signal_number = one_in(random, 2) ? SIGINT : SIGTERM, .second_ns = NEVER};
    draw_options(plan, random, speed, workers);
    switch (random_below(random, 10)) {
    case 0: /* before it has begun, or just then */
        plan->delay_ns = random_below(random, 2500) * INT64_C(1000);
        break;
    case 1: /* around its end */
        plan->delay_ns = (run_us / 2 + random_below(random, run_us / 2)) * INT64_C(1000);
        break;
    case 2: /* while it writes its results and reports */
        plan->after = " leaves\n";
        plan->times = workers;
        plan->delay_ns = random_below(random, 1500) * INT64_C(1000);
        break;
    case 3:
        plan->after = "\nProcessed ";
        plan->times = 1;
        plan->delay_ns = random_below(random, 300) * INT64_C(1000);
        break;
    case 4: /* between two calls */
        plan->after = " completed\n";
        plan->times = 1 + (int)random_below(random, CALLS);
        plan->delay_ns = random_below(random, 200) * INT64_C(1000);
        break;
    default:
        plan->delay_ns = random_below(random, run_us) * INT64_C(1000);
        break;
    }
    if (one_in(random, 4))
        plan->second_ns = random_below(random, plan->drains ? 20000 : 500) * INT64_C(1000);
}

/* --- A run */

static int count_of(const char *text, const char *what)
{
    int count = 0;

    for (text = strstr(text, what); text != NULL; text = strstr(text + strlen(what), what))
        count++;
    return count;
}

static bool read_some(struct stream *stream)
{
    ssize_t size = read(stream->from, stream->text + stream->size, TEXT_SIZE - 1 - stream->size);

    if (size <= 0) {
        close(stream->from);
        stream->from = -1;
        return false;
    }
    stream->size += (size_t)size;
    stream->text[stream->size] = '\0';
    return true;
}

static pid_t start(const char *program, const struct plan *plan, const int outputs[2],
                   const int errors[2])
{
    const char *arguments[OPTIONS_MAX + 2] = {program};
    pid_t child;

    for (int i = 0; i < plan->count; i++)
        arguments[i + 1] = plan->options[i];
    child = fork();
    if (child < 0)
        die("fork");
    if (child > 0)
        return child;
    signal(SIGINT, SIG_DFL); /* a shell's background processes ignore it */
    dup2(outputs[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    close(outputs[0]);
    close(outputs[1]);
    close(errors[0]);
    close(errors[1]);
    execv(program, (char *const *)arguments);
    _exit(127);
}

/* Waits for output, or until the time, and at most until then. */
static void wait_for_either(struct ended *ended, int64_t until_ns)
{
    struct pollfd polls[2] = {{.fd = ended->out.from, .events = POLLIN},
                              {.fd = ended->err.from, .events = POLLIN}};
    int64_t left_ns = until_ns == NEVER ? NS_PER_S : until_ns - now_ns();
    int timeout_ms = left_ns > NS_PER_S ? 1000 : left_ns > 0 ? (int)(left_ns / NS_PER_MS) : 0;

    if (left_ns > 0 && left_ns < NS_PER_MS) /* poll() would come late */
        nanosleep(&(struct timespec){.tv_nsec = left_ns}, NULL);
    if (poll(polls, 2, timeout_ms) < 0)
        die("poll");
    if (polls[0].revents != 0)
        read_some(&ended->out);
    if (polls[1].revents != 0)
        read_some(&ended->err);
}

static void run(const char *program, const struct plan *plan, struct ended *ended)
{
    int outputs[2], errors[2];
    int64_t started_ns = now_ns(), send_ns = NEVER;
    pid_t child;

    if (pipe(outputs) != 0 || pipe(errors) != 0)
        die("pipe");
    child = start(program, plan, outputs, errors);
    close(outputs[1]);
    close(errors[1]);
    memset(ended, 0, sizeof *ended);
    ended->out.from = outputs[0];
    ended->err.from = errors[0];
    if (plan->after == NULL)
        send_ns = started_ns + plan->delay_ns;
    while (ended->out.from >= 0 || ended->err.from >= 0) {
        wait_for_either(ended, send_ns);
        if (ended->signals == 0 && send_ns == NEVER &&
            count_of(ended->out.text, plan->after) >= plan->times)
            send_ns = now_ns() + plan->delay_ns;
        if (now_ns() >= send_ns) {
            /* It is not reaped yet, so its number is nobody else's. */
            kill(child, plan->signal_number);
            ended->signals++;
            send_ns = ended->signals == 1 && plan->second_ns != NEVER ? now_ns() + plan->second_ns
                                                                      : NEVER;
        }
        if (now_ns() > started_ns + PATIENCE_NS) {
            require(false, "it has not ended after 40 s");
            kill(child, SIGKILL);
            break;
        }
    }
    if (waitpid(child, &ended->status, 0) != child)
        die("waitpid");
}

/* --- What it promised */

/* The number behind the first word's place, or -1. */
static int number_after(const char *text, const char *words)
{
    const char *found = strstr(text, words);

    return found != NULL ? atoi(found + strlen(words)) : -1;
}

/* Which articles the lines say were collected. */
static void find_collected(const char *text, bool collected[ARTICLES + 1])
{
    static const char words[] = "Collected result for article ";

    for (text = strstr(text, words); text != NULL; text = strstr(text + 1, words)) {
        int id = atoi(text + sizeof words - 1);

        require(id >= 1 && id <= ARTICLES && !collected[id], "article %d is collected once", id);
        if (id >= 1 && id <= ARTICLES)
            collected[id] = true;
    }
}

static bool is_old(void)
{
    char text[sizeof OLD] = "";
    FILE *results = fopen(file, "r");
    size_t size = results != NULL ? fread(text, 1, sizeof text, results) : 0;

    if (results != NULL)
        fclose(results);
    return size == sizeof OLD - 1 && memcmp(text, OLD, size) == 0;
}

/* The new file: a JSON object a line, of each article that was collected, once. */
static int check_results(const char *out)
{
    bool collected[ARTICLES + 1] = {false}, is_there[ARTICLES + 1] = {false};
    char line[4096];
    FILE *results = fopen(file, "r");
    int lines = 0;

    require(results != NULL, "there is a file of results");
    if (results == NULL)
        return 0;
    find_collected(out, collected);
    while (fgets(line, sizeof line, results) != NULL) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        int id = (int)json_integer_value(json_object_get(object, "article_id"));

        lines++;
        require(strchr(line, '\n') != NULL, "line %d of the results has its end", lines);
        require(json_object_size(object) == 4, "line %d of the results is a result", lines);
        require(id >= 1 && id <= ARTICLES && collected[id], "result %d was collected", id);
        if (id >= 1 && id <= ARTICLES) {
            require(!is_there[id], "article %d is in the results once", id);
            is_there[id] = true;
        }
        json_decref(object);
    }
    fclose(results);
    for (int id = 1; id <= ARTICLES; id++)
        require(is_there[id] == collected[id], "article %d was collected, and is stored", id);
    return lines;
}

static void check_folder(void)
{
    DIR *opened = opendir(folder);
    struct dirent *entry;

    if (opened == NULL)
        die(folder);
    while ((entry = readdir(opened)) != NULL)
        if (entry->d_name[0] != '.' || entry->d_name[1] == 'r') /* .results-123-0.tmp */
            require(strcmp(entry->d_name, "results") == 0, "%s is left in the folder",
                    entry->d_name);
    closedir(opened);
}

/* Returns how many articles succeeded. */
static int check_report(const struct plan *plan, const char *out, int signals)
{
    int succeeded = -1, failed = -1, cancelled = -1, queued = -1, all = -1;
    int answered = -1, errors = -1, given_up = -1, refused = -1, attempts = -1;
    int saved = number_after(out, "\nCalls saved ");
    const char *account = strstr(out, "\nAccount "), *calls = strstr(out, "\nAttempts ");

    if (account == NULL || calls == NULL) {
        require(false, "the report has an account, of articles and of attempts");
        return 0;
    }
    sscanf(account, "\nAccount %d succeeded + %d failed + %d cancelled + %d queued = %d",
           &succeeded, &failed, &cancelled, &queued, &all);
    sscanf(calls, "\nAttempts %d answered + %d failed + %d given up + %d refused = %d", &answered,
           &errors, &given_up, &refused, &attempts);
    require(all == ARTICLES && succeeded + failed + cancelled + queued == all,
            "succeeded + failed + cancelled + queued = all");
    require(number_after(out, "\nProcessed ") == succeeded, "what was processed has succeeded");
    require(attempts >= 0 && answered + errors + given_up + refused == attempts,
            "the attempts add up");
    require(attempts + (saved >= 0 ? saved : 0) == CALLS, "attempts + calls saved = all calls");
    require(number_after(out, "\nLLM calls ") == answered, "the calls are those that answered");
    require(count_of(out, " completed\n") == answered, "each answer has its line");
    require(count_of(out, " given up\n") == given_up, "each call given up has its line");
    require(count_of(out, " failed: 503") >= errors, "each call that failed has its line");
    require(count_of(out, " takes article ") == succeeded + failed + cancelled,
            "what was taken has an end");
    require(strstr(out, "Leaked") == NULL, "no thread is left");
    require(strstr(out, "Shutdown     -") == NULL, "no shutdown ends before it begins");
    if (plan->drains && signals < 2) {
        require(cancelled == 0, "with --drain no article is cancelled");
        require(given_up == 0 || plan->has_call_timeout, "with --drain no call is given up");
    }
    return succeeded;
}

static void check(const struct plan *plan, const struct ended *ended, const char *name)
{
    const char *out = ended->out.text;
    char line[128];
    bool has_report = strstr(out, "\nType next ") != NULL;
    int died_by = WIFSIGNALED(ended->status) ? WTERMSIG(ended->status) : 0;
    int shut, ended_at_once;

    snprintf(line, sizeof line, "%s: interrupted: shutting down; a second signal ends it", name);
    shut = count_of(ended->err.text, line);
    ended_at_once = count_of(ended->err.text, " of 60 LLM calls\n");
    require(shut <= 1 && ended_at_once <= 1, "it is said once");
    require(count_of(ended->err.text, "\n") == shut + ended_at_once, "nothing else is said");
    require(died_by == 0 || (died_by == plan->signal_number && ended->signals > 0),
            "it dies by the signal alone");
    require(shut + ended_at_once == 0 || died_by != 0, "who was interrupted dies by the signal");
    require(died_by != 0 || WEXITSTATUS(ended->status) <= 1, "the status is 0 or 1");
    check_folder();
    if (has_report) {
        int succeeded = check_report(plan, out, ended->signals);

        require(check_results(out) == succeeded, "there are as many results as successes");
        require(died_by != 0 || WEXITSTATUS(ended->status) == (succeeded < ARTICLES),
                "the status says whether all have succeeded");
        return;
    }
    require(died_by != 0, "without a report it dies by a signal");
    if (ended->signals < 2) {
        require(shut == 0, "who shuts down reports");
        require(count_of(out, " takes article ") == 0, "once it works one signal shuts it down");
    }
    if (!is_old()) {
        require(shut == 1 && ended_at_once == 1, "only the second signal ends it after the write");
        check_results(out);
    }
}

static void write_old(void)
{
    FILE *results = fopen(file, "w");

    if (results == NULL || fputs(OLD, results) < 0 || fclose(results) != 0)
        die(file);
}

static void remove_folder(void)
{
    DIR *opened = opendir(folder);
    char path[sizeof folder + 300];
    struct dirent *entry;

    while (opened != NULL && (entry = readdir(opened)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' || entry->d_name[1] == 'r')
            unlink(path);
    }
    if (opened != NULL)
        closedir(opened);
    rmdir(folder);
}

int main(int argc, char **argv)
{
    static struct ended ended;
    static struct plan plan;
    struct random random;
    int runs, speed, early = 0, shut = 0, second = 0, late = 0;
    unsigned long long seed;
    char *name;

    if (argc != 5) {
        fputs("random_signals SEED RUNS SPEED program\n", stderr);
        return 1;
    }
    seed = strcmp(argv[1], "random") == 0 ? (unsigned long long)now_ns() % 1000000
                                          : strtoull(argv[1], NULL, 10);
    runs = atoi(argv[2]);
    speed = atoi(argv[3]);
    name = strrchr(argv[4], '/');
    name = name != NULL ? name + 1 : argv[4];
    if (strstr(name, "-tsan") != NULL) /* a twin calls itself as the other one */
        name = strndup(name, (size_t)(strstr(name, "-tsan") - name));
    random_seed(&random, seed);
    if (mkdtemp(folder) == NULL)
        die(folder);
    snprintf(file, sizeof file, "%s/results", folder);
    printf("seed %llu\n", seed);
    for (int i = 1; i <= runs && broken == NULL; i++) {
        draw_plan(&plan, &random, speed);
        write_old();
        run(argv[4], &plan, &ended);
        check(&plan, &ended, name);
        if (broken != NULL) {
            printf("run %d: not so: %s\noptions:", i, broken);
            for (int j = 0; j < plan.count; j++)
                printf(" %s", plan.options[j]);
            printf("\nsignal %d, %lld us after %s, %d were sent; status %x\n--- stdout\n%s"
                   "--- stderr\n%s",
                   plan.signal_number, (long long)(plan.delay_ns / 1000),
                   plan.after != NULL ? plan.after : "the start", ended.signals,
                   (unsigned)ended.status, ended.out.text, ended.err.text);
        }
        if (strstr(ended.out.text, "\nType next ") == NULL && ended.signals < 2)
            early++;
        else if (ended.signals > 1)
            second++;
        else if (strstr(ended.err.text, "shutting down") != NULL)
            shut++;
        else
            late++;
    }
    if (broken == NULL)
        printf("%d runs: %d ended before they began, %d shut down, %d had a second signal, "
               "%d were over\n",
               runs, early, shut, second, late);
    remove_folder();
    return broken != NULL;
}
