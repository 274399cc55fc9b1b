/*
 * stress-channel [--seed=N] [--items=N] [--round=N]: every item that was sent is received exactly
 * once, whole, and in its sender's order; and nothing else is received.
 *
 * A round for each of 1 to 8 senders, 1 to 8 receivers, and capacities 0, 1, 7, 64, 1024. Each
 * operation is drawn: plain, a try, a deadline, a select, and in half of the rounds there are two
 * channels to choose from. Some rounds are closed at a random moment; then senders stop, and what
 * was not sent must not have been received.
 *
 * All draws come from the seed, which is printed first. A round's do not depend on the rounds
 * before it, so that the one that failed can be repeated alone. (Not what the scheduler makes of
 * it; the disturbed build repeats more of that.)
 */
#include "disturb.h"
#include "tools/random.h"

#include "sync/channel_select.h"
#include "sync/check.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE_MAX 8            /* senders, and receivers */
#define CHANNELS 2            /* between them */
#define CUT_SHORT_ITEMS 20000 /* of a sender, in a round that is closed early */
#define PATIENCE_S 120        /* for a round, before it counts as hung */

static const size_t capacities[] = {0, 1, 7, 64, 1024};

#define CAPACITIES (sizeof capacities / sizeof *capacities)
#define ROUNDS (CAPACITIES * SIDE_MAX * SIDE_MAX)

struct item {
    uint32_t sender, sequence;
    uint64_t check;    /* drawn from both: a torn copy shows */
    uint32_t *payload; /* written before the send, without a lock */
    char filler[17];   /* not all items are a few words */
};

struct round {
    struct channel channels[CHANNELS], quiet;
    size_t channel_count; /* 1 or 2 of them */
    uint32_t senders, receivers;
    uint32_t items;    /* of each sender */
    bool is_cut_short; /* closed at a random moment, not when all is sent */
    uint64_t seed;
    atomic_uchar *received; /* how often, by sender and sequence; relaxed: orders nothing */
    uint32_t *payloads;
};

struct worker {
    struct round *round;
    unsigned number;
    uint32_t done;                    /* items sent or received */
    uint32_t timeouts;                /* and refused tries */
    int64_t last[CHANNELS][SIDE_MAX]; /* sequence received, by channel and sender */
    const char *fault;                /* what a receiver found wrong, or NULL */
    pthread_t thread;
};

/* Enough of a line for the signal handler, which may not format one. */
static char where[128];

static void report_hang(int signal_number)
{
    static const char text[] = "hung in ";

    (void)signal_number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0 ||
        write(STDERR_FILENO, where, strlen(where)) < 0)
        _exit(2);
    _exit(1);
}

static uint64_t check_of(const struct item *item)
{
    struct random random;

    random_seed(&random, (uint64_t)item->sender << 32 | item->sequence);
    return random_next(&random);
}

static int64_t soon_ns(struct random *random)
{
    return clock_now_ns() + (int64_t)random_below(random, 100) * NS_PER_US;
}

/*
 * One operation on the channels that are open, all sends (of *send) or all receives (*receive);
 * *used is the channel. Whatever the draw, the two sides can meet: only a select waits without a
 * deadline where there are two channels. Returns what the operation does.
 */
static int operate(struct round *round, struct random *random, bool *is_over, const void *send,
                   void *receive, size_t *used)
{
    struct channel_case cases[CHANNELS + 2] = {{0}};
    size_t at = random_below(random, (uint32_t)round->channel_count), chosen = 0, count;
    struct channel *channel = &round->channels[at];
    uint32_t draw = random_below(random, 10);
    int error;

    if (draw < 6 && !is_over[at]) {
        *used = at;
        if (draw == 0)
            return send ? channel_try_send(channel, send) : channel_try_receive(channel, receive);
        if (draw == 1)
            return send ? channel_send_until(channel, send, soon_ns(random))
                        : channel_receive_until(channel, receive, soon_ns(random));
        if (round->channel_count == 1)
            return send ? channel_send(channel, send) : channel_receive(channel, receive);
    }
    for (count = 0; count < round->channel_count; count++)
        if (!is_over[count])
            cases[count] = (struct channel_case){&round->channels[count], send, receive};
    cases[count++].channel = &round->quiet;
    if (random_below(random, 4) == 0) /* a channel may stand in it twice */
        cases[count++] = cases[0];
    if (draw == 6)
        error = channel_try_select(cases, count, &chosen);
    else if (draw == 7)
        error = channel_select_until(cases, count, &chosen, soon_ns(random));
    else
        error = channel_select(cases, count, &chosen);
    *used = chosen <= round->channel_count ? chosen : 0;
    return error;
}

static void *send_items(void *argument)
{
    struct worker *worker = argument;
    struct round *round = worker->round;
    struct item item = {.sender = worker->number};
    bool is_over[CHANNELS] = {false};
    struct random random;

    random_seed(&random, round->seed + worker->number);
    disturb_seed(round->seed, worker->number);
    while (worker->done < round->items) {
        size_t used;
        int error;

        item.sequence = worker->done;
        item.check = check_of(&item);
        item.payload = &round->payloads[(size_t)item.sender * round->items + item.sequence];
        *item.payload = item.sequence;
        memset(item.filler, (int)item.sequence, sizeof item.filler);
        error = operate(round, &random, is_over, &item, NULL, &used);
        if (error == EPIPE)
            break;
        worker->done += error == 0;
        worker->timeouts += error != 0;
    }
    return NULL;
}

static const char *find_fault(struct worker *worker, const struct item *item, size_t channel)
{
    struct round *round = worker->round;
    size_t index;

    if (item->sender >= round->senders || item->sequence >= round->items ||
        item->check != check_of(item) || item->filler[0] != (char)item->sequence ||
        item->filler[sizeof item->filler - 1] != (char)item->sequence)
        return "an item was not received as it was sent";
    if (*item->payload != item->sequence)
        return "what was written before a send was not there after the receive";
    index = (size_t)item->sender * round->items + item->sequence;
    if (atomic_fetch_add_explicit(&round->received[index], 1, memory_order_relaxed) != 0)
        return "an item was received twice";
    if (worker->last[channel][item->sender] >= (int64_t)item->sequence)
        return "a sender's items were received out of order";
    worker->last[channel][item->sender] = item->sequence;
    return NULL;
}

static void *receive_items(void *argument)
{
    struct worker *worker = argument;
    struct round *round = worker->round;
    bool is_over[CHANNELS] = {false};
    size_t open = round->channel_count;
    struct random random;

    random_seed(&random, round->seed + worker->number);
    disturb_seed(round->seed, worker->number);
    memset(worker->last, -1, sizeof worker->last);
    while (open > 0) {
        struct item item;
        size_t used;
        int error = operate(round, &random, is_over, NULL, &item, &used);

        if (error == 0) {
            const char *fault = find_fault(worker, &item, used);

            worker->done++;
            if (worker->fault == NULL)
                worker->fault = fault;
        } else if (error == EPIPE) {
            is_over[used] = true;
            open--;
        } else {
            worker->timeouts++;
        }
    }
    return NULL;
}

static void start(struct worker *worker, struct round *round, unsigned number, void *(*run)(void *))
{
    *worker = (struct worker){.round = round, .number = number};
    CHECK_CALL(thread_start_joinable(&worker->thread, run, worker, "stress"));
}

static void close_all(struct round *round)
{
    for (size_t i = 0; i < round->channel_count; i++)
        channel_close(&round->channels[i]);
}

/* Exactly what was sent was received: of each sender the first items, as many as it says. */
static const char *compare(const struct round *round, const struct worker *senders)
{
    for (uint32_t s = 0; s < round->senders; s++) {
        for (uint32_t i = 0; i < round->items; i++) {
            unsigned times = atomic_load_explicit(&round->received[(size_t)s * round->items + i],
                                                  memory_order_relaxed);

            if (i < senders[s].done && times == 0)
                return "an item that was sent was not received";
            if (i >= senders[s].done && times != 0)
                return "an item was received whose send had failed";
        }
        if (!round->is_cut_short && senders[s].done < round->items)
            return "a sender has not sent all, though nobody closed";
    }
    return NULL;
}

struct totals {
    uint64_t received, timeouts, cut_short;
};

static const char *run_round(struct round *round, struct random *random, struct totals *totals)
{
    struct worker senders[SIDE_MAX], receivers[SIDE_MAX];
    const char *fault;
    bool is_cut = false;

    for (uint32_t i = 0; i < round->receivers; i++)
        start(&receivers[i], round, SIDE_MAX + i, receive_items);
    for (uint32_t i = 0; i < round->senders; i++)
        start(&senders[i], round, i, send_items);
    if (round->is_cut_short) {
        clock_sleep_ns((int64_t)random_below(random, 2000) * NS_PER_US);
        close_all(round);
    }
    for (uint32_t i = 0; i < round->senders; i++)
        CHECK_CALL(pthread_join(senders[i].thread, NULL));
    if (!round->is_cut_short)
        close_all(round);
    for (uint32_t i = 0; i < round->receivers; i++)
        CHECK_CALL(pthread_join(receivers[i].thread, NULL));

    fault = compare(round, senders);
    for (uint32_t i = 0; i < round->receivers; i++) {
        totals->received += receivers[i].done;
        totals->timeouts += receivers[i].timeouts;
        if (fault == NULL)
            fault = receivers[i].fault;
    }
    for (uint32_t i = 0; i < round->senders; i++) {
        totals->timeouts += senders[i].timeouts;
        is_cut = is_cut || senders[i].done < round->items;
    }
    totals->cut_short += is_cut;
    return fault;
}

static const char *make_and_run_round(uint64_t seed, size_t number, uint64_t items,
                                      struct totals *totals)
{
    struct round round = {.senders = (uint32_t)(number / CAPACITIES % SIDE_MAX) + 1,
                          .receivers = (uint32_t)(number / CAPACITIES / SIDE_MAX) + 1};
    size_t capacity = capacities[number % CAPACITIES];
    struct random random;
    const char *fault;

    random_seed(&random, seed + number);
    round.seed = random_next(&random);
    round.channel_count = 1 + random_below(&random, CHANNELS);
    round.is_cut_short = random_below(&random, 4) == 0;
    /* Of what is to be cut short, there must be more than there is time for. */
    round.items =
        round.is_cut_short ? CUT_SHORT_ITEMS : (uint32_t)(items / ROUNDS / round.senders) + 1;
    round.received = calloc((size_t)round.senders * round.items, sizeof *round.received);
    round.payloads = calloc((size_t)round.senders * round.items, sizeof *round.payloads);
    CHECK_CALLER(round.received != NULL && round.payloads != NULL, "out of memory");
    channel_init(&round.channels[0], "first", sizeof(struct item), capacity);
    channel_init(&round.channels[1], "second", sizeof(struct item),
                 capacities[random_below(&random, CAPACITIES)]);
    channel_init(&round.quiet, "quiet", sizeof(struct item), 0);
    snprintf(where, sizeof where,
             "--seed=%" PRIu64 " --items=%" PRIu64 " --round=%zu"
             " (%u senders, %u receivers, capacity %zu, %zu channels%s)\n",
             seed, items, number, round.senders, round.receivers, capacity, round.channel_count,
             round.is_cut_short ? ", closed early" : "");

    alarm(PATIENCE_S);
    fault = run_round(&round, &random, totals);
    alarm(0);

    for (size_t i = 0; i < CHANNELS; i++)
        channel_destroy(&round.channels[i]);
    channel_destroy(&round.quiet);
    free(round.received);
    free(round.payloads);
    return fault;
}

int main(int argc, char **argv)
{
    uint64_t seed = (uint64_t)clock_now_ns() % 1000000, items = 100000;
    struct totals totals = {0};
    size_t first = 0, end = ROUNDS;

    for (int i = 1; i < argc; i++) {
        if (sscanf(argv[i], "--seed=%" SCNu64, &seed) == 1 ||
            sscanf(argv[i], "--items=%" SCNu64, &items) == 1)
            continue;
        if (sscanf(argv[i], "--round=%zu", &first) != 1 || first >= ROUNDS) {
            fprintf(stderr, "stress-channel [--seed=N] [--items=N] [--round=N below %zu]\n",
                    ROUNDS);
            return 2;
        }
        end = first + 1;
    }
    printf("--seed=%" PRIu64 " --items=%" PRIu64 "\n", seed, items);
    fflush(stdout);
    signal(SIGALRM, report_hang);
    for (size_t number = first; number < end; number++) {
        const char *fault = make_and_run_round(seed, number, items, &totals);

        if (fault != NULL) {
            fprintf(stderr, "%s: %s", fault, where);
            return 1;
        }
    }
    printf("%" PRIu64 " items received in %zu rounds, %" PRIu64 " of them closed early, %" PRIu64
           " tries and deadlines missed\n",
           totals.received, end - first, totals.cut_short, totals.timeouts);
    return 0;
}
