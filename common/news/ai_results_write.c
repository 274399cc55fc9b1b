#include "news/ai_result.h"
#include "news/ai_results_dump.h"
#include "news/output_file.h"

#include <errno.h>

#ifdef HAVE_JANSSON

int ai_results_check_writable(const char *path)
{
    return output_file_check(path);
}

int ai_results_write(const struct ai_results *results, const char *path)
{
    struct output_file file;
    int error = output_file_open(&file, path);

    return error != 0 ? error : output_file_close(&file, ai_results_dump(results, file.stream));
}

#else

int ai_results_check_writable(const char *path)
{
    (void)path;
    return ENOTSUP;
}

int ai_results_write(const struct ai_results *results, const char *path)
{
    (void)results;
    (void)path;
    return ENOTSUP;
}

#endif
