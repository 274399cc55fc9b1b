/* Any words, one a line, as a command line. */
#include "fuzz.h"

#include "lesson/options.h"
#include "lesson/rule.h"
#include "observe/log.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 32

static const struct mode modes[] = {
    {.name = "pool", .summary = "has all", .abilities = HAS_POOL | HAS_STORE, .provider_limit = 3},
    {.name = "stages",
     .summary = "has stages",
     .abilities = HAS_STAGES,
     .faults = {.error_rate = 0.25, .hang_rate = 0.5, .rate = 3}},
    {.name = "sweep", .summary = "makes a table", .abilities = HAS_POOL, .sweeps = true},
    {.name = "bare", .summary = "has nothing"},
};
static const struct part part = {.number = 9,
                                 .folder = "part-09-fuzz",
                                 .title = "a part for the fuzzer",
                                 .modes = modes,
                                 .mode_count = sizeof modes / sizeof *modes,
                                 .abilities = KEEPS_ACCOUNT | SHUTS_DOWN};

static bool is_share(double share)
{
    return share >= 0 && share <= 1;
}

static bool is_duration(int64_t duration_ns)
{
    return duration_ns >= 0 && duration_ns <= DURATION_MAX_NS;
}

static void check_options(const struct options *options)
{
    const struct simulator_faults *faults = &options->faults;

    REQUIRE(options->mode >= modes && options->mode < modes + part.mode_count);
    REQUIRE(options->articles <= ARTICLES_MAX);
    REQUIRE(options->articles >= 1 || options->input != NULL);
    REQUIRE(options->speed >= 0.001 && options->speed <= 1000000);
    REQUIRE(options->runs >= 1 && options->runs <= 100000);
    REQUIRE(options->workers <= WORKERS_MAX && options->provider_limit <= ARTICLES_MAX);
    for (int i = 0; i < LLM_TASKS; i++)
        REQUIRE(options->stage_workers[i] >= 1 && options->stage_workers[i] <= WORKERS_MAX);
    REQUIRE(is_duration(options->latency_min_ns) && is_duration(options->latency_max_ns));
    REQUIRE(options->latency_min_ns <= options->latency_max_ns);
    REQUIRE(is_duration(options->timeout_ns) && is_duration(options->call_timeout_ns));
    REQUIRE(is_share(faults->error_rate) && is_share(faults->hang_rate));
    REQUIRE(faults->rate == 0 || (faults->rate >= 0.001 && faults->rate <= 1000000));
    REQUIRE(is_duration(faults->outage_from_ns) && is_duration(faults->outage_to_ns));
    REQUIRE(faults->outage_from_ns <= faults->outage_to_ns);
    REQUIRE(options->output == NULL || *options->output != '\0');
    REQUIRE(options->input == NULL || *options->input != '\0');
    REQUIRE(options->store == NULL || *options->store != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[] = "part-09-fuzz", *text = malloc(size + 1), *words[WORDS_MAX + 2] = {name};
    const char *out, *err;
    struct options options;
    enum options_result result;
    int count = 1;

    REQUIRE(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *word = text; word != NULL && count <= WORDS_MAX;) {
        char *end = strchr(word, '\n');

        words[count++] = word;
        if (end != NULL)
            *end++ = '\0';
        word = end;
    }
    log_init(part.folder);
    fuzz_catch_output();
    result = options_parse(&options, &part, count, words);
    fuzz_return_output(&out, &err);
    REQUIRE((result == OPTIONS_DONE) == (*out != '\0'));
    REQUIRE((result == OPTIONS_WRONG) == (*err != '\0'));
    /* One line, unless it is so long that the end of it is not here. */
    if (result == OPTIONS_WRONG && size < 4096)
        REQUIRE(strchr(err, '\n') == err + strlen(err) - 1);
    REQUIRE(!fuzz_is_obeyed(err));
    if (result == OPTIONS_RUN)
        check_options(&options);
    free(text);
    return 0;
}
