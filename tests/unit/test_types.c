/* test_types.c - the words of the business are those of the database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/types.h"

static void every_exclusion_has_a_name(void **state)
{
    (void)state;
    for (int e = 0; e < EXCLUSION_COUNT; e++)
        assert_non_null(exclusion_name((enum exclusion)e));
    assert_string_equal(exclusion_name(EXCLUDED_TEMPLATE), "template");
    for (int i = 0; i < EXCLUSION_COUNT; i++) { /* what is printed can be typed */
        enum exclusion e = EXCLUSION_COUNT;
        assert_int_equal(exclusion_parse(exclusion_words((enum exclusion)i), &e), RC_OK);
        assert_int_equal(e, i);
    }
}

static void a_message_class_is_read_by_its_name(void **state)
{
    enum message_class c = CLASS_ALERT;

    (void)state;
    assert_int_equal(message_class_parse("promo", &c), RC_OK);
    assert_int_equal(c, CLASS_PROMO);
    assert_int_equal(message_class_parse("Promo", &c), RC_INVALID);
    assert_int_equal(c, CLASS_PROMO);
    assert_string_equal(message_class_name(CLASS_SERVICE), "service");
}

static void channels_purposes_and_consents_have_names(void **state)
{
    (void)state;
    assert_string_equal(channel_name(CHANNEL_EMAIL), "email");
    assert_string_equal(purpose_name(PURPOSE_SERVICE), "service");
    assert_string_equal(consent_state_name(CONSENT_WITHDRAWN), "withdrawn");
    assert_string_equal(consent_source_name(CONSENT_BY_API), "api");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_exclusion_has_a_name),
        cmocka_unit_test(a_message_class_is_read_by_its_name),
        cmocka_unit_test(channels_purposes_and_consents_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
