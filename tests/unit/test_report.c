/* test_report.c - periods, shares and words of a report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "domain/report.h"
#include "domain/report_reader.h"

#define DAY(y, m, d)                          \
    {                                         \
        .year = (y), .month = (m), .day = (d) \
    }
#define NBSP "\xc2\xa0"

static void the_last_whole_period_ends_the_day_before_or_earlier(void **state)
{
    static const struct {
        enum report_period period;
        struct civil day, from, to;
    } table[] = {
        { REPORT_DAY, DAY(2026, 3, 1), DAY(2026, 2, 28), DAY(2026, 2, 28) },
        { REPORT_DAY, DAY(2028, 3, 1), DAY(2028, 2, 29), DAY(2028, 2, 29) },
        /* 2026-11-23 is a Monday. */
        { REPORT_WEEK, DAY(2026, 11, 23), DAY(2026, 11, 16), DAY(2026, 11, 22) },
        { REPORT_WEEK, DAY(2026, 11, 29), DAY(2026, 11, 16), DAY(2026, 11, 22) },
        { REPORT_WEEK, DAY(2027, 1, 1), DAY(2026, 12, 21), DAY(2026, 12, 27) },
        { REPORT_MONTH, DAY(2026, 1, 31), DAY(2025, 12, 1), DAY(2025, 12, 31) },
        { REPORT_MONTH, DAY(2026, 3, 1), DAY(2026, 2, 1), DAY(2026, 2, 28) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct civil from, to;

        report_period_before(table[i].period, &table[i].day, &from, &to);
        assert_int_equal(from.year * 10000 + from.month * 100 + from.day,
                         table[i].from.year * 10000 + table[i].from.month * 100 +
                             table[i].from.day);
        assert_int_equal(to.year * 10000 + to.month * 100 + to.day,
                         table[i].to.year * 10000 + table[i].to.month * 100 + table[i].to.day);
    }
}

/* --- when they go out --- */

static utc_us at(struct local_zone *zone, int year, int month, int day, int hour, int minute)
{
    const struct civil c = {
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute
    };

    return local_zone_to_utc(zone, &c);
}

static void a_report_goes_out_at_its_hour_after_its_period(void **state)
{
    static const struct {
        enum report_period period;
        unsigned minute;
        struct civil now, last, next, from, to;
    } table[] = {
#define AT(y, m, d, h) { .year = (y), .month = (m), .day = (d), .hour = (h) }
        { REPORT_DAY, 420, AT(2026, 11, 26, 7), AT(2026, 11, 26, 7), AT(2026, 11, 27, 7),
          DAY(2026, 11, 25), DAY(2026, 11, 25) },
        { REPORT_DAY, 420, AT(2026, 11, 26, 6), AT(2026, 11, 25, 7), AT(2026, 11, 26, 7),
          DAY(2026, 11, 24), DAY(2026, 11, 24) },
        /* Mondays; that of November 23rd is past at noon of the 26th. */
        { REPORT_WEEK, 480, AT(2026, 11, 26, 12), AT(2026, 11, 23, 8), AT(2026, 11, 30, 8),
          DAY(2026, 11, 16), DAY(2026, 11, 22) },
        { REPORT_WEEK, 480, AT(2026, 11, 23, 7), AT(2026, 11, 16, 8), AT(2026, 11, 23, 8),
          DAY(2026, 11, 9), DAY(2026, 11, 15) },
        { REPORT_MONTH, 0, AT(2027, 1, 31, 23), AT(2027, 1, 1, 0), AT(2027, 2, 1, 0),
          DAY(2026, 12, 1), DAY(2026, 12, 31) },
        /* 2:30 on the day on which that hour is not: an hour later. */
        { REPORT_DAY, 150, AT(2026, 3, 29, 12), AT(2026, 3, 29, 3), AT(2026, 3, 30, 2),
          DAY(2026, 3, 28), DAY(2026, 3, 28) },
    };
    struct local_zone *zone;

    (void)state;
    assert_int_equal(local_zone_open("Europe/Paris", &zone, NULL), RC_OK);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const unsigned minute = table[i].minute % 60;
        struct report_moments m;
        struct civil last = table[i].last, next = table[i].next;

        last.minute = next.minute = (int)minute;
        report_moments(table[i].period, table[i].minute, zone,
                       local_zone_to_utc(zone, &table[i].now), &m);
        assert_true(m.last == local_zone_to_utc(zone, &last));
        assert_true(m.next == local_zone_to_utc(zone, &next));
        assert_int_equal(m.from.month * 100 + m.from.day,
                         table[i].from.month * 100 + table[i].from.day);
        assert_int_equal(m.to.month * 100 + m.to.day, table[i].to.month * 100 + table[i].to.day);
    }
    local_zone_close(zone);
}

/* Hour by hour through a year with both changes of the clock: each day has one report. */
static void every_day_of_a_year_has_its_report(void **state)
{
    struct local_zone *zone;
    struct report_moments m;
    utc_us last = 0;
    size_t n = 0;

    (void)state;
    assert_int_equal(local_zone_open("Europe/Paris", &zone, NULL), RC_OK);
    for (utc_us now = at(zone, 2026, 1, 1, 3, 0); now < at(zone, 2027, 1, 1, 2, 30);
         now += 3600 * USEC_PER_SEC) {
        report_moments(REPORT_DAY, 150, zone, now, &m);
        assert_true(m.last <= now && now < m.next);
        n += m.last != last;
        last = m.last;
    }
    assert_int_equal(n, 365);
    local_zone_close(zone);
}

static void names_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int i = 0; i < REPORT_BYS; i++) {
        enum report_by by;

        assert_int_equal(report_by_parse(report_by_name((enum report_by)i), &by), RC_OK);
        assert_int_equal(by, i);
        assert_non_null(strstr(report_by_names(), report_by_name(by)));
    }
    for (int i = 0; i < REPORT_PERIODS; i++) {
        enum report_period period;

        assert_int_equal(report_period_parse(report_period_name((enum report_period)i), &period),
                         RC_OK);
        assert_int_equal(period, i);
    }
    assert_int_equal(report_by_parse("planet", &(enum report_by){ 0 }), RC_INVALID);
    assert_int_equal(report_period_parse("", &(enum report_period){ 0 }), RC_INVALID);
}

static int64_t value(const char *column, const struct report_figures *f)
{
    return report_column_named(column)->value(f);
}

static void shares_are_rounded_and_of_none_there_is_no_share(void **state)
{
    const struct report_figures none = { .planned = 0 };
    const struct report_figures some = { .planned = 3, .done = 2, .on_time = 1, .answer_s = 5400 };

    (void)state;
    assert_int_equal(value("done_percent", &some), 667);
    assert_int_equal(value("on_time_percent", &some), 333);
    assert_int_equal(value("difference", &some), -1);
    assert_int_equal(value("hours", &some), 8); /* 45 minutes each: 0.75, said as 0.8 */
    assert_true(value("done_percent", &none) == REPORT_NOTHING);
    assert_true(value("hours", &none) == REPORT_NOTHING);
    assert_int_equal(value("difference", &none), 0);
}

static void numbers_are_written_as_people_write_them(void **state)
{
    static const struct {
        enum report_kind kind;
        int64_t value;
        const char *french, *english, *bare;
    } table[] = {
        { REPORT_COUNT, 0, "0", "0", "0" },
        { REPORT_COUNT, 999, "999", "999", "999" },
        { REPORT_COUNT, 1234567, "1" NBSP "234" NBSP "567", "1,234,567", "1234567" },
        { REPORT_COUNT, -1043,
          "\xe2\x88\x92"
          "1" NBSP "043",
          "\xe2\x88\x92"
          "1,043",
          "-1043" },
        { REPORT_PERCENT, 875, "87,5" NBSP "%", "87.5%", "87,5" },
        { REPORT_TENTHS, 8, "0,8", "0.8", "0,8" },
        { REPORT_MONEY, 123456, "1" NBSP "235", "1,235", "1234,56" },
        { REPORT_COUNT, REPORT_NOTHING, "", "", "" },
    };
    char text[REPORT_CELL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        report_say(table[i].kind, table[i].value, REPORT_FRENCH, text);
        assert_string_equal(text, table[i].french);
        report_say(table[i].kind, table[i].value, REPORT_ENGLISH, text);
        assert_string_equal(text, table[i].english);
        report_say_bare(table[i].kind, table[i].value, REPORT_FRENCH, text);
        assert_string_equal(text, table[i].bare);
    }
}

static void assert_label(enum report_by by, enum report_language language, int64_t key,
                         const char *expected)
{
    const struct report report = { .by = by, .language = language };
    const struct report_row row = { .key = key, .code = "code", .name = "" };
    char label[REPORT_LABEL_SIZE];

    report_label(&report, &row, label);
    assert_string_equal(label, expected);
}

static void rows_are_named_in_the_language_of_their_reader(void **state)
{
    (void)state;
    assert_label(REPORT_BY_DAY, REPORT_FRENCH, 20261123, "lun. 23/11/2026");
    assert_label(REPORT_BY_DAY, REPORT_ENGLISH, 20261123, "Mon 23 Nov 2026");
    /* The first week of 2027 begins on January 4th; that of 2026 in December. */
    assert_label(REPORT_BY_WEEK, REPORT_FRENCH, 202701, "S01, du 04/01/2027");
    assert_label(REPORT_BY_WEEK, REPORT_ENGLISH, 202601, "W01, from 29 Dec 2025");
    assert_label(REPORT_BY_MONTH, REPORT_FRENCH, 202601, "janvier 2026");
    assert_label(REPORT_BY_MONTH, REPORT_ENGLISH, 202612, "December 2026");
    assert_label(REPORT_BY_EMPLOYEE, REPORT_FRENCH, 0, "personne");
    assert_label(REPORT_BY_EMPLOYEE, REPORT_FRENCH, 7, "code");
}

static void assert_between(struct civil from, struct civil to, enum report_language language,
                           const char *expected)
{
    const struct report report = { .from = from, .to = to, .language = language };
    char text[REPORT_LINE_SIZE];

    report_between(&report, text);
    assert_string_equal(text, expected);
}

static void periods_are_said_shortly(void **state)
{
    const struct civil first = DAY(2026, 11, 1), last = DAY(2026, 11, 30), late = DAY(2027, 1, 2);

    (void)state;
    assert_between(first, last, REPORT_FRENCH, "du 1er au 30 novembre 2026");
    assert_between(first, last, REPORT_ENGLISH, "1 to 30 November 2026");
    assert_between(last, late, REPORT_FRENCH, "du 30 novembre 2026 au 2 janvier 2027");
    assert_between(last, last, REPORT_FRENCH, "le 30 novembre 2026");
    assert_between(first, first, REPORT_ENGLISH, "1 November 2026");
}

static void assert_summary(enum report_language language, struct report_figures figures,
                           const char *expected)
{
    const struct report report = { .language = language,
                                   .currency = "EUR",
                                   .total = { .figures = figures } };
    char text[REPORT_SUMMARY_SIZE];

    report_summary(&report, text);
    assert_string_equal(text, expected);
}

static void a_report_begins_with_what_it_says_in_words(void **state)
{
    (void)state;
    assert_summary(REPORT_FRENCH, (struct report_figures){ 0 }, "Aucun contact n'était prévu.");
    assert_summary(REPORT_ENGLISH, (struct report_figures){ .unplanned = 1 },
                   "No contact was planned. On top of that comes 1 contact that nobody had "
                   "planned.");
    assert_summary(REPORT_ENGLISH, (struct report_figures){ .planned = 2, .missed = 1, .open = 1 },
                   "2 contacts were planned, none was done. 1 was missed, 1 is still open.");
    assert_summary(REPORT_FRENCH,
                   (struct report_figures){ .planned = 1, .done = 1, .on_time = 1, .reached = 1 },
                   "1 contact était prévu, 1 a été fait (100,0" NBSP "%) et 1 à l'heure (100,0" NBSP
                   "%). Aucun n'a été manqué. 1 fois, le client a été joint" NBSP
                   "; aucune commande n'a suivi.");
    assert_summary(REPORT_ENGLISH,
                   (struct report_figures){ .planned = 2401,
                                            .done = 1200,
                                            .on_time = 1000,
                                            .late = 200,
                                            .missed = 1201,
                                            .reached = 800,
                                            .orders = 20,
                                            .order_cents = 123456,
                                            .unplanned = 3 },
                   "2,401 contacts were planned, 1,200 were done (50.0%) and 1,000 on time "
                   "(41.6%). 1,201 were missed. 800 times, the customer was reached; 20 orders "
                   "followed (1,235" NBSP "€). On top of that come 3 contacts that nobody had "
                   "planned.");
}

/* --- for each manager --- */

/* Dora (1) leads Max (2) and Lea (5); Max leads Anna (3), who left, and Bruno (4); Lea leads Zoe
 * (6) of another team. Tom (7) leads nobody. */
static const struct staff_member members[] = {
    { .id = 1, .team_id = 1 },
    { .id = 2, .team_id = 1, .manager_id = 1 },
    { .id = 3, .team_id = 1, .manager_id = 2, .left_on = 20261101 },
    { .id = 4, .team_id = 1, .manager_id = 2 },
    { .id = 5, .team_id = 2, .manager_id = 1 },
    { .id = 6, .team_id = 2, .manager_id = 5 },
    { .id = 7, .team_id = 1 },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static void assert_readers(struct staff_member *staff, struct report_reader_query q,
                           const char *expected)
{
    const struct staff_book book = { .staff = staff, .n_staff = MEMBERS };
    unsigned found[MEMBERS];
    char text[MEMBERS * 4 + 1] = "";
    size_t n;

    q.first_day = 20261116;
    q.today = 20261123;
    n = report_readers(&book, &q, found);
    for (size_t i = 0; i < n; i++)
        sprintf(text + strlen(text), "%u ", found[i]);
    assert_string_equal(text, expected);
}

static void whoever_has_people_gets_a_report_of_them(void **state)
{
    struct staff_member staff[MEMBERS];

    (void)state;
    memcpy(staff, members, sizeof(staff));
    assert_readers(staff, (struct report_reader_query){ 0 }, "1 2 5 ");
    assert_readers(staff, (struct report_reader_query){ .team_id = 1 }, "1 2 ");
    assert_readers(staff, (struct report_reader_query){ .manager_id = 5 }, "5 ");
    assert_readers(staff, (struct report_reader_query){ .manager_id = 4 }, "");
    staff[3].left_on = 20261120; /* in the week that it is about */
    assert_readers(staff, (struct report_reader_query){ 0 }, "1 2 5 ");
    staff[3].left_on = 20261116;
    assert_readers(staff, (struct report_reader_query){ 0 }, "1 5 ");
    staff[4].left_on = 20261123; /* a manager who left has no report any more */
    assert_readers(staff, (struct report_reader_query){ 0 }, "1 ");
    staff[0].manager_id = 2; /* nobody should have made a loop: it ends */
    assert_readers(staff, (struct report_reader_query){ .manager_id = 7 }, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_whole_period_ends_the_day_before_or_earlier),
        cmocka_unit_test(a_report_goes_out_at_its_hour_after_its_period),
        cmocka_unit_test(every_day_of_a_year_has_its_report),
        cmocka_unit_test(names_are_read_as_they_are_written),
        cmocka_unit_test(shares_are_rounded_and_of_none_there_is_no_share),
        cmocka_unit_test(numbers_are_written_as_people_write_them),
        cmocka_unit_test(rows_are_named_in_the_language_of_their_reader),
        cmocka_unit_test(periods_are_said_shortly),
        cmocka_unit_test(a_report_begins_with_what_it_says_in_words),
        cmocka_unit_test(whoever_has_people_gets_a_report_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
