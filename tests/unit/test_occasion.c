/* test_occasion.c - when the message of an occasion is due, and until when it is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/occasion.h"
#include "domain/occasion_words.h"
#include "domain/template.h"
#include "domain/zone_shelf.h"

static struct local_zone *paris;

static int open_zone(void **state)
{
    (void)state;
    return local_zone_open("Europe/Paris", &paris, NULL) ? -1 : 0;
}

static int close_zone(void **state)
{
    (void)state;
    local_zone_close(paris);
    return 0;
}

/* In UTC. */
static utc_us at(int year, int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute });
}

static struct occasion_rule rule(enum occasion_kind kind, const char *delay, const char *time)
{
    struct occasion_rule r = { .kind = kind, .at_minute = OCCASION_AT_ANY };
    struct error err = { "" };

    if (kind == OCCASION_INACTIVE)
        r.days = 90;
    if (occasion_delay_parse(delay, &r.delay_s, &err) ||
        (time && occasion_at_parse(time, &r.at_minute, &err)) || occasion_rule_check(&r, &err))
        fail_msg("%s", err.text);
    return r;
}

static void a_delay_counts_from_the_news(void **state)
{
    const struct occasion_rule r = rule(OCCASION_DELIVERY_DONE, "+2h", NULL);
    const struct occasion_facts f = { .at = at(2026, 11, 25, 9, 0) };

    (void)state;
    assert_int_equal(occasion_due(&r, &f, paris), at(2026, 11, 25, 11, 0));
    assert_int_equal(occasion_stale(&r, &f, at(2026, 11, 25, 11, 0), paris),
                     at(2026, 11, 26, 11, 0));
}

static void before_the_window_counts_from_its_start_and_ends_there(void **state)
{
    const struct occasion_rule r = rule(OCCASION_DELIVERY_ANNOUNCED, "-1d before the window", NULL);
    const struct occasion_facts f = { .at = at(2026, 11, 20, 9, 0),
                                      .window_from = at(2026, 11, 25, 8, 0) };
    const utc_us due = at(2026, 11, 24, 8, 0);

    (void)state;
    assert_int_equal(occasion_due(&r, &f, paris), due);
    assert_int_equal(occasion_stale(&r, &f, due, paris), f.window_from);
}

static void what_came_too_late_for_the_day_before_goes_at_once(void **state)
{
    const struct occasion_rule r = rule(OCCASION_DELIVERY_ANNOUNCED, "-1d", "18:00");
    const struct occasion_facts f = { .at = at(2026, 11, 25, 6, 0),
                                      .window_from = at(2026, 11, 25, 8, 0) };

    (void)state;
    assert_int_equal(occasion_due(&r, &f, paris), f.at);
}

static void the_evening_before_is_that_of_the_wall_clock_in_summer_and_winter(void **state)
{
    const struct occasion_rule r = rule(OCCASION_DELIVERY_ANNOUNCED, "-1d", "18:00");
    struct occasion_facts f = { .at = at(2026, 10, 1, 9, 0),
                                .window_from = at(2026, 10, 25, 8, 0) }; /* the clocks change */

    (void)state;
    assert_int_equal(occasion_due(&r, &f, paris), at(2026, 10, 24, 16, 0));
    f.window_from = at(2026, 10, 26, 8, 0);
    assert_int_equal(occasion_due(&r, &f, paris), at(2026, 10, 25, 17, 0));
}

static void after_the_time_of_day_it_goes_the_next_day(void **state)
{
    const struct occasion_rule r = rule(OCCASION_FIRST_ORDER, "+1d", "10:00");
    const struct occasion_facts f = { .at = at(2026, 11, 25, 12, 0) };

    (void)state;
    assert_int_equal(occasion_due(&r, &f, paris), at(2026, 11, 27, 9, 0));
}

static void a_birthday_is_over_at_midnight_where_the_customer_lives(void **state)
{
    const struct occasion_rule r = rule(OCCASION_BIRTHDAY, "0", NULL);
    const struct occasion_facts f = { .birthday = 1125, .round = 2026 };
    const utc_us due = occasion_due(&r, &f, paris);

    (void)state;
    assert_int_equal(due, at(2026, 11, 25, 9, 0));
    assert_int_equal(occasion_stale(&r, &f, due, paris), at(2026, 11, 25, 23, 0));
}

static void who_was_born_on_29_february_has_a_birthday_every_year(void **state)
{
    (void)state;
    assert_int_equal(occasion_birthday(229, 2027).day, 28);
    assert_int_equal(occasion_birthday(229, 2028).day, 29);
    assert_int_equal(occasion_birthday(229, 2100).day, 28);
}

static void inactive_is_due_when_the_days_are_over_at_the_time_of_day(void **state)
{
    const struct occasion_rule r = rule(OCCASION_INACTIVE, "0", "10:00");
    const struct occasion_facts f = { .last_order_at = at(2026, 8, 1, 12, 0) };

    (void)state;
    assert_int_equal(occasion_due(&r, &f, paris), at(2026, 10, 31, 9, 0));
}

static void an_invoice_is_told_of_before_or_after_its_day(void **state)
{
    const struct occasion_rule before = rule(OCCASION_INVOICE_DUE, "-3d", NULL);
    const struct occasion_rule after = rule(OCCASION_INVOICE_DUE, "+7d", "09:30");
    const struct occasion_facts f = { .day = { .year = 2026, .month = 12, .day = 1 } };

    (void)state;
    assert_int_equal(occasion_due(&before, &f, paris), at(2026, 11, 28, 9, 0));
    assert_int_equal(occasion_due(&after, &f, paris), at(2026, 12, 8, 8, 30));
}

static void only_what_can_be_foreseen_goes_out_before(void **state)
{
    struct occasion_rule r = { .kind = OCCASION_DELIVERY_DONE, .delay_s = -60, .at_minute = -1 };
    struct error err = { "" };

    (void)state;
    assert_int_equal(occasion_rule_check(&r, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "nobody knows beforehand that an order was delivered"));
}

static void days_belong_to_inactive_and_only_there(void **state)
{
    struct occasion_rule without = { .kind = OCCASION_INACTIVE, .at_minute = -1 };
    struct occasion_rule with = { .kind = OCCASION_BIRTHDAY, .at_minute = -1, .days = 3 };

    (void)state;
    assert_int_equal(occasion_rule_check(&without, NULL), RC_INVALID);
    assert_int_equal(occasion_rule_check(&with, NULL), RC_INVALID);
}

static void what_a_person_writes_is_understood_or_refused(void **state)
{
    static const char *const bad_delays[] = { "",          "2",          "2x",
                                              "+",         "-1d before", "1d before the window",
                                              "99999999d", "2h later",   "1.5h" };
    static const char *const bad_times[] = { "", "9:00", "24:00", "10:60", "10:0a", "10h00" };
    static const char *const bad_caps[] = { "",         "1",         "0 in 3d",
                                            "1 in 0d",  "1 in 3",    "1 in 3dd",
                                            "-1 in 3d", "101 in 3d", "1 in 9999d" };
    int64_t delay;
    unsigned cap, days;
    int minute;

    (void)state;
    assert_int_equal(occasion_delay_parse("90m", &delay, NULL), RC_OK);
    assert_int_equal(delay, 5400);
    assert_int_equal(occasion_delay_parse("-2w", &delay, NULL), RC_OK);
    assert_int_equal(delay, -14 * SEC_PER_DAY);
    assert_int_equal(occasion_at_parse("23:59", &minute, NULL), RC_OK);
    assert_int_equal(minute, 1439);
    assert_int_equal(occasion_cap_parse("2 in 30d", &cap, &days, NULL), RC_OK);
    assert_int_equal(cap * 100 + days, 230);
    assert_int_equal(occasion_cap_parse("none", &cap, &days, NULL), RC_OK);
    assert_int_equal(cap + days, 0);
    for (size_t i = 0; i < sizeof(bad_delays) / sizeof(bad_delays[0]); i++)
        assert_int_equal(occasion_delay_parse(bad_delays[i], &delay, NULL), RC_INVALID);
    for (size_t i = 0; i < sizeof(bad_times) / sizeof(bad_times[0]); i++)
        assert_int_equal(occasion_at_parse(bad_times[i], &minute, NULL), RC_INVALID);
    for (size_t i = 0; i < sizeof(bad_caps) / sizeof(bad_caps[0]); i++)
        assert_int_equal(occasion_cap_parse(bad_caps[i], &cap, &days, NULL), RC_INVALID);
}

/* --- news --- */

#define BIT(kind) (1u << (kind))

static void an_order_is_news_when_it_turns(void **state)
{
    struct order_change c = { .is = ORDER_PLANNED, .window_from = 1000, .first = true };

    (void)state;
    assert_int_equal(order_news(&c), BIT(OCCASION_DELIVERY_ANNOUNCED) | BIT(OCCASION_FIRST_ORDER));
    c = (struct order_change){ .is = ORDER_PLANNED };
    assert_int_equal(order_news(&c), 0); /* without a window there is nothing to announce */
    c = (struct order_change){ .known = true, .is = ORDER_PLANNED, .window_from = 1000 };
    assert_int_equal(order_news(&c), BIT(OCCASION_DELIVERY_ANNOUNCED)); /* it has one now */
    c.was_from = 1000;
    assert_int_equal(order_news(&c), 0);
    c.was_from = 900;
    assert_int_equal(order_news(&c),
                     BIT(OCCASION_DELIVERY_ANNOUNCED) | BIT(OCCASION_DELIVERY_MOVED));
    c = (struct order_change){ .known = true, .was = ORDER_PLANNED, .is = ORDER_OUT };
    assert_int_equal(order_news(&c), BIT(OCCASION_DELIVERY_OUT));
    c.was = ORDER_OUT;
    assert_int_equal(order_news(&c), 0);
    c.is = ORDER_MISSED;
    assert_int_equal(order_news(&c), BIT(OCCASION_DELIVERY_MISSED));
    c.is = ORDER_CANCELLED;
    assert_int_equal(order_news(&c), 0);
}

static void what_a_first_file_tells_of_old_orders_is_no_news(void **state)
{
    const utc_us now = at(2026, 11, 25, 9, 0);
    struct order_change c = { .is = ORDER_DELIVERED,
                              .ordered_at = at(2026, 11, 1, 9, 0),
                              .first = true };

    (void)state;
    assert_true(order_news_is_old(&c, OCCASION_DELIVERY_DONE, now, SEC_PER_DAY));
    assert_true(order_news_is_old(&c, OCCASION_FIRST_ORDER, now, SEC_PER_DAY));
    c.window_to = at(2026, 11, 25, 8, 0);
    assert_false(order_news_is_old(&c, OCCASION_DELIVERY_DONE, now, SEC_PER_DAY));
    c.known = true; /* we saw it turn, however late */
    c.window_to = at(2026, 11, 2, 8, 0);
    assert_false(order_news_is_old(&c, OCCASION_DELIVERY_DONE, now, SEC_PER_DAY));
    c.window_from = now;
    assert_true(order_news_is_old(&c, OCCASION_DELIVERY_ANNOUNCED, now, SEC_PER_DAY));
}

/* --- words --- */

static void an_order_is_put_into_the_words_of_the_customer(void **state)
{
    const struct order_values order = { .number = "C-17",
                                        .window_from = at(2026, 11, 25, 7, 0),
                                        .window_to = at(2026, 11, 25, 9, 30),
                                        .cents = 4990,
                                        .currency = "EUR" };
    const char *values[TEMPLATE_FIELD_COUNT] = { NULL };
    struct order_words words;

    (void)state;
    order_words_fill(&order, "fr", paris, &words);
    order_words_use(&words, values);
    assert_string_equal(values[TEMPLATE_ORDER_NUMBER], "C-17");
    assert_string_equal(values[TEMPLATE_DELIVERY_DATE], "25/11/2026");
    assert_string_equal(values[TEMPLATE_DELIVERY_WINDOW], "08:00-10:30");
    assert_string_equal(values[TEMPLATE_AMOUNT], "49,90 \xe2\x82\xac");
    order_words_fill(&order, "en", paris, &words);
    assert_string_equal(words.date, "25 Nov 2026");
    assert_string_equal(words.amount, "49.90 \xe2\x82\xac");
    order_words_fill(&(struct order_values){ .number = "", .currency = "" }, "fr", paris, &words);
    assert_string_equal(words.date, "");
    assert_string_equal(words.window, "");
    assert_string_equal(words.amount, "");
}

static void a_full_shelf_of_zones_still_gives_the_right_one(void **state)
{
    static const char *const names[] = { "Europe/Paris",       "Asia/Tokyo",     "America/Lima",
                                         "Indian/Reunion",     "Europe/Athens",  "Africa/Dakar",
                                         "America/Martinique", "Pacific/Noumea", "Asia/Kolkata",
                                         "Europe/London" };
    const struct civil noon = { .year = 2026, .month = 1, .day = 1, .hour = 12 };
    struct zone_shelf shelf;

    (void)state;
    assert_int_equal(zone_shelf_open(&shelf, "Europe/Paris", NULL), RC_OK);
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            zone_shelf_get(&shelf, names[i]);
        assert_int_equal(local_zone_to_utc(zone_shelf_get(&shelf, "Asia/Tokyo"), &noon),
                         at(2026, 1, 1, 3, 0));
    }
    assert_ptr_equal(zone_shelf_get(&shelf, ""), shelf.house);
    assert_ptr_equal(zone_shelf_get(&shelf, "Europe/Atlantis"), shelf.house);
    zone_shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delay_counts_from_the_news),
        cmocka_unit_test(before_the_window_counts_from_its_start_and_ends_there),
        cmocka_unit_test(what_came_too_late_for_the_day_before_goes_at_once),
        cmocka_unit_test(the_evening_before_is_that_of_the_wall_clock_in_summer_and_winter),
        cmocka_unit_test(after_the_time_of_day_it_goes_the_next_day),
        cmocka_unit_test(a_birthday_is_over_at_midnight_where_the_customer_lives),
        cmocka_unit_test(who_was_born_on_29_february_has_a_birthday_every_year),
        cmocka_unit_test(inactive_is_due_when_the_days_are_over_at_the_time_of_day),
        cmocka_unit_test(an_invoice_is_told_of_before_or_after_its_day),
        cmocka_unit_test(only_what_can_be_foreseen_goes_out_before),
        cmocka_unit_test(days_belong_to_inactive_and_only_there),
        cmocka_unit_test(what_a_person_writes_is_understood_or_refused),
        cmocka_unit_test(an_order_is_news_when_it_turns),
        cmocka_unit_test(what_a_first_file_tells_of_old_orders_is_no_news),
        cmocka_unit_test(an_order_is_put_into_the_words_of_the_customer),
        cmocka_unit_test(a_full_shelf_of_zones_still_gives_the_right_one),
    };

    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
