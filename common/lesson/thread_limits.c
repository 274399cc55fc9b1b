#include "lesson/thread_limits.h"

#include "observe/log.h"
#include "observe/text.h"
#include "sync/thread.h"
#include "system/system.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NEAR 0.9 /* of a limit: from here on it is a likely cause */

static double share_used(const struct system_limit *limit)
{
    if (limit->value <= 0 || limit->spares_me)
        return 0;
    return (double)limit->used / (double)limit->value;
}

static bool is_near(const struct system_limit *limit)
{
    return share_used(limit) >= NEAR;
}

void thread_limits_explain(size_t threads)
{
    struct system_limits limits;
    int likely = -1;

    system_read_thread_limits(&limits, (long long)threads, (long long)THREAD_STACK_SIZE);
    for (int i = 0; i < limits.count; i++)
        if (is_near(&limits.items[i]) &&
            (likely < 0 || share_used(&limits.items[i]) > share_used(&limits.items[likely])))
            likely = i;
    fprintf(stderr, "  %-46s %15s %15s\n", "limit", "value", "needed, about");
    for (int i = 0; i < limits.count; i++) {
        const struct system_limit *limit = &limits.items[i];
        char value[32], used[32], name[128];

        text_show(limit->name, strlen(limit->name), "", name,
                  sizeof name); /* of a control group: anyone may choose it */
        snprintf(value, sizeof value, "%lld", limit->value);
        snprintf(used, sizeof used, "%lld", limit->used);
        fprintf(stderr, "  %-46s %15s %15s%s\n", name, limit->value < 0 ? "unlimited" : value,
                limit->used < 0 ? "not known" : used,
                i == likely      ? "  <- likely this one"
                : is_near(limit) ? "  <- or this one"
                                 : "");
    }
    if (likely < 0)
        fputs(
            "  None of these is near: memory, or a limit that cannot be read here, is likelier.\n",
            stderr);
}

void thread_limits_explain_refusal(void)
{
    static bool is_explained;
    size_t started = threads_started(), alive;
    int error = threads_refused(&alive);

    if (error == 0 || is_explained)
        return;
    is_explained = true;
    log_error("thread %zu could not be started beside %zu others: %s", started + 1, alive,
              strerror(error));
    thread_limits_explain(threads_in_process_when_refused());
    log_error("%zu threads were started; what they did is in the report", started);
}
