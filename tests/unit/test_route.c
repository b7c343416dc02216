/* test_route.c - by which way a message leaves, and what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/hours.h"
#include "domain/route.h"

static const char *const france[] = { "+33", "+590" };
static const char *const vip[] = { "vip" };
static const char *const limited[] = { "36000" };
static const struct route_tariff tariffs[] = { { "+33", 4000 },
                                               { "+3375", 3000 },
                                               { "+32", 9000 } };
static const struct route_carrier carriers[] = {
    { .name = "orange", .millicents = 5000, .tariffs = tariffs, .n_tariffs = 3 },
    { .name = "sfr", .millicents = 4500 },
    { .name = "relay", .millicents = 2000 },
};
static const struct route routes[] = {
    { .name = "vip",
      .categories = vip,
      .n_categories = 1,
      .choice = ROUTE_BY_ORDER,
      .ways = { { 0, 1 } },
      .n_ways = 1 },
    { .name = "fr-promo",
      .prefixes = france,
      .n_prefixes = 2,
      .classes = 1u << CLASS_PROMO,
      .ways = { { 0, 3 }, { 1, 1 } },
      .n_ways = 2 },
    { .name = "cheap",
      .classes = 1u << CLASS_SERVICE,
      .choice = ROUTE_BY_COST,
      .ways = { { 0, 1 }, { 1, 1 }, { 2, 1 } },
      .n_ways = 3 },
    { .name = "default" },
};
static const struct route_table table = {
    .routes = routes,
    .n = 4,
    .carriers = carriers,
    .n_carriers = 3,
    .senders = limited,
    .n_senders = 1,
};

static const char *way_of(const char *address, enum message_class class, const char *category)
{
    return route_for(&table, &(struct route_question){ address, class, category })->name;
}

static void the_first_route_that_fits_is_taken(void **state)
{
    (void)state;
    assert_string_equal(way_of("+33612345678", CLASS_PROMO, "vip"), "vip");
    assert_string_equal(way_of("+33612345678", CLASS_PROMO, "shop"), "fr-promo");
    assert_string_equal(way_of("+33612345678", CLASS_PROMO, NULL), "fr-promo");
    assert_string_equal(way_of("+590690123456", CLASS_PROMO, ""), "fr-promo");
    assert_string_equal(way_of("+32470123456", CLASS_SERVICE, ""), "cheap");
}

static void what_fits_no_other_takes_the_last(void **state)
{
    (void)state;
    assert_string_equal(way_of("+32470123456", CLASS_PROMO, ""), "default");
    assert_string_equal(way_of("+33612345678", CLASS_ALERT, ""), "default");
}

static void a_sender_with_limits_has_a_queue_of_its_own(void **state)
{
    char name[QUEUE_NAME_MAX + 1];

    (void)state;
    route_queue_name(&table, &routes[1], "36000", name);
    assert_string_equal(name, "fr-promo 36000");
    route_queue_name(&table, &routes[1], "38000", name);
    assert_string_equal(name, "fr-promo");
}

static void a_queue_leaves_by_the_route_in_its_name(void **state)
{
    bool gone = true;

    (void)state;
    assert_ptr_equal(route_of_queue(&table, "fr-promo", &gone), &routes[1]);
    assert_false(gone);
    assert_ptr_equal(route_of_queue(&table, "fr-promo 36000", &gone), &routes[1]);
    assert_false(gone);
    assert_ptr_equal(route_of_queue(&table, "fr", &gone), &routes[3]);
    assert_true(gone);
}

static void the_longest_prefix_sets_the_cost(void **state)
{
    (void)state;
    assert_int_equal(route_cost(&table, 0, "+33612345678"), 4000);
    assert_int_equal(route_cost(&table, 0, "+33751234567"), 3000);
    assert_int_equal(route_cost(&table, 0, "+4915112345678"), 5000);
    assert_int_equal(route_cost(&table, 1, "+33612345678"), 4500);
}

static void the_expected_cost_is_the_mean_by_weight_or_the_first_choice(void **state)
{
    (void)state;
    assert_int_equal(route_expected_cost(&table, &routes[1], "+33612345678"), 4125);
    assert_int_equal(route_expected_cost(&table, &routes[0], "+32470123456"), 9000);
    assert_int_equal(route_expected_cost(&table, &routes[2], "+32470123456"), 2000);
    assert_int_equal(route_expected_cost(&table, &routes[3], "+32470123456"), 0);
}

static void destinations_are_told_apart_by_the_longest_prefix(void **state)
{
    const char *zones[ROUTE_ZONES_MAX];
    size_t n = route_zones(&table, zones);

    (void)state;
    assert_int_equal(n, 4);
    assert_string_equal(zones[0], "+3375");
    assert_string_equal(zones[1], "+590");
    assert_string_equal(zones[2], "+32");
    assert_string_equal(zones[3], "+33");
    assert_int_equal(route_zone_of(zones, n, "+33751234567"), 0);
    assert_int_equal(route_zone_of(zones, n, "+33612345678"), 3);
    assert_int_equal(route_zone_of(zones, n, "+4915112345678"), n);
}

static void of_too_many_prefixes_the_shortest_tell_destinations_apart(void **state)
{
    static char texts[ROUTE_ZONES_MAX + 40][8];
    static const char *prefixes[ROUTE_ZONES_MAX + 40];
    const struct route many = { .name = "many", .prefixes = prefixes, .n_prefixes = 296 };
    const struct route_table one = { .routes = &many, .n = 1 };
    const char *zones[ROUTE_ZONES_MAX];

    (void)state;
    for (unsigned i = 0; i < 296; i++) {
        snprintf(texts[i], sizeof(texts[i]), i % 3 ? "+%u" : "+33%u", 100 + i);
        prefixes[i] = texts[i];
    }
    assert_int_equal(route_zones(&one, zones), ROUTE_ZONES_MAX);
    for (size_t i = 1; i < ROUTE_ZONES_MAX; i++)
        assert_true(
            strlen(zones[i - 1]) > strlen(zones[i]) ||
            (strlen(zones[i - 1]) == strlen(zones[i]) && strcmp(zones[i - 1], zones[i]) < 0));
    assert_int_equal(strlen(zones[ROUTE_ZONES_MAX - 197]), 4); /* all 197 short ones are there */
}

static void by_cost_the_cheapest_for_the_destination_comes_first(void **state)
{
    unsigned char order[ROUTE_WAYS_MAX];

    (void)state;
    route_order(&table, &routes[2], "+33751234567", order);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[2], 1);
    route_order(&table, &routes[2], "+32470123456", order);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 0);
    route_order(&table, &routes[1], "+32470123456", order);
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], 1);
}

/* --- hours --- */

static const struct civil monday_noon = { 2026, 11, 23, 12, 0, 0, 0 };
static const struct civil saturday_noon = { 2026, 11, 28, 12, 0, 0, 0 };

static void without_hours_it_is_always_open(void **state)
{
    struct hours h = { 0 };

    (void)state;
    assert_true(hours_are_open(&h, &saturday_noon));
}

static void hours_open_and_close_to_the_minute(void **state)
{
    struct hours h = { 0 };
    struct civil at = monday_noon;
    struct error err;

    (void)state;
    assert_int_equal(hours_add(&h, "mon-fri 08:00-20:00", &err), RC_OK);
    assert_int_equal(hours_add(&h, "sat 9:30-12:00", &err), RC_OK);
    assert_true(hours_are_open(&h, &monday_noon));
    assert_false(hours_are_open(&h, &saturday_noon));
    at.hour = 8;
    assert_true(hours_are_open(&h, &at));
    at.hour = 7;
    at.minute = 59;
    assert_false(hours_are_open(&h, &at));
    at.hour = 20;
    at.minute = 0;
    assert_false(hours_are_open(&h, &at));
}

static void days_may_go_over_the_weekend_and_times_to_midnight(void **state)
{
    struct hours h = { 0 };
    struct civil at = saturday_noon;
    struct error err;

    (void)state;
    assert_int_equal(hours_add(&h, "fri-mon 00:00-24:00", &err), RC_OK);
    at.hour = 23;
    at.minute = 59;
    assert_true(hours_are_open(&h, &at));
    assert_true(hours_are_open(&h, &monday_noon));
    at.day = 24; /* Tuesday */
    assert_false(hours_are_open(&h, &at));
}

static void hours_that_cannot_be_read_are_refused_with_what_was_expected(void **state)
{
    static const char *const bad[] = { "",
                                       "mon",
                                       "mon 8-20",
                                       "monday 08:00-20:00",
                                       "08:00",
                                       "20:00-08:00",
                                       "08:00-25:00",
                                       "08:61-09:00",
                                       "mon-xyz 08:00-09:00",
                                       "08:00-20:00 ",
                                       "8:-9:00" };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hours h = { 0 };
        assert_int_equal(hours_add(&h, bad[i], &err), RC_INVALID);
        assert_non_null(strstr(err.text, "mon-fri 08:00-20:00"));
        assert_int_equal(h.n, 0);
    }
}

static void weekdays_are_those_of_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(hours_weekday(&monday_noon), 0);
    assert_int_equal(hours_weekday(&saturday_noon), 5);
    assert_int_equal(hours_weekday(&(struct civil){ .year = 2028, .month = 2, .day = 29 }), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_route_that_fits_is_taken),
        cmocka_unit_test(what_fits_no_other_takes_the_last),
        cmocka_unit_test(a_sender_with_limits_has_a_queue_of_its_own),
        cmocka_unit_test(a_queue_leaves_by_the_route_in_its_name),
        cmocka_unit_test(the_longest_prefix_sets_the_cost),
        cmocka_unit_test(the_expected_cost_is_the_mean_by_weight_or_the_first_choice),
        cmocka_unit_test(destinations_are_told_apart_by_the_longest_prefix),
        cmocka_unit_test(of_too_many_prefixes_the_shortest_tell_destinations_apart),
        cmocka_unit_test(by_cost_the_cheapest_for_the_destination_comes_first),
        cmocka_unit_test(without_hours_it_is_always_open),
        cmocka_unit_test(hours_open_and_close_to_the_minute),
        cmocka_unit_test(days_may_go_over_the_weekend_and_times_to_midnight),
        cmocka_unit_test(hours_that_cannot_be_read_are_refused_with_what_was_expected),
        cmocka_unit_test(weekdays_are_those_of_the_calendar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
