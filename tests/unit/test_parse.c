#include "unit.h"

#include "lesson/rule.h"

#include <errno.h>
#include <string.h>

TEST(whole_numbers_are_read_within_their_bounds)
{
    static const char *const refused[] = {"",    "-1",  "+1",  " 1",  "1 ",
                                          "1.0", "1e1", "0x1", "ten", "99999999999999999999"};
    uint64_t value = 0;

    assert_true(parse_whole("0", 0, UINT64_MAX, &value));
    assert_int_equal(value, 0);
    assert_true(parse_whole("18446744073709551615", 0, UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(parse_whole("007", 1, 7, &value));
    assert_int_equal(value, 7);
    assert_false(parse_whole("8", 1, 7, &value));
    assert_false(parse_whole("0", 1, 7, &value));
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (parse_whole(refused[i], 0, UINT64_MAX, &value))
            fail_msg("taken: \"%s\"", refused[i]);
    assert_int_equal(value, 7);
}

TEST(a_list_has_exactly_its_count_of_numbers)
{
    static const char *const refused[] = {"",
                                          "1",
                                          "1,2",
                                          "1,2,3,",
                                          "1,2,3,4",
                                          ",1,2",
                                          "1,,3",
                                          "1,2,x",
                                          "1,2,10",
                                          "1, 2,3",
                                          "1,2,0",
                                          "1;2;3",
                                          "1,2,99999999999999999999"};
    char endless[200];
    size_t values[3] = {0};

    assert_true(parse_whole_list("4,9,1", 1, 9, values, 3));
    assert_int_equal(values[0], 4);
    assert_int_equal(values[1], 9);
    assert_int_equal(values[2], 1);
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (parse_whole_list(refused[i], 1, 9, values, 3))
            fail_msg("taken: \"%s\"", refused[i]);
    memset(endless, '0', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_false(parse_whole_list(endless, 0, 9, values, 1));
    assert_int_equal(values[0], 4);
    assert_int_equal(values[1], 9);
    assert_int_equal(values[2], 1);
}

TEST(decimals_are_plain_numbers)
{
    static const struct {
        const char *text;
        double value;
    } taken[] = {{"0", 0}, {"2.5", 2.5}, {".5", 0.5}, {"1.", 1}, {"1e-3", 0.001}, {"1E+2", 100}};
    static const char *const refused[] = {"",      "-1", "+1",  " 1", "1 ",    "nan", "inf", "0x1",
                                          "100.1", ".",  "1e9", "1x", "1e999", "e1",  "1e"};
    double value = 0;

    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        assert_true(parse_decimal(taken[i].text, 0, 100, &value));
        assert_true(value == taken[i].value);
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (parse_decimal(refused[i], 0, 100, &value))
            fail_msg("taken: \"%s\"", refused[i]);
    assert_false(parse_decimal("0.4", 0.5, 1, &value));
    assert_true(value == 100);
}

TEST(durations_have_a_unit)
{
    static const struct {
        const char *text;
        int64_t value_ns;
    } taken[] = {{"0s", 0},
                 {"7us", 7 * NS_PER_US},
                 {"1.5ms", 1500 * NS_PER_US},
                 {"1.0004us", NS_PER_US}, /* whole microseconds */
                 {"2s", 2 * NS_PER_S},
                 {"600s", DURATION_MAX_NS},
                 {"1e3ms", NS_PER_S}};
    static const char *const refused[] = {"",    "5",    "s",    "-1s",  "+1s",  " 1s", "1s ", "1h",
                                          "1ns", "601s", "0x1s", "nans", "infs", "1 s", "1ss"};
    char endless[200];
    int64_t value_ns = 0;

    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        assert_true(parse_duration(taken[i].text, &value_ns));
        assert_true(value_ns == taken[i].value_ns);
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (parse_duration(refused[i], &value_ns))
            fail_msg("taken: \"%s\"", refused[i]);
    memset(endless, '0', sizeof endless);
    memcpy(endless + sizeof endless - 2, "s", 2);
    assert_false(parse_duration(endless, &value_ns));
    assert_true(value_ns == NS_PER_S);
}

TEST(a_range_is_two_durations_in_their_order)
{
    static const char *const refused[] = {"",       "5ms",       "..",        "1s..",  "..1s",
                                          "1s.2s",  "1ms...2ms", "1..2",      "1s..2", "-1s..1s",
                                          "1s..2h", "0s..601s",  "1s..2s..3s"};
    int64_t from_ns = 0, to_ns = 0;

    assert_int_equal(parse_duration_range("500ms..1.5s", &from_ns, &to_ns), 0);
    assert_true(from_ns == 500 * NS_PER_MS && to_ns == 1500 * NS_PER_MS);
    assert_int_equal(parse_duration_range("3s..3s", &from_ns, &to_ns), 0);
    assert_true(from_ns == to_ns && to_ns == 3 * NS_PER_S);
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (parse_duration_range(refused[i], &from_ns, &to_ns) != EINVAL)
            fail_msg("not refused as no range: \"%s\"", refused[i]);
    assert_int_equal(parse_duration_range("2ms..1999us", &from_ns, &to_ns), ERANGE);
    assert_true(from_ns == to_ns && to_ns == 3 * NS_PER_S);
}
