#define _DEFAULT_SOURCE /* RLIMIT_NPROC */
#include "unit.h"

#include "sync/error_group.h"
#include "sync/gate.h"
#include "sync/thread.h"
#include "system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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

/* With limit 0, a group without a limit. */
static void init(struct error_group *group, struct cancel *parent, size_t limit)
{
    atomic_store(&ran, 0);
    error_group_init(group, parent);
    if (limit > 0)
        error_group_limit(group, limit);
}

/* Each job's thread has a name of its own. */
static int try_go(struct error_group *group, struct job *job)
{
    job->group = group;
    return error_group_go(group, run_job, job, "job %p", (void *)job);
}

static void go(struct error_group *group, struct job *job)
{
    assert_int_equal(try_go(group, job), 0);
}

/* Waits for the group, whose error must be this one, by this job. */
static void assert_ends(struct error_group *group, int error, struct job *job)
{
    char failed[THREAD_NAME_SIZE] = "";

    if (error != 0)
        snprintf(failed, sizeof failed, "job %p", (void *)job);
    assert_int_equal(error_group_wait(group), error);
    assert_int_equal(group->error, error);
    assert_string_equal(group->failed, failed);
    error_group_destroy(group);
}

TEST(without_threads_there_is_nothing_to_wait_for)
{
    struct error_group group;

    init(&group, NULL, 0);
    assert_ends(&group, 0, NULL);
    init(&group, NULL, 3);
    assert_int_equal(error_group_wait(&group), 0);
    assert_int_equal(error_group_wait(&group), 0);
    error_group_destroy(&group);
}

/* ThreadSanitizer judges the second half of the claim. */
TEST(without_an_error_all_have_run_and_what_they_wrote_is_seen)
{
    static const size_t limits[] = {0, 1, 3, 100};

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct error_group group;
        struct job jobs[30] = {{0}};

        init(&group, NULL, limits[i]);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            go(&group, &jobs[j]);
        assert_int_equal(error_group_wait(&group), 0);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            assert_int_equal(jobs[j].unlocked, 1);
        assert_int_equal(cancel_reason(&group.cancel), ECANCELED); /* by the wait */
        error_group_destroy(&group);
    }
}

TEST(the_first_error_cancels_the_others_and_is_the_groups)
{
    static const size_t limits[] = {0, 10};

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct error_group group;
        struct job jobs[10] = {{0}};

        init(&group, NULL, limits[i]);
        for (size_t j = 0; j < COUNT_OF(jobs); j++) {
            jobs[j].waits = j != 4;
            jobs[j].error = j == 4 ? EIO : 0;
            /* Those behind the one that fails may come too late to be started. */
            if (try_go(&group, &jobs[j]) != 0)
                assert_true(j > 4);
        }
        assert_int_equal(error_group_wait(&group), EIO);
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(jobs[j].seen, ECANCELED);
        assert_int_equal(cancel_reason(&group.cancel), EIO);
        assert_ends(&group, EIO, &jobs[4]);
    }
}

TEST(an_error_is_not_displaced_by_what_it_causes)
{
    static const int later[] = {0 /* so ECANCELED */, ENOSPC, ETIMEDOUT, EIO};

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

TEST(after_an_error_nothing_is_started)
{
    static const size_t limits[] = {0, 1, 5};

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct error_group group;
        struct job failing = {.error = EIO}, late = {0};

        init(&group, NULL, limits[i]);
        go(&group, &failing);
        assert_int_equal(cancel_sleep_until(&group.cancel, clock_now_ns() + FAR_NS), ECANCELED);
        for (int j = 0; j < 20; j++)
            assert_int_equal(try_go(&group, &late), ECANCELED);
        assert_ends(&group, EIO, &failing);
        assert_int_equal(atomic_load(&ran), 1);
        assert_int_equal(late.unlocked, 0);
    }
}

static void *cancel_once_somebody_waits_for_a_slot(void *argument)
{
    struct error_group *group = argument;

    wait_until_waiting(&group->slots.permits, 1);
    cancel_with(group->cancel.parent, EINTR);
    return NULL;
}

TEST(a_go_that_waits_for_a_slot_is_woken_and_starts_nothing)
{
    struct cancel parent;
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job deaf = {.gate = &gate}, waiting = {0};
    pthread_t canceller;

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    init(&group, &parent, 1);
    go(&group, &deaf);
    assert_int_equal(
        thread_start_joinable(&canceller, cancel_once_somebody_waits_for_a_slot, &group, "test"),
        0);
    /* The slot is not given back before this has returned. */
    assert_int_equal(try_go(&group, &waiting), ECANCELED);
    gate_open(&gate);
    assert_int_equal(pthread_join(canceller, NULL), 0);
    assert_ends(&group, ECANCELED, &waiting);
    assert_int_equal(waiting.unlocked, 0);
    cancel_destroy(&parent);
}

/* The failed one gives its slot back, and the go that gets it must look again. */
TEST(a_slot_that_a_failure_frees_starts_nothing)
{
    for (int round = 0; round < 200; round++) {
        struct error_group group;
        struct job failing = {.error = EIO}, late = {0};
        int error = 0;

        init(&group, NULL, 1);
        go(&group, &failing);
        error = try_go(&group, &late);
        assert_int_equal(error, ECANCELED);
        assert_ends(&group, EIO, &failing);
        assert_int_equal(late.unlocked, 0);
    }
}

static atomic_int inside, peak;

static int be_counted(void *unused)
{
    int now = atomic_fetch_add(&inside, 1) + 1, before = atomic_load(&peak);

    while (now > before && !atomic_compare_exchange_weak(&peak, &before, now))
        continue;
    clock_sleep_ns(50 * NS_PER_US);
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&ran, 1);
    return 0;
}

TEST(never_more_than_the_limit_run_at_once)
{
    for (int limit = 1; limit <= 4; limit++) {
        struct error_group group;

        atomic_store(&peak, 0);
        init(&group, NULL, (size_t)limit);
        for (int i = 0; i < 40; i++)
            assert_int_equal(error_group_go(&group, be_counted, NULL, "test"), 0);
        assert_int_equal(error_group_wait(&group), 0);
        assert_between(atomic_load(&peak), 1, limit);
        assert_int_equal(atomic_load(&ran), 40);
        error_group_destroy(&group);
    }
}

TEST(as_many_as_the_limit_do_run_at_once)
{
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job jobs[7] = {{0}};

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

TEST(the_parents_cancellation_reaches_the_threads_and_not_the_other_way)
{
    struct cancel parent;
    struct error_group first, second;
    struct job failing = {.error = EIO}, waiting = {.waits = true}, late = {0};

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    init(&first, &parent, 0);
    init(&second, &parent, 0);
    go(&second, &waiting);
    go(&first, &failing);
    assert_ends(&first, EIO, &failing);
    assert_int_equal(cancel_reason(&parent), 0);
    assert_int_equal(cancel_reason(&second.cancel), 0);

    cancel_with(&parent, ETIMEDOUT);
    assert_int_equal(error_group_wait(&second), ECANCELED);
    assert_int_equal(try_go(&second, &late), ECANCELED);
    assert_int_equal(cancel_reason(&second.cancel), ETIMEDOUT);
    assert_ends(&second, ECANCELED, &waiting);

    init(&second, &parent, 4); /* made below one that is cancelled */
    assert_int_equal(try_go(&second, &late), ECANCELED);
    assert_int_equal(cancel_reason(&second.cancel), ETIMEDOUT);
    assert_ends(&second, ECANCELED, &late);
    assert_int_equal(atomic_load(&ran), 0);
    cancel_destroy(&parent);
}

TEST(the_parents_deadline_is_the_groups)
{
    int64_t deadline_ns = clock_now_ns() + 30 * NS_PER_MS;
    struct cancel parent;
    struct error_group group;
    struct job waiting = {.waits = true};

    cancel_init(&parent, NULL, deadline_ns);
    init(&group, &parent, 2);
    /* On a machine that stalls the deadline may be over before. */
    if (try_go(&group, &waiting) == 0)
        assert_int_equal(error_group_wait(&group), ECANCELED);
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
    error_group_init(&group, &level->group->cancel);
    below.group = &group;
    below.height--;
    for (int i = 0; i < 3; i++)
        error_group_go(&group, have_groups_below, &below, "nested"); /* or it is cancelled */
    error = error_group_wait(&group);
    error_group_destroy(&group);
    return error;
}

TEST(groups_may_be_nested_and_an_error_of_the_lowest_comes_up)
{
    for (int round = 0; round < 10; round++) {
        atomic_int leaf = 0;
        int failing = round % 2 == 0 ? -1 : round;
        struct error_group group;
        struct level top = {.group = &group, .height = 3, .failing = &failing, .leaf = &leaf};

        init(&group, NULL, 0);
        assert_int_equal(error_group_go(&group, have_groups_below, &top, "top"), 0);
        assert_int_equal(error_group_wait(&group), failing < 0 ? 0 : EIO);
        if (failing < 0)
            assert_int_equal(atomic_load(&leaf), 27);
        error_group_destroy(&group);
    }
}

static int start_another(void *argument)
{
    struct job *job = argument;

    gate_wait(job->gate);
    return try_go(job->group, job + 1);
}

TEST(a_thread_of_the_group_may_start_another_during_the_wait)
{
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job jobs[2] = {{.group = &group, .gate = &gate}, {.error = EIO}};

    init(&group, NULL, 2);
    assert_int_equal(error_group_go(&group, start_another, jobs, "test"), 0);
    gate_open(&gate);
    assert_ends(&group, EIO, &jobs[1]);
}

TEST(a_group_of_which_the_parents_cancellation_refused_a_part_has_failed)
{
    struct cancel parent;
    struct error_group group;
    struct job done = {0}, refused = {0};

    cancel_init(&parent, NULL, DEADLINE_NEVER);
    init(&group, &parent, 0);
    go(&group, &done);
    cancel_with(&parent, EINTR);
    assert_int_equal(try_go(&group, &refused), ECANCELED);
    assert_ends(&group, ECANCELED, &refused);
    assert_int_equal(refused.unlocked, 0);
    cancel_destroy(&parent);
}

TEST(a_group_ends_with_its_wait)
{
    static const int errors[] = {0, EIO};

    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct error_group group;
        struct job first = {.error = errors[i]}, late = {.error = ENOSPC};
        struct cancel below;

        init(&group, NULL, i);
        cancel_init(&below, &group.cancel, DEADLINE_NEVER);
        go(&group, &first);
        assert_int_equal(error_group_wait(&group), errors[i]);
        assert_int_equal(cancel_reason(&below), errors[i] != 0 ? errors[i] : ECANCELED);
        assert_int_equal(try_go(&group, &late), ECANCELED);
        assert_int_equal(error_group_wait(&group), errors[i]);
        assert_int_equal(late.unlocked, 0);
        cancel_destroy(&below);
        assert_ends(&group, errors[i], &first);
    }
}

static int go_late(void *argument)
{
    struct job *job = argument;

    return try_go(job->group, job);
}

TEST(the_wait_is_for_a_go_that_waits_for_a_slot_too)
{
    struct error_group group;
    struct gate gate = GATE_CLOSED;
    struct job first = {.gate = &gate}, late = {.group = &group};
    struct background_call call;

    init(&group, NULL, 1);
    go(&group, &first);
    background_start(&call, go_late, &late);
    wait_until_waiting(&group.slots.permits, 1);
    spin_lock(&group.running.lock);
    assert_int_equal(group.running.count, 2);
    spin_unlock(&group.running.lock);
    gate_open(&gate);
    assert_int_equal(error_group_wait(&group), 0);
    assert_int_equal(background_join(&call), 0);
    assert_int_equal(late.unlocked, 1);
    assert_ends(&group, 0, NULL);
}

/* ThreadSanitizer and AddressSanitizer judge: the last thread has hardly ended. */
TEST(a_group_can_be_freed_right_after_its_wait)
{
    for (int round = 0; round < 200; round++) {
        struct error_group *group = malloc(sizeof *group);
        struct job jobs[2] = {{.error = round % 3 == 0 ? EIO : 0}};

        assert_non_null(group);
        init(group, NULL, (size_t)round % 4);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            try_go(group, &jobs[j]);
        assert_int_equal(error_group_wait(group), round % 3 == 0 ? EIO : 0);
        error_group_destroy(group);
        memset(group, 0xff, sizeof *group);
        free(group);
    }
}

/* Two wait for the group and see its end, main more than once. ThreadSanitizer judges, too. */
static void *wait_and_read(void *argument)
{
    struct error_group *group = argument;
    int error = error_group_wait(group);

    return (void *)(intptr_t)(error == group->error && strncmp(group->failed, "job ", 4) == 0);
}

TEST(several_threads_may_wait_and_read_the_error)
{
    for (int round = 0; round < 100; round++) {
        struct error_group group;
        struct gate gate = GATE_CLOSED;
        struct job jobs[3] = {{.gate = &gate}, {.gate = &gate, .error = EIO}, {.gate = &gate}};
        pthread_t closer;
        void *has_read = NULL;

        init(&group, NULL, 0);
        for (size_t j = 0; j < COUNT_OF(jobs); j++)
            go(&group, &jobs[j]);
        assert_int_equal(thread_start_joinable(&closer, wait_and_read, &group, "closer"), 0);
        gate_open(&gate);
        assert_int_equal(error_group_wait(&group), EIO);
        assert_int_equal(error_group_wait(&group), EIO);
        assert_int_equal(pthread_join(closer, &has_read), 0);
        assert_non_null(has_read);
        assert_ends(&group, EIO, &jobs[1]);
    }
}

struct number {
    atomic_int *sum;
    int value;
    max_align_t aligned;
};

static int add_number(void *argument)
{
    const struct number *number = argument;

    if ((uintptr_t)argument % _Alignof(max_align_t) != 0)
        return EFAULT;
    atomic_fetch_add(number->sum, number->value);
    return number->value == 7 ? EDOM : 0;
}

TEST(a_thread_gets_a_copy_of_its_argument)
{
    static const size_t limits[] = {0, 2};

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        atomic_int sum = 0;
        struct error_group group;
        struct number number = {.sum = &sum};

        init(&group, NULL, limits[i]);
        for (number.value = 1; number.value <= 7; number.value++)
            assert_int_equal(error_group_go_copy(&group, add_number, &number, sizeof number,
                                                 "adder %d", number.value),
                             0);
        number.sum = NULL;
        assert_int_equal(error_group_wait(&group), EDOM);
        assert_string_equal(group.failed, "adder 7");
        assert_int_equal(atomic_load(&sum), 28);
        error_group_destroy(&group);
    }
}

/* As an ordinary user who is allowed at most `threads` threads. */
static bool allow_threads(rlim_t threads)
{
    const struct rlimit few = {threads, threads};

    return become_ordinary_user() && setrlimit(RLIMIT_NPROC, &few) == 0;
}

static int go_until_refused(void *argument)
{
    const size_t *limit = argument;
    struct gate gate = GATE_CLOSED;
    struct error_group group;
    struct job jobs[20] = {{0}}, again = {0};
    int error = 0, started = 0;
    int64_t deadline_ns;
    size_t alive;

    if (!allow_threads(10))
        return 1;
    init(&group, NULL, *limit);
    while (error == 0 && started < (int)COUNT_OF(jobs)) {
        jobs[started] = (struct job){.gate = &gate};
        error = try_go(&group, &jobs[started]);
        started += error == 0;
    }
    if (error != EAGAIN || started == 0 || threads_refused(&alive) != EAGAIN)
        return 2;
    /* The slot was given back, the group is not cancelled. */
    if ((*limit > 0 && group.slots.permits.count != (size_t)started) ||
        cancel_reason(&group.cancel) != 0)
        return 3;
    gate_open(&gate);
    deadline_ns = clock_now_ns() + FAR_NS;
    while ((error = try_go(&group, &again)) == EAGAIN && clock_now_ns() < deadline_ns)
        clock_sleep_ns(NS_PER_MS);
    if (error != 0)
        return 4;
    if (error_group_wait(&group) != 0 || group.error != 0 || group.failed[0] != '\0' ||
        atomic_load(&ran) != started + 1)
        return 5;
    error_group_destroy(&group);
    return 0;
}

TEST(a_thread_that_cannot_be_started_leaves_the_others_their_work)
{
    static size_t limits[] = {0, 15};

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct child child = run_child(go_until_refused, &limits[i]);

        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
    }
}

static int go_where_none_can_be_started(void *argument)
{
    const size_t *limit = argument;
    struct error_group group;
    struct job jobs[3] = {{0}};
    size_t alive = 1;
    int64_t before_ns = clock_now_ns();

    if (!allow_threads(0))
        return 1;
    init(&group, NULL, *limit);
    if (try_go(&group, &jobs[0]) != EAGAIN || threads_refused(&alive) != EAGAIN || alive != 0)
        return 2;
    if (cancel_reason(&group.cancel) != EAGAIN ||
        cancel_sleep_until(&group.cancel, before_ns + FAR_NS) != ECANCELED)
        return 3;
    if (try_go(&group, &jobs[1]) != ECANCELED ||
        error_group_go_copy(&group, run_job, &jobs[2], sizeof jobs[2], "test") != ECANCELED)
        return 4;
    if (error_group_wait(&group) != EAGAIN || group.error != EAGAIN ||
        strncmp(group.failed, "job ", 4) != 0)
        return 5;
    error_group_destroy(&group);
    return atomic_load(&ran) == 0 ? 0 : 6;
}

TEST(if_no_thread_can_be_started_the_group_is_cancelled_for_that_reason)
{
    static size_t limits[] = {0, 1, 15};

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct child child = run_child(go_where_none_can_be_started, &limits[i]);

        assert_int_equal(child.signal, 0);
        assert_int_equal(child.status, 0);
    }
}

static int limit_to_none(void *unused)
{
    struct error_group group;

    error_group_init(&group, NULL);
    error_group_limit(&group, 0);
    return 0;
}

static int limit_too_late(void *unused)
{
    struct error_group group;
    struct job job = {0};

    error_group_init(&group, NULL);
    try_go(&group, &job);
    error_group_wait(&group);
    error_group_limit(&group, 3);
    return 0;
}

static int limit_twice(void *unused)
{
    struct error_group group;

    error_group_init(&group, NULL);
    error_group_limit(&group, 3);
    error_group_limit(&group, 3);
    return 0;
}

TEST(misuse_says_where_and_aborts)
{
    assert_aborts(limit_to_none, NULL, "no thread could ever enter");
    assert_aborts(limit_too_late, NULL, "has started a thread already");
    assert_aborts(limit_twice, NULL, "has a limit already");
}
