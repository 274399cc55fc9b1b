#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "unit.h"

#include "observe/log.h"
#include "sync/channel.h"
#include "sync/channel_internal.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Enough for the next thread to get into every gap that it could get into. */
#define ROUNDS 500

/* An item that another thread sends or receives. */
struct exchange {
    struct background_call call;
    struct channel *channel;
    int item;
};

static int send_item(void *argument)
{
    struct exchange *exchange = argument;

    return channel_send(exchange->channel, &exchange->item);
}

static int receive_item(void *argument)
{
    struct exchange *exchange = argument;

    return channel_receive(exchange->channel, &exchange->item);
}

/* Starts the calls, one behind the other in the queue of those that wait. */
static void start_blocked(struct exchange *exchanges, size_t count, struct channel *channel,
                          int (*run)(void *))
{
    for (size_t i = 0; i < count; i++) {
        exchanges[i].channel = channel;
        exchanges[i].item = (int)i + 1;
        background_start(&exchanges[i].call, run, &exchanges[i]);
        wait_until_waiting(channel, i + 1);
    }
}

static void join_all(struct exchange *exchanges, size_t count, int expected)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(background_join(&exchanges[i].call), expected);
}

static void init(struct channel *channel, size_t capacity)
{
    channel_init(channel, "test", sizeof(int), capacity);
}

static void send_in_time(struct channel *channel, int item)
{
    assert_int_equal(channel_send_until(channel, &item, clock_now_ns() + FAR_NS), 0);
}

static int receive_in_time(struct channel *channel)
{
    int item = -1;

    assert_int_equal(channel_receive_until(channel, &item, clock_now_ns() + FAR_NS), 0);
    return item;
}

/* Sending and receiving. */

TEST(a_buffer_keeps_the_order)
{
    struct channel channel;
    int sent = 0, received = 0;

    init(&channel, 5);
    /* Fills it to every height, so that the ring wraps in every place. */
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i <= round % 5; i++)
            send_in_time(&channel, sent++);
        for (int i = 0; i <= round % 5; i++)
            assert_int_equal(receive_in_time(&channel), received++);
    }
    channel_destroy(&channel);
}

TEST(an_unbuffered_send_waits_for_its_receiver)
{
    struct channel channel;
    struct exchange exchange;

    init(&channel, 0);
    start_blocked(&exchange, 1, &channel, send_item);
    assert_false(atomic_load(&exchange.call.has_returned));
    assert_int_equal(receive_in_time(&channel), 1);
    assert_int_equal(background_join(&exchange.call), 0);
    channel_destroy(&channel);
}

TEST(an_unbuffered_receive_waits_for_its_sender)
{
    struct channel channel;
    struct exchange exchange;

    init(&channel, 0);
    start_blocked(&exchange, 1, &channel, receive_item);
    assert_false(atomic_load(&exchange.call.has_returned));
    send_in_time(&channel, 42);
    assert_int_equal(background_join(&exchange.call), 0);
    assert_int_equal(exchange.item, 42);
    channel_destroy(&channel);
}

TEST(a_send_waits_for_room)
{
    struct channel channel;
    struct exchange exchange;

    init(&channel, 2);
    send_in_time(&channel, -2);
    send_in_time(&channel, -1);
    start_blocked(&exchange, 1, &channel, send_item);
    assert_int_equal(receive_in_time(&channel), -2);
    assert_int_equal(background_join(&exchange.call), 0);
    assert_int_equal(receive_in_time(&channel), -1);
    assert_int_equal(receive_in_time(&channel), 1);
    channel_destroy(&channel);
}

TEST(blocked_senders_are_served_in_their_order)
{
    static const size_t capacities[] = {0, 1, 3};

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct channel channel;
        struct exchange exchanges[6];
        int filled = (int)capacities[i];

        init(&channel, capacities[i]);
        for (int item = -filled; item < 0; item++)
            send_in_time(&channel, item);
        start_blocked(exchanges, COUNT_OF(exchanges), &channel, send_item);
        for (int item = -filled; item < 0; item++)
            assert_int_equal(receive_in_time(&channel), item);
        for (int item = 1; item <= (int)COUNT_OF(exchanges); item++)
            assert_int_equal(receive_in_time(&channel), item);
        join_all(exchanges, COUNT_OF(exchanges), 0);
        channel_destroy(&channel);
    }
}

TEST(blocked_receivers_are_served_in_their_order)
{
    static const size_t capacities[] = {0, 1, 3};

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct channel channel;
        struct exchange exchanges[6];

        init(&channel, capacities[i]);
        start_blocked(exchanges, COUNT_OF(exchanges), &channel, receive_item);
        for (int item = 0; item < (int)COUNT_OF(exchanges); item++)
            send_in_time(&channel, 100 + item);
        join_all(exchanges, COUNT_OF(exchanges), 0);
        for (int item = 0; item < (int)COUNT_OF(exchanges); item++)
            assert_int_equal(exchanges[item].item, 100 + item);
        channel_destroy(&channel);
    }
}

static void *send_bytes(void *argument)
{
    struct channel *channel = argument;
    unsigned char item[1000];

    for (int i = 0; i < 50; i++) {
        memset(item, i, sizeof item);
        channel_send(channel, item);
    }
    memset(item, 0xff, sizeof item); /* after the send, the variable is the sender's own again */
    channel_close(channel);
    return NULL;
}

TEST(items_of_any_size_are_copied_whole)
{
    static const size_t sizes[] = {1, 3, 8, 1000}, capacities[] = {0, 1, 7};

    for (size_t i = 0; i < COUNT_OF(sizes) * COUNT_OF(capacities); i++) {
        size_t size = sizes[i % COUNT_OF(sizes)];
        unsigned char item[1001], expected[1001];
        struct channel channel;
        pthread_t sender;

        channel_init(&channel, "bytes", size, capacities[i / COUNT_OF(sizes)]);
        assert_int_equal(thread_start_joinable(&sender, send_bytes, &channel, "test"), 0);
        for (int value = 0; value < 50; value++) {
            memset(item, 0xaa, sizeof item);
            memset(expected, 0xaa, sizeof expected);
            memset(expected, value, size);
            assert_int_equal(channel_receive(&channel, item), 0);
            assert_memory_equal(item, expected, sizeof item);
        }
        assert_int_equal(channel_receive(&channel, item), EPIPE);
        assert_int_equal(pthread_join(sender, NULL), 0);
        channel_destroy(&channel);
    }
}

TEST(an_item_can_be_dropped)
{
    struct channel channel;
    struct exchange exchange;

    init(&channel, 1);
    send_in_time(&channel, 5);
    assert_int_equal(channel_receive(&channel, NULL), 0);
    assert_int_equal(channel_try_receive(&channel, NULL), EAGAIN);
    channel_destroy(&channel);

    init(&channel, 0);
    start_blocked(&exchange, 1, &channel, send_item);
    assert_int_equal(channel_receive(&channel, NULL), 0);
    assert_int_equal(background_join(&exchange.call), 0);
    channel_destroy(&channel);
}

/* The sender's unguarded write, and the channel that has to order it; ThreadSanitizer judges. */
static int written_before;

static void *write_and_send(void *argument)
{
    int item = 0;

    written_before++;
    channel_send(argument, &item);
    return NULL;
}

TEST(a_receiver_sees_what_was_written_before_the_send)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct channel channel;
        pthread_t sender;

        init(&channel, (size_t)round % 3);
        assert_int_equal(thread_start_joinable(&sender, write_and_send, &channel, "test"), 0);
        receive_in_time(&channel);
        assert_int_equal(written_before, round + 1);
        assert_int_equal(pthread_join(sender, NULL), 0);
        channel_destroy(&channel);
    }
}

/* Without waiting, and not for ever. */

TEST(trying_never_waits)
{
    struct channel channel;
    int item = 1;

    init(&channel, 0);
    assert_int_equal(channel_try_send(&channel, &item), EAGAIN);
    assert_int_equal(channel_try_receive(&channel, &item), EAGAIN);
    channel_destroy(&channel);

    init(&channel, 1);
    assert_int_equal(channel_try_send(&channel, &item), 0);
    item = 2;
    assert_int_equal(channel_try_send(&channel, &item), EAGAIN);
    assert_int_equal(channel_try_receive(&channel, &item), 0);
    assert_int_equal(item, 1);
    assert_int_equal(channel_try_receive(&channel, &item), EAGAIN);
    assert_int_equal(item, 1);
    channel_close(&channel);
    assert_int_equal(channel_try_send(&channel, &item), EPIPE);
    assert_int_equal(channel_try_receive(&channel, &item), EPIPE);
    channel_destroy(&channel);
}

TEST(trying_serves_who_waits)
{
    struct channel channel;
    struct exchange exchange;
    int item = 42;

    init(&channel, 0);
    start_blocked(&exchange, 1, &channel, receive_item);
    assert_int_equal(channel_try_send(&channel, &item), 0);
    assert_int_equal(background_join(&exchange.call), 0);
    assert_int_equal(exchange.item, 42);

    start_blocked(&exchange, 1, &channel, send_item);
    assert_int_equal(channel_try_receive(&channel, &item), 0);
    assert_int_equal(background_join(&exchange.call), 0);
    assert_int_equal(item, 1);
    channel_destroy(&channel);
}

TEST(a_deadline_is_monotonic_and_not_over_before_its_time)
{
    struct channel channel;
    int item = 7;
    int64_t deadline_ns;

    init(&channel, 0);
    deadline_ns = clock_now_ns() + 80 * NS_PER_MS;
    assert_int_equal(channel_receive_until(&channel, &item, deadline_ns), ETIMEDOUT);
    assert_true(clock_now_ns() >= deadline_ns);
    deadline_ns = clock_now_ns() + 80 * NS_PER_MS;
    assert_int_equal(channel_send_until(&channel, &item, deadline_ns), ETIMEDOUT);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(item, 7);
    channel_destroy(&channel);
}

TEST(a_deadline_that_is_over_allows_what_is_possible_at_once)
{
    static const int64_t over_ns[] = {INT64_MIN, -1, 0, 1};
    struct channel channel;

    init(&channel, 1);
    for (size_t i = 0; i < COUNT_OF(over_ns); i++) {
        int item = (int)i;

        assert_int_equal(channel_send_until(&channel, &item, over_ns[i]), 0);
        assert_int_equal(channel_send_until(&channel, &item, over_ns[i]), ETIMEDOUT);
        item = -1;
        assert_int_equal(channel_receive_until(&channel, &item, over_ns[i]), 0);
        assert_int_equal(item, i);
        assert_int_equal(channel_receive_until(&channel, &item, over_ns[i]), ETIMEDOUT);
    }
    channel_destroy(&channel);
}

TEST(a_call_that_timed_out_has_left_no_trace)
{
    struct channel channel;
    int item = 7;

    init(&channel, 0);
    assert_int_equal(channel_send_until(&channel, &item, 0), ETIMEDOUT);
    assert_int_equal(channel_try_receive(&channel, &item), EAGAIN);
    assert_int_equal(channel_receive_until(&channel, &item, 0), ETIMEDOUT);
    assert_int_equal(channel_try_send(&channel, &item), EAGAIN);
    channel_destroy(&channel);
}

static int receive_item_in_time(void *argument)
{
    struct exchange *exchange = argument;

    return channel_receive_until(exchange->channel, &exchange->item, clock_now_ns() + FAR_NS);
}

TEST(a_timed_wait_ends_when_the_item_comes)
{
    struct channel channel;
    struct exchange exchange;
    int64_t started_ns = clock_now_ns();

    init(&channel, 0);
    start_blocked(&exchange, 1, &channel, receive_item_in_time);
    clock_sleep_ns(20 * NS_PER_MS); /* past the polite part of the wait */
    send_in_time(&channel, 42);
    assert_int_equal(background_join(&exchange.call), 0);
    assert_int_equal(exchange.item, 42);
    assert_true(clock_now_ns() - started_ns < FAR_NS);
    channel_destroy(&channel);
}

/* Half of the sends time out about when the receiver comes: each must have one outcome. */
static int count_received(void *argument)
{
    int item, count = 0;

    while (channel_receive(argument, &item) == 0) {
        count++;
        clock_sleep_ns(20 * NS_PER_US);
    }
    return count;
}

TEST(a_send_has_timed_out_or_was_received_never_both)
{
    struct channel channel;
    struct background_call call;
    int sent = 0;

    init(&channel, 0);
    background_start(&call, count_received, &channel);
    for (int i = 0; i < ROUNDS; i++) {
        int error = channel_send_until(&channel, &i, clock_now_ns() + i % 200 * NS_PER_US);

        assert_true(error == 0 || error == ETIMEDOUT);
        sent += error == 0;
    }
    channel_close(&channel);
    assert_int_equal(background_join(&call), sent);
    channel_destroy(&channel);
}

/* Closing, and the faults that other channels have there. */

TEST(close_keeps_what_is_buffered)
{
    struct channel channel;
    int item;

    init(&channel, 3);
    for (int i = 0; i < 3; i++)
        send_in_time(&channel, i);
    channel_close(&channel);
    for (int i = 0; i < 3; i++)
        assert_int_equal(receive_in_time(&channel), i);
    item = 42;
    assert_int_equal(channel_receive(&channel, &item), EPIPE);
    assert_int_equal(item, 42);
    channel_destroy(&channel);
}

TEST(close_wakes_every_receiver)
{
    static const size_t capacities[] = {0, 4};

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct channel channel;
        struct exchange exchanges[8];

        init(&channel, capacities[i]);
        start_blocked(exchanges, COUNT_OF(exchanges), &channel, receive_item);
        channel_close(&channel);
        join_all(exchanges, COUNT_OF(exchanges), EPIPE);
        channel_destroy(&channel);
    }
}

TEST(close_fails_senders_that_wait_for_room_and_nobody_gets_their_items)
{
    static const size_t capacities[] = {0, 1, 3};

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct channel channel;
        struct exchange exchanges[8];
        int item;

        init(&channel, capacities[i]);
        for (size_t c = 0; c < capacities[i]; c++)
            send_in_time(&channel, -1);
        start_blocked(exchanges, COUNT_OF(exchanges), &channel, send_item);
        channel_close(&channel);
        join_all(exchanges, COUNT_OF(exchanges), EPIPE);
        for (size_t c = 0; c < capacities[i]; c++)
            assert_int_equal(receive_in_time(&channel), -1);
        assert_int_equal(channel_receive(&channel, &item), EPIPE);
        channel_destroy(&channel);
    }
}

static int use_closed_channel(void *argument)
{
    struct channel *channel = argument;
    int item = 1;
    bool is_wrong = false;

    is_wrong |= channel_send(channel, &item) != EPIPE;
    is_wrong |= channel_try_send(channel, &item) != EPIPE;
    is_wrong |= channel_send_until(channel, &item, DEADLINE_NEVER) != EPIPE;
    is_wrong |= channel_receive(channel, &item) != EPIPE;
    is_wrong |= channel_try_receive(channel, &item) != EPIPE;
    is_wrong |= channel_receive_until(channel, &item, DEADLINE_NEVER) != EPIPE;
    return is_wrong;
}

TEST(no_way_through_a_closed_channel_keeps_its_lock)
{
    static const size_t capacities[] = {0, 2};

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct channel channel;
        struct background_call call;

        init(&channel, capacities[i]);
        channel_close(&channel);
        assert_int_equal(use_closed_channel(&channel), 0);
        /* A thread that kept the lock would find it free; another one does not. */
        background_start(&call, use_closed_channel, &channel);
        assert_int_equal(background_join(&call), 0);
        channel_destroy(&channel);
    }
}

TEST(every_place_that_gets_free_lets_a_sender_in)
{
    struct channel channel;
    struct exchange exchanges[6];

    init(&channel, 4);
    for (int i = 0; i < 4; i++)
        send_in_time(&channel, -1);
    start_blocked(exchanges, COUNT_OF(exchanges), &channel, send_item);
    for (size_t i = 0; i < COUNT_OF(exchanges); i++) {
        receive_in_time(&channel);
        /* The buffer is full again, and is not waited for to get empty. */
        assert_int_equal(count_waiting(&channel), COUNT_OF(exchanges) - i - 1);
        assert_int_equal(background_join(&exchanges[i].call), 0);
    }
    channel_destroy(&channel);
}

static int close_twice(void *unused)
{
    struct channel channel;

    channel_init(&channel, "results", sizeof(int), 0);
    channel_close(&channel);
    channel_close(&channel);
    return 0;
}

TEST(a_second_close_aborts)
{
    assert_aborts(close_twice, NULL, "the channel is closed already");
}

/* Lifetimes. ThreadSanitizer and AddressSanitizer judge. */

static void *close_channel(void *argument)
{
    channel_close(argument);
    return NULL;
}

TEST(a_thread_that_learned_of_the_close_may_free_the_channel)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct channel *channel = malloc(sizeof *channel);

        assert_non_null(channel);
        init(channel, (size_t)round % 2);
        assert_int_equal(thread_start(close_channel, channel, "closer"), 0);
        if (round % 4 < 2) /* so that in half of the rounds the close is likely to come first */
            sched_yield();
        assert_int_equal(channel_receive(channel, NULL), EPIPE);
        channel_destroy(channel);
        free(channel);
    }
}

static int receive_once(void *channel)
{
    return channel_receive(channel, NULL);
}

TEST(closing_while_many_wait_leaves_nobody_behind_in_the_channel)
{
    for (int round = 0; round < ROUNDS / 10; round++) {
        struct channel *channel = malloc(sizeof *channel);
        struct background_call calls[4];

        assert_non_null(channel);
        init(channel, 0);
        for (size_t i = 0; i < COUNT_OF(calls); i++)
            background_start(&calls[i], receive_once, channel);
        assert_int_equal(thread_start(close_channel, channel, "closer"), 0);
        for (size_t i = 0; i < COUNT_OF(calls); i++)
            assert_int_equal(background_join(&calls[i]), EPIPE);
        channel_destroy(channel);
        free(channel);
    }
}

static void *send_zero(void *argument)
{
    int item = 0;

    channel_send(argument, &item);
    return NULL;
}

TEST(the_thread_that_got_the_last_item_may_free_the_channel)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct channel *channel = malloc(sizeof *channel);

        assert_non_null(channel);
        init(channel, (size_t)round % 2);
        for (int i = 0; i < 2; i++)
            assert_int_equal(thread_start(send_zero, channel, "sender"), 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(channel_receive(channel, NULL), 0);
        channel_destroy(channel);
        free(channel);
    }
}

static void *receive_for_ever(void *channel)
{
    channel_receive(channel, NULL);
    return NULL;
}

static int destroy_under_a_receiver(void *unused)
{
    struct channel channel;

    channel_init(&channel, "results", sizeof(int), 0);
    if (thread_start(receive_for_ever, &channel, "test") != 0)
        return 1;
    wait_until_waiting(&channel, 1);
    channel_destroy(&channel);
    return 0;
}

TEST(destroying_while_a_thread_waits_aborts)
{
    assert_aborts(destroy_under_a_receiver, NULL, "a thread is waiting");
}

/* Making one. */

struct size {
    size_t item_size, capacity;
};

static int make_channel_of_size(void *argument)
{
    const struct size *size = argument;
    struct channel channel;

    log_init("part-04-channels");
    channel_init(&channel, "jobs", size->item_size, size->capacity);
    return 0;
}

TEST(without_memory_for_the_buffer_the_program_ends_with_one_line)
{
    /* The product is too large for a size_t; for the machine; for any object. */
    static struct size sizes[] = {{16, SIZE_MAX / 8}, {1, SIZE_MAX / 4}, {SIZE_MAX, 1}};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct child child;
        char line[256];

        if (i > 0 && !malloc_can_fail())
            break;
        child = run_child(make_channel_of_size, &sizes[i]);
        snprintf(line, sizeof line,
                 "part-04-channels: no memory for channel \"jobs\": %zu item%s of %zu byte%s\n",
                 sizes[i].capacity, sizes[i].capacity == 1 ? "" : "s", sizes[i].item_size,
                 sizes[i].item_size == 1 ? "" : "s");
        assert_string_equal(child.err, line);
        assert_string_equal(child.out, "");
        assert_int_equal(child.status, 1);
    }
}

TEST(a_name_is_copied_and_cut_to_its_room)
{
    char name[] = "a name that is a good deal longer than the room for it";
    char expected[CHANNEL_NAME_SIZE];
    struct channel channel;

    memcpy(expected, name, sizeof expected);
    expected[sizeof expected - 1] = '\0';
    channel_init(&channel, name, 1, 0);
    memset(name, 'x', sizeof name);
    assert_string_equal(channel.name, expected);
    channel_destroy(&channel);
}

static int make_channel_of_nothing(void *unused)
{
    struct channel channel;

    channel_init(&channel, "test", 0, 1);
    return 0;
}

TEST(an_item_without_size_aborts)
{
    assert_aborts(make_channel_of_nothing, NULL, "at least one byte");
}

/* A send whose deadline and whose receiver come at the same time. */
struct late_send {
    struct channel *channel;
    int64_t deadline_ns;
    atomic_int outcome; /* -1: it has not returned */
};

static void *send_late(void *argument)
{
    struct late_send *late = argument;
    int item = 7;

    atomic_store(&late->outcome, channel_send_until(late->channel, &item, late->deadline_ns));
    return NULL;
}

TEST(who_is_served_at_its_deadline_touches_the_channel_no_more)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct channel *channel =
        mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int served = 0;

    assert_ptr_not_equal(channel, MAP_FAILED);
    for (int round = 0; round < 300; round++) {
        struct late_send late = {channel, 0, -1};
        bool is_waiting = false;
        int item = 0, error = 0;

        init(channel, 0);
        late.deadline_ns = clock_now_ns() + 2 * NS_PER_MS;
        assert_int_equal(thread_start(send_late, &late, "sender"), 0);
        while (!is_waiting && atomic_load(&late.outcome) < 0) {
            spin_lock(&channel->lock);
            is_waiting = channel->senders.first != NULL;
            if (!is_waiting) {
                spin_unlock(&channel->lock);
                sched_yield(); /* without it the sender would hardly ever find the lock free */
            }
        }
        if (is_waiting) {
            /* From a little before its deadline to a little after; it cannot leave the queue. */
            clock_sleep_ns(late.deadline_ns - clock_now_ns() + (round % 30 - 15) * 10 * NS_PER_US);
            error = channel_transfer_now(channel, NULL, &item);
            spin_unlock(&channel->lock);
            if (error == 0) {
                channel_destroy(channel);
                assert_int_equal(mprotect(channel, page, PROT_NONE), 0);
                assert_int_equal(item, 7);
                served++;
            }
            while (atomic_load(&late.outcome) < 0)
                sched_yield();
            assert_int_equal(atomic_load(&late.outcome), error == 0 ? 0 : ETIMEDOUT);
        }
        while (threads_alive() > 0)
            sched_yield();
        assert_int_equal(mprotect(channel, page, PROT_READ | PROT_WRITE), 0);
        if (!is_waiting || error != 0)
            channel_destroy(channel);
    }
    munmap(channel, page);
    print_message("%d of 300 served\n", served);
}
