/* test_mapping.c - from raw values to a typed row, or to the fault that a partner can act on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "domain/custom_field.h"
#include "domain/local_time.h"
#include "domain/mapping.h"
#include "domain/value.h"

#define NOW INT64_C(1764000000000000) /* 2025-11-24T16:00:00Z */

struct bench {
    struct mapping_rules rules;
    struct raw_record raw;
    struct mapping *mapping;
    struct arena arena;
    struct partner_row row;
    struct row_fault fault;
};

static void set(struct bench *b, enum field f, const char *text)
{
    b->raw.values[f] = (struct raw_value){ text, strlen(text) };
}

static void begin(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    b->rules = (struct mapping_rules){ .country = "FR",
                                       .language = "fr",
                                       .currency = "EUR",
                                       .dates = DATE_DMY,
                                       .timezone = "Europe/Paris" };
    for (enum field f = 0; f < FIELD_COUNT; f++)
        b->rules.fields[f].mapped = true;
    b->rules.fields[FIELD_CUSTOMER_NUMBER].required = true;
    b->rules.fields[FIELD_ORDER_NUMBER].required = true;
    b->raw.row_no = 1;
    b->raw.line = 2;
    arena_init(&b->arena);
    assert_int_equal(mapping_new(&b->rules, &b->mapping, NULL), RC_OK);
    set(b, FIELD_CUSTOMER_NUMBER, "C-1");
    set(b, FIELD_ORDER_NUMBER, "A-1");
}

static enum rc run(struct bench *b)
{
    return mapping_row(b->mapping, &b->raw, NOW, &b->arena, &b->row, &b->fault);
}

static void end(struct bench *b)
{
    mapping_free(b->mapping);
    arena_close(&b->arena);
}

static void a_whole_row_is_typed(void **state)
{
    struct bench b;
    char at[CLOCK_TEXT_SIZE];

    (void)state;
    begin(&b);
    set(&b, FIELD_LAST_NAME, "  Martin\t Dupont ");
    set(&b, FIELD_PHONE, "06 12 34 56 78");
    set(&b, FIELD_EMAIL, "Jean@Example.COM");
    set(&b, FIELD_COUNTRY, "fr");
    set(&b, FIELD_LANGUAGE, "fr-FR");
    set(&b, FIELD_CONSENT_SMS, "OUI");
    set(&b, FIELD_CONSENT_EMAIL, "non");
    set(&b, FIELD_CONSENT_AT, "02/03/2025");
    set(&b, FIELD_CONSENT_WORDING, "Je veux des offres");
    set(&b, FIELD_CONSENT_SOURCE, "boutique");
    set(&b, FIELD_ORDERED_AT, "23/07/2025 08:30");
    set(&b, FIELD_GOODS, "2 pneus");
    set(&b, FIELD_WEIGHT, "12,5 kg");
    set(&b, FIELD_COLLECT, "1 249,90 €");
    set(&b, FIELD_STATUS, "Out");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.last_name, "Martin Dupont");
    assert_string_equal(b.row.phone, "+33612345678");
    assert_string_equal(b.row.email, "jean@example.com");
    assert_string_equal(b.row.country, "FR");
    assert_string_equal(b.row.language, "fr");
    assert_int_equal(b.row.consent[CHANNEL_SMS], CONSENT_GRANTED);
    assert_int_equal(b.row.consent[CHANNEL_EMAIL], CONSENT_WITHDRAWN);
    assert_string_equal(b.row.consent_wording, "Je veux des offres (boutique)");
    assert_string_equal(clock_format(b.row.ordered_at, at), "2025-07-23T06:30:00.000000Z");
    assert_int_equal(b.row.weight_g, 12500);
    assert_int_equal(b.row.collect_cents, 124990);
    assert_int_equal(b.row.status, ORDER_OUT);
    assert_true(b.row.has_order);
    end(&b);
}

static void an_empty_cell_says_nothing(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    assert_int_equal(run(&b), RC_OK);
    assert_int_equal(b.row.consent[CHANNEL_SMS], CONSENT_UNKNOWN);
    assert_int_equal(b.row.consent_at, 0);
    assert_int_equal(b.row.ordered_at, 0);
    assert_false(b.row.has_weight);
    assert_string_equal(b.row.phone, "");
    assert_string_equal(b.row.currency, "EUR");
    assert_int_equal(b.row.status, ORDER_PLANNED);
    end(&b);
}

static void each_fault_has_its_code_field_and_value(void **state)
{
    static const struct {
        enum field field;
        const char *text, *code;
    } cases[] = {
        { FIELD_CUSTOMER_NUMBER, "", FAULT_MISSING },
        { FIELD_ORDER_NUMBER, " \t ", FAULT_MISSING },
        { FIELD_PHONE, "06 12", "phone_too_short" },
        { FIELD_EMAIL, "jean.example.com", "mail_no_at" },
        { FIELD_COUNTRY, "France", FAULT_UNKNOWN_VALUE },
        { FIELD_CONSENT_SMS, "peut-être", FAULT_UNKNOWN_VALUE },
        { FIELD_ORDERED_AT, "31/02/2025", FAULT_BAD_DATE },
        { FIELD_ORDERED_AT, "23/07/2035", FAULT_OUT_OF_RANGE },
        { FIELD_CONSENT_AT, "2090-01-01", FAULT_OUT_OF_RANGE },
        { FIELD_WEIGHT, "douze", FAULT_BAD_NUMBER },
        { FIELD_WEIGHT, "-1", FAULT_OUT_OF_RANGE },
        { FIELD_COLLECT, "12,345", FAULT_BAD_NUMBER },
        { FIELD_COLLECT, "99999999999", FAULT_OUT_OF_RANGE },
        { FIELD_COLLECT, "10 USD", FAULT_BAD_NUMBER },
        { FIELD_CURRENCY, "E1R", FAULT_UNKNOWN_VALUE },
        { FIELD_STATUS, "perdue", FAULT_UNKNOWN_VALUE },
        { FIELD_POSTCODE, "123456789012345678", FAULT_TOO_LONG },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench b;

        begin(&b);
        set(&b, cases[i].field, cases[i].text);
        assert_int_equal(run(&b), RC_INVALID);
        assert_string_equal(b.fault.code, cases[i].code);
        assert_string_equal(b.fault.field, field_info(cases[i].field)->name);
        assert_true(*b.fault.reason);
        end(&b);
    }
}

static void further_faults_of_a_row_are_named(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    set(&b, FIELD_PHONE, "12");
    set(&b, FIELD_EMAIL, "x");
    set(&b, FIELD_WEIGHT, "y");
    assert_int_equal(run(&b), RC_INVALID);
    assert_string_equal(b.fault.field, "phone");
    assert_non_null(strstr(b.fault.reason, "; also wrong: email, weight"));
    end(&b);
}

static void a_faulty_value_that_may_be_ignored_leaves_the_row(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    b.rules.fields[FIELD_PHONE].ignore_faulty = true;
    set(&b, FIELD_PHONE, "1234356");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.phone, "");
    end(&b);
}

static void constants_defaults_and_value_tables_apply(void **state)
{
    static const struct field_values words[] = { { "livrée", "delivered" } };
    struct bench b;

    (void)state;
    begin(&b);
    b.rules.fields[FIELD_SOURCE].constant = "shop";
    b.rules.fields[FIELD_CATEGORY].fallback = "private";
    b.rules.fields[FIELD_STATUS].values = words;
    b.rules.fields[FIELD_STATUS].n_values = 1;
    set(&b, FIELD_SOURCE, "ignored");
    set(&b, FIELD_STATUS, "livrée");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.source, "shop");
    assert_string_equal(b.row.category, "private");
    assert_int_equal(b.row.status, ORDER_DELIVERED);
    end(&b);
}

static void goods_are_cut_and_not_refused(void **state)
{
    struct bench b;
    char many[1300];

    (void)state;
    begin(&b);
    for (size_t i = 0; i < 600; i++)
        memcpy(many + 2 * i, "é", 2);
    many[1200] = '\0';
    set(&b, FIELD_GOODS, many);
    assert_int_equal(run(&b), RC_OK);
    assert_int_equal(strlen(b.row.goods), 499 * 2 + 3);
    end(&b);
}

static void a_window_cannot_end_before_it_begins(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    set(&b, FIELD_WINDOW_FROM, "24/11/2025 10:00");
    set(&b, FIELD_WINDOW_TO, "24/11/2025 09:00");
    assert_int_equal(run(&b), RC_INVALID);
    assert_string_equal(b.fault.code, FAULT_OUT_OF_RANGE);
    end(&b);
}

static void numbers_are_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        enum decimal_form form;
        int64_t value; /* thousandths; -1: refused */
    } cases[] = {
        { "12", DECIMAL_AUTO, 12000 },
        { "12,5", DECIMAL_AUTO, 12500 },
        { "12.5", DECIMAL_AUTO, 12500 },
        { "1.234,5", DECIMAL_AUTO, 1234500 },
        { "1,234.5", DECIMAL_AUTO, 1234500 },
        { "1 234,5", DECIMAL_AUTO, 1234500 },
        { "1\u00a0234,5", DECIMAL_AUTO, 1234500 },
        { "1\u202f234", DECIMAL_AUTO, 1234000 },
        { "1.234", DECIMAL_COMMA, 1234000 },
        { "1,234", DECIMAL_DOT, 1234000 },
        { "0,1230", DECIMAL_AUTO, 123 },
        { "0,1234", DECIMAL_AUTO, -1 },
        { "", DECIMAL_AUTO, -1 },
        { ",5", DECIMAL_AUTO, -1 },
        { "12x", DECIMAL_AUTO, -1 },
        { "1,2,3", DECIMAL_COMMA, -1 },
        { "99999999999999999999", DECIMAL_AUTO, -1 },
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const enum rc rc = value_decimal(cases[i].text, cases[i].form, 3, NULL, &value);

        assert_int_equal(rc, cases[i].value < 0 ? RC_INVALID : RC_OK);
        if (!rc)
            assert_int_equal(value, cases[i].value);
    }
}

static void dates_are_read_in_their_zone(void **state)
{
    static const struct {
        const char *text;
        enum date_form form;
        const char *utc; /* NULL: refused */
    } cases[] = {
        { "2025-01-15", DATE_ISO, "2025-01-14T23:00:00.000000Z" },
        { "2025-07-15T10:00:00", DATE_ISO, "2025-07-15T08:00:00.000000Z" },
        { "2025-07-15T10:00:00Z", DATE_ISO, "2025-07-15T10:00:00.000000Z" },
        { "2025-07-15T10:00:00.25+05:30", DATE_ISO, "2025-07-15T04:30:00.250000Z" },
        { "2025-07-15Z", DATE_ISO, "2025-07-15T00:00:00.000000Z" },
        { "20250715", DATE_ISO, "2025-07-14T22:00:00.000000Z" },
        { "15/07/2025", DATE_DMY, "2025-07-14T22:00:00.000000Z" },
        { "15.7.2025 9h05", DATE_DMY, "2025-07-15T07:05:00.000000Z" },
        { "07/15/2025", DATE_MDY, "2025-07-14T22:00:00.000000Z" },
        { "2025-10-26 02:30", DATE_ISO, "2025-10-26T00:30:00.000000Z" }, /* comes twice */
        { "2025-03-30 02:30", DATE_ISO, "2025-03-30T01:30:00.000000Z" }, /* does not exist */
        { "15/07/2025", DATE_ISO, NULL },
        { "15/07/25", DATE_DMY, NULL },
        { "2025-13-01", DATE_ISO, NULL },
        { "2025-02-29", DATE_ISO, NULL },
        { "2025-07-15 25:00", DATE_ISO, NULL },
        { "2025-07-15 10:00 demain", DATE_ISO, NULL },
        { "hier", DATE_DMY, NULL },
    };
    struct local_zone *paris = NULL;
    char text[CLOCK_TEXT_SIZE];
    utc_us at;

    (void)state;
    assert_int_equal(local_zone_open("Europe/Paris", &paris, NULL), RC_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const enum rc rc = value_time(cases[i].text, cases[i].form, paris, &at);

        assert_int_equal(rc, cases[i].utc ? RC_OK : RC_INVALID);
        if (!rc)
            assert_string_equal(clock_format(at, text), cases[i].utc);
    }
    local_zone_close(paris);
}

static void an_unknown_zone_is_refused(void **state)
{
    struct local_zone *zone = NULL;
    struct error err;

    (void)state;
    assert_int_equal(local_zone_open("Europe/Pariss", &zone, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "Europe/Pariss"));
}

static void what_is_said_of_the_person_is_typed(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    b.rules.custom[0] = "field.shoe";
    b.rules.custom[1] = "field.since";
    set(&b, FIELD_BIRTH_DATE, "05/06/1990");
    set(&b, FIELD_MINOR, "non");
    set(&b, FIELD_DO_NOT_CONTACT, "oui");
    set(&b, FIELD_TIMEZONE, "Indian/Reunion");
    set(&b, FIELD_OWNER, " anna ");
    set(&b, FIELD_PRODUCT_RANGE, "tyres");
    set(&b, FIELD_CUSTOM_FIRST, " 39 ");
    assert_int_equal(run(&b), RC_OK);
    assert_string_equal(b.row.birth_date, "1990-06-05");
    assert_int_equal(b.row.minor, ROW_SAYS_NO);
    assert_int_equal(b.row.do_not_contact, ROW_SAYS_YES);
    assert_string_equal(b.row.timezone, "Indian/Reunion");
    assert_string_equal(b.row.owner, "anna");
    assert_string_equal(b.row.product_range, "tyres");
    assert_string_equal(b.row.custom[0], "39");
    assert_string_equal(b.row.custom[1], "");
    assert_true(b.row.has_person);
    end(&b);
}

static void a_row_that_says_nothing_of_the_person_says_so(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    b.rules.custom[0] = "field.shoe";
    set(&b, FIELD_DO_NOT_CONTACT, "non"); /* which lifts nothing */
    assert_int_equal(run(&b), RC_OK);
    assert_false(b.row.has_person);
    assert_string_equal(b.row.birth_date, "");
    assert_int_equal(b.row.minor, ROW_SAYS_NOTHING);
    assert_string_equal(b.row.timezone, "");
    end(&b);
}

static void faults_of_the_person_name_field_and_value(void **state)
{
    static const struct {
        enum field field;
        const char *text, *code, *reason;
    } cases[] = {
        { FIELD_BIRTH_DATE, "31/02/1990", "bad_date", "23/11/1990" },
        { FIELD_BIRTH_DATE, "01/01/1990 08:30", "bad_date", "is not a date" },
        { FIELD_BIRTH_DATE, "27/11/2025", "out_of_range", "in the future" },
        { FIELD_MINOR, "maybe", "unknown_value", "neither yes nor no" },
        { FIELD_DO_NOT_CONTACT, "?", "unknown_value", "neither yes nor no" },
        { FIELD_TIMEZONE, "Paris", "unknown_value", "Europe/Paris" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench b;

        begin(&b);
        set(&b, cases[i].field, cases[i].text);
        assert_int_equal(run(&b), RC_INVALID);
        assert_string_equal(b.fault.field, field_info(cases[i].field)->name);
        assert_string_equal(b.fault.code, cases[i].code);
        assert_string_equal(b.fault.value, cases[i].text);
        assert_non_null(strstr(b.fault.reason, cases[i].reason));
        end(&b);
    }
}

static void a_missing_field_of_ones_own_goes_by_its_own_name(void **state)
{
    struct bench b;

    (void)state;
    begin(&b);
    b.rules.custom[0] = "field.shoe";
    b.rules.fields[FIELD_CUSTOM_FIRST].required = true;
    assert_int_equal(run(&b), RC_INVALID);
    assert_string_equal(b.fault.field, "field.shoe");
    assert_string_equal(b.fault.code, "missing");
    end(&b);
}

static void a_value_of_ones_own_is_of_its_kind(void **state)
{
    static const struct {
        enum custom_kind kind;
        const char *text, *kept; /* NULL: it is refused */
        int64_t number;
    } cases[] = {
        { CUSTOM_TEXT, "Blå <b>", "Blå <b>", 0 },
        { CUSTOM_NUMBER, "1 234", "1234", 1234 },
        { CUSTOM_NUMBER, "-7", "-7", -7 },
        { CUSTOM_NUMBER, "7,5", NULL, 0 },
        { CUSTOM_NUMBER, "many", NULL, 0 },
        { CUSTOM_DATE, "05/06/2024", "2024-06-05", 20240605 },
        { CUSTOM_DATE, "2024-06-05", "2024-06-05", 20240605 },
        { CUSTOM_DATE, "30/02/2024", NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct custom_value v;
        const char *why = "";
        enum rc rc =
            custom_value_parse(cases[i].kind, cases[i].text, DATE_DMY, DECIMAL_AUTO, &v, &why);

        assert_int_equal(rc, cases[i].kept ? RC_OK : RC_INVALID);
        if (!cases[i].kept) {
            assert_non_null(strstr(why, "expected"));
            continue;
        }
        assert_string_equal(v.text, cases[i].kept);
        assert_int_equal(v.has_number, cases[i].kind != CUSTOM_TEXT);
        assert_int_equal(v.number, cases[i].number);
    }
}

static void names_of_ones_own_fields_are_plain_words(void **state)
{
    (void)state;
    assert_true(custom_name_is_good("shoe_size_2"));
    assert_false(custom_name_is_good(""));
    assert_false(custom_name_is_good("2nd"));
    assert_false(custom_name_is_good("Shoe"));
    assert_false(custom_name_is_good("shoe size"));
    assert_false(custom_name_is_good("a23456789012345678901234567890123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_of_the_person_is_typed),
        cmocka_unit_test(a_row_that_says_nothing_of_the_person_says_so),
        cmocka_unit_test(faults_of_the_person_name_field_and_value),
        cmocka_unit_test(a_missing_field_of_ones_own_goes_by_its_own_name),
        cmocka_unit_test(a_value_of_ones_own_is_of_its_kind),
        cmocka_unit_test(names_of_ones_own_fields_are_plain_words),
        cmocka_unit_test(a_whole_row_is_typed),
        cmocka_unit_test(an_empty_cell_says_nothing),
        cmocka_unit_test(each_fault_has_its_code_field_and_value),
        cmocka_unit_test(further_faults_of_a_row_are_named),
        cmocka_unit_test(a_faulty_value_that_may_be_ignored_leaves_the_row),
        cmocka_unit_test(constants_defaults_and_value_tables_apply),
        cmocka_unit_test(goods_are_cut_and_not_refused),
        cmocka_unit_test(a_window_cannot_end_before_it_begins),
        cmocka_unit_test(numbers_are_read_as_people_write_them),
        cmocka_unit_test(dates_are_read_in_their_zone),
        cmocka_unit_test(an_unknown_zone_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
