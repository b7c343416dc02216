/* test_timetable.c - what was due last, also when clocks are put forward and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/timetable.h"

static struct local_zone *zone;

static int open_zone(void **state)
{
    (void)state;
    return local_zone_open("Europe/Paris", &zone, NULL);
}

static int close_zone(void **state)
{
    (void)state;
    local_zone_close(zone);
    return 0;
}

/* "2026-11-23 08:00" as UTC. */
static utc_us utc(const char *text)
{
    struct civil c = { 0 };

    assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute),
                     5);
    return clock_from_civil(&c);
}

static struct timetable make(const char *times, const char *days)
{
    struct timetable t = { 0 };
    struct error err;

    assert_int_equal(timetable_set_times(&t, times, &err), RC_OK);
    assert_int_equal(timetable_set_days(&t, days, &err), RC_OK);
    return t;
}

static void assert_last(const struct timetable *t, const char *at, const char *due)
{
    utc_us got = 0;
    char text[CLOCK_TEXT_SIZE];

    assert_int_equal(timetable_last(t, zone, utc(at), &got), RC_OK);
    if (got != utc(due))
        fail_msg("at %s: expected %s, got %s", at, due, clock_format(got, text));
}

static void the_hour_itself_is_due(void **state)
{
    const struct timetable t = make("08:00", "");

    (void)state;
    assert_last(&t, "2026-11-24 07:00", "2026-11-24 07:00"); /* 08:00 in Paris */
    assert_last(&t, "2026-11-24 06:59", "2026-11-23 07:00");
    assert_last(&t, "2026-11-24 23:30", "2026-11-24 07:00"); /* already the 25th there */
}

static void days_off_are_passed_over(void **state)
{
    const struct timetable t = make("08:00", "mon-fri");

    (void)state;
    assert_last(&t, "2026-11-22 12:00", "2026-11-20 07:00"); /* Sunday: Friday's */
    assert_last(&t, "2026-11-23 06:59", "2026-11-20 07:00");
    assert_last(&t, "2026-11-23 07:00", "2026-11-23 07:00");
}

static void several_times_a_day(void **state)
{
    const struct timetable t = make("18:30, 6:00,12:00", "");

    (void)state;
    assert_last(&t, "2026-11-24 04:59", "2026-11-23 17:30");
    assert_last(&t, "2026-11-24 05:00", "2026-11-24 05:00");
    assert_last(&t, "2026-11-24 17:29", "2026-11-24 11:00");
}

static void holidays_are_no_days_where_that_is_wished(void **state)
{
    struct timetable t = make("08:00", "mon-fri");

    (void)state;
    assert_last(&t, "2026-07-14 12:00", "2026-07-14 06:00");
    t.country = "FR";
    assert_last(&t, "2026-07-14 12:00", "2026-07-13 06:00");
}

static void an_hour_that_summer_time_skips_is_due_once_and_later(void **state)
{
    const struct timetable t = make("02:30", "");

    (void)state;
    /* On 2026-03-29, 02:00 becomes 03:00 (01:00 UTC). */
    assert_last(&t, "2026-03-29 01:29", "2026-03-28 01:30");
    assert_last(&t, "2026-03-29 01:30", "2026-03-29 01:30"); /* 03:30 there */
    assert_last(&t, "2026-03-30 00:30", "2026-03-30 00:30");
}

static void an_hour_that_comes_twice_is_due_once(void **state)
{
    const struct timetable t = make("02:30", "");

    (void)state;
    /* On 2026-10-25, 03:00 becomes 02:00 (01:00 UTC). */
    assert_last(&t, "2026-10-25 00:29", "2026-10-24 00:30");
    assert_last(&t, "2026-10-25 00:30", "2026-10-25 00:30");
    assert_last(&t, "2026-10-25 01:30", "2026-10-25 00:30"); /* the second 02:30 */
    assert_last(&t, "2026-10-26 01:30", "2026-10-26 01:30");
}

/* Every hour of the year, the other way round: a day has one instant, and it shows that hour. */
static void over_a_year_each_day_is_due_once(void **state)
{
    const struct timetable t = make("02:30", "");
    utc_us at = utc("2026-01-01 12:00"), seen = 0;
    unsigned n = 0;

    (void)state;
    for (; at < utc("2027-01-01 12:00"); at += 600 * USEC_PER_SEC) {
        utc_us due = 0;

        assert_int_equal(timetable_last(&t, zone, at, &due), RC_OK);
        assert_true(due >= seen);
        n += seen && due != seen;
        seen = due;
    }
    assert_int_equal(n, 365);
}

static void every_so_often_from_multiple_to_multiple(void **state)
{
    struct timetable t = make("08:00", "mon-fri");

    (void)state;
    t.every_us = 3600 * USEC_PER_SEC;
    assert_last(&t, "2026-11-24 10:59", "2026-11-24 10:00");
    assert_last(&t, "2026-11-24 11:00", "2026-11-24 11:00");
    assert_last(&t, "2026-11-22 12:00", "2026-11-20 22:00"); /* Friday 23:00 in Paris */
}

static void what_cannot_be_read_is_refused(void **state)
{
    static const char *const times[] = { "",        "8", "24:00", "08:60", "08:00 09:00",
                                         "08:00,,", "x", "008:00" };
    static const char *const days[] = { "mo", "mon-", "mon fri", "monday", "mon,,tue", "-" };
    struct timetable t = { 0 };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        assert_int_equal(timetable_set_times(&t, times[i], &err), RC_INVALID);
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        assert_int_equal(timetable_set_days(&t, days[i], &err), RC_INVALID);
    assert_int_equal(timetable_set_days(&t, "fri-mon, wed", &err), RC_OK);
    assert_int_equal(t.days, 0x75);
    assert_non_null(strchr(err.text, '\''));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hour_itself_is_due),
        cmocka_unit_test(days_off_are_passed_over),
        cmocka_unit_test(several_times_a_day),
        cmocka_unit_test(holidays_are_no_days_where_that_is_wished),
        cmocka_unit_test(an_hour_that_summer_time_skips_is_due_once_and_later),
        cmocka_unit_test(an_hour_that_comes_twice_is_due_once),
        cmocka_unit_test(over_a_year_each_day_is_due_once),
        cmocka_unit_test(every_so_often_from_multiple_to_multiple),
        cmocka_unit_test(what_cannot_be_read_is_refused),
    };

    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
