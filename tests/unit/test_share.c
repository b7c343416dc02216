/* test_share.c - shares of customers: even, stable, and independent of each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "domain/share.h"

#define PEOPLE  100000
#define BUCKETS 100

/* Chi-square with 99 degrees of freedom is above 167 once in a hundred thousand. */
#define CHI_MAX 167.0

static double chi_square(const unsigned *count, size_t n, double expected)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return sum;
}

static void every_number_comes_as_often_whatever_the_ids_are(void **state)
{
    static const uint64_t steps[] = { 1, 2, 1000, 4096, UINT64_C(1) << 20, 999983 };

    (void)state;
    for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
        for (uint64_t campaign = 1; campaign <= 3; campaign++) {
            unsigned count[BUCKETS] = { 0 };
            for (uint64_t i = 1; i <= PEOPLE; i++) {
                unsigned at = share_of(campaign, SHARE_HOLD_OUT, i * steps[s]);
                assert_true(at < SHARE_WHOLE);
                count[at / (SHARE_WHOLE / BUCKETS)]++;
            }
            assert_true(chi_square(count, BUCKETS, PEOPLE / BUCKETS) < CHI_MAX);
        }
    }
}

/* Who is held out by one campaign is held out by the next one as often as anybody else. */
static void campaigns_and_uses_are_independent_of_each_other(void **state)
{
    static const struct {
        uint64_t campaign;
        enum share_use use;
    } pairs[][2] = {
        { { 1, SHARE_HOLD_OUT }, { 2, SHARE_HOLD_OUT } },
        { { 7, SHARE_HOLD_OUT }, { 8, SHARE_HOLD_OUT } },
        { { 7, SHARE_HOLD_OUT }, { 7, SHARE_TEST } },
        { { 7, SHARE_TEST }, { 7, SHARE_VARIANT } },
        { { 1, SHARE_TEST }, { 2, SHARE_HOLD_OUT } },
        { { 0, SHARE_TEST }, { UINT64_C(1) << 32, SHARE_TEST } },
    };

    (void)state;
    for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
        unsigned count[BUCKETS] = { 0 };
        for (uint64_t i = 1; i <= PEOPLE; i++) {
            unsigned a = share_of(pairs[p][0].campaign, pairs[p][0].use, i) / 1000;
            unsigned b = share_of(pairs[p][1].campaign, pairs[p][1].use, i) / 1000;
            count[10 * a + b]++;
        }
        assert_true(chi_square(count, BUCKETS, PEOPLE / BUCKETS) < CHI_MAX);
    }
}

static void texts_are_given_out_evenly(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= 4; n++) {
        unsigned count[4] = { 0 };
        for (uint64_t i = 1; i <= PEOPLE; i++)
            count[share_variant(3, i, n)]++;
        assert_true(chi_square(count, n, (double)PEOPLE / n) < 30.0);
        for (unsigned v = n; v < 4; v++)
            assert_int_equal(count[v], 0);
    }
}

/* Written down: a release that changes them would send a campaign under way to other people. */
static void a_customer_keeps_its_number(void **state)
{
    (void)state;
    assert_int_equal(share_of(1, SHARE_HOLD_OUT, 1), share_of(1, SHARE_HOLD_OUT, 1));
    assert_int_equal(share_of(1, SHARE_HOLD_OUT, 1), 2013);
    assert_int_equal(share_of(42, SHARE_TEST, 4711), 2881);
    assert_int_equal(share_of(42, SHARE_VARIANT, 4711), 4238);
}

static void a_share_is_written_in_percent(void **state)
{
    static const struct {
        const char *text;
        unsigned share;
    } good[] = { { "5%", 500 },    { "0%", 0 },      { "100%", 10000 }, { "12.5%", 1250 },
                 { "0.25 %", 25 }, { "7,05%", 705 }, { "33.3%", 3330 } };
    static const char *const bad[] = { "",    "5",        "%",   "101%", "-1%",
                                       "1.%", "1.234%",   "5%%", "a%",   "99999999999999999999%",
                                       ".5%", "5 percent" };
    unsigned share;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(share_parse(good[i].text, &share));
        assert_int_equal(share, good[i].share);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        share = 77;
        assert_false(share_parse(bad[i], &share));
        assert_int_equal(share, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_comes_as_often_whatever_the_ids_are),
        cmocka_unit_test(campaigns_and_uses_are_independent_of_each_other),
        cmocka_unit_test(texts_are_given_out_evenly),
        cmocka_unit_test(a_customer_keeps_its_number),
        cmocka_unit_test(a_share_is_written_in_percent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
