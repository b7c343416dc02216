/* test_smsc_latency.c - quantiles of answers, against a sorted list of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "smsc/latency.h"

#define ANSWERS 10000

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void of_no_answers_there_is_no_quantile(void **state)
{
    const struct latency l = { 0 };

    (void)state;
    assert_int_equal(latency_quantile(&l, 500), 0);
}

static void a_quantile_is_at_most_a_sixteenth_too_high_and_never_too_low(void **state)
{
    static const unsigned per_mille[] = { 1, 500, 900, 990, 999, 1000 };
    static int64_t sorted[ANSWERS];
    struct latency l = { 0 };
    uint64_t random = 1;

    (void)state;
    for (size_t i = 0; i < ANSWERS; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        sorted[i] = (int64_t)(random >> (34 + i % 30)); /* from a microsecond to 18 minutes */
        latency_add(&l, sorted[i]);
    }
    qsort(sorted, ANSWERS, sizeof(sorted[0]), compare);
    for (size_t i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++) {
        int64_t exact = sorted[ANSWERS * per_mille[i] / 1000 - 1];
        assert_in_range(latency_quantile(&l, per_mille[i]), exact, exact + exact / 16);
    }
}

static void the_slowest_is_told_exactly_and_what_cannot_be_is_not_forgotten(void **state)
{
    struct latency l = { 0 };

    (void)state;
    latency_add(&l, 1000001);
    assert_int_equal(latency_quantile(&l, 1000), 1000001);
    latency_add(&l, -5); /* a clock that was read in the wrong order */
    assert_int_equal(latency_quantile(&l, 500), 0);
    latency_add(&l, INT64_MAX);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.max_us, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_no_answers_there_is_no_quantile),
        cmocka_unit_test(a_quantile_is_at_most_a_sixteenth_too_high_and_never_too_low),
        cmocka_unit_test(the_slowest_is_told_exactly_and_what_cannot_be_is_not_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
