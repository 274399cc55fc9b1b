#include "unit.h"

#include "news/llm.h"
#include "news/llm_provider.h"
#include "observe/log.h"
#include "system/clock.h"

#include <errno.h>
#include <time.h>

#define TOOK_NS (3 * NS_PER_MS)

/* A provider whose calls take some time and end as they are told. */
struct told {
    struct llm_provider provider; /* first: see news/llm_provider.h */
    int cause;
};

static int request(struct llm_client *llm, const struct llm_attempt *attempt, struct cancel *cancel,
                   struct ai_result *result)
{
    const struct timespec wait = {.tv_nsec = TOOK_NS};

    nanosleep(&wait, NULL);
    return ((struct told *)llm->provider)->cause;
}

TEST(time_in_calls_is_counted_by_task_however_they_end)
{
    static const int causes[LLM_TASKS] = {0, EIO, ECANCELED};
    struct told told = {.provider.request = request};
    struct article article = {.id = 1, .title = "A title", .content = "A text."};
    struct llm_client llm;

    log_set_quiet(true);
    llm_init(&llm, &told.provider, 1, 1);
    for (int task = 0; task < LLM_TASKS; task++) {
        struct llm_counts counts;
        int64_t began_ns = clock_now_ns(), all_ns;

        told.cause = causes[task];
        for (int call = 0; call < 2; call++) {
            struct ai_result result = {.article_id = 1};

            assert_int_equal(llm_request(&llm, (enum llm_task)task, &article, NULL, &result),
                             causes[task]);
        }
        all_ns = clock_now_ns() - began_ns;
        counts = llm_meters_read(&llm.meters);
        assert_true(counts.busy_ns[task] >= 2 * TOOK_NS && counts.busy_ns[task] <= all_ns);
        for (int later = task + 1; later < LLM_TASKS; later++)
            assert_int_equal(counts.busy_ns[later], 0);
        assert_int_equal(counts.completed[task], causes[task] == 0 ? 2 : 0);
    }
}

static struct llm_meters shared;

static void *add(void *unused)
{
    for (int i = 0; i < 1000; i++)
        llm_meters_add(&shared.busy_ns[LLM_KEYWORDS], 7);
    return unused;
}

TEST(no_time_is_lost_where_threads_add_at_once)
{
    run_threads(8, add, NULL);
    assert_int_equal(llm_meters_read(&shared).busy_ns[LLM_KEYWORDS], 8 * 1000 * 7);
    assert_int_equal(llm_meters_read(&shared).busy_ns[LLM_SUMMARY], 0);
}
