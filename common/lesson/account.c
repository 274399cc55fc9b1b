#include "lesson/account.h"

#include "observe/log.h"

#include <stdio.h>
#include <stdlib.h>

#define FAILURES_SHOWN 10
#define LIST_SIZE 400

/* The state that status and results agree on; ARTICLE_RUNNING: they contradict each other. */
static enum article_state find_state(const struct judgement *judgement,
                                     const struct article_status *statuses, size_t position)
{
    enum article_state said = article_status_state(&statuses[position]);

    if (judgement->times[position] == 1)
        return said == ARTICLE_FAILED || said == ARTICLE_CANCELLED ? ARTICLE_RUNNING
                                                                   : ARTICLE_SUCCEEDED;
    if (judgement->times[position] > 1 || said == ARTICLE_SUCCEEDED)
        return ARTICLE_RUNNING;
    return said;
}

struct account account_of(const struct judgement *judgement, const struct article_status *statuses)
{
    struct account account = {.is_kept = statuses != NULL};

    for (size_t i = 0; account.is_kept && i < judgement->articles->count; i++) {
        enum article_state state = find_state(judgement, statuses, i);

        account.succeeded += state == ARTICLE_SUCCEEDED;
        account.failed += state == ARTICLE_FAILED;
        account.cancelled += state == ARTICLE_CANCELLED;
        account.queued += state == ARTICLE_QUEUED;
        account.unaccounted += state == ARTICLE_RUNNING;
    }
    return account;
}

static void print_failures(const struct judgement *judgement, const struct article_status *statuses)
{
    char text[ARTICLE_ERROR_SIZE];
    size_t shown = 0;

    for (size_t i = 0; i < judgement->articles->count && shown < FAILURES_SHOWN; i++) {
        if (find_state(judgement, statuses, i) != ARTICLE_FAILED)
            continue;
        log_print("%-12s %s\n", shown == 0 ? "Failed" : "",
                  article_error_format(judgement->articles->items[i].id, &statuses[i].error, text,
                                       sizeof text));
        shown++;
    }
}

/* Prints the articles in this state in a line: "Cancelled    3: 2, 8-9". */
static void print_list(const char *title, const struct judgement *judgement,
                       const struct article_status *statuses, enum article_state state,
                       const char *remark)
{
    size_t count = judgement->articles->count, found = 0;
    struct judgement marked = {.articles = judgement->articles,
                               .times = calloc(count, sizeof *marked.times)};
    char list[LIST_SIZE];

    for (size_t i = 0; i < count && marked.times != NULL; i++) {
        marked.times[i] = find_state(judgement, statuses, i) == state;
        found += marked.times[i];
    }
    if (found > 0)
        log_print("%-12s %zu%s: %s\n", title, found, remark,
                  judgement_list(&marked, 1, list, sizeof list));
    free(marked.times);
}

void account_print(const struct account *account, const struct judgement *judgement,
                   const struct article_status *statuses, bool is_stalled)
{
    log_print("Account      %zu succeeded + %zu failed + %zu cancelled + %zu queued",
              account->succeeded, account->failed, account->cancelled, account->queued);
    if (account->unaccounted > 0)
        log_print(" + %zu unaccounted for", account->unaccounted);
    log_print(" = %zu\n", judgement->counts.articles);
    print_failures(judgement, statuses);
    if (account->failed > FAILURES_SHOWN)
        print_list("", judgement, statuses, ARTICLE_FAILED, " in all");
    print_list("Cancelled", judgement, statuses, ARTICLE_CANCELLED, "");
    print_list("Queued", judgement, statuses, ARTICLE_QUEUED, ", never started");
    print_list("Unaccounted", judgement, statuses, ARTICLE_RUNNING,
               is_stalled ? ", in work when it stalled" : ", nobody says why");
}
