/* test_anomaly.c - when a campaign goes wrong, and when it is too early to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/anomaly.h"

static const struct anomaly_limits limits = {
    .least = 100, .failures = 10, .stops = 3, .receipts_us = 3600 * USEC_PER_SEC
};
static char text[200];

static bool found(enum anomaly what, const struct anomaly_figures *f)
{
    return anomaly_found(what, f, &limits, 10000 * USEC_PER_SEC, text, sizeof(text));
}

static void more_than_so_many_percent_is_too_many(void **state)
{
    struct anomaly_figures f = { .tried = 1000, .failed = 100 };

    (void)state;
    assert_false(found(ANOMALY_FAILURES, &f));
    f.failed = 101;
    assert_true(found(ANOMALY_FAILURES, &f));
    assert_string_equal(text, "101 of 1000 messages failed: more than 10 % (alert.failures)");
    f = (struct anomaly_figures){ .sent = 1000, .stops = 30 };
    assert_false(found(ANOMALY_STOPS, &f));
    f.stops = 31;
    assert_true(found(ANOMALY_STOPS, &f));
    assert_string_equal(text, "31 of 1000 recipients want no more: more than 3 % (alert.stops)");
}

static void of_a_few_messages_nothing_can_be_said(void **state)
{
    struct anomaly_figures f = { .tried = 99, .failed = 99, .sent = 99, .stops = 99 };

    (void)state;
    assert_false(found(ANOMALY_FAILURES, &f));
    assert_false(found(ANOMALY_STOPS, &f));
    f.tried = f.sent = 100;
    assert_true(found(ANOMALY_FAILURES, &f));
    assert_true(found(ANOMALY_STOPS, &f));
}

static void receipts_may_take_their_time_and_one_is_enough(void **state)
{
    struct anomaly_figures f = { .sms = 500, .sms_since = 7000 * USEC_PER_SEC };

    (void)state;
    assert_false(found(ANOMALY_NO_RECEIPTS, &f));
    f.sms_since = 6000 * USEC_PER_SEC;
    assert_true(found(ANOMALY_NO_RECEIPTS, &f));
    f.sms_told = 1;
    assert_false(found(ANOMALY_NO_RECEIPTS, &f));
    f = (struct anomaly_figures){ .sms = 50 };
    assert_false(found(ANOMALY_NO_RECEIPTS, &f));
}

static void what_has_no_limit_is_not_looked_for(void **state)
{
    const struct anomaly_limits none = { .least = 1 };
    const struct anomaly_figures f = {
        .tried = 1000, .failed = 1000, .sent = 1000, .stops = 1000, .sms = 1000, .sms_since = 1
    };

    (void)state;
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        assert_true(*anomaly_name((enum anomaly)i) != '\0');
        assert_false(
            anomaly_found((enum anomaly)i, &f, &none, 10000 * USEC_PER_SEC, text, sizeof(text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_so_many_percent_is_too_many),
        cmocka_unit_test(of_a_few_messages_nothing_can_be_said),
        cmocka_unit_test(receipts_may_take_their_time_and_one_is_enough),
        cmocka_unit_test(what_has_no_limit_is_not_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
