/*
 * Judges a run's results against its load: each article exactly once, each result the right
 * article's.
 */
#ifndef LESSON_VERDICT_H
#define LESSON_VERDICT_H

#include "lesson/lesson.h"
#include "news/ai_result.h"
#include "news/article.h"

#include <stdbool.h>
#include <stddef.h>

struct verdict {
    const struct articles *articles;
    unsigned *times;  /* results of each article, by its position */
    size_t processed; /* articles with exactly one result */
    size_t lost;      /* with none */
    size_t doubled;   /* with more than one */
    size_t
        damaged; /* results that are no article's, or whose text is not what their article gives */
};

/*
 * Counts. Returns 0 or ENOMEM. The caller ends it with verdict_destroy(), before the articles. Once
 * no thread changes the results.
 */
int verdict_init(struct verdict *verdict, const struct articles *articles,
                 const struct ai_results *results);

void verdict_destroy(struct verdict *verdict);

/*
 * Whether each article was processed exactly once, nothing else is among the results, and no thread
 * is left.
 */
bool outcome_is_complete(const struct outcome *outcome);

/*
 * Writes the ids of the articles with exactly `times` results (2 stands for two or more), in the
 * order of the load, neighbours drawn together: "2, 5-9"; for two or more with how often: "10 (4
 * times)". Cut with "and N more" where size bytes do not hold it. Returns text.
 */
char *verdict_list(const struct verdict *verdict, unsigned times, char *text, size_t size);

#endif
