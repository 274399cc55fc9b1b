/*
 * random_kills kill|stop SEED NUMBER SPEED program part-1: kills a program that stores its results,
 * at NUMBER random moments, or stops it by SIGINT and SIGTERM, one to four times on the same store,
 * and then lets it run to the end. After each run it reads the store by SQLite alone and checks:
 *
 * - the store has every result that the program said it stored, and at most one result more;
 * - each of these results is the one that part 1 has;
 * - the run made no call for a result that was stored before.
 *
 * In the end the store has every article once.
 *
 * SEED may be "random"; all that is drawn follows from it, but not what the threads do meanwhile.
 * Prints the seed and a summary of the runs; of a run that broke a promise, all it said.
 *
 * Status: 0 all runs kept their promises; 1 one did not.
 */
#include "signals/run_with_signals.h"
#include "tools/random.h"

#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARTICLES_MAX 60

struct result {
    char summary[512], sentiment[64], keywords[512];
};

static char folder[] = "/tmp/kills-XXXXXX";
static char path[64], output[64], copies[64], copy[80];
static struct result expected[ARTICLES_MAX + 1]; /* by id */
static bool stored[ARTICLES_MAX + 1];            /* as was read after the last run */

/* --- What is drawn */

static void draw_moment(struct moment *moment, struct random *random, int articles, int speed,
                        bool kills)
{
    int left = articles;
    /* About what a run takes: a second for an article, by one or more workers, and the disk. */
    uint32_t run_us;

    for (int id = 1; id <= articles; id++)
        left -= stored[id];
    run_us = (uint32_t)(left / 2 + 4) * 1000000U / (uint32_t)speed + (uint32_t)left * 2000U;
    *moment = (struct moment){.times = 1, .second_ns = NEVER};
    moment->signal_number = kills ? SIGKILL : random_below(random, 2) == 0 ? SIGINT : SIGTERM;
    switch (random_below(random, 6)) {
    case 0: /* while the store is opened or made */
        moment->delay_ns = random_below(random, 8000) * NS_PER_US;
        break;
    case 1:
        moment->delay_ns = random_below(random, run_us) * NS_PER_US;
        break;
    case 2: /* between two writes, or in the next one */
        moment->after = "Collected result";
        moment->times = 1 + (int)random_below(random, left > 0 ? (uint32_t)left : 1);
        moment->delay_ns = random_below(random, 500) * NS_PER_US;
        break;
    case 3: /* in the first writes */
        moment->after = "Keyword Extraction completed\n";
        moment->delay_ns = random_below(random, 4000) * NS_PER_US;
        break;
    case 4: /* in some write */
        moment->after = "Keyword Extraction completed\n";
        moment->times = 1 + (int)random_below(random, left > 0 ? (uint32_t)left : 1);
        moment->delay_ns = random_below(random, 2000) * NS_PER_US;
        break;
    default: /* while it closes the store */
        moment->after = "Collected result";
        moment->times = left > 0 ? left : 1;
        moment->delay_ns = random_below(random, 3000) * NS_PER_US;
        break;
    }
}

static void draw_program(struct run *run, const char *program, struct random *random, int articles,
                         int speed)
{
    run->count = 0;
    add_argument(run, "%s", program);
    add_argument(run, "--store=%s", path);
    add_argument(run, "--articles=%d", articles);
    add_argument(run, "--speed=%d", speed);
    add_argument(run, "--seed=%d", (int)random_below(random, 1000));
    add_argument(run, "--stage-workers=%d,%d,%d", 1 + (int)random_below(random, 6),
                 1 + (int)random_below(random, 6), 1 + (int)random_below(random, 6));
    if (random_below(random, 4) == 0)
        add_argument(run, "--drain");
}

/* --- What it promised */

static bool is_known(int id, int articles)
{
    return id >= 1 && id <= articles;
}

static void check_result(int id, int articles, const char *summary, const char *sentiment,
                         const char *keywords)
{
    require(is_known(id, articles), "there is an article %d", id);
    if (!is_known(id, articles))
        return;
    require(summary != NULL && strcmp(summary, expected[id].summary) == 0 && sentiment != NULL &&
                strcmp(sentiment, expected[id].sentiment) == 0 && keywords != NULL &&
                strcmp(keywords, expected[id].keywords) == 0,
            "the result of article %d is part 1's", id);
}

/* The words of an array, as they are stored. */
static const char *join(const json_t *array, char *text, size_t size)
{
    const json_t *word;
    size_t i, used = 0;

    text[0] = '\0';
    json_array_foreach((json_t *)array, i, word)
    {
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
                                     json_string_value(word));
    }
    return text;
}

/* Notes which articles have a line, and checks each line. Returns how many there are. */
static int read_results(bool is_there[ARTICLES_MAX + 1], int articles, bool are_expected)
{
    char line[4096];
    FILE *results = fopen(output, "r");
    int lines = 0;

    if (results == NULL)
        die(output);
    while (fgets(line, sizeof line, results) != NULL) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        int id = (int)json_integer_value(json_object_get(object, "article_id"));
        const char *summary = json_string_value(json_object_get(object, "summary"));
        const char *sentiment = json_string_value(json_object_get(object, "sentiment"));
        char words[512];
        const char *keywords = join(json_object_get(object, "keywords"), words, sizeof words);

        lines++;
        if (are_expected && is_known(id, articles) && summary != NULL && sentiment != NULL) {
            snprintf(expected[id].summary, sizeof expected[id].summary, "%s", summary);
            snprintf(expected[id].sentiment, sizeof expected[id].sentiment, "%s", sentiment);
            snprintf(expected[id].keywords, sizeof expected[id].keywords, "%s", keywords);
        }
        check_result(id, articles, summary, sentiment, keywords);
        if (is_known(id, articles)) {
            require(!is_there[id], "article %d is in the output once", id);
            is_there[id] = true;
        }
        json_decref(object);
    }
    fclose(results);
    return lines;
}

/* Runs a command of the shell. The folder's name has no character that means something to it. */
LOG_PRINTF(1, 2) static void shell(const char *format, ...)
{
    char command[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        die(command);
}

static int read_number(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *query = NULL;
    int number = -1;

    if (sqlite3_prepare_v2(database, sql, -1, &query, NULL) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW)
        number = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    return number;
}

/*
 * Reads what is stored; of a copy, because reading finishes what the killed run has begun, and that
 * is the next run's affair.
 */
static void read_store(bool is_there[ARTICLES_MAX + 1], int articles)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *rows = NULL;
    int tables, code;

    shell("rm -f %s/*; for file in %s*; do [ ! -e $file ] || cp $file %s; done", copies, path,
          copies);
    if (access(copy, F_OK) != 0)
        return; /* it was not even made */
    if (sqlite3_open(copy, &database) != SQLITE_OK)
        die(copy);
    tables = read_number(database, "SELECT count(*) FROM sqlite_master WHERE name = 'results'");
    require(tables == 0 || tables == 1, "the store can be read: %s", sqlite3_errmsg(database));
    require(read_number(database, "SELECT count(*) FROM pragma_integrity_check "
                                  "WHERE integrity_check != 'ok'") == 0,
            "the store is whole");
    if (tables == 1) {
        code = sqlite3_prepare_v2(database,
                                  "SELECT article_id, summary, sentiment, keywords FROM results",
                                  -1, &rows, NULL);
        while (code == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW) {
            int id = sqlite3_column_int(rows, 0);

            check_result(id, articles, (const char *)sqlite3_column_text(rows, 1),
                         (const char *)sqlite3_column_text(rows, 2),
                         (const char *)sqlite3_column_text(rows, 3));
            if (is_known(id, articles)) {
                require(!is_there[id], "article %d is in the store once", id);
                is_there[id] = true;
            }
        }
        require(code == SQLITE_OK, "the results can be read");
    }
    sqlite3_finalize(rows);
    sqlite3_close(database);
}

static int count_stored(const bool is_there[ARTICLES_MAX + 1])
{
    int count = 0;

    for (int id = 1; id <= ARTICLES_MAX; id++)
        count += is_there[id];
    return count;
}

static bool folder_has_only_the_store(void)
{
    DIR *opened = opendir(folder);
    struct dirent *entry;
    int others = 0;

    if (opened == NULL)
        die(folder);
    while ((entry = readdir(opened)) != NULL)
        others += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                  strcmp(entry->d_name, "store") != 0 && strcmp(entry->d_name, "copies") != 0 &&
                  strcmp(entry->d_name, "output") != 0;
    closedir(opened);
    return others == 0;
}

/* What was stored before this run was not touched by it. */
static void check_not_again(const char *out, int articles)
{
    char words[64];

    for (int id = 1; id <= articles; id++) {
        if (!stored[id])
            continue;
        snprintf(words, sizeof words, "  [%d] ", id);
        require(strstr(out, words) == NULL, "article %d was stored, and is not paid for again", id);
        snprintf(words, sizeof words, "Processing article %d...", id);
        require(strstr(out, words) == NULL, "article %d was stored, and is not begun again", id);
    }
}

/* The report of a run that could make one: after, what the store has now. */
static void check_report(const char *out, int articles, const bool after[ARTICLES_MAX + 1])
{
    const char *account = strstr(out, "\nAccount "), *store = strstr(out, "\nStored  ");
    int succeeded = -1, failed = -1, cancelled = -1, queued = -1, all = -1, before = -1, now = -1;

    require(account != NULL && store != NULL, "the report has an account and what is stored");
    if (account == NULL || store == NULL)
        return;
    sscanf(account, "\nAccount %d succeeded + %d failed + %d cancelled + %d queued = %d",
           &succeeded, &failed, &cancelled, &queued, &all);
    sscanf(store, "\nStored %d before this run, %d now", &before, &now);
    require(all == articles && failed == 0 && succeeded + cancelled + queued == all,
            "succeeded + failed + cancelled + queued = all");
    require(before == count_stored(stored), "%d were stored before, not %d", count_stored(stored),
            before);
    require(now == count_stored(after) && now == succeeded, "%d are stored now, not %d",
            count_stored(after), now);
    require(strstr(out, "Leaked") == NULL, "no thread is left");
    require(folder_has_only_the_store(), "a store that was closed is one file");
}

static void check(const struct run *run, int articles)
{
    static const char words[] = "Collected result for article ";
    const char *out = run->out.text;
    bool after[ARTICLES_MAX + 1] = {false}, said[ARTICLES_MAX + 1] = {false};
    bool has_report = strstr(out, "\nType next ") != NULL;
    int unsaid = 0;

    read_store(after, articles);
    check_not_again(out, articles);
    for (const char *at = strstr(out, words); at != NULL; at = strstr(at + 1, words)) {
        int id = atoi(at + sizeof words - 1);

        if (strchr(at, '\n') == NULL)
            break; /* a line that was cut off */
        require(is_known(id, articles) && !said[id] && !stored[id], "article %d is stored once",
                id);
        if (is_known(id, articles))
            said[id] = true;
    }
    for (int id = 1; id <= articles; id++) {
        require(!stored[id] || after[id], "article %d was in the store, and is not lost", id);
        require(!said[id] || after[id], "article %d is stored, as was said", id);
        unsaid += after[id] && !said[id] && !stored[id];
    }
    /* The kill came between the write and the word. */
    require(unsaid <= (died_by(run) == SIGKILL), "%d are stored, and nobody said so", unsaid);
    if (has_report && died_by(run) != SIGKILL)
        check_report(out, articles, after);
    if (died_by(run) == 0) {
        require(has_report && WEXITSTATUS(run->status) == 0, "a run that gets no signal succeeds");
        require(run->err.size == 0, "nothing else is said");
        require(count_stored(after) == articles, "all are stored");
    } else {
        require(died_by(run) == run->moment.signal_number, "it dies by the signal");
        /* One that came before the program was prepared for it is the end, without a word. */
        require(count_of(run->err.text, "\n") ==
                    (died_by(run) != SIGKILL && (run->err.size > 0 || run->out.size > 0)),
                "one line says that it is interrupted");
    }
    memcpy(stored, after, sizeof stored);
}

/* --- All runs on one store */

struct tally {
    int hits, late, stores, with_rows;
};

static void use_store(const char *program, struct random *random, int speed, bool kills, int wanted,
                      struct tally *tally)
{
    static const int sizes[] = {1, 5, 20, 20, 20, ARTICLES_MAX};
    static struct run run;
    int articles = sizes[random_below(random, sizeof sizes / sizeof *sizes)];
    int rounds = 1 + (int)random_below(random, 4), calls, before;
    bool is_there[ARTICLES_MAX + 1] = {false};

    tally->stores++;
    memset(stored, 0, sizeof stored);
    unlink(path);
    for (int i = 0; i < rounds && tally->hits < wanted && broken == NULL; i++) {
        draw_program(&run, program, random, articles, speed);
        draw_moment(&run.moment, random, articles, speed, kills);
        execute(&run);
        check(&run, articles);
        tally->hits += died_by(&run) != 0;
        tally->late += died_by(&run) == 0;
        tally->with_rows +=
            died_by(&run) != 0 && count_stored(stored) > 0 && count_stored(stored) < articles;
    }
    if (broken == NULL) {
        before = count_stored(stored);
        draw_program(&run, program, random, articles, speed);
        add_argument(&run, "--output=%s", output);
        run.moment = (struct moment){0};
        execute(&run);
        check(&run, articles);
        calls = number_after(run.out.text, "\nLLM calls ");
        require(calls == 3 * (articles - before), "%d calls for the %d that were missing", calls,
                articles - before);
        if (broken == NULL)
            require(read_results(is_there, articles, false) == articles, "each result is written");
        unlink(output);
    }
    if (broken != NULL) {
        printf("the store is %s\n", copy);
        print_broken(&run);
    }
}

static void read_expected(const char *part_1)
{
    static struct run run;
    bool is_there[ARTICLES_MAX + 1] = {false};

    add_argument(&run, "%s", part_1);
    add_argument(&run, "--quiet");
    add_argument(&run, "--latency=0s..0s");
    add_argument(&run, "--articles=%d", ARTICLES_MAX);
    add_argument(&run, "--output=%s", output);
    execute(&run);
    if (read_results(is_there, ARTICLES_MAX, true) != ARTICLES_MAX || broken != NULL)
        die("part 1 has other results");
    unlink(output);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    struct random random;
    int wanted, speed;
    bool kills;

    if (argc != 7 || (strcmp(argv[1], "kill") != 0 && strcmp(argv[1], "stop") != 0)) {
        fputs("random_kills kill|stop SEED NUMBER SPEED program part-1\n", stderr);
        return 1;
    }
    kills = strcmp(argv[1], "kill") == 0;
    wanted = atoi(argv[3]);
    speed = atoi(argv[4]);
    random_seed(&random, read_seed(argv[2]));
    if (mkdtemp(folder) == NULL)
        die(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(output, sizeof output, "%s/output", folder);
    snprintf(copies, sizeof copies, "%s/copies", folder);
    snprintf(copy, sizeof copy, "%s/store", copies);
    if (mkdir(copies, 0700) != 0)
        die(copies);
    read_expected(argv[6]);
    while (tally.hits < wanted && broken == NULL)
        use_store(argv[5], &random, speed, kills, wanted, &tally);
    if (broken != NULL)
        return 1; /* what is stored is left, to be looked at */
    printf("%d of %d runs ended by a signal, %d of them with some results stored, on %d stores; "
           "%d had ended before\n",
           tally.hits, tally.hits + tally.late, tally.with_rows, tally.stores, tally.late);
    shell("rm -r %s", folder);
    return 0;
}
