/* test_clock.c - time that can be turned, and civil dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void known_moments_have_their_known_names(void **state)
{
    static const struct {
        utc_us at;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00.000000Z" },
        { -1, "1969-12-31T23:59:59.999999Z" },
        { 951782400 * USEC_PER_SEC, "2000-02-29T00:00:00.000000Z" },
        { 1774746000 * USEC_PER_SEC + 123456, "2026-03-29T01:00:00.123456Z" },
        { 4107542400 * USEC_PER_SEC, "2100-03-01T00:00:00.000000Z" },
        { -62135596800 * USEC_PER_SEC, "0001-01-01T00:00:00.000000Z" },
        { 253402300799 * USEC_PER_SEC + 999999, "9999-12-31T23:59:59.999999Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[CLOCK_TEXT_SIZE];
        struct civil c = clock_civil(rows[i].at);

        assert_string_equal(clock_format(rows[i].at, text), rows[i].text);
        assert_int_equal(clock_from_civil(&c), rows[i].at);
    }
}

static void a_minute_is_said_without_what_is_below_it(void **state)
{
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    assert_string_equal(clock_minute(1774746059 * USEC_PER_SEC + 999999, text), "2026-03-29 01:00");
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void every_day_follows_the_day_before(void **state)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct civil want = { .year = 1599, .month = 12, .day = 31 };
    utc_us at = clock_from_civil(&want);

    (void)state;
    while (want.year < 2402) {
        struct civil c = clock_civil(at);

        assert_int_equal(c.year, want.year);
        assert_int_equal(c.month, want.month);
        assert_int_equal(c.day, want.day);
        assert_int_equal(c.hour + c.minute + c.second + c.usec, 0);
        assert_int_equal(clock_from_civil(&c), at);
        at += SEC_PER_DAY * USEC_PER_SEC;
        if (want.day++ == days[want.month - 1] + (want.month == 2 && is_leap(want.year))) {
            want.day = 1;
            if (want.month++ == 12) {
                want.month = 1;
                want.year++;
            }
        }
    }
}

static void turning_the_clock_moves_wall_time_only(void **state)
{
    const int64_t hour = 3600 * USEC_PER_SEC;
    utc_us before = clock_now();
    int64_t steady = clock_monotonic_us();

    (void)state;
    clock_shift(hour);
    clock_shift(hour);
    assert_in_range(clock_now() - before, 2 * hour, 2 * hour + 60 * USEC_PER_SEC);
    assert_in_range(clock_monotonic_us() - steady, 0, 60 * USEC_PER_SEC);
    clock_shift(-2 * hour);
    assert_in_range(clock_now() - before, 0, 60 * USEC_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_moments_have_their_known_names),
        cmocka_unit_test(a_minute_is_said_without_what_is_below_it),
        cmocka_unit_test(every_day_follows_the_day_before),
        cmocka_unit_test(turning_the_clock_moves_wall_time_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
