#include "lesson/judge.h"

#include "news/simulator.h"
#include "observe/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A race can tear a result in two: its text is compared, not its id alone. */
static bool is_right(const struct ai_result *result, const struct article *article)
{
    struct ai_result expected;

    for (int task = 0; task < LLM_TASKS; task++)
        simulator_answer((enum llm_task)task, article, &expected);
    return strncmp(result->summary, expected.summary, sizeof expected.summary) == 0 &&
           strncmp(result->sentiment, expected.sentiment, sizeof expected.sentiment) == 0 &&
           strncmp(result->keywords, expected.keywords, sizeof expected.keywords) == 0;
}

int judgement_init(struct judgement *judgement, const struct articles *articles,
                   const struct ai_results *results, const struct article_status *statuses)
{
    struct counts *counts = &judgement->counts;

    *judgement = (struct judgement){.articles = articles,
                                    .statuses = statuses,
                                    .times = calloc(articles->count, sizeof *judgement->times),
                                    .counts = {.articles = articles->count}};
    if (judgement->times == NULL)
        return ENOMEM;
    for (size_t i = 0; i < results->count; i++) {
        const struct ai_result *result = &results->items[i];
        size_t position = articles_find(articles, result->article_id);

        if (result->article_id == 0)
            continue;
        if (position < articles->count && is_right(result, &articles->items[position]))
            judgement->times[position]++;
        else
            counts->damaged++;
    }
    for (size_t i = 0; i < articles->count; i++) {
        counts->processed += judgement->times[i] == 1;
        counts->lost += judgement->times[i] == 0;
        counts->doubled += judgement->times[i] > 1;
    }
    return 0;
}

void judgement_destroy(struct judgement *judgement)
{
    free(judgement->times);
    judgement->times = NULL;
}

/* Writes one entry of the list, for the positions from first to last. */
static void format_range(const struct judgement *judgement, size_t first, size_t last, char *text,
                         size_t size)
{
    const struct article *items = judgement->articles->items;

    if (judgement->times[first] > 1)
        snprintf(text, size, "%d (%u times)", items[first].id, judgement->times[first]);
    else if (first == last)
        snprintf(text, size, "%d", items[first].id);
    else
        snprintf(text, size, "%d-%d", items[first].id, items[last].id);
}

char *judgement_list(const struct judgement *judgement, unsigned times, char *text, size_t size)
{
    const struct article *items = judgement->articles->items;
    size_t count = judgement->articles->count, used = 0, left = 0;
    size_t last;

    for (size_t i = 0; i < count; i++)
        left += judgement->times[i] == times || (times > 1 && judgement->times[i] > 1);
    text[0] = '\0';
    for (size_t first = 0; first < count && left > 0; first = last + 1) {
        char entry[48];

        last = first;
        if (judgement->times[first] != times && !(times > 1 && judgement->times[first] > 1))
            continue;
        while (times < 2 && last + 1 < count && judgement->times[last + 1] == times &&
               items[last + 1].id == items[last].id + 1)
            last++;
        format_range(judgement, first, last, entry, sizeof entry);
        /* Keep room for the words that count the rest. */
        if (used + strlen(entry) + sizeof ", and 1000000 more" > size) {
            snprintf(text + used, size - used, " and %zu more", left);
            return text;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", entry);
        left -= last - first + 1;
    }
    return text;
}

/* The state that status and results agree on; ARTICLE_RUNNING: they contradict each other. */
static enum article_state find_state(const struct judgement *judgement, size_t position)
{
    enum article_state said = article_status_state(&judgement->statuses[position]);

    if (judgement->times[position] == 1)
        return said == ARTICLE_FAILED || said == ARTICLE_CANCELLED ? ARTICLE_RUNNING
                                                                   : ARTICLE_SUCCEEDED;
    if (judgement->times[position] > 1 || said == ARTICLE_SUCCEEDED)
        return ARTICLE_RUNNING;
    return said;
}

struct account account_of(const struct judgement *judgement)
{
    struct account account = {.is_kept = judgement->statuses != NULL};

    for (size_t i = 0; account.is_kept && i < judgement->articles->count; i++) {
        enum article_state state = find_state(judgement, i);

        account.succeeded += state == ARTICLE_SUCCEEDED;
        account.failed += state == ARTICLE_FAILED;
        account.cancelled += state == ARTICLE_CANCELLED;
        account.queued += state == ARTICLE_QUEUED;
        account.unaccounted += state == ARTICLE_RUNNING;
    }
    return account;
}

static void print_failures(const struct judgement *judgement, size_t most)
{
    char text[ARTICLE_ERROR_SIZE];
    size_t shown = 0;

    for (size_t i = 0; i < judgement->articles->count && shown < most; i++) {
        if (find_state(judgement, i) != ARTICLE_FAILED)
            continue;
        log_figure(shown == 0 ? "Failed" : "", "%s",
                   article_error_format(judgement->articles->items[i].id,
                                        &judgement->statuses[i].error, text, sizeof text));
        shown++;
    }
}

/* Prints the articles in this state in a line: "Cancelled    3: 2, 8-9". */
static void print_list(const char *title, const struct judgement *judgement,
                       enum article_state state, const char *remark)
{
    size_t count = judgement->articles->count, found = 0;
    struct judgement marked = {.articles = judgement->articles,
                               .times = calloc(count, sizeof *marked.times)};
    char list[LIST_SIZE];
    size_t size = sizeof list - strlen(remark); /* of all that fits the line */

    for (size_t i = 0; i < count && marked.times != NULL; i++) {
        marked.times[i] = find_state(judgement, i) == state;
        found += marked.times[i];
    }
    if (found > 0)
        log_figure(title, "%zu%s: %s", found, remark, judgement_list(&marked, 1, list, size));
    free(marked.times);
}

void account_print(const struct account *account, const struct judgement *judgement,
                   bool is_stalled, size_t failures)
{
    char unaccounted[48] = "";

    if (account->unaccounted > 0)
        snprintf(unaccounted, sizeof unaccounted, " + %zu unknown", account->unaccounted);
    log_figure("Account", "%zu succeeded + %zu failed + %zu cancelled + %zu queued%s = %zu",
               account->succeeded, account->failed, account->cancelled, account->queued,
               unaccounted, judgement->counts.articles);
    print_failures(judgement, failures);
    if (account->failed > failures)
        print_list("", judgement, ARTICLE_FAILED, " in all");
    print_list("Cancelled", judgement, ARTICLE_CANCELLED, "");
    print_list("Queued", judgement, ARTICLE_QUEUED, ", never started");
    print_list("Unknown", judgement, ARTICLE_RUNNING,
               is_stalled ? ", in work when it stalled" : ", nobody says why");
}
