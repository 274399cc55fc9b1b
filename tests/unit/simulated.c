#include "simulated.h"

#include "unit.h"

#include "observe/log.h"

void simulated_init(struct simulated *simulated, uint64_t seed, int64_t latency_min_ns,
                    int64_t latency_max_ns)
{
    log_set_quiet(true);
    simulator_init(&simulated->simulator, seed, latency_min_ns, latency_max_ns);
    llm_init(&simulated->llm, &simulated->simulator.provider, seed, 1);
}

int simulated_request(struct simulated *simulated, enum llm_task task, int id,
                      struct cancel *cancel, struct article_error *error)
{
    struct article article = {.id = id, .title = "A title", .content = "A record profit."};
    struct ai_result result = {.article_id = id, .error = *error};
    int returned = llm_request(&simulated->llm, task, &article, cancel, &result);

    *error = result.error;
    return returned;
}

int simulated_first(struct simulated *simulated, int id)
{
    struct article_error error = {0};

    return simulated_request(simulated, LLM_SENTIMENT, id, NULL, &error);
}

void simulated_assert_adds_up(const struct simulated *simulated)
{
    struct llm_counts counts = llm_meters_read(&simulated->llm.meters);

    assert_int_equal(counts.attempts, counts.calls + counts.failed + counts.given_up +
                                          counts.refused + counts.too_fast);
    assert_int_equal(llm_meters_in_flight(&simulated->llm.meters), 0);
}
