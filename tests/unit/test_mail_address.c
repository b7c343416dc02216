/* test_mail_address.c - addresses as forms and files bring them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "domain/mail_address.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void an_address_has_one_spelling(void **state)
{
    static const char *const rows[][2] = {
        { "anne@example.fr", "anne@example.fr" },
        { "  Anne.Martin@Example.FR\r\n", "anne.martin@example.fr" },
        { "a+colis@mail.example.com", "a+colis@mail.example.com" },
        { "o'neil_x-y@a-b.example", "o'neil_x-y@a-b.example" },
        { "x@1und1.de", "x@1und1.de" },
        { "x@xn--caf-dma.example", "x@xn--caf-dma.example" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[ADDRESS_SIZE];
        enum mail_fault fault;

        assert_int_equal(mail_address_normalise(rows[i][0], out, &fault), RC_OK);
        assert_string_equal(out, rows[i][1]);
    }
}

static void what_is_no_address_says_why(void **state)
{
    static const struct {
        const char *text;
        enum mail_fault fault;
    } rows[] = {
        { "", MAIL_EMPTY },
        { " \t ", MAIL_EMPTY },
        { "anne", MAIL_NO_AT },
        { "anne.example.fr", MAIL_NO_AT },
        { "@example.fr", MAIL_BAD_LOCAL },
        { ".anne@example.fr", MAIL_BAD_LOCAL },
        { "anne.@example.fr", MAIL_BAD_LOCAL },
        { "an..ne@example.fr", MAIL_BAD_LOCAL },
        { "an ne@example.fr", MAIL_BAD_LOCAL },
        { "a@b@example.fr", MAIL_BAD_LOCAL },
        { "\"anne\"@example.fr", MAIL_BAD_LOCAL },
        { "Anne <anne@example.fr>", MAIL_BAD_LOCAL },
        { "andré@example.fr", MAIL_BAD_LOCAL },
        { "a@example.fr\nBcc: x@example.fr", MAIL_BAD_LOCAL },
        { "anne@", MAIL_BAD_DOMAIN },
        { "anne@localhost", MAIL_BAD_DOMAIN },
        { "anne@example", MAIL_BAD_DOMAIN },
        { "anne@example.", MAIL_BAD_DOMAIN },
        { "anne@.fr", MAIL_BAD_DOMAIN },
        { "anne@a..fr", MAIL_BAD_DOMAIN },
        { "anne@-a.fr", MAIL_BAD_DOMAIN },
        { "anne@a-.fr", MAIL_BAD_DOMAIN },
        { "anne@a.fr-", MAIL_BAD_DOMAIN },
        { "anne@exa_mple.fr", MAIL_BAD_DOMAIN },
        { "anne@192.168.0.1", MAIL_BAD_DOMAIN },
        { "anne@[192.168.0.1]", MAIL_BAD_DOMAIN },
        { "anne@exämple.fr", MAIL_BAD_DOMAIN },
        { "anne@example.fr;bob", MAIL_BAD_DOMAIN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[ADDRESS_SIZE] = "before";
        enum mail_fault fault = MAIL_EMPTY;
        enum rc rc = mail_address_normalise(rows[i].text, out, &fault);

        if (rc != RC_INVALID || fault != rows[i].fault)
            fail_msg("\"%s\": %s", rows[i].text, rc ? mail_fault_name(fault) : "taken");
        assert_string_equal(out, "before");
        assert_non_null(mail_fault_reason(fault));
    }
}

static void the_limits_of_rfc_5321_hold(void **state)
{
    char text[600], out[ADDRESS_SIZE], label[64];
    enum mail_fault fault;

    (void)state;
    snprintf(text, sizeof(text), "%064d@example.fr", 0);
    assert_int_equal(mail_address_normalise(text, out, &fault), RC_OK);
    snprintf(text, sizeof(text), "%065d@example.fr", 0);
    assert_int_equal(mail_address_normalise(text, out, &fault), RC_INVALID);
    assert_int_equal(fault, MAIL_BAD_LOCAL);
    snprintf(text, sizeof(text), "a@%063d.fr", 0);
    assert_int_equal(mail_address_normalise(text, out, &fault), RC_OK);
    snprintf(text, sizeof(text), "a@%064d.fr", 0);
    assert_int_equal(mail_address_normalise(text, out, &fault), RC_INVALID);
    assert_int_equal(fault, MAIL_BAD_DOMAIN);
    /* 61 @ 63.63.61.fr: 254 in all, the most there may be; then one more. */
    snprintf(label, sizeof(label), "%063d", 0);
    snprintf(text, sizeof(text), "%061d@%s.%s.%061d.fr", 0, label, label, 0);
    assert_int_equal(strlen(text), 254);
    assert_int_equal(mail_address_normalise(text, out, &fault), RC_OK);
    snprintf(text, sizeof(text), "%062d@%s.%s.%061d.fr", 0, label, label, 0);
    assert_int_equal(mail_address_normalise(text, out, &fault), RC_INVALID);
    assert_int_equal(fault, MAIL_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_one_spelling),
        cmocka_unit_test(what_is_no_address_says_why),
        cmocka_unit_test(the_limits_of_rfc_5321_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
