/* test_mapping_kinds.c - the rows of statuses, products, invoices, payments and suppression lists,
 * typed or refused; and patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "domain/mapping.h"
#include "domain/pattern.h"

#define NOW INT64_C(1764000000000000) /* 2025-11-24T16:00:00Z */

struct bench {
    struct mapping_rules rules;
    struct raw_record raw;
    struct mapping *mapping;
    struct arena arena;
    struct partner_row row;
    struct row_fault fault;
};

/* As a profile would: all fields of the kind, its keys required. */
static void begin(struct bench *b, enum file_kind kind)
{
    memset(b, 0, sizeof(*b));
    b->rules = (struct mapping_rules){ .kind = kind,
                                       .country = "FR",
                                       .language = "fr",
                                       .currency = "EUR",
                                       .dates = DATE_DMY,
                                       .timezone = "Europe/Paris" };
    for (enum field f = 0; f < FIELD_CUSTOM_FIRST; f++) {
        b->rules.fields[f].mapped = field_info(f)->kinds & IN_KIND(kind);
        b->rules.fields[f].required = field_info(f)->key_of & IN_KIND(kind);
    }
    b->raw.row_no = 1;
    b->raw.line = 2;
    arena_init(&b->arena);
}

static void set(struct bench *b, enum field f, const char *text)
{
    b->raw.values[f] = (struct raw_value){ text, strlen(text) };
}

static enum rc run(struct bench *b)
{
    if (!b->mapping)
        assert_int_equal(mapping_new(&b->rules, &b->mapping, NULL), RC_OK);
    return mapping_row(b->mapping, &b->raw, NOW, &b->arena, &b->row, &b->fault);
}

static void end(struct bench *b)
{
    mapping_free(b->mapping);
    arena_close(&b->arena);
}

static void refused(struct bench *b, const char *field, const char *code, const char *reason)
{
    assert_int_equal(run(b), RC_INVALID);
    assert_string_equal(b->fault.field, field);
    assert_string_equal(b->fault.code, code);
    if (!strstr(b->fault.reason, reason))
        fail_msg("\"%s\" is not in \"%s\"", reason, b->fault.reason);
    end(b);
}

static void a_status_is_typed(void **state)
{
    char at[CLOCK_TEXT_SIZE], story[600];
    struct bench b;

    (void)state;
    memset(story, 'x', sizeof(story));
    begin(&b, KIND_STATUSES);
    set(&b, FIELD_ORDER_NUMBER, "A-1");
    set(&b, FIELD_STATUS, "delivered");
    set(&b, FIELD_AT, "24/11/2025 10:42");
    set(&b, FIELD_PLACE, "Lyon");
    b.raw.values[FIELD_NOTE] = (struct raw_value){ story, sizeof(story) };
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.order_number, "A-1");
    assert_false(b.row.has_order); /* that is for rows that bring one */
    assert_int_equal(b.row.status, ORDER_DELIVERED);
    assert_string_equal(clock_format(b.row.at, at), "2025-11-24T09:42:00.000000Z");
    assert_string_equal(b.row.place, "Lyon");
    assert_int_equal(strlen(b.row.note), 199 + strlen("…"));
    assert_string_equal(b.row.customer_number, "");
    end(&b);
}

static void a_status_without_its_key_is_refused_even_if_faults_are_ignored(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_STATUSES);
    set(&b, FIELD_ORDER_NUMBER, "A-1");
    refused(&b, "status", FAULT_MISSING, "status is missing");

    begin(&b, KIND_STATUSES);
    b.rules.fields[FIELD_STATUS].ignore_faulty = true;
    set(&b, FIELD_ORDER_NUMBER, "A-1");
    set(&b, FIELD_STATUS, "perdue");
    refused(&b, "status", FAULT_UNKNOWN_VALUE, "planned, out, delivered");

    begin(&b, KIND_STATUSES);
    set(&b, FIELD_ORDER_NUMBER, "A-1");
    set(&b, FIELD_STATUS, "out");
    set(&b, FIELD_AT, "2026-11-24");
    refused(&b, "at", FAULT_OUT_OF_RANGE, "in the future");
}

static void a_product_is_typed(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_PRODUCTS);
    set(&b, FIELD_CODE, "P-1");
    set(&b, FIELD_PRICE, "1 249,90 €");
    set(&b, FIELD_VALID_FROM, "01/12/2025");
    set(&b, FIELD_VALID_TO, "2025-12-31");
    set(&b, FIELD_WITHDRAWN, "non");
    assert_int_equal(run(&b), RC_OK);
    assert_true(b.row.has_price);
    assert_int_equal(b.row.price_cents, 124990);
    assert_string_equal(b.row.currency, "EUR");
    assert_string_equal(b.row.valid_from, "2025-12-01");
    assert_string_equal(b.row.valid_to, "2025-12-31");
    assert_int_equal(b.row.withdrawn, ROW_SAYS_NO);
    assert_string_equal(b.row.label, "");
    set(&b, FIELD_PRICE, "");
    assert_int_equal(run(&b), RC_OK);
    assert_false(b.row.has_price);
    end(&b);
}

static void a_price_cannot_end_before_it_begins_nor_be_below_zero(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_PRODUCTS);
    set(&b, FIELD_CODE, "P-1");
    set(&b, FIELD_VALID_FROM, "02/12/2025");
    set(&b, FIELD_VALID_TO, "01/12/2025");
    refused(&b, "valid_to", FAULT_OUT_OF_RANGE, "ends before it begins");

    begin(&b, KIND_PRODUCTS);
    set(&b, FIELD_CODE, "P-1");
    set(&b, FIELD_PRICE, "-1");
    refused(&b, "price", FAULT_OUT_OF_RANGE, "not between 0 and 100 million");
}

static void an_invoice_is_typed(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_INVOICES);
    set(&b, FIELD_INVOICE_NUMBER, "F-1");
    set(&b, FIELD_ORDER_NUMBER, "A-1");
    set(&b, FIELD_AMOUNT, "-12,50");
    set(&b, FIELD_DUE_ON, "31/12/2025");
    set(&b, FIELD_STATE, "Paid");
    set(&b, FIELD_CURRENCY, "chf");
    assert_int_equal(run(&b), RC_OK);
    assert_int_equal(b.row.amount_cents, -1250);
    assert_string_equal(b.row.due_on, "2025-12-31");
    assert_string_equal(b.row.issued_on, "");
    assert_int_equal(b.row.state, INVOICE_PAID);
    assert_string_equal(b.row.currency, "CHF");
    set(&b, FIELD_STATE, "");
    assert_int_equal(run(&b), RC_OK);
    assert_int_equal(b.row.state, INVOICE_NOT_SAID);
    end(&b);
}

static void an_invoice_says_who_is_to_pay_and_how_much(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_INVOICES);
    set(&b, FIELD_INVOICE_NUMBER, "F-1");
    set(&b, FIELD_AMOUNT, "1");
    refused(&b, "customer_number", FAULT_MISSING, "customer_number and order_number are missing");

    begin(&b, KIND_INVOICES);
    set(&b, FIELD_INVOICE_NUMBER, "F-1");
    set(&b, FIELD_CUSTOMER_NUMBER, "C-1");
    refused(&b, "amount", FAULT_MISSING, "amount is missing");

    begin(&b, KIND_INVOICES);
    set(&b, FIELD_INVOICE_NUMBER, "F-1");
    set(&b, FIELD_CUSTOMER_NUMBER, "C-1");
    set(&b, FIELD_AMOUNT, "100000000,01");
    refused(&b, "amount", FAULT_OUT_OF_RANGE, "minus 100 million and 100 million");

    begin(&b, KIND_INVOICES);
    set(&b, FIELD_INVOICE_NUMBER, "F-1");
    set(&b, FIELD_CUSTOMER_NUMBER, "C-1");
    set(&b, FIELD_AMOUNT, "1");
    set(&b, FIELD_STATE, "overdue");
    refused(&b, "state", FAULT_UNKNOWN_VALUE, "open, paid, cancelled");
}

static void a_payment_is_typed_and_not_of_the_future(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_PAYMENTS);
    set(&b, FIELD_INVOICE_NUMBER, "F-1");
    set(&b, FIELD_AMOUNT, "49,90");
    set(&b, FIELD_PAID_ON, "24/11/2025");
    set(&b, FIELD_REFERENCE, "VIR 8812");
    assert_int_equal(run(&b), RC_OK);
    assert_int_equal(b.row.amount_cents, 4990);
    assert_string_equal(b.row.paid_on, "2025-11-24");
    assert_string_equal(b.row.reference, "VIR 8812");
    set(&b, FIELD_PAID_ON, "24/12/2025");
    refused(&b, "paid_on", FAULT_OUT_OF_RANGE, "in the future");
}

static void two_faults_of_one_field_are_told_as_one(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_SUPPRESSIONS);
    set(&b, FIELD_PHONE, "06 12");
    refused(&b, "phone", "phone_too_short", "");
    assert_null(strstr(b.fault.reason, "also wrong"));
}

static void a_suppression_has_an_address_and_ends_with_its_day(void **state)
{
    char until[CLOCK_TEXT_SIZE];
    struct bench b;

    (void)state;
    begin(&b, KIND_SUPPRESSIONS);
    set(&b, FIELD_PHONE, "06 12 34 56 78");
    set(&b, FIELD_UNTIL, "31/12/2025");
    set(&b, FIELD_REASON, "contentieux");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.phone, "+33612345678");
    assert_string_equal(b.row.email, "");
    assert_string_equal(clock_format(b.row.until, until), "2025-12-31T23:00:00.000000Z");
    set(&b, FIELD_UNTIL, "31/12/2025 12:00");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(clock_format(b.row.until, until), "2025-12-31T11:00:00.000000Z");
    set(&b, FIELD_PHONE, "");
    refused(&b, "phone", FAULT_MISSING, "phone and email are missing");
}

/* --- patterns --- */

static void a_value_that_does_not_look_as_it_should_is_refused(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_CUSTOMERS);
    b.rules.fields[FIELD_POSTCODE].pattern = "[0-9]{5}";
    set(&b, FIELD_CUSTOMER_NUMBER, "C-1");
    assert_int_equal(run(&b), RC_OK); /* nothing said */
    set(&b, FIELD_POSTCODE, "69003");
    assert_int_equal(run(&b), RC_OK);
    set(&b, FIELD_POSTCODE, "690034");
    refused(&b, "postcode", FAULT_BAD_PATTERN, "\"690034\" does not look like [0-9]{5}");
}

static void a_pattern_looks_at_what_the_value_table_made(void **state)
{
    static const struct field_values words[] = { { "none", "C-0" } };
    struct bench b;

    (void)state;
    begin(&b, KIND_CUSTOMERS);
    b.rules.fields[FIELD_CUSTOMER_NUMBER].pattern = "C-[0-9]+|K";
    b.rules.fields[FIELD_CUSTOMER_NUMBER].values = words;
    b.rules.fields[FIELD_CUSTOMER_NUMBER].n_values = 1;
    set(&b, FIELD_CUSTOMER_NUMBER, "none");
    assert_int_equal(run(&b), RC_OK);
    set(&b, FIELD_CUSTOMER_NUMBER, "K2");
    refused(&b, "customer_number", FAULT_BAD_PATTERN, "K2");
}

static void a_field_of_ones_own_may_have_a_pattern(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, KIND_CUSTOMERS);
    b.rules.custom[0] = "field.shoe";
    b.rules.fields[FIELD_CUSTOM_FIRST] = (struct field_rule){ .mapped = true, .pattern = "[34].*" };
    set(&b, FIELD_CUSTOMER_NUMBER, "C-1");
    set(&b, FIELD_CUSTOM_FIRST, "55");
    refused(&b, "field.shoe", FAULT_BAD_PATTERN, "55");
    begin(&b, KIND_CUSTOMERS);
    b.rules.custom[0] = "field.shoe";
    b.rules.fields[FIELD_CUSTOM_FIRST] =
        (struct field_rule){ .mapped = true, .pattern = "[34].*", .ignore_faulty = true };
    set(&b, FIELD_CUSTOMER_NUMBER, "C-1");
    set(&b, FIELD_CUSTOM_FIRST, "55");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.custom[0], "");
    end(&b);
}

static void a_pattern_that_would_cost_too_much_is_none(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "[a", "no extended regular expression" }, { "(a)\\1", "without references back" },
        { "a{1001}", "multiply to at most" },       { "((a{1,40}){40}){40}", "multiply" },
        { "a{99999999999999999999}", "multiply" },
    };
    struct pattern *p = NULL;
    char many[PATTERN_TEXT_MAX + 2];
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(pattern_new(cases[i].text, &p, &err), RC_INVALID);
        if (!strstr(err.text, cases[i].expected))
            fail_msg("got \"%s\", expected \"%s\"", err.text, cases[i].expected);
    }
    memset(many, 'a', sizeof(many));
    many[PATTERN_TEXT_MAX + 1] = '\0';
    assert_int_equal(pattern_new(many, &p, &err), RC_INVALID);
    assert_int_equal(pattern_new("\\{1001\\}", &p, &err), RC_OK);
    assert_true(pattern_matches(p, "{1001}"));
    pattern_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_typed),
        cmocka_unit_test(a_status_without_its_key_is_refused_even_if_faults_are_ignored),
        cmocka_unit_test(a_product_is_typed),
        cmocka_unit_test(a_price_cannot_end_before_it_begins_nor_be_below_zero),
        cmocka_unit_test(an_invoice_is_typed),
        cmocka_unit_test(an_invoice_says_who_is_to_pay_and_how_much),
        cmocka_unit_test(a_payment_is_typed_and_not_of_the_future),
        cmocka_unit_test(two_faults_of_one_field_are_told_as_one),
        cmocka_unit_test(a_suppression_has_an_address_and_ends_with_its_day),
        cmocka_unit_test(a_value_that_does_not_look_as_it_should_is_refused),
        cmocka_unit_test(a_pattern_looks_at_what_the_value_table_made),
        cmocka_unit_test(a_field_of_ones_own_may_have_a_pattern),
        cmocka_unit_test(a_pattern_that_would_cost_too_much_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
