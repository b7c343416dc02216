/* test_route_bill.c - what many texts cost, by route and by carrier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "domain/route_bill.h"

enum { ORANGE, SFR };

static const char *const france[] = { "+33" };
static const char *const belgium[] = { "+32" };
static const char *const nowhere[] = { "+99" };
static const char *const vip[] = { "vip" };
static const struct route_tariff orange_tariffs[] = { { "+33", 4000 }, { "+32", 9000 } };
static const struct route_tariff sfr_tariffs[] = { { "+32", 6000 }, { "+32495", 9900 } };
static const struct route_carrier carriers[] = {
    { .name = "orange", .millicents = 20000, .tariffs = orange_tariffs, .n_tariffs = 2 },
    { .name = "sfr", .millicents = 5000, .tariffs = sfr_tariffs, .n_tariffs = 2 },
};
static const struct route routes[] = {
    { .name = "vip",
      .categories = vip,
      .n_categories = 1,
      .choice = ROUTE_BY_ORDER,
      .ways = { { SFR, 1 }, { ORANGE, 1 } },
      .n_ways = 2 },
    { .name = "fr",
      .prefixes = france,
      .n_prefixes = 1,
      .ways = { { ORANGE, 3 }, { SFR, 1 } },
      .n_ways = 2 },
    { .name = "be",
      .prefixes = belgium,
      .n_prefixes = 1,
      .choice = ROUTE_BY_COST,
      .ways = { { ORANGE, 1 }, { SFR, 1 } },
      .n_ways = 2 },
    { .name = "closed", .prefixes = nowhere, .n_prefixes = 1 },
    { .name = "default", .ways = { { ORANGE, 1 } }, .n_ways = 1 },
};
static const struct route_table table = {
    .routes = routes,
    .n = 5,
    .carriers = carriers,
    .n_carriers = 2,
};

static struct arena arena;
static struct route_tally *tally;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    tally = route_tally_new(&table, &arena);
    return tally ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static void count(const char *address, const char *category, unsigned parts, uint64_t times)
{
    route_tally_add(tally, &(struct route_question){ address, CLASS_PROMO, category }, parts,
                    times);
}

static struct route_bill bill_now(void)
{
    struct route_bill bill;

    assert_int_equal(route_tally_bill(tally, &arena, &bill), RC_OK);
    return bill;
}

static const struct route_bill_line *line_of(const struct route_bill_line *lines, size_t n,
                                             const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(lines[i].name, name) == 0)
            return &lines[i];
    }
    fail_msg("no line %s", name);
    return NULL;
}

static const struct route_bill_line *carrier_line(const struct route_bill *bill, const char *name)
{
    return line_of(bill->carriers, bill->n_carriers, name);
}

static const struct route_bill_line *route_line(const struct route_bill *bill, const char *name)
{
    return line_of(bill->routes, bill->n_routes, name);
}

/* The lines must come to the totals, whatever was rounded on the way. */
static void assert_adds_up(const struct route_bill *bill, uint64_t texts)
{
    uint64_t segments = 0, all = 0;
    int64_t cents = 0;

    for (size_t i = 0; i < bill->n_carriers; i++) {
        segments += bill->carriers[i].segments;
        cents += bill->carriers[i].cents;
    }
    assert_int_equal(segments, bill->segments);
    assert_int_equal(cents, bill->cents);
    segments = 0;
    cents = 0;
    for (size_t i = 0; i < bill->n_routes; i++) {
        segments += bill->routes[i].refused ? 0 : bill->routes[i].segments;
        cents += bill->routes[i].cents;
        all += bill->routes[i].texts;
    }
    assert_int_equal(segments, bill->segments);
    assert_int_equal(cents, bill->cents);
    assert_int_equal(all, texts);
}

static void by_weight_each_carrier_has_its_share_at_its_own_price(void **state)
{
    struct route_bill bill;

    (void)state;
    count("+33612345678", "shop", 2, 100);
    bill = bill_now();
    assert_int_equal(bill.segments, 200);
    assert_int_equal(carrier_line(&bill, "orange")->segments, 150);
    assert_int_equal(carrier_line(&bill, "orange")->cents, 600); /* 150 * 4.000 */
    assert_int_equal(carrier_line(&bill, "sfr")->segments, 50);
    assert_int_equal(carrier_line(&bill, "sfr")->cents, 250); /* 50 * 5.000 */
    assert_int_equal(bill.cents, 850);
    assert_adds_up(&bill, 100);
}

static void by_cost_the_cheapest_for_each_destination_has_all_of_it(void **state)
{
    struct route_bill bill;

    (void)state;
    count("+32470123456", NULL, 1, 10); /* sfr 6.000, orange 9.000 */
    count("+32495123456", NULL, 1, 5);  /* sfr 9.900, orange 9.000 */
    bill = bill_now();
    assert_int_equal(carrier_line(&bill, "sfr")->segments, 10);
    assert_int_equal(carrier_line(&bill, "sfr")->cents, 60);
    assert_int_equal(carrier_line(&bill, "orange")->segments, 5);
    assert_int_equal(carrier_line(&bill, "orange")->cents, 45);
    assert_adds_up(&bill, 15);
}

static void by_order_the_first_one_has_all_of_it(void **state)
{
    struct route_bill bill;

    (void)state;
    count("+33612345678", "vip", 3, 2);
    bill = bill_now();
    assert_int_equal(bill.n_carriers, 1);
    assert_int_equal(carrier_line(&bill, "sfr")->segments, 6);
    assert_int_equal(route_line(&bill, "vip")->cents, 30);
    assert_adds_up(&bill, 2);
}

static void what_a_route_without_carriers_takes_is_refused_and_costs_nothing(void **state)
{
    struct route_bill bill;

    (void)state;
    count("+9912345678", NULL, 2, 7);
    count("+33612345678", NULL, 1, 4);
    bill = bill_now();
    assert_int_equal(bill.refused, 7);
    assert_int_equal(bill.segments, 4);
    assert_int_equal(bill.cents, 17); /* 4 * 4.25 */
    assert_true(route_line(&bill, "closed")->refused);
    assert_int_equal(route_line(&bill, "closed")->cents, 0);
    assert_int_equal(bill.n_routes, 2);
    assert_adds_up(&bill, 11);
}

static void the_lines_add_up_whatever_was_rounded(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 100000000; n = n * 3 + 1) {
        struct route_bill bill;

        tally = route_tally_new(&table, &arena);
        count("+33612345678", NULL, 1, n);
        count("+33612345679", NULL, 2, 1);
        count("+33612345678", "vip", 3, 17);
        count("+32470123456", NULL, 2, n + 1);
        count("+9912345678", NULL, 1, 7);
        count("+4915112345678", NULL, 1, 3);
        bill = bill_now();
        assert_adds_up(&bill, 2 * n + 29);
        assert_int_equal(route_line(&bill, "fr")->segments, n + 2);
    }
}

static void the_dearest_texts_for_everybody_do_not_overflow(void **state)
{
    static const struct route_carrier dear = { .name = "dear", .millicents = 100000000 };
    static const struct route only = { .name = "default", .ways = { { 0, 1000 } }, .n_ways = 1 };
    static const struct route_table one = {
        .routes = &only, .n = 1, .carriers = &dear, .n_carriers = 1
    };
    struct route_bill bill;

    (void)state;
    tally = route_tally_new(&one, &arena);
    count("+33612345678", NULL, 10, 100000000);
    bill = bill_now();
    assert_int_equal(bill.segments, 1000000000);
    assert_int_equal(bill.cents, INT64_C(100000000000000));
    assert_adds_up(&bill, 100000000);
}

static void nothing_counted_is_a_bill_of_nothing(void **state)
{
    struct route_bill bill;

    (void)state;
    bill = bill_now();
    assert_int_equal(bill.n_routes + bill.n_carriers, 0);
    assert_int_equal(bill.segments, 0);
    assert_int_equal(bill.cents, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(by_weight_each_carrier_has_its_share_at_its_own_price),
        TEST(by_cost_the_cheapest_for_each_destination_has_all_of_it),
        TEST(by_order_the_first_one_has_all_of_it),
        TEST(what_a_route_without_carriers_takes_is_refused_and_costs_nothing),
        TEST(the_lines_add_up_whatever_was_rounded),
        TEST(the_dearest_texts_for_everybody_do_not_overflow),
        TEST(nothing_counted_is_a_bill_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
