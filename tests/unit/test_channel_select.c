#include "unit.h"

#include "sync/cancel.h"
#include "sync/channel_internal.h"
#include "sync/channel_select.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#define ROUNDS 500

static void init(struct channel *channel, size_t capacity)
{
    channel_init(channel, "test", sizeof(int), capacity);
}

/* A select that another thread makes. */
struct choice {
    struct background_call call;
    const struct channel_case *cases;
    size_t count, chosen;
};

static int choose(void *argument)
{
    struct choice *choice = argument;

    return channel_select(choice->cases, choice->count, &choice->chosen);
}

static void start(struct choice *choice, const struct channel_case *cases, size_t count)
{
    choice->cases = cases;
    choice->count = count;
    choice->chosen = 99;
    background_start(&choice->call, choose, choice);
}

static void start_blocked(struct choice *choice, const struct channel_case *cases, size_t count)
{
    start(choice, cases, count);
    while (count_waiting(cases[0].channel) == 0)
        clock_sleep_ns(100 * NS_PER_US);
}

TEST(the_possible_case_is_done)
{
    struct channel empty, full;
    int item = 7, received = -1;
    size_t chosen = 99;

    init(&empty, 1);
    init(&full, 1);
    assert_int_equal(channel_send(&full, &item), 0);
    {
        const struct channel_case cases[] = {{.channel = &empty, .receive = &received},
                                             {.channel = &full, .receive = &received}};

        assert_int_equal(channel_select(cases, COUNT_OF(cases), &chosen), 0);
        assert_int_equal(chosen, 1);
        assert_int_equal(received, 7);
    }
    assert_int_equal(channel_send(&full, &item), 0);
    {
        const struct channel_case cases[] = {{.channel = &full, .send = &item},
                                             {.channel = NULL, .receive = &received},
                                             {.channel = &empty, .send = &item}};

        assert_int_equal(channel_try_select(cases, COUNT_OF(cases), &chosen), 0);
        assert_int_equal(chosen, 2);
        assert_int_equal(channel_try_receive(&empty, &received), 0);
        assert_int_equal(received, 7);
    }
    channel_destroy(&empty);
    channel_destroy(&full);
}

TEST(trying_never_waits)
{
    struct channel a, b;
    int item = 7;
    size_t chosen = 99;
    const struct channel_case cases[] = {{.channel = &a, .send = &item},
                                         {.channel = &b, .receive = &item}};

    init(&a, 0);
    init(&b, 3);
    assert_int_equal(channel_try_select(cases, COUNT_OF(cases), &chosen), EAGAIN);
    assert_int_equal(channel_try_select(cases, 0, &chosen), EAGAIN);
    assert_int_equal(chosen, 99);
    channel_destroy(&a);
    channel_destroy(&b);
}

TEST(a_waiting_select_takes_what_comes_and_leaves_the_other_queues)
{
    for (size_t winner = 0; winner < 3; winner++) {
        struct channel channels[3];
        int received = -1, item = 42, to_send = 5;
        const struct channel_case cases[] = {{.channel = &channels[0], .receive = &received},
                                             {.channel = &channels[1], .receive = &received},
                                             {.channel = &channels[2], .send = &to_send}};
        struct choice choice;

        for (size_t i = 0; i < COUNT_OF(channels); i++)
            init(&channels[i], 0);
        start_blocked(&choice, cases, COUNT_OF(cases));
        if (winner == 2)
            assert_int_equal(channel_receive(&channels[2], &received), 0);
        else
            assert_int_equal(channel_send(&channels[winner], &item), 0);
        /* Served by one, it must not be served by another, though it has not left the queue yet. */
        for (size_t i = 0; i < COUNT_OF(channels); i++)
            assert_int_equal(i == 2 ? channel_try_receive(&channels[i], &item)
                                    : channel_try_send(&channels[i], &item),
                             EAGAIN);
        assert_int_equal(background_join(&choice.call), 0);
        assert_int_equal(choice.chosen, winner);
        assert_int_equal(received, winner == 2 ? 5 : 42);
        for (size_t i = 0; i < COUNT_OF(channels); i++) {
            assert_int_equal(count_waiting(&channels[i]), 0);
            channel_destroy(&channels[i]);
        }
    }
}

static void *send_soon(void *argument)
{
    int item = 1;

    channel_send(argument, &item);
    return NULL;
}

/* The sender comes before the look, between the look and the wait, or after it. */
TEST(what_becomes_possible_after_the_look_is_not_missed)
{
    struct channel a, b;

    init(&a, 0);
    init(&b, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct channel *used = round % 2 == 0 ? &a : &b;
        const struct channel_case cases[] = {{.channel = &a}, {.channel = &b}};
        pthread_t sender;
        size_t chosen = 99;

        assert_int_equal(thread_start_joinable(&sender, send_soon, used, "test"), 0);
        assert_int_equal(channel_select(cases, COUNT_OF(cases), &chosen), 0);
        assert_ptr_equal(cases[chosen].channel, used);
        assert_int_equal(pthread_join(sender, NULL), 0);
    }
    channel_destroy(&a);
    channel_destroy(&b);
}

TEST(a_closed_channel_is_possible)
{
    struct channel open, closed;
    int item = 7;
    size_t chosen = 99;
    const struct channel_case receives[] = {{.channel = &open}, {.channel = &closed}};
    const struct channel_case sends[] = {{.channel = &open, .send = &item},
                                         {.channel = &closed, .send = &item}};

    init(&open, 0);
    init(&closed, 2);
    channel_close(&closed);
    assert_int_equal(channel_select(receives, COUNT_OF(receives), &chosen), EPIPE);
    assert_int_equal(chosen, 1);
    chosen = 99;
    assert_int_equal(channel_try_select(sends, COUNT_OF(sends), &chosen), EPIPE);
    assert_int_equal(chosen, 1);
    channel_destroy(&open);
    channel_destroy(&closed);
}

TEST(a_close_completes_a_waiting_select_once)
{
    struct channel channel, other;
    int item = 7;
    const struct channel_case cases[] = {{.channel = &channel},
                                         {.channel = &other},
                                         {.channel = &channel},
                                         {.channel = &channel, .send = &item}};
    struct choice choice;

    init(&channel, 0);
    init(&other, 0);
    start_blocked(&choice, cases, COUNT_OF(cases));
    channel_close(&channel);
    /* A second completion would come from here. */
    assert_int_equal(channel_try_send(&other, &item), EAGAIN);
    channel_close(&other);
    assert_int_equal(background_join(&choice.call), EPIPE);
    assert_ptr_equal(cases[choice.chosen].channel, &channel);
    assert_int_equal(count_waiting(&channel), 0);
    assert_int_equal(count_waiting(&other), 0);
    channel_destroy(&channel);
    channel_destroy(&other);
}

TEST(a_select_never_meets_itself)
{
    struct channel channel;
    int sent = 7, received = -1;
    size_t chosen = 99;
    const struct channel_case cases[] = {{.channel = &channel, .receive = &received},
                                         {.channel = &channel, .send = &sent}};
    struct choice choice;

    init(&channel, 0);
    assert_int_equal(channel_try_select(cases, COUNT_OF(cases), &chosen), EAGAIN);
    start_blocked(&choice, cases, COUNT_OF(cases));
    assert_int_equal(channel_receive(&channel, &received), 0);
    assert_int_equal(background_join(&choice.call), 0);
    assert_int_equal(choice.chosen, 1);
    assert_int_equal(received, 7);

    sent = 8;
    start_blocked(&choice, cases, COUNT_OF(cases));
    assert_int_equal(channel_send(&channel, &sent), 0);
    assert_int_equal(background_join(&choice.call), 0);
    assert_int_equal(choice.chosen, 0);
    assert_int_equal(received, 8);
    channel_destroy(&channel);
}

TEST(two_selects_meet)
{
    struct channel a, b;

    init(&a, 0);
    init(&b, 0);
    for (int round = 0; round < ROUNDS; round++) {
        int sent = round, received = -1;
        const struct channel_case sends[] = {{.channel = &a, .send = &sent},
                                             {.channel = &b, .send = &sent}};
        /* In the other order: their locks must be taken in one and the same. */
        const struct channel_case receives[] = {{.channel = &b, .receive = &received},
                                                {.channel = &a, .receive = &received}};
        size_t chosen = 99;
        struct choice choice;

        start(&choice, sends, COUNT_OF(sends));
        assert_int_equal(channel_select(receives, COUNT_OF(receives), &chosen), 0);
        assert_int_equal(background_join(&choice.call), 0);
        assert_int_equal(received, round);
        assert_int_equal(choice.chosen + chosen, 1);
        assert_int_equal(count_waiting(&a) + count_waiting(&b), 0);
    }
    channel_destroy(&a);
    channel_destroy(&b);
}

TEST(a_deadline_is_not_over_before_its_time_and_leaves_no_trace)
{
    struct channel a, b;
    int item = 7;
    size_t chosen = 99;
    const struct channel_case cases[] = {{.channel = &a, .send = &item}, {.channel = &b}};
    int64_t deadline_ns = clock_now_ns() + 80 * NS_PER_MS;

    init(&a, 0);
    init(&b, 0);
    assert_int_equal(channel_select_until(cases, COUNT_OF(cases), &chosen, deadline_ns), ETIMEDOUT);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(chosen, 99);
    assert_int_equal(channel_try_receive(&a, &item), EAGAIN);
    assert_int_equal(channel_try_send(&b, &item), EAGAIN);
    assert_int_equal(channel_select_until(cases, COUNT_OF(cases), &chosen, 0), ETIMEDOUT);
    assert_int_equal(channel_select_until(cases, 0, &chosen, 0), ETIMEDOUT);
    channel_destroy(&a);
    channel_destroy(&b);
}

TEST(each_possible_case_has_its_chance)
{
    struct channel full, empty;
    int item = 7, chosen_times[4] = {0};
    /* Behind two that are impossible, the last one must not be favoured. */
    const struct channel_case cases[] = {
        {.channel = &full}, {0}, {.channel = &empty}, {.channel = &full}};

    init(&full, 1);
    init(&empty, 1);
    for (int i = 0; i < 1000; i++) {
        size_t chosen = 99;

        assert_int_equal(channel_send(&full, &item), 0);
        assert_int_equal(channel_select(cases, COUNT_OF(cases), &chosen), 0);
        chosen_times[chosen]++;
    }
    /* Of 500 each: a fair coin is that far off once in 10^21 times; a random start gives 250. */
    assert_between(chosen_times[0], 350, 650);
    assert_between(chosen_times[3], 350, 650);
    channel_destroy(&full);
    channel_destroy(&empty);
}

TEST(a_send_and_a_receive_that_are_both_possible_have_their_chances)
{
    struct channel channel;
    int item = 7, chosen_times[3] = {0};
    const struct channel_case cases[] = {
        {.channel = &channel, .send = &item}, {.channel = &channel}, {.channel = &channel}};

    init(&channel, 2);
    for (int i = 0; i < 900; i++) {
        size_t chosen = 99;

        if (channel.count == 0 || channel.count == 2) {
            channel_destroy(&channel);
            init(&channel, 2);
            assert_int_equal(channel_send(&channel, &item), 0);
        }
        assert_int_equal(channel_select(cases, COUNT_OF(cases), &chosen), 0);
        chosen_times[chosen]++;
    }
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_between(chosen_times[i], 180, 420);
    channel_destroy(&channel);
}

/* A thread that selects again and again, each time in vain, until another thread comes. */
struct waiting_choices {
    const struct channel_case *cases;
    size_t count;
    int rounds, chosen_times[4];
};

static int choose_often(void *argument)
{
    struct waiting_choices *choices = argument;
    size_t chosen = 99;

    for (int i = 0; i < choices->rounds; i++) {
        if (channel_select(choices->cases, choices->count, &chosen) != 0)
            return -1;
        choices->chosen_times[chosen]++;
    }
    return 0;
}

TEST(each_case_that_waits_at_one_channel_has_its_chance)
{
    for (size_t count = 2; count <= 4; count++) {
        for (int is_send = 0; is_send < 2; is_send++) {
            struct channel channel;
            int item = 7;
            struct channel_case cases[4] = {{0}};
            struct waiting_choices choices = {.cases = cases, .count = count, .rounds = 200};
            struct background_call call;

            init(&channel, 0);
            for (size_t i = 0; i < count; i++)
                cases[i] =
                    (struct channel_case){.channel = &channel, .send = is_send ? &item : NULL};
            background_start(&call, choose_often, &choices);
            for (int i = 0; i < choices.rounds; i++) {
                /* All stand in the queue, or none: it takes its places under the lock. */
                while ((is_send ? channel_try_receive(&channel, NULL)
                                : channel_try_send(&channel, &item)) == EAGAIN)
                    sched_yield();
            }
            assert_int_equal(background_join(&call), 0);
            /* Go's test wants a tenth. Fewer than half of its share has one in 10^10 runs. */
            for (size_t i = 0; i < count; i++)
                assert_true(choices.chosen_times[i] >= choices.rounds / (int)count / 4);
            channel_destroy(&channel);
        }
    }
}

TEST(a_close_comes_to_a_select_in_both_directions_by_its_receive)
{
    for (size_t receive = 0; receive < 2; receive++) {
        for (int round = 0; round < 10; round++) {
            struct channel channel;
            int item = 7;
            struct channel_case cases[2] = {{.channel = &channel}, {.channel = &channel}};
            struct choice choice;

            init(&channel, 0);
            cases[1 - receive].send = &item;
            start_blocked(&choice, cases, COUNT_OF(cases));
            channel_close(&channel);
            assert_int_equal(background_join(&choice.call), EPIPE);
            assert_int_equal(choice.chosen, receive);
            channel_destroy(&channel);
        }
    }
}

/* With a cancellation. */

static struct cancel cancellation;

static int choose_cancellable(void *argument)
{
    struct choice *choice = argument;

    return channel_select_cancellable(choice->cases, choice->count, &choice->chosen, &cancellation);
}

TEST(a_cancelled_select_does_no_case_though_one_be_possible)
{
    struct channel full;
    int item = 7;
    const struct channel_case cases[] = {{.channel = &full}};

    init(&full, 1);
    assert_int_equal(channel_send(&full, &item), 0);
    for (int i = 0; i < 40; i++) {
        size_t chosen = 99;

        /* In turn by a thread, and by a deadline that is over. */
        cancel_init(&cancellation, NULL, i % 2 == 0 ? DEADLINE_NEVER : 1);
        if (i % 2 == 0)
            cancel_with(&cancellation, EINTR);
        assert_int_equal(channel_select_cancellable(cases, 1, &chosen, &cancellation), ECANCELED);
        assert_int_equal(cancel_reason(&cancellation), i % 2 == 0 ? EINTR : ETIMEDOUT);
        assert_int_equal(chosen, 99);
        cancel_destroy(&cancellation);
    }
    assert_int_equal(channel_try_receive(&full, &item), 0);
    channel_destroy(&full);
}

TEST(cancelling_wakes_a_select_and_leaves_no_trace)
{
    struct channel a, b;
    int item = 7;
    const struct channel_case cases[] = {{.channel = &a, .send = &item}, {.channel = &b}, {0}};
    struct choice choice = {.cases = cases, .count = COUNT_OF(cases), .chosen = 99};

    init(&a, 0);
    init(&b, 0);
    cancel_init(&cancellation, NULL, DEADLINE_NEVER);
    background_start(&choice.call, choose_cancellable, &choice);
    wait_until_waiting(&b, 1);
    cancel_with(&cancellation, EINTR);
    assert_int_equal(background_join(&choice.call), ECANCELED);
    assert_int_equal(choice.chosen, 99);
    assert_int_equal(count_waiting(&a) + count_waiting(&b), 0);
    cancel_destroy(&cancellation);
    channel_destroy(&a);
    channel_destroy(&b);
}

TEST(the_deadline_of_a_cancellation_ends_a_select_and_closes_it)
{
    struct channel channel;
    struct cancel parent;
    size_t chosen = 99;
    int64_t deadline_ns = clock_now_ns() + 20 * NS_PER_MS;
    const struct channel_case cases[] = {{.channel = &channel}};

    init(&channel, 0);
    cancel_init(&parent, NULL, deadline_ns);
    cancel_init(&cancellation, &parent, DEADLINE_NEVER);
    assert_int_equal(channel_select_cancellable(cases, 1, &chosen, &cancellation), ECANCELED);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(cancel_reason(&cancellation), ETIMEDOUT);
    assert_int_equal(channel_try_receive(&cancellation.cancelled, NULL), EPIPE);
    /* Without any case there is only the cancellation to wait for. */
    assert_int_equal(channel_select_cancellable(NULL, 0, &chosen, &cancellation), ECANCELED);
    assert_int_equal(chosen, 99);
    assert_int_equal(count_waiting(&channel), 0);
    cancel_destroy(&cancellation);
    cancel_destroy(&parent);
    channel_destroy(&channel);
}

TEST(a_cancellable_select_does_what_a_select_does)
{
    struct channel channels[CHANNEL_SELECT_MAX];
    struct channel_case cases[CHANNEL_SELECT_MAX];
    struct choice choice = {.cases = cases, .count = COUNT_OF(cases), .chosen = 99};
    int item = 7, received = -1;

    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        init(&channels[i], 1);
        cases[i] = (struct channel_case){.channel = &channels[i], .receive = &received};
    }
    cancel_init(&cancellation, NULL, clock_now_ns() + FAR_NS);
    assert_int_equal(channel_send(&channels[31], &item), 0);
    assert_int_equal(choose_cancellable(&choice), 0);
    assert_int_equal(choice.chosen, 31);
    assert_int_equal(received, 7);

    background_start(&choice.call, choose_cancellable, &choice);
    wait_until_waiting(&channels[31], 1);
    item = 8;
    assert_int_equal(channel_send(&channels[5], &item), 0);
    assert_int_equal(background_join(&choice.call), 0);
    assert_int_equal(choice.chosen, 5);
    assert_int_equal(received, 8);

    channel_close(&channels[3]);
    assert_int_equal(choose_cancellable(&choice), EPIPE);
    assert_int_equal(choice.chosen, 3);
    choice.chosen = 99;
    assert_int_equal(channel_select_cancellable(cases, COUNT_OF(cases), &choice.chosen, NULL),
                     EPIPE);
    assert_int_equal(choice.chosen, 3);
    assert_int_equal(cancel_reason(&cancellation), 0);
    cancel_destroy(&cancellation);
    for (size_t i = 0; i < COUNT_OF(channels); i++)
        channel_destroy(&channels[i]);
}

static struct channel quiet;

static void *select_to_send(void *argument)
{
    int item = 7;
    size_t chosen;
    const struct channel_case cases[] = {{.channel = argument, .send = &item}, {.channel = &quiet}};

    channel_select(cases, COUNT_OF(cases), &chosen);
    return NULL;
}

/* ThreadSanitizer and AddressSanitizer judge. */
TEST(the_thread_that_got_the_item_of_a_select_may_free_its_channel)
{
    init(&quiet, 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct channel *channel = malloc(sizeof *channel);

        assert_non_null(channel);
        init(channel, 0);
        assert_int_equal(thread_start(select_to_send, channel, "sender"), 0);
        assert_int_equal(channel_receive(channel, NULL), 0);
        channel_destroy(channel);
        free(channel);
    }
    while (threads_alive() > 0)
        clock_sleep_ns(NS_PER_MS);
    channel_destroy(&quiet);
}

static int select_too_many(void *unused)
{
    static const struct channel_case cases[CHANNEL_SELECT_MAX + 1];
    size_t chosen;

    return channel_try_select(cases, CHANNEL_SELECT_MAX, &chosen) == EAGAIN
               ? channel_try_select(cases, CHANNEL_SELECT_MAX + 1, &chosen)
               : 1;
}

static int select_too_many_cancellable(void *unused)
{
    static const struct channel_case cases[CHANNEL_SELECT_MAX + 1];
    size_t chosen;

    cancel_init(&cancellation, NULL, DEADLINE_NEVER);
    return channel_select_cancellable(cases, CHANNEL_SELECT_MAX + 1, &chosen, &cancellation);
}

TEST(too_many_cases_abort)
{
    assert_aborts(select_too_many, NULL, "too many cases");
    assert_aborts(select_too_many_cancellable, NULL, "too many cases");
}
