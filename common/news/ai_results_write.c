#include "news/ai_result.h"
#include "news/ai_results_dump.h"
#include "news/output_file.h"

#include <errno.h>

#ifdef HAVE_JANSSON

bool ai_results_can_be_written(void)
{
    return true;
}

int ai_results_write(const struct ai_results *results, const char *path)
{
    struct output_file file;
    int error = output_file_open(&file, path);

    return error != 0 ? error : output_file_close(&file, ai_results_dump(results, file.stream));
}

#else

bool ai_results_can_be_written(void)
{
    return false;
}

int ai_results_write(const struct ai_results *results, const char *path)
{
    (void)results;
    (void)path;
    return ENOTSUP;
}

#endif
