/* As in a Release build, whatever this one is. */
#undef NDEBUG
#define NDEBUG
#include "unit.h"

#include "sync/check.h"

#include <errno.h>

static int calls;

static int succeed(void)
{
    calls++;
    return 0;
}

TEST(a_checked_call_is_made_despite_ndebug)
{
    calls = 0;
    CHECK_CALL(succeed());
    CHECK_CALLER(calls == 1, "unused");
    assert_int_equal(calls, 1);
}

static int call_and_fail(void *unused)
{
    CHECK_CALL(succeed() + EBUSY);
    return 0;
}

TEST(a_failed_call_aborts_and_says_where_and_why)
{
    assert_aborts(call_and_fail, NULL, "test_check.c:");
    assert_aborts(call_and_fail, NULL, "succeed() + EBUSY: Device or resource busy\n");
}

static int break_a_rule(void *unused)
{
    CHECK_CALLER(calls < 0, "the rule was broken");
    return 0;
}

TEST(a_broken_rule_aborts_and_says_which)
{
    assert_aborts(break_a_rule, NULL, "test_check.c:");
    assert_aborts(break_a_rule, NULL, "the rule was broken\n");
}
