/* test_row_say.c - what a row was understood as, in words a person can check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "domain/local_time.h"
#include "domain/row_say.h"

static struct local_zone *zone;

static int set_up(void **state)
{
    (void)state;
    return local_zone_open("Europe/Paris", &zone, NULL) == RC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    local_zone_close(zone);
    return 0;
}

static void said(const struct partner_row *row, enum field f, const char *expected)
{
    char buf[ROW_SAY_SIZE];

    assert_string_equal(row_say(row, f, zone, buf), expected);
}

static struct partner_row full_row(void)
{
    return (struct partner_row){
        .customer_number = "C-1",
        .phone = "+33612345678",
        .country = "FR",
        .birth_date = "1990-05-01",
        .minor = ROW_SAYS_NO,
        .consent = { [CHANNEL_SMS] = CONSENT_GRANTED, [CHANNEL_EMAIL] = CONSENT_WITHDRAWN },
        .ordered_at = INT64_C(1795422600) * USEC_PER_SEC, /* 2026-11-23T08:30:00Z */
        .has_weight = true,
        .weight_g = 18500,
        .collect_cents = 4990,
        .currency = "EUR",
        .status = ORDER_OUT,
        .has_price = true,
        .price_cents = 7,
        .amount_cents = -1250,
        .state = INVOICE_PAID,
        .custom = { "39" },
    };
}

static void values_are_said_as_they_will_be_kept(void **state)
{
    const struct partner_row row = full_row();

    (void)state;
    said(&row, FIELD_CUSTOMER_NUMBER, "C-1");
    said(&row, FIELD_PHONE, "+33612345678");
    said(&row, FIELD_COUNTRY, "FR");
    said(&row, FIELD_BIRTH_DATE, "1990-05-01");
    said(&row, FIELD_MINOR, "no");
    said(&row, FIELD_CONSENT_SMS, "yes");
    said(&row, FIELD_CONSENT_EMAIL, "no");
    said(&row, FIELD_WEIGHT, "18.500 kg");
    said(&row, FIELD_COLLECT, "49.90 EUR");
    said(&row, FIELD_STATUS, "out");
    said(&row, FIELD_PRICE, "0.07 EUR");
    said(&row, FIELD_AMOUNT, "-12.50 EUR");
    said(&row, FIELD_STATE, "paid");
    said(&row, FIELD_CUSTOM_FIRST, "39");
}

static void a_time_is_that_of_the_partners_clock(void **state)
{
    const struct partner_row row = full_row();

    (void)state;
    said(&row, FIELD_ORDERED_AT, "2026-11-23 09:30:00");
    said(&row, FIELD_WINDOW_FROM, "");
}

static void what_a_row_does_not_say_is_empty(void **state)
{
    struct partner_row row = full_row();

    (void)state;
    row.has_weight = row.has_price = false;
    row.minor = ROW_SAYS_NOTHING;
    row.consent[CHANNEL_SMS] = CONSENT_UNKNOWN;
    row.state = INVOICE_NOT_SAID;
    said(&row, FIELD_WEIGHT, "");
    said(&row, FIELD_PRICE, "");
    said(&row, FIELD_MINOR, "");
    said(&row, FIELD_CONSENT_SMS, "");
    said(&row, FIELD_STATE, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_said_as_they_will_be_kept),
        cmocka_unit_test(a_time_is_that_of_the_partners_clock),
        cmocka_unit_test(what_a_row_does_not_say_is_empty),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
