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
#include "signals/run_with_signals.h"
#include "tools/random.h"

#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARTICLES 20
#define CALLS (3 * ARTICLES)
#define OLD "old\n"

/* What the options of a run ask for. */
struct plan {
    bool drains, has_call_timeout;
};

static char folder[] = "/tmp/signals-XXXXXX";
static char file[sizeof folder + 16];

/* --- What is drawn */

static bool one_in(struct random *random, uint32_t number)
{
    return random_below(random, number) == 0;
}

static void draw_options(struct run *run, struct plan *plan, struct random *random, int speed,
                         int workers)
{
    add_argument(run, "--output=%s", file);
    add_argument(run, "--speed=%d", speed);
    add_argument(run, "--workers=%d", workers);
    add_argument(run, "--seed=%d", (int)random_below(random, 1000));
    plan->drains = one_in(random, 3);
    if (plan->drains)
        add_argument(run, "--drain");
    if (one_in(random, 3))
        add_argument(run, "--error-rate=0.%d", (int)random_below(random, 10));
    plan->has_call_timeout = one_in(random, 3);
    if (plan->has_call_timeout) {
        add_argument(run, "--call-timeout=1s");
        add_argument(run, "--hang-rate=0.%d", (int)random_below(random, 4));
    }
    if (one_in(random, 8))
        add_argument(run, "--timeout=%ds", 1 + (int)random_below(random, 15));
    else
        add_argument(run, "--timeout=0");
}

static void draw_run(struct run *run, struct plan *plan, const char *program, struct random *random,
                     int speed)
{
    static const int sizes[] = {1, 2, 5, 5, 5, 20, 50};
    int workers = sizes[random_below(random, sizeof sizes / sizeof *sizes)];
    struct moment *moment = &run->moment;
    /* About what the whole run takes: an article is three seconds. */
    uint32_t run_us =
        3500000U / (uint32_t)speed * (uint32_t)(workers < ARTICLES ? ARTICLES / workers : 1);

    run->count = 0;
    add_argument(run, "%s", program);
    *moment =
        (struct moment){.signal_number = one_in(random, 2) ? SIGINT : SIGTERM, .second_ns = NEVER};
    draw_options(run, plan, random, speed, workers);
    switch (random_below(random, 10)) {
    case 0: /* before it has begun, or just then */
        moment->delay_ns = random_below(random, 2500) * INT64_C(1000);
        break;
    case 1: /* around its end */
        moment->delay_ns = (run_us / 2 + random_below(random, run_us / 2)) * INT64_C(1000);
        break;
    case 2: /* while it writes its results and reports */
        moment->after = " leaves\n";
        moment->times = workers;
        moment->delay_ns = random_below(random, 1500) * INT64_C(1000);
        break;
    case 3:
        moment->after = "\nProcessed ";
        moment->times = 1;
        moment->delay_ns = random_below(random, 300) * INT64_C(1000);
        break;
    case 4: /* between two calls */
        moment->after = " completed\n";
        moment->times = 1 + (int)random_below(random, CALLS);
        moment->delay_ns = random_below(random, 200) * INT64_C(1000);
        break;
    default:
        moment->delay_ns = random_below(random, run_us) * INT64_C(1000);
        break;
    }
    if (one_in(random, 4))
        moment->second_ns = random_below(random, plan->drains ? 20000 : 500) * INT64_C(1000);
}

/* --- What it promised */

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
        if (entry->d_name[0] != '.' || entry->d_name[1] == 'l') /* .lesson-123-0.tmp */
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

static void check(const struct plan *plan, const struct run *run, const char *name)
{
    const char *out = run->out.text;
    char line[128];
    bool has_report = strstr(out, "\nType next ") != NULL;
    int died = died_by(run), shut, ended_at_once;

    snprintf(line, sizeof line, "%s: interrupted: shutting down; a second signal ends it", name);
    shut = count_of(run->err.text, line);
    ended_at_once = count_of(run->err.text, " of 60 LLM calls\n");
    require(shut <= 1 && ended_at_once <= 1, "it is said once");
    require(count_of(run->err.text, "\n") == shut + ended_at_once, "nothing else is said");
    require(died == 0 || (died == run->moment.signal_number && run->signals > 0),
            "it dies by the signal alone");
    require(shut + ended_at_once == 0 || died != 0,
            "a run that was interrupted dies by the signal");
    require(died != 0 || WEXITSTATUS(run->status) <= 1, "the status is 0 or 1");
    check_folder();
    if (has_report) {
        int succeeded = check_report(plan, out, run->signals);

        require(check_results(out) == succeeded, "there are as many results as successes");
        require(died != 0 || WEXITSTATUS(run->status) == (succeeded < ARTICLES),
                "the status says whether all have succeeded");
        return;
    }
    require(died != 0, "without a report it dies by a signal");
    if (run->signals < 2) {
        require(shut == 0, "a run that shuts down reports");
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

int main(int argc, char **argv)
{
    static struct run run;
    struct plan plan;
    struct random random;
    int runs, speed, early = 0, shut = 0, second = 0, late = 0;
    char *name;

    if (argc != 5) {
        fputs("random_signals SEED RUNS SPEED program\n", stderr);
        return 1;
    }
    runs = atoi(argv[2]);
    speed = atoi(argv[3]);
    name = strrchr(argv[4], '/');
    name = name != NULL ? name + 1 : argv[4];
    if (strstr(name, "-tsan") != NULL) /* a twin calls itself by the name of the plain program */
        name = strndup(name, (size_t)(strstr(name, "-tsan") - name));
    random_seed(&random, read_seed(argv[1]));
    if (mkdtemp(folder) == NULL)
        die(folder);
    snprintf(file, sizeof file, "%s/results", folder);
    for (int i = 1; i <= runs && broken == NULL; i++) {
        draw_run(&run, &plan, argv[4], &random, speed);
        write_old();
        execute(&run);
        check(&plan, &run, name);
        if (broken != NULL)
            print_broken(&run);
        if (strstr(run.out.text, "\nType next ") == NULL && run.signals < 2)
            early++;
        else if (run.signals > 1)
            second++;
        else if (strstr(run.err.text, "shutting down") != NULL)
            shut++;
        else
            late++;
    }
    if (broken != NULL)
        return 1; /* what is in the folder is left, to be looked at */
    printf("%d runs: %d ended before they began, %d shut down, %d had a second signal, "
           "%d were over\n",
           runs, early, shut, second, late);
    unlink(file);
    if (rmdir(folder) != 0)
        printf("%s is left\n", folder);
    return 0;
}
