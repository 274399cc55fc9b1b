/*
 * ALSO: no workers, no channels, no closer: a thread for each article, and a group that lets so
 * many run at once; whoever starts one more waits for a slot. Each thread writes to a place of its
 * own. It costs a thread for each article, one after the other; nothing is left to be closed.
 */
#include "pipeline.h"

#include "observe/log.h"
#include "sync/check.h"
#include "sync/error_group.h"
#include "sync/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one thread works on. */
struct job {
    const struct batch *batch;
    const struct article *article;
    struct ai_result *result; /* this job's own place */
    struct article_status *status;
    struct error_group *group;
    struct article_error why; /* it failed */
};

static int process_one(void *argument)
{
    struct job *job = argument;
    struct ai_result result;
    int error;

    article_status_begin(job->status);
    error = process_article(job->batch, job->article, &job->group->cancel, &result, &job->why);
    article_status_end(job->status, &job->why);
    if (error == 0)
        *job->result = result;
    return error;
}

int process_all_limit(const struct batch *batch, struct ai_results *results)
{
    struct job *jobs = calloc(batch->count, sizeof *jobs);
    char text[ARTICLE_ERROR_SIZE];
    struct error_group group;
    void *failed;
    int error = 0;

    if (jobs == NULL)
        return ENOMEM;
    results->count = batch->count; /* a place is empty until its article has succeeded */
    CHECK_CALL(error_group_init(&group, batch->cancel, batch->workers));
    for (size_t i = 0; i < batch->count && error == 0; i++) {
        char name[THREAD_NAME_SIZE];

        snprintf(name, sizeof name, "article %d", batch->articles[i].id);
        jobs[i] = (struct job){
            batch, &batch->articles[i], &results->items[i], &batch->statuses[i], &group, {0}};
        error = error_group_go(&group, name, process_one, &jobs[i]);
    }
    if (error_group_wait(&group, &failed) != 0)
        log_line("The group failed: %s\n",
                 article_error_format(&((struct job *)failed)->why, text, sizeof text));
    error_group_destroy(&group);
    free(jobs);
    return error;
}
