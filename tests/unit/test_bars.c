#include "unit.h"

#include "lesson/bars.h"

struct bars {
    const int *values;
    int count;
    bool is_short;
};

static int print(void *argument)
{
    const struct bars *bars = argument;

    bars_print("Each second", bars->values, bars->count, bars->is_short);
    return 0;
}

static void assert_bars(const int *values, int count, bool is_short, const char *expected)
{
    struct bars bars = {values, count, is_short};
    struct child child = run_child(print, &bars);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.out, expected);
}

TEST(the_largest_value_is_as_high_as_all_rows_and_a_third_of_one_is_a_step)
{
    static const int values[] = {12, 6, 5, 4, 3, 2, 1, 0, 12};

    assert_bars(values, COUNT_OF(values), false,
                "Each second  #       #\n"
                "12 at most   #       #\n"
                "             ##:.    #\n"
                "             #####:. #\n"
                "             0 s\n");
}

TEST(a_value_above_0_does_not_vanish)
{
    static const int values[] = {1000000, 0, 1};

    assert_bars(values, COUNT_OF(values), false,
                "Each second  #\n"
                "to 1000000   #\n"
                "             #\n"
                "             # .\n"
                "             0 s\n");
}

TEST(each_ten_seconds_have_a_number_below_them)
{
    int values[BARS_MAX];

    for (int i = 0; i < BARS_MAX; i++)
        values[i] = 1;
    assert_bars(values, BARS_MAX, false,
                "Each second  ############################################################\n"
                "1 at most    ############################################################\n"
                "             ############################################################\n"
                "             ############################################################\n"
                "             0 s       10        20        30        40        50\n");
}

TEST(few_rows_have_blocks_in_one)
{
    static const int values[] = {8, 7, 4, 1, 0, 2};

    assert_bars(values, COUNT_OF(values), true, "Each second  █▇▄▁ ▂  8 at most\n");
}

TEST(without_a_value_above_0_there_are_no_bars)
{
    static const int values[] = {0, 0};

    assert_bars(values, COUNT_OF(values), false, "");
    assert_bars(values, 0, true, "");
}
