/* test_proportion.c - chance or not: against published figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdint.h>

#include "domain/proportion.h"

static void assert_near(double got, double expected)
{
    if (fabs(got - expected) > 0.00005)
        fail_msg("%.6f, expected %.6f", got, expected);
}

/* Newcombe 1998, table II, method 10. */
static void the_interval_is_the_published_one(void **state)
{
    static const struct {
        struct proportion a, b;
        double low, high;
    } table[] = {
        { { 56, 70 }, { 48, 80 }, 0.0524, 0.3339 },
        { { 9, 10 }, { 3, 10 }, 0.1705, 0.8090 },
        { { 10, 10 }, { 0, 20 }, 0.6791, 1.0000 },
        { { 10, 10 }, { 0, 10 }, 0.6075, 1.0000 },
    };
    struct proportion_gap gap;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_true(proportion_gap(&table[i].a, &table[i].b, &gap));
        assert_near(gap.low, table[i].low);
        assert_near(gap.high, table[i].high);
        assert_false(gap.chance);
    }
}

static void an_interval_with_nothing_in_it_could_be_chance(void **state)
{
    struct proportion_gap gap;

    (void)state;
    assert_true(
        proportion_gap(&(struct proportion){ 300, 10000 }, &(struct proportion){ 20, 1000 }, &gap));
    assert_near(gap.difference, 0.01);
    assert_near(gap.low, -0.00115);
    assert_near(gap.high, 0.01785);
    assert_true(gap.chance);
    assert_false(proportion_gap(&(struct proportion){ 0, 0 }, &(struct proportion){ 1, 10 }, &gap));
}

static void the_test_says_how_often_chance_does_as_much(void **state)
{
    double p;

    (void)state;
    assert_true(
        proportion_test(&(struct proportion){ 41, 1000 }, &(struct proportion){ 29, 1000 }, &p));
    assert_near(p, 0.144276);
    assert_true(
        proportion_test(&(struct proportion){ 80, 2000 }, &(struct proportion){ 120, 2000 }, &p));
    assert_near(p, 0.003709);
    assert_true(
        proportion_test(&(struct proportion){ 50, 1000 }, &(struct proportion){ 50, 1000 }, &p));
    assert_near(p, 1.0);
}

static void too_few_are_no_test(void **state)
{
    static const struct proportion pairs[][2] = {
        { { 3, 100 }, { 0, 100 } }, { { 100, 100 }, { 97, 100 } }, { { 0, 0 }, { 5, 100 } },
        { { 0, 100 }, { 0, 100 } }, { { 9, 12 }, { 500, 1000 } },
    };
    double p;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_false(proportion_test(&pairs[i][0], &pairs[i][1], &p));
        assert_near(p, 1.0);
    }
    assert_true(
        proportion_test(&pairs[4][0], &pairs[4][1], &p)); /* twelve, of which six are expected */
}

static void the_best_wins_and_the_first_when_none_is(void **state)
{
    static const struct {
        struct proportion list[4];
        unsigned n;
        enum proportion_verdict verdict;
        unsigned best, second;
    } cases[] = {
        { { { 29, 1000 }, { 41, 1000 } }, 2, PROPORTION_BEST, 1, 0 },
        { { { 41, 1000 }, { 29, 1000 } }, 2, PROPORTION_BEST, 0, 1 },
        { { { 29, 1000 }, { 41, 1000 }, { 40, 1000 } }, 3, PROPORTION_BEST, 1, 2 },
        { { { 29, 1000 }, { 41, 1000 }, { 82, 2000 } }, 3, PROPORTION_TIE, 1, 2 },
        { { { 30, 1000 }, { 30, 1000 } }, 2, PROPORTION_TIE, 0, 1 },
        { { { 0, 1000 }, { 3, 1000 } }, 2, PROPORTION_TOO_SMALL, 0, 0 },
        { { { 0, 0 }, { 0, 0 } }, 2, PROPORTION_TOO_SMALL, 0, 0 },
        { { { 41, 1000 }, { 60, 1000 }, { 0, 0 } }, 3, PROPORTION_TOO_SMALL, 0, 0 },
        { { { 50, 100 } }, 1, PROPORTION_TOO_SMALL, 0, 0 },
    };
    struct proportion_winner w;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        proportion_choose(cases[i].list, cases[i].n, &w);
        if (w.verdict != cases[i].verdict || w.best != cases[i].best || w.second != cases[i].second)
            fail_msg("case %zu: verdict %d, best %u, second %u", i, (int)w.verdict, w.best,
                     w.second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_is_the_published_one),
        cmocka_unit_test(an_interval_with_nothing_in_it_could_be_chance),
        cmocka_unit_test(the_test_says_how_often_chance_does_as_much),
        cmocka_unit_test(too_few_are_no_test),
        cmocka_unit_test(the_best_wins_and_the_first_when_none_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
