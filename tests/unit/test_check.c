/* As in a Release build, whatever this one is. */
#undef NDEBUG
#define NDEBUG
#include "unit.h"

#include "sync/check.h"

#include <errno.h>
#include <signal.h>

static int calls;

static int succeed(void)
{
    calls++;
    return 0;
}

static void a_checked_call_is_made_despite_ndebug(void **state)
{
    (void)state;
    calls = 0;
    CHECK_CALL(succeed());
    CHECK_CALLER(calls == 1, "unused");
    assert_int_equal(calls, 1);
}

static int call_and_fail(void *unused)
{
    (void)unused;
    CHECK_CALL(succeed() + EBUSY);
    return 0;
}

static void a_failed_call_aborts_and_says_where_and_why(void **state)
{
    struct child child = run_child(call_and_fail, NULL);

    (void)state;
    assert_int_equal(child.signal, SIGABRT);
    assert_int_equal(count_lines(child.err), 1);
    assert_non_null(strstr(child.err, "test_check.c:"));
    assert_non_null(strstr(child.err, "succeed() + "));
    assert_non_null(strstr(child.err, "Device or resource busy"));
}

static int break_a_rule(void *unused)
{
    (void)unused;
    CHECK_CALLER(calls < 0, "the rule was broken");
    return 0;
}

static void a_broken_rule_aborts_and_says_which(void **state)
{
    struct child child = run_child(break_a_rule, NULL);

    (void)state;
    assert_int_equal(child.signal, SIGABRT);
    assert_int_equal(count_lines(child.err), 1);
    assert_non_null(strstr(child.err, "test_check.c:"));
    assert_non_null(strstr(child.err, "the rule was broken"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checked_call_is_made_despite_ndebug),
        cmocka_unit_test(a_failed_call_aborts_and_says_where_and_why),
        cmocka_unit_test(a_broken_rule_aborts_and_says_which),
    };

    return UNIT_RUN(tests, argc, argv);
}
