/* test_consent.c - each test name is a sentence of the law, or of our reading of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/consent.h"

#define YES(id, day)                                         \
    {                                                        \
        id, CHANNEL_SMS, PURPOSE_PROMO, CONSENT_GRANTED, day \
    }
#define NO(id, day)                                            \
    {                                                          \
        id, CHANNEL_SMS, PURPOSE_PROMO, CONSENT_WITHDRAWN, day \
    }

struct answer {
    bool allowed;
    uint64_t proof;
    enum exclusion why;
};

static struct answer ask(const struct consent_event *events, size_t n, enum purpose purpose)
{
    struct answer a = { .proof = 999, .why = EXCLUSION_COUNT };

    a.allowed = consent_allows(events, n, CHANNEL_SMS, purpose, &a.proof, &a.why);
    return a;
}

static void silence_is_not_consent(void **state)
{
    struct answer a = ask(NULL, 0, PURPOSE_PROMO);

    (void)state;
    assert_false(a.allowed);
    assert_int_equal(a.why, EXCLUDED_NO_CONSENT);
    assert_int_equal(a.proof, 999);
}

static void a_yes_is_the_proof_of_the_message(void **state)
{
    const struct consent_event events[] = { YES(41, 1) };
    struct answer a = ask(events, 1, PURPOSE_PROMO);

    (void)state;
    assert_true(a.allowed);
    assert_int_equal(a.proof, 41);
    assert_int_equal(a.why, EXCLUSION_COUNT);
}

static void the_last_word_counts(void **state)
{
    const struct consent_event no[] = { YES(1, 1), NO(2, 2) }, yes[] = { NO(1, 1), YES(2, 2) };

    (void)state;
    assert_false(ask(no, 2, PURPOSE_PROMO).allowed);
    assert_int_equal(ask(no, 2, PURPOSE_PROMO).why, EXCLUDED_WITHDRAWN);
    assert_true(ask(yes, 2, PURPOSE_PROMO).allowed);
    assert_int_equal(ask(yes, 2, PURPOSE_PROMO).proof, 2);
}

static void last_is_by_time_then_by_id_whatever_the_order(void **state)
{
    const struct consent_event late_news[] = { NO(1, 9), YES(2, 3) };
    const struct consent_event same_moment[] = { NO(8, 5), YES(7, 5) };

    (void)state;
    assert_false(ask(late_news, 2, PURPOSE_PROMO).allowed);
    assert_false(ask(same_moment, 2, PURPOSE_PROMO).allowed);
    assert_int_equal(consent_last_word(same_moment, 2, CHANNEL_SMS, PURPOSE_PROMO)->event_id, 8);
    assert_null(consent_last_word(same_moment, 2, CHANNEL_EMAIL, PURPOSE_PROMO));
}

static void a_yes_by_mail_or_for_service_says_nothing_about_promotions_by_sms(void **state)
{
    const struct consent_event events[] = {
        { 1, CHANNEL_EMAIL, PURPOSE_PROMO, CONSENT_GRANTED, 1 },
        { 2, CHANNEL_SMS, PURPOSE_SERVICE, CONSENT_GRANTED, 1 },
    };

    (void)state;
    assert_false(ask(events, 2, PURPOSE_PROMO).allowed);
    assert_int_equal(ask(events, 2, PURPOSE_PROMO).why, EXCLUDED_NO_CONSENT);
}

static void a_service_message_needs_no_yes_but_hears_a_no(void **state)
{
    const struct consent_event promo_no[] = { NO(1, 1) };
    const struct consent_event service_no[] = {
        { 5, CHANNEL_SMS, PURPOSE_SERVICE, CONSENT_WITHDRAWN, 1 },
    };

    (void)state;
    assert_true(ask(NULL, 0, PURPOSE_SERVICE).allowed);
    assert_int_equal(ask(NULL, 0, PURPOSE_SERVICE).proof, 0);
    assert_true(ask(promo_no, 1, PURPOSE_SERVICE).allowed);
    assert_false(ask(service_no, 1, PURPOSE_SERVICE).allowed);
    assert_int_equal(ask(service_no, 1, PURPOSE_SERVICE).why, EXCLUDED_WITHDRAWN);
}

static void an_import_never_subscribes_again_who_refused(void **state)
{
    (void)state;
    assert_false(consent_import_may_change(CONSENT_WITHDRAWN, CONSENT_GRANTED));
    assert_true(consent_import_may_change(CONSENT_UNKNOWN, CONSENT_GRANTED));
}

static void an_import_may_always_withdraw(void **state)
{
    (void)state;
    assert_true(consent_import_may_change(CONSENT_GRANTED, CONSENT_WITHDRAWN));
    assert_true(consent_import_may_change(CONSENT_UNKNOWN, CONSENT_WITHDRAWN));
}

static void an_import_that_says_nothing_new_changes_nothing(void **state)
{
    (void)state;
    assert_false(consent_import_may_change(CONSENT_GRANTED, CONSENT_GRANTED));
    assert_false(consent_import_may_change(CONSENT_WITHDRAWN, CONSENT_WITHDRAWN));
    assert_false(consent_import_may_change(CONSENT_GRANTED, CONSENT_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_not_consent),
        cmocka_unit_test(a_yes_is_the_proof_of_the_message),
        cmocka_unit_test(the_last_word_counts),
        cmocka_unit_test(last_is_by_time_then_by_id_whatever_the_order),
        cmocka_unit_test(a_yes_by_mail_or_for_service_says_nothing_about_promotions_by_sms),
        cmocka_unit_test(a_service_message_needs_no_yes_but_hears_a_no),
        cmocka_unit_test(an_import_never_subscribes_again_who_refused),
        cmocka_unit_test(an_import_may_always_withdraw),
        cmocka_unit_test(an_import_that_says_nothing_new_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
