/* test_smpp_status.c - what a carrier means by a status, and ids that it writes in two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "channel/smpp/message_id.h"
#include "channel/smpp/status_policy.h"
#include "channel/smpp/subscriber.h"

static struct status_policies policies;
static struct error err;

static enum rc read_texts(char **items, size_t n)
{
    const struct config_texts texts = { items, n };

    return status_policies_read(&texts, &policies, &err);
}

static void the_settings_go_before_the_table(void **state)
{
    char a[] = "0x400 temporary 5m 3", b[] = "ESME_RINVDSTADR temporary", c[] = "1025 permanent",
         d[] = "esme_rsyserr throttled";
    char *items[] = { a, b, c, d };
    struct smpp_status_policy p;

    (void)state;
    assert_int_equal(read_texts(items, 4), RC_OK);
    p = status_policies_find(&policies, 0x400);
    assert_int_equal(p.class, SMPP_STATUS_TEMPORARY);
    assert_int_equal(p.retry_ms, 5 * 60 * 1000);
    assert_int_equal(p.tries, 3);
    p = status_policies_find(&policies, 0x0b);
    assert_int_equal(p.class, SMPP_STATUS_TEMPORARY);
    assert_int_equal(p.retry_ms, 0);
    assert_int_equal(p.tries, 0);
    assert_int_equal(status_policies_find(&policies, 1025).class, SMPP_STATUS_PERMANENT);
    assert_int_equal(status_policies_find(&policies, 0x08).class, SMPP_STATUS_THROTTLED);
    /* and those not named are what they were */
    assert_int_equal(status_policies_find(&policies, 0).class, SMPP_STATUS_OK);
    assert_int_equal(status_policies_find(&policies, 0x58).class, SMPP_STATUS_THROTTLED);
    assert_int_equal(status_policies_find(&policies, 0x4ff).class, SMPP_STATUS_TEMPORARY);
}

static void a_fault_names_its_item_and_what_was_expected(void **state)
{
    static const struct {
        const char *item, *expected;
    } faults[] = {
        { "0x400", "a status, a class" },
        { "0x400 temporary 5m 3 4", "a status, a class" },
        { "0 permanent", "a status other than 0" },
        { "ESME_ROK permanent", "a status other than 0" },
        { "0x4g0 permanent", "a status other than 0" },
        { "-1 permanent", "a status other than 0" },
        { "0x100000000 permanent", "a status other than 0" },
        { "0x400 ok", "a class" },
        { "0x400 permanent 5m", "no pause" },
        { "0x400 temporary soon", "a pause" },
        { "0x400 temporary 5m 0", "a number of tries" },
        { "0x400 temporary 5m many", "a number of tries" },
        { "0x58 permanent", "each status once" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char first[] = "ESME_RTHROTTLED throttled", second[80];
        char *items[] = { first, second };
        strcpy(second, faults[i].item);
        assert_int_equal(read_texts(items, 2), RC_INVALID);
        assert_non_null(strstr(err.text, "statuses: item 2: expected "));
        assert_non_null(strstr(err.text, faults[i].expected));
        assert_non_null(strstr(err.text, faults[i].item));
    }
}

static void an_id_in_the_other_base_is_offered_only_when_that_is_certain(void **state)
{
    static const struct {
        const char *id, *other; /* NULL: none */
    } ids[] = {
        { "3039a", "197530" },
        { "197530", "3039a" },
        { "bc614e", "12345678" },
        { "12345678", "bc614e" },
        { "305419896", NULL }, /* in hexadecimal 12345678, which reads both ways */
        { "10", "a" },
        { "16", NULL },
        { "0", NULL },
        { "", NULL },
        { "msg-12", NULL },
        { "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", NULL },
        { "18446744073709551615", "ffffffffffffffff" },
    };
    char other[SMPP_MESSAGE_ID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(message_id_other(ids[i].id, other), ids[i].other != NULL);
        if (ids[i].other)
            assert_string_equal(other, ids[i].other);
    }
}

static void no_form_makes_one_id_of_two(void **state)
{
    static const char *const ids[] = { "10", "16", "a", "f", "1a", "26" };
    static const enum smpp_id_form forms[] = { SMPP_ID_AS_IS, SMPP_ID_DECIMAL, SMPP_ID_MIXED };
    char a[SMPP_MESSAGE_ID_SIZE], b[SMPP_MESSAGE_ID_SIZE];

    (void)state;
    for (size_t f = 0; f < 3; f++) {
        for (size_t i = 0; i < 6; i++) {
            for (size_t k = 0; k < 6; k++) {
                message_id_read(a, ids[i], strlen(ids[i]), forms[f]);
                message_id_read(b, ids[k], strlen(ids[k]), forms[f]);
                assert_int_equal(strcmp(a, b) == 0, i == k);
            }
        }
    }
}

/* --- numbers that are nobody's --- */

static enum rc read_subscribers(const char *none, const char *absent, struct subscriber_rules *out)
{
    char one[40], two[40], *ones[] = { one }, *twos[] = { two };
    const struct config_texts a = { ones, none != NULL }, b = { twos, absent != NULL };

    snprintf(one, sizeof(one), "%s", none ? none : "");
    snprintf(two, sizeof(two), "%s", absent ? absent : "");
    return subscriber_rules_read(&a, &b, out, &err);
}

static struct smpp_receipt receipt_of(enum smpp_receipt_state state, uint32_t code)
{
    return (struct smpp_receipt){ .state = state, .final = true, .code = code };
}

static void only_an_end_for_that_reason_says_that_a_number_is_nobodys(void **state)
{
    static const struct {
        enum smpp_receipt_state state;
        uint32_t code;
        enum smpp_subscriber means;
    } cases[] = {
        { SMPP_RECEIPT_UNDELIVERABLE, 1, SMPP_SUBSCRIBER_NONE },
        { SMPP_RECEIPT_REJECTED, 1, SMPP_SUBSCRIBER_NONE },
        { SMPP_RECEIPT_UNDELIVERABLE, 27, SMPP_SUBSCRIBER_ABSENT },
        { SMPP_RECEIPT_UNDELIVERABLE, 6, SMPP_SUBSCRIBER_ABSENT },
        { SMPP_RECEIPT_UNDELIVERABLE, 0, SMPP_SUBSCRIBER_FINE },
        { SMPP_RECEIPT_UNDELIVERABLE, 11, SMPP_SUBSCRIBER_FINE },
        { SMPP_RECEIPT_EXPIRED, 1, SMPP_SUBSCRIBER_FINE },
        { SMPP_RECEIPT_DELIVERED, 1, SMPP_SUBSCRIBER_FINE },
        { SMPP_RECEIPT_ENROUTE, 27, SMPP_SUBSCRIBER_FINE },
    };
    struct subscriber_rules rules;

    (void)state;
    assert_int_equal(read_subscribers(NULL, NULL, &rules), RC_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct smpp_receipt r = receipt_of(cases[i].state, cases[i].code);
        assert_int_equal(subscriber_of_receipt(&rules, &r), cases[i].means);
    }
    assert_int_equal(subscriber_of_status(&rules, 0x0B), SMPP_SUBSCRIBER_NONE);
    assert_int_equal(subscriber_of_status(&rules, 0x58), SMPP_SUBSCRIBER_FINE); /* throttled */
    assert_int_equal(subscriber_of_status(&rules, 1), SMPP_SUBSCRIBER_FINE);
    assert_int_equal(subscriber_of_status(&rules, 0), SMPP_SUBSCRIBER_FINE);
}

static void a_carriers_own_codes_take_the_place_of_the_usual_ones(void **state)
{
    const struct smpp_receipt one = receipt_of(SMPP_RECEIPT_UNDELIVERABLE, 1),
                              own = receipt_of(SMPP_RECEIPT_UNDELIVERABLE, 1044);
    struct subscriber_rules rules;

    (void)state;
    assert_int_equal(read_subscribers("err 1044", "none", &rules), RC_OK);
    assert_int_equal(subscriber_of_receipt(&rules, &own), SMPP_SUBSCRIBER_NONE);
    assert_int_equal(subscriber_of_receipt(&rules, &one), SMPP_SUBSCRIBER_FINE);
    assert_int_equal(subscriber_of_status(&rules, 0x0B), SMPP_SUBSCRIBER_FINE);
    assert_int_equal(rules.n, 1);
}

static void a_code_that_cannot_be_read_is_named(void **state)
{
    static const char *const wrong[] = { "err", "err x", "err 0",    "ESME_RNONSENSE",
                                         "",    "0",     "ESME_ROK", "err 99999999999" };
    struct subscriber_rules rules;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(read_subscribers(wrong[i], NULL, &rules), RC_INVALID);
        assert_non_null(strstr(err.text, "no_subscriber: item 1: expected a status"));
        assert_int_equal(read_subscribers(NULL, wrong[i], &rules), RC_INVALID);
        assert_non_null(strstr(err.text, "absent_subscriber: item 1"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_settings_go_before_the_table),
        cmocka_unit_test(a_fault_names_its_item_and_what_was_expected),
        cmocka_unit_test(an_id_in_the_other_base_is_offered_only_when_that_is_certain),
        cmocka_unit_test(no_form_makes_one_id_of_two),
        cmocka_unit_test(only_an_end_for_that_reason_says_that_a_number_is_nobodys),
        cmocka_unit_test(a_carriers_own_codes_take_the_place_of_the_usual_ones),
        cmocka_unit_test(a_code_that_cannot_be_read_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
