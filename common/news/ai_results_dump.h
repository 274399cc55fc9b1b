/*
 * Results as JSON Lines. A failure of memory or of a write is returned: a file with a hole must not
 * pass for a whole one.
 */
#ifndef NEWS_AI_RESULTS_DUMP_H
#define NEWS_AI_RESULTS_DUMP_H

#include "news/ai_result.h"

#include <stdio.h>

/*
 * Writes the results that are not empty to the file, a line each. Returns 0 or an errno value
 * (ENOMEM; EILSEQ: a text is no UTF-8). The caller flushes and closes the file. Any thread.
 */
int ai_results_dump(const struct ai_results *results, FILE *file);

#endif
