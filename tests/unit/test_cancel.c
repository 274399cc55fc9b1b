#include "unit.h"

#include "sync/cancel.h"
#include "sync/semaphore.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Enough for the other thread to get into every gap that it could get into. */
#define ROUNDS 300

/* The four waits, each as a call that another thread can make. */
enum wait { SLEEP, SEND, RECEIVE, ACQUIRE, WAITS };

/* What they wait for: nothing is possible, or everything. */
struct things {
    struct channel channel;
    struct semaphore semaphore;
};

static void init_things(struct things *things, enum wait wait, bool is_ready)
{
    int item = 1;

    channel_init(&things->channel, "test", sizeof item, 1);
    if (is_ready == (wait == RECEIVE))
        assert_int_equal(channel_try_send(&things->channel, &item), 0);
    semaphore_init(&things->semaphore, "test", 1);
    if (!is_ready)
        assert_int_equal(semaphore_try_acquire(&things->semaphore), 0);
}

static void destroy_things(struct things *things)
{
    channel_destroy(&things->channel);
    semaphore_destroy(&things->semaphore);
}

static int make_wait(struct things *things, enum wait wait, struct cancel *cancel, int64_t wake_ns)
{
    int item = 7;

    switch (wait) {
    case SLEEP:
        return cancel_sleep_until(cancel, wake_ns);
    case SEND:
        return channel_send_cancellable(&things->channel, &item, cancel);
    case RECEIVE:
        return channel_receive_cancellable(&things->channel, &item, cancel);
    case ACQUIRE:
        return semaphore_acquire(&things->semaphore, cancel);
    default:
        return -1;
    }
}

struct waiting {
    struct background_call call;
    enum wait wait;
    struct things *things;
    struct cancel *cancel;
};

static int run_wait(void *argument)
{
    struct waiting *waiting = argument;

    return make_wait(waiting->things, waiting->wait, waiting->cancel, clock_now_ns() + FAR_NS);
}

/* Every wait that can be cancelled stands in the queue of the cancellation. */
static void wait_until_waited_for(struct cancel *cancel)
{
    while (count_waiting(&cancel->cancelled) == 0)
        clock_sleep_ns(100 * NS_PER_US);
}

static void start_waiting(struct waiting *waiting)
{
    background_start(&waiting->call, run_wait, waiting);
    wait_until_waited_for(waiting->cancel);
}

/* Waking those who wait. */

static void assert_wakes(enum wait wait)
{
    struct things things;
    struct cancel cancel;
    struct waiting waiting = {.wait = wait, .things = &things, .cancel = &cancel};

    init_things(&things, wait, false);
    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    start_waiting(&waiting);
    clock_sleep_ns(10 * NS_PER_MS); /* past the polite part of the wait */
    cancel_with(&cancel, EINTR);
    assert_int_equal(background_join(&waiting.call), ECANCELED);
    assert_int_equal(cancel_reason(&cancel), EINTR);
    /* It has left no trace: nobody stands in a queue, and what was full or empty still is. */
    assert_null(things.channel.senders.first);
    assert_null(things.channel.receivers.first);
    assert_null(things.semaphore.permits.senders.first);
    assert_int_equal(things.channel.count, wait == RECEIVE ? 0 : 1);
    assert_int_equal(things.semaphore.permits.count, 1);
    cancel_destroy(&cancel);
    destroy_things(&things);
}

TEST(cancelling_wakes_a_sleep)
{
    assert_wakes(SLEEP);
}

TEST(cancelling_wakes_a_send_and_nothing_was_sent)
{
    assert_wakes(SEND);
}

TEST(cancelling_wakes_a_receive_and_nothing_was_received)
{
    assert_wakes(RECEIVE);
}

TEST(cancelling_wakes_who_waits_for_a_semaphore)
{
    assert_wakes(ACQUIRE);
}

TEST(cancelling_wakes_all_who_wait_with_it_or_below)
{
    struct things things;
    struct cancel root, child;
    struct waiting waiting[20];

    init_things(&things, ACQUIRE, false);
    cancel_init(&root, NULL, DEADLINE_NEVER);
    cancel_init(&child, &root, DEADLINE_NEVER);
    for (size_t i = 0; i < COUNT_OF(waiting); i++) {
        /* No SEND beside a RECEIVE: they would meet. */
        static const enum wait waits[] = {SLEEP, SEND, ACQUIRE};

        waiting[i] = (struct waiting){
            .wait = waits[i % 3], .things = &things, .cancel = i % 2 == 0 ? &root : &child};
        start_waiting(&waiting[i]);
    }
    cancel_with(&root, ECANCELED);
    for (size_t i = 0; i < COUNT_OF(waiting); i++)
        assert_int_equal(background_join(&waiting[i].call), ECANCELED);
    cancel_destroy(&child);
    cancel_destroy(&root);
    destroy_things(&things);
}

TEST(without_a_cancellation_each_wait_does_its_work)
{
    struct cancel cancel;

    cancel_init(&cancel, NULL, clock_now_ns() + FAR_NS);
    for (enum wait wait = 0; wait < WAITS; wait++) {
        struct things things;

        init_things(&things, wait, true);
        assert_int_equal(make_wait(&things, wait, &cancel, 0), 0);
        /* A second one finds it done: no room, no item, no permit. */
        if (wait == SEND)
            assert_int_equal(channel_try_send(&things.channel, &wait), EAGAIN);
        if (wait == RECEIVE)
            assert_int_equal(channel_try_receive(&things.channel, NULL), EAGAIN);
        if (wait == ACQUIRE)
            assert_int_equal(semaphore_try_acquire(&things.semaphore), EAGAIN);
        destroy_things(&things);
    }
    assert_int_equal(cancel_reason(&cancel), 0);
    cancel_destroy(&cancel);
}

TEST(what_was_cancelled_before_comes_first_though_all_be_ready)
{
    for (enum wait wait = 0; wait < WAITS; wait++) {
        struct things things;

        init_things(&things, wait, true);
        for (int i = 0; i < 100; i++) {
            struct cancel cancel;

            cancel_init(&cancel, NULL, DEADLINE_NEVER);
            cancel_with(&cancel, EINTR);
            assert_int_equal(make_wait(&things, wait, &cancel, 0), ECANCELED);
            cancel_destroy(&cancel);
        }
        /* Still ready: nothing was sent, received or entered. */
        assert_int_equal(things.channel.count, wait == RECEIVE ? 1 : 0);
        assert_int_equal(things.semaphore.permits.count, 0);
        destroy_things(&things);
    }
}

TEST(a_deadline_that_was_over_before_comes_first_though_all_be_ready)
{
    for (enum wait wait = 0; wait < WAITS; wait++) {
        struct things things;

        init_things(&things, wait, true);
        for (int i = 0; i < 100; i++) {
            struct cancel cancel;

            cancel_init(&cancel, NULL, clock_now_ns());
            assert_int_equal(make_wait(&things, wait, &cancel, 0), ECANCELED);
            assert_int_equal(cancel_reason(&cancel), ETIMEDOUT);
            cancel_destroy(&cancel);
        }
        assert_int_equal(things.channel.count, wait == RECEIVE ? 1 : 0);
        assert_int_equal(things.semaphore.permits.count, 0);
        destroy_things(&things);
    }
}

/* The tree. */

TEST(a_parent_cancels_its_child_and_not_the_other_way)
{
    struct cancel parent, first, second;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    cancel_init(&first, &parent, DEADLINE_NEVER);
    cancel_init(&second, &parent, DEADLINE_NEVER);
    cancel_with(&first, EINTR);
    assert_int_equal(cancel_reason(&first), EINTR);
    assert_int_equal(cancel_reason(&parent), 0);
    cancel_with(&parent, ETIMEDOUT);
    assert_int_equal(cancel_reason(&second), ETIMEDOUT);
    cancel_destroy(&second);
    cancel_destroy(&first);
    cancel_destroy(&parent);
}

TEST(siblings_are_independent_of_each_other)
{
    struct cancel parent, children[5];

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    for (size_t i = 0; i < COUNT_OF(children); i++)
        cancel_init(&children[i], &parent, DEADLINE_NEVER);
    cancel_with(&children[2], EINTR);
    for (size_t i = 0; i < COUNT_OF(children); i++)
        assert_int_equal(cancel_reason(&children[i]), i == 2 ? EINTR : 0);
    /* The first, one in the middle and the last of the list can be taken out. */
    cancel_destroy(&children[4]);
    cancel_destroy(&children[2]);
    cancel_destroy(&children[0]);
    cancel_with(&parent, EINTR);
    assert_int_equal(cancel_reason(&children[1]), EINTR);
    assert_int_equal(cancel_reason(&children[3]), EINTR);
    cancel_destroy(&children[1]);
    cancel_destroy(&children[3]);
    cancel_destroy(&parent);
}

TEST(a_cancellation_goes_down_three_levels_and_up_none)
{
    /* Two at each node; the parent of node n is (n - 1) / 2, the leaves are 3 to 6. */
    struct cancel nodes[7];

    for (int cancelled = 0; cancelled < 7; cancelled++) {
        for (int i = 0; i < 7; i++)
            cancel_init(&nodes[i], i == 0 ? NULL : &nodes[(i - 1) / 2], DEADLINE_NEVER);
        cancel_with(&nodes[cancelled], EINTR);
        for (int i = 0; i < 7; i++) {
            bool is_below = i == cancelled;

            for (int above = i; above > 0; above = (above - 1) / 2)
                is_below = is_below || (above - 1) / 2 == cancelled;
            assert_int_equal(cancel_reason(&nodes[i]), is_below ? EINTR : 0);
        }
        for (int i = 6; i >= 0; i--)
            cancel_destroy(&nodes[i]);
    }
}

#define SIBLINGS 50

struct siblings {
    struct cancel parent, children[SIBLINGS];
    int missed; /* those that were not cancelled yet, when the first who slept was awake */
};

static void *look_at_the_children(void *argument)
{
    struct siblings *siblings = argument;

    cancel_sleep_until(&siblings->parent, DEADLINE_NEVER);
    for (int i = 0; i < SIBLINGS; i++)
        siblings->missed += cancel_reason(&siblings->children[i]) == 0;
    return NULL;
}

TEST(who_is_woken_finds_all_cancelled)
{
    static struct siblings siblings;

    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;

        cancel_init(&siblings.parent, NULL, DEADLINE_NEVER);
        for (int i = 0; i < SIBLINGS; i++)
            cancel_init(&siblings.children[i], &siblings.parent, DEADLINE_NEVER);
        assert_int_equal(thread_start_joinable(&thread, look_at_the_children, &siblings, "test"),
                         0);
        wait_until_waited_for(&siblings.parent);
        cancel_with(&siblings.parent, EINTR);
        pthread_join(thread, NULL);
        for (int i = 0; i < SIBLINGS; i++)
            cancel_destroy(&siblings.children[i]);
        cancel_destroy(&siblings.parent);
    }
    assert_int_equal(siblings.missed, 0);
}

TEST(the_first_reason_stays)
{
    struct cancel parent, child;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    cancel_init(&child, &parent, DEADLINE_NEVER);
    cancel_with(&child, EINTR);
    cancel_with(&child, ETIMEDOUT);
    cancel_with(&parent, ECANCELED);
    cancel_with(&parent, EINTR);
    assert_int_equal(cancel_reason(&child), EINTR);
    assert_int_equal(cancel_reason(&parent), ECANCELED);
    cancel_destroy(&child);
    cancel_destroy(&parent);
}

TEST(a_child_of_a_cancelled_parent_is_cancelled_for_its_reason)
{
    struct cancel parent, child, grandchild;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    cancel_with(&parent, EINTR);
    cancel_init(&child, &parent, DEADLINE_NEVER);
    cancel_init(&grandchild, &child, DEADLINE_NEVER);
    assert_int_equal(cancel_reason(&child), EINTR);
    assert_int_equal(cancel_reason(&grandchild), EINTR);
    assert_int_equal(cancel_sleep_until(&child, clock_now_ns() + FAR_NS), ECANCELED);
    cancel_destroy(&grandchild);
    cancel_destroy(&child);
    cancel_destroy(&parent);
}

TEST(it_is_noted_when_it_was_cancelled)
{
    struct cancel cancel;
    int64_t before_ns = clock_now_ns(), after_ns;

    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    cancel_with(&cancel, EINTR);
    after_ns = clock_now_ns();
    cancel_with(&cancel, EINTR);
    assert_true(cancel.cancelled_ns >= before_ns && cancel.cancelled_ns <= after_ns);
    cancel_destroy(&cancel);
}

/* Deadlines. */

TEST(the_earliest_deadline_of_its_own_and_those_above_counts)
{
    static const struct {
        int64_t deadlines_ns[3], earliest_ns[3]; /* of the root, its child, and that one's */
    } cases[] = {
        {{DEADLINE_NEVER, DEADLINE_NEVER, DEADLINE_NEVER},
         {DEADLINE_NEVER, DEADLINE_NEVER, DEADLINE_NEVER}},
        {{1, DEADLINE_NEVER, DEADLINE_NEVER}, {1, 1, 1}},
        {{DEADLINE_NEVER, 1, DEADLINE_NEVER}, {DEADLINE_NEVER, 1, 1}},
        {{DEADLINE_NEVER, DEADLINE_NEVER, 1}, {DEADLINE_NEVER, DEADLINE_NEVER, 1}},
        {{1, 2, 3}, {1, 1, 1}},
        {{3, 2, 1}, {3, 2, 1}},
        {{2, 3, 1}, {2, 2, 1}},
        {{2, 1, 3}, {2, 1, 1}},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cancel levels[3];

        for (int level = 0; level < 3; level++) {
            cancel_init(&levels[level], level == 0 ? NULL : &levels[level - 1],
                        cases[i].deadlines_ns[level]);
            assert_true(levels[level].deadline_ns == cases[i].earliest_ns[level]);
        }
        for (int level = 2; level >= 0; level--)
            cancel_destroy(&levels[level]);
    }
}

TEST(a_deadline_that_is_over_is_the_reason)
{
    struct cancel parent, child, grandchild;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    cancel_init(&child, &parent, clock_now_ns());
    cancel_init(&grandchild, &child, clock_now_ns() + FAR_NS);
    assert_int_equal(cancel_reason(&grandchild), ETIMEDOUT); /* by the inherited one */
    assert_int_equal(cancel_reason(&child), ETIMEDOUT);
    assert_int_equal(cancel_reason(&parent), 0);
    cancel_destroy(&grandchild);
    cancel_destroy(&child);
    cancel_destroy(&parent);

    cancel_init(&parent, NULL, clock_now_ns() + FAR_NS);
    assert_int_equal(cancel_reason(&parent), 0);
    cancel_with(&parent, EINTR);
    assert_int_equal(cancel_reason(&parent), EINTR);
    cancel_destroy(&parent);
}

TEST(a_wait_ends_at_the_deadline_and_never_earlier)
{
    for (int i = 0; i < 2 * WAITS; i++) {
        enum wait wait = (enum wait)(i % WAITS);
        int64_t deadline_ns = clock_now_ns() + 30 * NS_PER_MS;
        struct cancel parent, child;
        struct things things;

        init_things(&things, wait, false);
        /* Once its own, once inherited. */
        cancel_init(&parent, NULL, i < WAITS ? DEADLINE_NEVER : deadline_ns);
        cancel_init(&child, &parent, i < WAITS ? deadline_ns : DEADLINE_NEVER);
        assert_int_equal(make_wait(&things, wait, &child, deadline_ns + FAR_NS), ECANCELED);
        assert_true(clock_now_ns() >= deadline_ns);
        assert_int_equal(cancel_reason(&child), ETIMEDOUT);
        cancel_destroy(&child);
        cancel_destroy(&parent);
        destroy_things(&things);
    }
}

/* A look at one of them is a look at the deadline of all. */
TEST(a_deadline_that_is_over_shows_in_every_way_of_asking)
{
    for (int i = 0; i < 2; i++) {
        int64_t deadline_ns = i == 0 ? clock_now_ns() : clock_now_ns() + 2 * NS_PER_MS;
        struct cancel parent, child, late;
        struct things things;

        cancel_init(&parent, NULL, deadline_ns);
        cancel_init(&child, &parent, deadline_ns + FAR_NS);
        while (clock_now_ns() < deadline_ns)
            clock_sleep_ns(NS_PER_MS);
        cancel_init(&late, &parent, DEADLINE_NEVER);
        assert_int_equal(channel_try_receive(&late.cancelled, NULL), EPIPE);
        assert_int_equal(channel_try_receive(&parent.cancelled, NULL), EPIPE);
        assert_int_equal(channel_try_receive(&child.cancelled, NULL), EPIPE);
        assert_int_equal(cancel_reason(&late), ETIMEDOUT);
        for (enum wait wait = 0; wait < WAITS; wait++) {
            init_things(&things, wait, true);
            assert_int_equal(make_wait(&things, wait, &child, 0), ECANCELED);
            destroy_things(&things);
        }
        assert_true(late.cancelled_ns == deadline_ns && child.cancelled_ns == deadline_ns);
        cancel_destroy(&late);
        cancel_destroy(&child);
        cancel_destroy(&parent);
    }
}

TEST(what_ended_it_first_is_the_reason_though_nobody_looked)
{
    int64_t past_ns = clock_now_ns() - NS_PER_S;
    struct cancel parent, soon, far, below_soon, late[3];

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    cancel_init(&soon, &parent, clock_now_ns() + 2 * NS_PER_MS);
    cancel_init(&below_soon, &soon, DEADLINE_NEVER);
    cancel_init(&far, &parent, clock_now_ns() + FAR_NS);
    while (clock_now_ns() < soon.deadline_ns)
        clock_sleep_ns(NS_PER_MS);
    cancel_with(&parent, EINTR);
    cancel_init(&late[0], &parent, DEADLINE_NEVER);
    cancel_init(&late[1], &parent, parent.cancelled_ns + 1);
    cancel_init(&late[2], &parent, past_ns);
    assert_int_equal(cancel_reason(&parent), EINTR);
    assert_int_equal(cancel_reason(&soon), ETIMEDOUT);
    assert_int_equal(cancel_reason(&below_soon), ETIMEDOUT);
    assert_int_equal(cancel_reason(&far), EINTR);
    assert_int_equal(cancel_reason(&late[0]), EINTR);
    assert_int_equal(cancel_reason(&late[1]), EINTR);
    assert_int_equal(cancel_reason(&late[2]), ETIMEDOUT);
    assert_true(soon.cancelled_ns == soon.deadline_ns);
    assert_true(below_soon.cancelled_ns == soon.deadline_ns);
    assert_true(far.cancelled_ns == parent.cancelled_ns);
    assert_true(late[1].cancelled_ns == parent.cancelled_ns);
    assert_true(late[2].cancelled_ns == past_ns);
    for (size_t i = 0; i < COUNT_OF(late); i++)
        cancel_destroy(&late[i]);
    cancel_destroy(&far);
    cancel_destroy(&below_soon);
    cancel_destroy(&soon);
    cancel_destroy(&parent);
}

struct asker {
    struct cancel *parent, *child;
    atomic_int came, changed;
};

/* One cancels the parent; the others ask the child, whose deadline is about now, again and again.
 */
static void *cancel_or_ask(void *argument)
{
    struct asker *asker = argument;
    int me = atomic_fetch_add(&asker->came, 1), first = 0;

    while (atomic_load(&asker->came) < 3)
        sched_yield();
    if (me == 0) {
        while (clock_now_ns() < asker->child->deadline_ns - 2 * NS_PER_US)
            continue;
        cancel_with(asker->parent, EINTR);
    }
    while (first == 0)
        first = cancel_reason(asker->child);
    for (int i = 0; i < 50; i++)
        if (cancel_reason(asker->child) != first)
            atomic_fetch_add(&asker->changed, 1);
    if ((first == ETIMEDOUT) != (asker->child->cancelled_ns == asker->child->deadline_ns))
        atomic_fetch_add(&asker->changed, 1);
    return NULL;
}

TEST(a_reason_once_seen_never_changes)
{
    for (int round = 0; round < ROUNDS / 6; round++) {
        struct cancel parent, child;
        struct asker asker = {.parent = &parent, .child = &child};

        cancel_init(&parent, NULL, DEADLINE_NEVER);
        cancel_init(&child, &parent, clock_now_ns() + 200 * NS_PER_US);
        run_threads(3, cancel_or_ask, &asker);
        assert_int_equal(atomic_load(&asker.changed), 0);
        cancel_destroy(&child);
        cancel_destroy(&parent);
    }
}

#define LEVELS 50000

static void *cancel_a_deep_tree(void *argument)
{
    struct cancel *levels = argument;

    cancel_with(&levels[0], EINTR);
    return NULL;
}

TEST(a_tree_of_many_levels_is_cancelled_on_a_small_stack)
{
    struct cancel *levels = calloc(LEVELS, sizeof *levels);
    pthread_t thread;

    assert_non_null(levels);
    for (int i = 0; i < LEVELS; i++)
        cancel_init(&levels[i], i == 0 ? NULL : &levels[i - 1], DEADLINE_NEVER);
    assert_int_equal(thread_start_joinable(&thread, cancel_a_deep_tree, levels, "test"), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    for (int i = LEVELS - 1; i >= 0; i--) {
        assert_int_equal(cancel_reason(&levels[i]), EINTR);
        assert_int_equal(channel_try_receive(&levels[i].cancelled, NULL), EPIPE);
        cancel_destroy(&levels[i]);
    }
    free(levels);
}

TEST(a_sleep_is_slept_to_its_end)
{
    for (int i = 0; i < 2; i++) {
        int64_t wake_ns = clock_now_ns() + 30 * NS_PER_MS;
        struct cancel cancel;

        cancel_init(&cancel, NULL, i == 0 ? DEADLINE_NEVER : wake_ns + FAR_NS);
        assert_int_equal(cancel_sleep_until(&cancel, wake_ns), 0);
        assert_true(clock_now_ns() >= wake_ns);
        assert_int_equal(cancel_reason(&cancel), 0);
        cancel_destroy(&cancel);
    }
}

/* Closed channels. */

TEST(a_closed_channel_is_told_from_a_cancellation)
{
    static const enum wait waits[] = {SEND, RECEIVE};

    for (size_t i = 0; i < 2 * COUNT_OF(waits); i++) {
        struct things things;
        struct cancel cancel;
        struct waiting waiting = {.wait = waits[i % 2], .things = &things, .cancel = &cancel};

        init_things(&things, waiting.wait, false);
        cancel_init(&cancel, NULL, i < 2 ? DEADLINE_NEVER : clock_now_ns() + FAR_NS);
        start_waiting(&waiting);
        channel_close(&things.channel);
        assert_int_equal(background_join(&waiting.call), EPIPE); /* closed during the wait */
        assert_int_equal(make_wait(&things, SEND, &cancel, 0), EPIPE);
        if (waiting.wait == RECEIVE)
            assert_int_equal(make_wait(&things, RECEIVE, &cancel, 0), EPIPE);
        cancel_with(&cancel, EINTR);
        assert_int_equal(make_wait(&things, waiting.wait, &cancel, 0), ECANCELED);
        cancel_destroy(&cancel);
        destroy_things(&things);
    }
}

/* Many threads. */

struct crowd {
    struct cancel *cancel;
    atomic_int come;
    int size;
    int reasons[8]; /* what each has seen */
};

static void *cancel_together(void *argument)
{
    struct crowd *crowd = argument;
    int me = atomic_fetch_add(&crowd->come, 1);

    while (atomic_load(&crowd->come) < crowd->size)
        sched_yield();
    cancel_with(crowd->cancel, 1000 + me);
    crowd->reasons[me] = cancel_reason(crowd->cancel);
    return NULL;
}

TEST(many_may_cancel_at_once_and_all_see_one_reason)
{
    for (int round = 0; round < 50; round++) {
        struct cancel parent, child;
        struct crowd crowd = {.cancel = &parent, .size = (int)COUNT_OF(crowd.reasons)};

        cancel_init(&parent, NULL, DEADLINE_NEVER);
        cancel_init(&child, &parent, DEADLINE_NEVER);
        run_threads(crowd.size, cancel_together, &crowd);
        for (int i = 0; i < crowd.size; i++)
            assert_int_equal(crowd.reasons[i], cancel_reason(&child));
        assert_between(cancel_reason(&child), 1000, 1007);
        cancel_destroy(&child);
        cancel_destroy(&parent);
    }
}

struct family {
    struct cancel *parent;
    atomic_int wrong;
};

static void *have_children(void *argument)
{
    struct family *family = argument;
    int error = 0;

    while (error == 0) {
        struct cancel child, grandchild;

        cancel_init(&child, family->parent, DEADLINE_NEVER);
        cancel_init(&grandchild, &child, DEADLINE_NEVER);
        error = cancel_sleep_until(&grandchild, clock_now_ns() + 5 * NS_PER_US);
        if (error != 0 && cancel_reason(&child) != EINTR)
            atomic_fetch_add(&family->wrong, 1);
        cancel_destroy(&grandchild);
        if (cancel_reason(family->parent) == 0)
            cancel_with(&child, EINTR); /* its siblings are being made and destroyed */
        cancel_destroy(&child);
    }
    return NULL;
}

static void *cancel_the_parent(void *argument)
{
    struct family *family = argument;

    clock_sleep_ns(200 * NS_PER_US);
    cancel_with(family->parent, EINTR);
    return NULL;
}

/* ThreadSanitizer and AddressSanitizer judge: they live on the stacks of threads that end. */
TEST(children_may_come_and_go_while_their_siblings_are_cancelled)
{
    for (int round = 0; round < ROUNDS / 3; round++) {
        struct cancel parent;
        struct family family = {.parent = &parent};
        pthread_t canceller;

        cancel_init(&parent, NULL, DEADLINE_NEVER);
        assert_int_equal(thread_start_joinable(&canceller, cancel_the_parent, &family, "test"), 0);
        run_threads(4, have_children, &family);
        assert_int_equal(pthread_join(canceller, NULL), 0);
        assert_int_equal(atomic_load(&family.wrong), 0);
        cancel_destroy(&parent);
    }
}

/* Whoever sends is cancelled at any moment, and sends what was not sent again. */

#define SENDERS 4

struct sender {
    int number, sent;
    struct channel *channel;
    struct cancel *cancels; /* one for each round */
    int rounds, wrong;
    atomic_bool has_begun;
};

struct item {
    int sender, sequence;
};

static void *send_until_cancelled(void *argument)
{
    struct sender *sender = argument;

    for (int round = 0; round < sender->rounds; round++) {
        int error;

        do {
            struct item item = {sender->number, sender->sent};

            error = channel_send_cancellable(sender->channel, &item, &sender->cancels[round]);
            sender->sent += error == 0;
            atomic_store(&sender->has_begun, true);
        } while (error == 0);
        sender->wrong += error != ECANCELED;
    }
    return NULL;
}

struct receiver {
    struct channel *channel;
    int next[SENDERS]; /* the sequence that is due */
    int wrong;
};

static void *receive_in_sequence(void *argument)
{
    struct receiver *receiver = argument;
    struct item item;

    while (channel_receive(receiver->channel, &item) == 0) {
        receiver->wrong += item.sequence != receiver->next[item.sender];
        receiver->next[item.sender] = item.sequence + 1;
        if (item.sequence % 3 == 0)
            clock_sleep_ns(10 * NS_PER_US); /* so that senders wait */
    }
    return NULL;
}

TEST(what_was_cancelled_was_not_sent_and_all_else_was_once)
{
    static const size_t capacities[] = {0, 3};
    static struct cancel cancels[SENDERS][ROUNDS];
    uint32_t random = 1;

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct channel channel;
        struct sender senders[SENDERS];
        struct receiver receiver = {.channel = &channel};
        pthread_t threads[SENDERS], receiving;
        int all = 0;

        channel_init(&channel, "items", sizeof(struct item), capacities[i]);
        for (int s = 0; s < SENDERS; s++)
            for (int round = 0; round < ROUNDS; round++)
                cancel_init(&cancels[s][round], NULL, DEADLINE_NEVER);
        assert_int_equal(
            thread_start_joinable(&receiving, receive_in_sequence, &receiver, "receiver"), 0);
        for (int s = 0; s < SENDERS; s++) {
            senders[s] = (struct sender){
                .number = s, .channel = &channel, .cancels = cancels[s], .rounds = ROUNDS};
            assert_int_equal(
                thread_start_joinable(&threads[s], send_until_cancelled, &senders[s], "sender"), 0);
        }
        /* Threads that come late would find that all is over. */
        for (int s = 0; s < SENDERS; s++)
            while (!atomic_load(&senders[s].has_begun))
                clock_sleep_ns(100 * NS_PER_US);
        for (int round = 0; round < ROUNDS; round++) {
            for (int s = 0; s < SENDERS; s++) {
                random = random * 1664525 + 1013904223;
                clock_sleep_ns((random >> 16) % 3 * 20 * NS_PER_US);
                cancel_with(&cancels[s][round], ECANCELED);
            }
        }
        for (int s = 0; s < SENDERS; s++)
            assert_int_equal(pthread_join(threads[s], NULL), 0);
        channel_close(&channel);
        assert_int_equal(pthread_join(receiving, NULL), 0);
        assert_int_equal(receiver.wrong, 0);
        for (int s = 0; s < SENDERS; s++) {
            assert_int_equal(senders[s].wrong, 0);
            assert_int_equal(receiver.next[s], senders[s].sent);
            all += senders[s].sent;
            for (int round = 0; round < ROUNDS; round++)
                cancel_destroy(&cancels[s][round]);
        }
        assert_true(all >= SENDERS);
        channel_destroy(&channel);
    }
}

/* And the other side: those who receive are cancelled, and what they did not get stays. */

static void *receive_until_cancelled(void *argument)
{
    struct sender *self = argument; /* sent: how many it has received */

    for (int round = 0; round < self->rounds; round++) {
        int error = 0;

        while (error == 0) {
            int item;

            error = channel_receive_cancellable(self->channel, &item, &self->cancels[round]);
            self->sent += error == 0;
        }
        self->wrong += error != ECANCELED;
    }
    return NULL;
}

TEST(what_a_cancelled_receive_did_not_get_is_there_for_another)
{
    static struct cancel cancels[SENDERS][ROUNDS];
    struct sender receivers[SENDERS];
    struct channel channel;
    pthread_t threads[SENDERS];
    int sent = 0, received = 0;

    channel_init(&channel, "items", sizeof(int), 2);
    for (int r = 0; r < SENDERS; r++) {
        for (int round = 0; round < ROUNDS; round++)
            cancel_init(&cancels[r][round], NULL, DEADLINE_NEVER);
        receivers[r] = (struct sender){
            .number = r, .channel = &channel, .cancels = cancels[r], .rounds = ROUNDS};
        assert_int_equal(
            thread_start_joinable(&threads[r], receive_until_cancelled, &receivers[r], "receiver"),
            0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int r = 0; r < SENDERS; r++) {
            /* Just before and just after the items that would wake it. */
            for (int i = 0; i < 2; i++)
                sent += channel_try_send(&channel, &sent) == 0;
            cancel_with(&cancels[r][round], ECANCELED);
            for (int i = 0; i < round % 3; i++)
                sent += channel_try_send(&channel, &sent) == 0;
        }
    }
    for (int r = 0; r < SENDERS; r++) {
        assert_int_equal(pthread_join(threads[r], NULL), 0);
        assert_int_equal(receivers[r].wrong, 0);
        received += receivers[r].sent;
        for (int round = 0; round < ROUNDS; round++)
            cancel_destroy(&cancels[r][round]);
    }
    while (channel_try_receive(&channel, NULL) == 0)
        received++;
    assert_int_equal(received, sent);
    channel_destroy(&channel);
}

/* Misuse. */

static int destroy_above_a_child(void *unused)
{
    struct cancel parent, child;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    cancel_init(&child, &parent, DEADLINE_NEVER);
    cancel_destroy(&parent);
    return 0;
}

static int cancel_without_a_reason(void *unused)
{
    struct cancel cancel;

    cancel_init(&cancel, NULL, DEADLINE_NEVER);
    cancel_with(&cancel, 0);
    return 0;
}

TEST(misuse_says_where_and_aborts)
{
    assert_aborts(destroy_above_a_child, NULL, "there is a cancellation below it");
    assert_aborts(cancel_without_a_reason, NULL, "a cancellation has a reason");
}
