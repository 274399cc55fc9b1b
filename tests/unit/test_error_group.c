#define _DEFAULT_SOURCE /* RLIMIT_NPROC */
#include "unit.h"

#include "system/clock.h"
#include "sync/channel_internal.h"
#include "sync/error_group.h"
#include "sync/gate.h"
#include "sync/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* So far away that a test which waits for it has failed. */
#define FAR_NS (30 * NS_PER_S)

/* What a thread of the group does, in this order. */
struct job {
    struct error_group *group;
    struct gate *gate;  /* waits for it, if there is one */
    bool waits;         /* then until it is cancelled, or far too long */
    int error;          /* then returns this; after a cancellation, if it is 0, ECANCELED */
    int seen, unlocked; /* what its wait returned; a plain variable */
};

static atomic_int ran;

static int run_job(void *argument)
{
    struct job *job = argument;

    atomic_fetch_add(&ran, 1);
    if (job->gate != NULL)
        gate_wait(job->gate);
    job->unlocked++;
    if (job->waits) {
        job->seen = cancel_sleep_until(&job->group->cancel, clock_now_ns() + FAR_NS);
        if (job->error == 0)
            return job->seen;
    }
    return job->error;
}

static void init(struct error_group *group, struct cancel *parent, size_t limit)
{
    atomic_store(&ran, 0);
    assert_int_equal(error_group_init(group, parent, limit), 0);
}

static void go(struct error_group *group, struct job *job)
{
    job->group = group;
    assert_int_equal(error_group_go(group, "test", run_job, job), 0);
}

/* Waits for the group, whose error must be this one, by this job. */
static void assert_ends(struct error_group *group, int error, const struct job *job)
{
    void *failed = group;

    assert_int_equal(error_group_wait(group, &failed), error);
    assert_ptr_equal(failed, error == 0 ? (void *)group : (const void *)job);
    error_group_destroy(group);
}

static void without_threads_there_is_nothing_to_wait_for(void **state)
{
    struct error_group group;

    (void)state;
    init(&group, NULL, 0);
    assert_ends(&group, 0, NULL);
    init(&group, NULL, 3);
    assert_int_equal(error_group_wait(&group, NULL), 0);
    assert_int_equal(error_group_wait(&group, NULL), 0);
    error_group_destroy(&group);
}

/* ThreadSanitizer judges the second half of the claim. */
static void without_an_error_all_have_run_and_what_they_wrote_is_seen(void **state)
{
    static const size_t limits[] = {0, 1, 3, 100};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct error_group group;
        struct job jobs[30] = {{0}};

        init(&group, NULL, limits[i]);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            go(&group, &jobs[j]);
        assert_int_equal(error_group_wait(&group, NULL), 0);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            assert_int_equal(jobs[j].unlocked, 1);
        assert_int_equal(cancel_reason(&group.cancel), 0);
        error_group_destroy(&group);
    }
}

static void the_first_error_cancels_the_others_and_is_the_groups(void **state)
{
    static const size_t limits[] = {0, 10};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct error_group group;
        struct job jobs[10] = {{0}};

        init(&group, NULL, limits[i]);
        for (size_t j = 0; j < COUNT_OF(jobs); j++) {
            jobs[j].waits = j != 4;
            jobs[j].error = j == 4 ? EIO : 0;
            jobs[j].group = &group;
            /* Those behind the one that fails may come too late to be started. */
            if (error_group_go(&group, "test", run_job, &jobs[j]) != 0)
                assert_true(j > 4);
        }
        assert_int_equal(error_group_wait(&group, NULL), EIO);
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(jobs[j].seen, ECANCELED);
        assert_int_equal(cancel_reason(&group.cancel), ECANCELED);
        assert_ends(&group, EIO, &jobs[4]);
    }
}

static void an_error_is_not_displaced_by_what_it_causes(void **state)
{
    static const int later[] = {0 /* so ECANCELED */, ENOSPC, ETIMEDOUT, EIO};

    (void)state;
    for (int round = 0; round < 50; round++) {
        struct error_group group;
        struct gate gate = GATE_CLOSED;
        struct job first = {.gate = &gate, .error = EIO};
        struct job others[5] = {{0}};

        init(&group, NULL, 0);
        go(&group, &first);
        for (size_t j = 0; j < COUNT_OF(others); j++) {
            others[j] = (struct job){.waits = true, .error = later[round % 4]};
            go(&group, &others[j]);
        }
        gate_open(&gate);
        assert_ends(&group, EIO, &first);
    }
}

static void after_an_error_nothing_is_started(void **state)
{
    static const size_t limits[] = {0, 1, 5};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct error_group group;
        struct job failing = {.error = EIO}, late = {0};

        init(&group, NULL, limits[i]);
        go(&group, &failing);
        assert_int_equal(cancel_sleep_until(&group.cancel, clock_now_ns() + FAR_NS), ECANCELED);
        for (int j = 0; j < 20; j++)
            assert_int_equal(error_group_go(&group, "test", run_job, &late), ECANCELED);
        assert_ends(&group, EIO, &failing);
        assert_int_equal(atomic_load(&ran), 1);
        assert_int_equal(late.unlocked, 0);
    }
}

static void *cancel_once_somebody_waits_for_a_slot(void *argument)
{
    struct error_group *group = argument;
    bool is_waited_for = false;

    while (!is_waited_for) {
        clock_sleep_ns(100 * NS_PER_US);
        channel_lock(&group->slots.inside);
        is_waited_for = group->slots.inside.senders.first != NULL;
        channel_unlock(&group->slots.inside);
    }
    cancel_with(group->cancel.parent, EINTR);
    return NULL;
}

static void a_go_that_waits_for_a_slot_is_woken_and_starts_nothing(void **state)
{
    struct cancel parent;
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job deaf = {.gate = &gate}, waiting = {0};
    pthread_t canceller;

    (void)state;
    cancel_init(&parent, NULL, DEADLINE_NEVER);
    init(&group, &parent, 1);
    go(&group, &deaf);
    assert_int_equal(
        thread_start_joinable(&canceller, "test", cancel_once_somebody_waits_for_a_slot, &group),
        0);
    /* The slot is not given back before this has returned. */
    assert_int_equal(error_group_go(&group, "test", run_job, &waiting), ECANCELED);
    gate_open(&gate);
    assert_int_equal(pthread_join(canceller, NULL), 0);
    assert_ends(&group, 0, NULL);
    assert_int_equal(waiting.unlocked, 0);
    cancel_destroy(&parent);
}

/* The failed one gives its slot back, and the go that gets it must look again. */
static void a_slot_that_a_failure_frees_starts_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct error_group group;
        struct job failing = {.error = EIO}, late = {0};
        int error = 0;

        init(&group, NULL, 1);
        go(&group, &failing);
        error = error_group_go(&group, "test", run_job, &late);
        assert_int_equal(error, ECANCELED);
        assert_ends(&group, EIO, &failing);
        assert_int_equal(late.unlocked, 0);
    }
}

static atomic_int inside, peak;

static int be_counted(void *unused)
{
    int now = atomic_fetch_add(&inside, 1) + 1, before = atomic_load(&peak);

    (void)unused;
    while (now > before && !atomic_compare_exchange_weak(&peak, &before, now))
        continue;
    clock_sleep_ns(50 * NS_PER_US);
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&ran, 1);
    return 0;
}

static void never_more_than_the_limit_run_at_once(void **state)
{
    (void)state;
    for (int limit = 1; limit <= 4; limit++) {
        struct error_group group;

        atomic_store(&peak, 0);
        init(&group, NULL, (size_t)limit);
        for (int i = 0; i < 40; i++)
            assert_int_equal(error_group_go(&group, "test", be_counted, NULL), 0);
        assert_int_equal(error_group_wait(&group, NULL), 0);
        assert_in_range(atomic_load(&peak), 1, limit);
        assert_int_equal(atomic_load(&ran), 40);
        error_group_destroy(&group);
    }
}

static void as_many_as_the_limit_do_run_at_once(void **state)
{
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job jobs[7] = {{0}};

    (void)state;
    init(&group, NULL, COUNT_OF(jobs));
    for (size_t j = 0; j < COUNT_OF(jobs); j++) {
        jobs[j].gate = &gate;
        go(&group, &jobs[j]);
    }
    while (atomic_load(&ran) < (int)COUNT_OF(jobs))
        clock_sleep_ns(100 * NS_PER_US);
    gate_open(&gate);
    assert_ends(&group, 0, NULL);
}

static void the_parents_cancellation_reaches_the_threads_and_not_the_other_way(void **state)
{
    struct cancel parent;
    struct error_group first, second;
    struct job failing = {.error = EIO}, waiting = {.waits = true}, late = {0};

    (void)state;
    cancel_init(&parent, NULL, DEADLINE_NEVER);
    init(&first, &parent, 0);
    init(&second, &parent, 0);
    go(&second, &waiting);
    go(&first, &failing);
    assert_ends(&first, EIO, &failing);
    assert_int_equal(cancel_reason(&parent), 0);
    assert_int_equal(cancel_reason(&second.cancel), 0);

    cancel_with(&parent, ETIMEDOUT);
    assert_int_equal(error_group_go(&second, "test", run_job, &late), ECANCELED);
    assert_int_equal(error_group_wait(&second, NULL), ECANCELED);
    assert_int_equal(cancel_reason(&second.cancel), ETIMEDOUT);
    assert_ends(&second, ECANCELED, &waiting);

    init(&second, &parent, 4); /* made below one that is cancelled */
    assert_int_equal(error_group_go(&second, "test", run_job, &late), ECANCELED);
    assert_ends(&second, 0, NULL);
    assert_int_equal(atomic_load(&ran), 0);
    cancel_destroy(&parent);
}

static void the_parents_deadline_is_the_groups(void **state)
{
    int64_t deadline_ns = clock_now_ns() + 30 * NS_PER_MS;
    struct cancel parent;
    struct error_group group;
    struct job waiting = {.waits = true};

    (void)state;
    cancel_init(&parent, NULL, deadline_ns);
    init(&group, &parent, 2);
    /* On a machine that stalls the deadline may be over before. */
    waiting.group = &group;
    if (error_group_go(&group, "test", run_job, &waiting) == 0)
        assert_int_equal(error_group_wait(&group, NULL), ECANCELED);
    assert_true(clock_now_ns() >= deadline_ns);
    assert_int_equal(cancel_reason(&group.cancel), ETIMEDOUT);
    error_group_destroy(&group);
    cancel_destroy(&parent);
}

/* A tree of groups, three levels of three threads each. */
struct level {
    struct error_group *group;
    int height;
    int *failing; /* the number of the leaf that fails, counted down */
    atomic_int *leaf;
};

static int have_groups_below(void *argument)
{
    const struct level *level = argument;
    struct level below = *level;
    struct error_group group;
    int error;

    if (level->height == 0) {
        if (atomic_fetch_add(level->leaf, 1) == *level->failing)
            return EIO;
        return *level->failing < 0
                   ? 0
                   : cancel_sleep_until(&level->group->cancel, clock_now_ns() + FAR_NS);
    }
    error = error_group_init(&group, &level->group->cancel, 0);
    if (error != 0)
        return error;
    below.group = &group;
    below.height--;
    for (int i = 0; i < 3; i++)
        error_group_go(&group, "nested", have_groups_below, &below); /* or it is cancelled */
    error = error_group_wait(&group, NULL);
    error_group_destroy(&group);
    return error;
}

static void groups_may_be_nested_and_an_error_of_the_lowest_comes_up(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        atomic_int leaf = 0;
        int failing = round % 2 == 0 ? -1 : round;
        struct error_group group;
        struct level top = {.group = &group, .height = 3, .failing = &failing, .leaf = &leaf};

        init(&group, NULL, 0);
        assert_int_equal(error_group_go(&group, "top", have_groups_below, &top), 0);
        assert_int_equal(error_group_wait(&group, NULL), failing < 0 ? 0 : EIO);
        if (failing < 0)
            assert_int_equal(atomic_load(&leaf), 27);
        error_group_destroy(&group);
    }
}

static int start_another(void *argument)
{
    struct job *job = argument;

    gate_wait(job->gate);
    return error_group_go(job->group, "test", run_job, job + 1);
}

static void a_thread_of_the_group_may_start_another_during_the_wait(void **state)
{
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job jobs[2] = {{.group = &group, .gate = &gate}, {.error = EIO}};

    (void)state;
    init(&group, NULL, 2);
    assert_int_equal(error_group_go(&group, "test", start_another, jobs), 0);
    gate_open(&gate);
    assert_ends(&group, EIO, &jobs[1]);
}

/* ThreadSanitizer and AddressSanitizer judge: the last thread has hardly ended. */
static void a_group_can_be_freed_right_after_its_wait(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct error_group *group = malloc(sizeof *group);
        struct job jobs[2] = {{.error = round % 3 == 0 ? EIO : 0}};

        assert_non_null(group);
        init(group, NULL, (size_t)round % 4);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            error_group_go(group, "test", run_job, &jobs[j]);
        assert_int_equal(error_group_wait(group, NULL), round % 3 == 0 ? EIO : 0);
        error_group_destroy(group);
        memset(group, 0xff, sizeof *group);
        free(group);
    }
}

/* As an ordinary user whom no more than ten threads are allowed. */
static int go_until_refused(void *argument)
{
    const size_t *limit = argument;
    const struct rlimit few = {10, 10};
    struct gate gate = GATE_CLOSED;
    struct error_group group;
    struct job jobs[20] = {{0}}, again = {0};
    int error = 0, started = 0;
    int64_t deadline_ns;

    if (!become_ordinary_user() || setrlimit(RLIMIT_NPROC, &few) != 0 ||
        error_group_init(&group, NULL, *limit) != 0)
        return 1;
    atomic_store(&ran, 0);
    while (error == 0 && started < (int)COUNT_OF(jobs)) {
        jobs[started] = (struct job){.group = &group, .gate = &gate};
        error = error_group_go(&group, "test", run_job, &jobs[started]);
        started += error == 0;
    }
    if (error != EAGAIN)
        return 2;
    /* The slot was given back, the group is not cancelled. */
    if ((*limit > 0 && group.slots.inside.count != (size_t)started) ||
        cancel_reason(&group.cancel) != 0)
        return 3;
    gate_open(&gate);
    again.group = &group;
    deadline_ns = clock_now_ns() + FAR_NS;
    while ((error = error_group_go(&group, "test", run_job, &again)) == EAGAIN &&
           clock_now_ns() < deadline_ns)
        clock_sleep_ns(NS_PER_MS);
    if (error != 0)
        return 4;
    if (error_group_wait(&group, NULL) != 0 || atomic_load(&ran) != started + 1)
        return 5;
    error_group_destroy(&group);
    return 0;
}

static void a_thread_that_cannot_be_started_leaves_the_group_usable(void **state)
{
    static size_t limits[] = {0, 15};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct child child = run_child(go_until_refused, &limits[i]);

        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_threads_there_is_nothing_to_wait_for),
        cmocka_unit_test(without_an_error_all_have_run_and_what_they_wrote_is_seen),
        cmocka_unit_test(the_first_error_cancels_the_others_and_is_the_groups),
        cmocka_unit_test(an_error_is_not_displaced_by_what_it_causes),
        cmocka_unit_test(after_an_error_nothing_is_started),
        cmocka_unit_test(a_go_that_waits_for_a_slot_is_woken_and_starts_nothing),
        cmocka_unit_test(a_slot_that_a_failure_frees_starts_nothing),
        cmocka_unit_test(never_more_than_the_limit_run_at_once),
        cmocka_unit_test(as_many_as_the_limit_do_run_at_once),
        cmocka_unit_test(the_parents_cancellation_reaches_the_threads_and_not_the_other_way),
        cmocka_unit_test(the_parents_deadline_is_the_groups),
        cmocka_unit_test(groups_may_be_nested_and_an_error_of_the_lowest_comes_up),
        cmocka_unit_test(a_thread_of_the_group_may_start_another_during_the_wait),
        cmocka_unit_test(a_group_can_be_freed_right_after_its_wait),
        cmocka_unit_test(a_thread_that_cannot_be_started_leaves_the_group_usable),
    };

    return UNIT_RUN(tests, argc, argv);
}
