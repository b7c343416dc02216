#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "domain/calendar.h"

#define MINUTE (60 * USEC_PER_SEC)
#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)

static utc_us utc(int year, int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute });
}

static struct calendar_rules rules;
static struct holiday_book book;

static struct calendar calendar_of(const char *zone, const char *country, const char *region)
{
    struct calendar c = { .rules = &rules };

    assert_int_equal(local_zone_open(zone, &c.zone, NULL), RC_OK);
    memcpy(c.country, country, strlen(country) + 1);
    memcpy(c.region, region, strlen(region) + 1);
    return c;
}

static int promo_hours(void **state)
{
    (void)state;
    book.n = 0;
    rules = (struct calendar_rules){ .regional = true, .book = &book };
    return hours_add(&rules.hours, "mon-sat 08:00-20:00", NULL);
}

/* --- holidays --- */

static const struct {
    int year, month, day;
} easters[] = {
    /* US Naval Observatory, "The Date of Easter". */
    { 2024, 3, 31 }, { 2025, 4, 20 }, { 2026, 4, 5 },  { 2027, 3, 28 },
    { 2028, 4, 16 }, { 2029, 4, 1 },  { 2030, 4, 21 }, { 2031, 4, 13 },
    { 2032, 3, 28 }, { 2033, 4, 17 }, { 2034, 4, 9 },  { 2035, 3, 25 },
    { 1818, 3, 22 }, { 1943, 4, 25 }, { 2000, 4, 23 }, { 2038, 4, 25 },
};

static void easter_is_when_the_almanac_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(easters) / sizeof(easters[0]); i++) {
        struct civil sunday = easter_sunday(easters[i].year);
        assert_int_equal(sunday.month, easters[i].month);
        assert_int_equal(sunday.day, easters[i].day);
    }
}

static bool free_day(const char *country, const char *region, int year, int month, int day)
{
    return holiday_is(&book, country, region,
                      &(struct civil){ .year = year, .month = month, .day = day });
}

static void french_holidays_of_2026(void **state)
{
    static const int days[][2] = { { 1, 1 },  { 4, 6 },   { 5, 1 },  { 5, 8 },
                                   { 5, 14 }, { 5, 25 },  { 7, 14 }, { 8, 15 },
                                   { 11, 1 }, { 11, 11 }, { 12, 25 } };
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < 11; i++)
        assert_true(free_day("FR", "", 2026, days[i][0], days[i][1]));
    for (utc_us t = utc(2026, 1, 1, 0, 0); t < utc(2027, 1, 1, 0, 0); t += DAY_US) {
        struct civil date = clock_civil(t);
        found += holiday_is(NULL, "FR", "", &date);
    }
    assert_int_equal(found, 11);
}

static void departments_have_days_of_their_own(void **state)
{
    (void)state;
    assert_true(free_day("FR", "AM", 2026, 4, 3));
    assert_true(free_day("FR", "AM", 2026, 12, 26));
    assert_false(free_day("FR", "", 2026, 4, 3));
    assert_false(free_day("FR", "", 2026, 12, 26));
    assert_true(free_day("FR", "971", 2026, 5, 27));
    assert_true(free_day("FR", "972", 2026, 5, 22));
    assert_true(free_day("FR", "973", 2026, 6, 10));
    assert_true(free_day("FR", "974", 2026, 12, 20));
    assert_true(free_day("FR", "976", 2026, 4, 27));
    assert_false(free_day("FR", "974", 2026, 5, 27));
}

static void a_file_says_the_holidays_of_a_country(void **state)
{
    (void)state;
    assert_int_equal(holiday_book_add(&book, "BE", "*-07-21 Nationalfeiertag", NULL), RC_OK);
    assert_int_equal(holiday_book_add(&book, "BE", "easter+1 Lundi de Paques\n", NULL), RC_OK);
    assert_int_equal(holiday_book_add(&book, "BE", "2026-12-28 pont", NULL), RC_OK);
    assert_int_equal(holiday_book_add(&book, "BE", "  # a remark", NULL), RC_OK);
    assert_int_equal(holiday_book_add(&book, "BE", "", NULL), RC_OK);
    assert_true(free_day("BE", "", 2027, 7, 21));
    assert_true(free_day("BE", "", 2027, 3, 29));
    assert_true(free_day("BE", "", 2026, 12, 28));
    assert_false(free_day("BE", "", 2027, 12, 28));
    assert_false(free_day("DE", "", 2027, 7, 21));
    assert_false(free_day("BE", "", 2026, 7, 14));
}

static void a_line_that_is_none_is_refused_with_what_was_expected(void **state)
{
    static const char *const bad[] = { "21-07-2026 x", "2026-02-30 x", "2026-13-01 x", "*-00-10 x",
                                       "easter+ x",    "easter+100 x", "2026-12-2 x",  "easterly x",
                                       "0000-01-01 x", "*-01-011 x",   "*-01-00 x",    "x" };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err.text[0] = '\0';
        assert_int_equal(holiday_book_add(&book, "BE", bad[i], &err), RC_INVALID);
        assert_non_null(strstr(err.text, "expected a day such as"));
    }
    assert_int_equal(book.n, 0);
}

/* --- the naive walk: every minute of twelve years, by libc's time zones --- */

#define FROM    utc(2024, 1, 1, 0, 0)
#define MINUTES (12 * 366 * 1440)

static bool naive_holiday(const struct tm *tm)
{
    static const int fixed[][2] = { { 1, 1 },  { 5, 1 },  { 5, 8 },   { 7, 14 },
                                    { 8, 15 }, { 11, 1 }, { 11, 11 }, { 12, 25 } };
    static const int after_easter[] = { 1, 39, 50 };
    int year = tm->tm_year + 1900, month = tm->tm_mon + 1;

    for (size_t i = 0; i < 8; i++) {
        if (fixed[i][0] == month && fixed[i][1] == tm->tm_mday)
            return true;
    }
    for (size_t i = 0; i < 12; i++) {
        for (size_t k = 0; easters[i].year == year && k < 3; k++) {
            struct tm day = { .tm_year = year - 1900,
                              .tm_mon = easters[i].month - 1,
                              .tm_mday = easters[i].day + after_easter[k],
                              .tm_hour = 12 };
            timegm(&day);
            if (day.tm_mon == tm->tm_mon && day.tm_mday == tm->tm_mday)
                return true;
        }
    }
    return false;
}

struct walk {
    const char *zone;
    bool french;
    int from, to; /* minutes of the day */
};

static unsigned char *walk_minutes(const struct walk *w)
{
    unsigned char *open = calloc(1, MINUTES);
    struct tm tm = { 0 };
    bool holiday = false;
    int seen = -1;

    assert_non_null(open);
    setenv("TZ", w->zone, 1);
    tzset();
    for (size_t i = 0; i < MINUTES; i++) {
        time_t t = (time_t)(FROM / USEC_PER_SEC) + (time_t)i * 60;
        int minute;
        if (i % 15 == 0) /* no offset of these zones changes within a quarter of an hour */
            localtime_r(&t, &tm);
        minute = tm.tm_hour * 60 + tm.tm_min + (int)(i % 15);
        if (tm.tm_yday != seen) {
            holiday = w->french && naive_holiday(&tm);
            seen = tm.tm_yday;
        }
        open[i] = tm.tm_wday != 0 && !holiday && minute >= w->from && minute < w->to;
    }
    return open;
}

/* Close to an edge of the walk, or of summer time, every minute; elsewhere one of many. */
static bool is_worth_asking(const unsigned char *open, size_t i, long shift)
{
    return i % 97 == 0 || shift || (i && open[i] != open[i - 1]) || open[i] != open[i + 1];
}

static void agrees_with_the_walk(const struct walk *w)
{
    struct calendar c = calendar_of(w->zone, w->french ? "FR" : "US", "");
    unsigned char *open = walk_minutes(w);
    size_t next = MINUTES, asked = 0;
    long before = 0;

    for (size_t i = MINUTES - 4 * 1440; i-- > 0;) {
        utc_us at = FROM + (utc_us)i * MINUTE;
        time_t t = (time_t)(at / USEC_PER_SEC), hour_on = t + 3 * 3600;
        struct tm tm, then;

        if (open[i])
            next = i;
        if (next == MINUTES)
            continue;
        if (i % 15 == 0) {
            localtime_r(&t, &tm);
            localtime_r(&hour_on, &then);
            before = then.tm_gmtoff - tm.tm_gmtoff;
        }
        if (!is_worth_asking(open, i, before))
            continue;
        asked++;
        assert_int_equal(calendar_is_open(&c, at), open[i]);
        assert_true(calendar_next_open(&c, at) == FROM + (utc_us)next * MINUTE);
        assert_true(calendar_next_open(&c, at + 30 * USEC_PER_SEC) ==
                    (open[i] ? at + 30 * USEC_PER_SEC : FROM + (utc_us)next * MINUTE));
        if (open[i] && !open[i + 1])
            assert_true(calendar_next_close(&c, at) == at + MINUTE);
    }
    assert_true(asked > 60000);
    local_zone_close(c.zone);
    free(open);
}

static void the_next_opening_agrees_with_a_walk_of_twelve_years(void **state)
{
    static const struct walk walks[] = {
        { "Europe/Paris", true, 480, 1200 },
        { "Indian/Reunion", true, 480, 1200 },
        { "America/Martinique", true, 480, 1200 },
        { "America/New_York", false, 480, 1200 },
    };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        agrees_with_the_walk(&walks[i]);
}

/* Summer time skips 02:00 to 03:00 and repeats it: hours with their ends in there. */
static void hours_at_night_follow_the_wall_clock_over_summer_time(void **state)
{
    static const struct walk walks[] = { { "Europe/Paris", true, 150, 600 },
                                         { "America/New_York", false, 60, 150 } };

    (void)state;
    rules.hours.n = 0;
    assert_int_equal(hours_add(&rules.hours, "mon-sat 02:30-10:00", NULL), RC_OK);
    agrees_with_the_walk(&walks[0]);
    rules.hours.n = 0;
    assert_int_equal(hours_add(&rules.hours, "mon-sat 01:00-02:30", NULL), RC_OK);
    agrees_with_the_walk(&walks[1]);
}

/* --- sentences --- */

static void saturday_evening_waits_for_monday_morning(void **state)
{
    struct calendar c = calendar_of("Europe/Paris", "FR", "");

    (void)state;
    assert_true(calendar_is_open(&c, utc(2026, 11, 28, 18, 59)));
    assert_true(calendar_next_close(&c, utc(2026, 11, 28, 18, 59)) == utc(2026, 11, 28, 19, 0));
    assert_true(calendar_next_open(&c, utc(2026, 11, 28, 19, 0)) == utc(2026, 11, 30, 7, 0));
    local_zone_close(c.zone);
}

static void a_holiday_is_as_a_sunday_where_it_is_one(void **state)
{
    struct calendar paris = calendar_of("Europe/Paris", "FR", "");
    struct calendar metz = calendar_of("Europe/Paris", "FR", "AM");

    (void)state;
    assert_true(calendar_next_open(&paris, utc(2026, 5, 14, 6, 0)) == utc(2026, 5, 15, 6, 0));
    assert_true(calendar_is_open(&paris, utc(2026, 4, 3, 10, 0)));
    assert_false(calendar_is_open(&metz, utc(2026, 4, 3, 10, 0)));
    rules.regional = false;
    assert_true(calendar_is_open(&metz, utc(2026, 4, 3, 10, 0)));
    rules.on_holidays = true;
    assert_true(calendar_is_open(&paris, utc(2026, 5, 14, 10, 0)));
    local_zone_close(paris.zone);
    local_zone_close(metz.zone);
}

static void a_campaigns_hours_make_the_window_narrower_and_never_wider(void **state)
{
    struct calendar c = calendar_of("Europe/Paris", "FR", "");

    (void)state;
    assert_int_equal(hours_add_list(&c.own, "mon-fri 10:00-12:00,14:00-23:00", NULL), RC_OK);
    assert_int_equal(c.own.n, 2);
    assert_true(calendar_next_open(&c, utc(2026, 11, 27, 8, 0)) == utc(2026, 11, 27, 9, 0));
    assert_true(calendar_next_close(&c, utc(2026, 11, 27, 9, 0)) == utc(2026, 11, 27, 11, 0));
    assert_true(calendar_next_open(&c, utc(2026, 11, 27, 11, 0)) == utc(2026, 11, 27, 13, 0));
    assert_true(calendar_next_close(&c, utc(2026, 11, 27, 13, 0)) == utc(2026, 11, 27, 19, 0));
    assert_true(calendar_next_open(&c, utc(2026, 11, 27, 19, 0)) == utc(2026, 11, 30, 9, 0));
    c.rules = NULL;
    assert_true(calendar_next_close(&c, utc(2026, 11, 27, 13, 0)) == utc(2026, 11, 27, 22, 0));
    local_zone_close(c.zone);
}

static void hours_that_never_meet_are_never_open(void **state)
{
    struct calendar c = calendar_of("Europe/Paris", "FR", "");

    (void)state;
    assert_int_equal(hours_add_list(&c.own, "sun 10:00-12:00", NULL), RC_OK);
    assert_true(calendar_next_open(&c, utc(2026, 11, 27, 8, 0)) == CALENDAR_NEVER);
    assert_true(calendar_add_open(&c, utc(2026, 11, 27, 8, 0), 1) == CALENDAR_NEVER);
    c.rules = NULL;
    c.own.n = 0;
    assert_true(calendar_next_close(&c, utc(2026, 11, 27, 8, 0)) == CALENDAR_NEVER);
    local_zone_close(c.zone);
}

static void time_that_is_shut_does_not_count(void **state)
{
    struct calendar c = calendar_of("Europe/Paris", "FR", "");
    int64_t hour = 60 * MINUTE;

    (void)state;
    /* Two hours of Friday, twelve of Saturday, ten of Monday. */
    assert_true(calendar_add_open(&c, utc(2026, 11, 27, 17, 0), 24 * hour) ==
                utc(2026, 11, 30, 17, 0));
    assert_true(calendar_add_open(&c, utc(2026, 11, 27, 10, 0), 2 * hour) ==
                utc(2026, 11, 27, 12, 0));
    c.rules = NULL;
    assert_true(calendar_add_open(&c, utc(2026, 11, 27, 17, 0), 24 * hour) ==
                utc(2026, 11, 28, 17, 0));
    local_zone_close(c.zone);
}

static void a_list_of_hours_is_refused_whole(void **state)
{
    static const char *const bad[] = { "mon-fri 10:00-12:00,nonsense", "10:00", "mon", ",",
                                       "mon 9:00-8:00" };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hours h = { 0 };
        assert_int_equal(hours_add_list(&h, bad[i], &err), RC_INVALID);
        assert_non_null(strstr(err.text, "expected"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(easter_is_when_the_almanac_says, promo_hours),
        cmocka_unit_test_setup(french_holidays_of_2026, promo_hours),
        cmocka_unit_test_setup(departments_have_days_of_their_own, promo_hours),
        cmocka_unit_test_setup(a_file_says_the_holidays_of_a_country, promo_hours),
        cmocka_unit_test_setup(a_line_that_is_none_is_refused_with_what_was_expected, promo_hours),
        cmocka_unit_test_setup(the_next_opening_agrees_with_a_walk_of_twelve_years, promo_hours),
        cmocka_unit_test_setup(hours_at_night_follow_the_wall_clock_over_summer_time, promo_hours),
        cmocka_unit_test_setup(saturday_evening_waits_for_monday_morning, promo_hours),
        cmocka_unit_test_setup(a_holiday_is_as_a_sunday_where_it_is_one, promo_hours),
        cmocka_unit_test_setup(a_campaigns_hours_make_the_window_narrower_and_never_wider,
                               promo_hours),
        cmocka_unit_test_setup(hours_that_never_meet_are_never_open, promo_hours),
        cmocka_unit_test_setup(time_that_is_shut_does_not_count, promo_hours),
        cmocka_unit_test_setup(a_list_of_hours_is_refused_whole, promo_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
