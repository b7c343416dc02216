/* test_consent.c - the rules of consent, one row a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/consent.h"

#define DAY  (SEC_PER_DAY * USEC_PER_SEC)
#define NOON (INT64_C(1767268800) * USEC_PER_SEC)

static enum consent_ruling rule(enum consent_state last, enum consent_source source, int day,
                                bool signed_, bool wording)
{
    const utc_us at = NOON + day * DAY;
    const struct consent_word word = { last, last == CONSENT_UNKNOWN ? 0 : NOON };
    const struct consent_said said = { .state = CONSENT_GRANTED,
                                       .source = source,
                                       .at = at,
                                       .signed_at = signed_ ? at : 0,
                                       .has_wording = wording };

    return consent_rule(&word, &said);
}

static void a_withdrawal_counts_whoever_brings_it_and_whatever_date_it_bears(void **state)
{
    (void)state;
    for (int source = 0; source < CONSENT_SOURCES; source++) {
        const struct consent_word word = { CONSENT_GRANTED, NOON };
        const struct consent_said said = { .state = CONSENT_WITHDRAWN,
                                           .source = (enum consent_source)source,
                                           .at = NOON - 1000 * DAY };
        assert_int_equal(consent_rule(&word, &said), CONSENT_COUNTS);
    }
}

static void a_first_grant_counts_from_everybody_but_staff_without_the_words(void **state)
{
    (void)state;
    for (int source = 0; source < CONSENT_SOURCES; source++) {
        enum consent_ruling ruling =
            rule(CONSENT_UNKNOWN, (enum consent_source)source, 0, false, false);
        assert_int_equal(ruling,
                         source == CONSENT_BY_STAFF ? CONSENT_NEEDS_WORDING : CONSENT_COUNTS);
    }
    assert_int_equal(rule(CONSENT_UNKNOWN, CONSENT_BY_STAFF, 0, false, true), CONSENT_COUNTS);
}

static void only_an_act_of_the_person_lifts_a_refusal(void **state)
{
    static const struct {
        enum consent_source source;
        int day; /* after the refusal */
        bool signed_, wording;
        enum consent_ruling ruling;
    } rows[] = {
        { CONSENT_BY_IMPORT, 1, false, true, CONSENT_NEEDS_PERSON },
        { CONSENT_BY_IMPORT, 1, true, true, CONSENT_NEEDS_PERSON },
        { CONSENT_BY_API, 1, true, true, CONSENT_NEEDS_PERSON },
        { CONSENT_BY_FORM, 1, false, true, CONSENT_NEEDS_SIGNATURE },
        { CONSENT_BY_FORM, 0, true, true, CONSENT_NEEDS_SIGNATURE },
        { CONSENT_BY_FORM, -1, true, true, CONSENT_IS_OLDER },
        { CONSENT_BY_FORM, 1, true, true, CONSENT_COUNTS },
        { CONSENT_BY_MAIL, 1, false, true, CONSENT_NEEDS_SIGNATURE },
        { CONSENT_BY_MAIL, 1, true, true, CONSENT_COUNTS },
        { CONSENT_BY_STAFF, 1, false, false, CONSENT_NEEDS_WORDING },
        { CONSENT_BY_STAFF, 1, false, true, CONSENT_COUNTS },
        { CONSENT_BY_STAFF, -1, false, true, CONSENT_IS_OLDER },
        { CONSENT_BY_INBOUND, 0, false, false, CONSENT_COUNTS },
        { CONSENT_BY_INBOUND, -1, false, false, CONSENT_IS_OLDER },
        { CONSENT_BY_DOUBLE_OPT_IN, 1, false, false, CONSENT_COUNTS },
        { CONSENT_BY_MERGE, 1, false, true, CONSENT_NEEDS_PERSON },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum consent_ruling ruling =
            rule(CONSENT_WITHDRAWN, rows[i].source, rows[i].day, rows[i].signed_, rows[i].wording);
        if (ruling != rows[i].ruling)
            fail_msg("row %zu: got %d: %s", i, ruling, consent_ruling_reason(ruling));
    }
}

static void a_grant_older_than_the_last_word_never_counts(void **state)
{
    (void)state;
    for (int source = 0; source < CONSENT_SOURCES; source++) {
        assert_int_equal(rule(CONSENT_GRANTED, (enum consent_source)source, -1, true, true),
                         CONSENT_IS_OLDER);
        assert_int_equal(rule(CONSENT_GRANTED, (enum consent_source)source, 0, true, true),
                         CONSENT_COUNTS);
    }
}

static void every_ruling_but_the_good_one_says_why(void **state)
{
    (void)state;
    for (int r = 0; r < CONSENT_RULINGS; r++)
        assert_int_equal(*consent_ruling_reason((enum consent_ruling)r) == '\0',
                         r == CONSENT_COUNTS);
}

static void a_consent_ends_after_the_last_contact_from_the_person(void **state)
{
    const int64_t keep = 1095 * SEC_PER_DAY;

    (void)state;
    assert_int_equal(consent_ends_at(NOON, 0, 0, keep), NOON + 1095 * DAY);
    assert_int_equal(consent_ends_at(NOON, NOON + 5 * DAY, 0, keep), NOON + 1100 * DAY);
    assert_int_equal(consent_ends_at(NOON, NOON + 5 * DAY, NOON + 6 * DAY, keep),
                     NOON + 1101 * DAY);
    assert_int_equal(consent_ends_at(NOON, NOON - 5 * DAY, 0, keep), NOON + 1095 * DAY);
    assert_int_equal(consent_ends_at(NOON, 0, 0, 0), 0);
}

static void the_sender_takes_its_place_in_a_text(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(consent_name_sender(&arena, "STOP au {sender}.", "36000"),
                        "STOP au 36000.");
    assert_string_equal(consent_name_sender(&arena, "{sender}", "36000"), "36000");
    assert_string_equal(consent_name_sender(&arena, "STOP", "36000"), "STOP");
    arena_close(&arena);
}

static const char *in_words(const char *channel, const char *source, const char *form, bool address)
{
    static char out[CONSENT_WORDS_SIZE];
    const struct consent_facts f = { .channel = channel,
                                     .purpose = "promo",
                                     .state = "withdrawn",
                                     .source = source,
                                     .source_ref = "77",
                                     .form = form,
                                     .page = "",
                                     .sender = "",
                                     .request_ref = "" };

    if (address)
        consent_refusal_words(&f, out);
    else
        consent_words(&f, out);
    return out;
}

/* It is evidence: whoever pressed a button sent no SMS. */
static void a_refusal_is_told_as_it_was_made(void **state)
{
    static const struct {
        const char *channel, *source, *form, *event, *address;
    } rows[] = {
        { "sms", "inbound", "", "refused promotions by SMS, by their own SMS (message 77)",
          "said STOP" },
        { "email", "inbound", "", "refused promotions by mail, by their own mail (mail 77)",
          "unsubscribed by mail" },
        { "email", "inbound", CONSENT_FORM_COMPLAINT,
          "refused promotions by mail, by a complaint that their mail provider reported (mail 77)",
          "complained to their mail provider" },
        { "email", "form", CONSENT_FORM_BUTTON,
          "refused promotions by mail, by the button of their mail program (77)",
          "pressed the button of their mail program" },
        { "email", "form", CONSENT_FORM_PAGE,
          "refused promotions by mail, by the page that the link in our mail leads to (77)",
          "unsubscribed on the page of the link in a mail" },
        { "email", "form", "newsletter", "refused promotions by mail, by the form newsletter",
          "refused by a form" },
        { "email", "staff", "", "refused promotions by mail, by word to our staff (77)",
          "refused by word to our staff" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(in_words(rows[i].channel, rows[i].source, rows[i].form, false),
                            rows[i].event);
        assert_string_equal(in_words(rows[i].channel, rows[i].source, rows[i].form, true),
                            rows[i].address);
    }
    assert_string_equal(in_words("sms", "", "", true), "refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_withdrawal_counts_whoever_brings_it_and_whatever_date_it_bears),
        cmocka_unit_test(a_first_grant_counts_from_everybody_but_staff_without_the_words),
        cmocka_unit_test(only_an_act_of_the_person_lifts_a_refusal),
        cmocka_unit_test(a_grant_older_than_the_last_word_never_counts),
        cmocka_unit_test(every_ruling_but_the_good_one_says_why),
        cmocka_unit_test(a_consent_ends_after_the_last_contact_from_the_person),
        cmocka_unit_test(a_refusal_is_told_as_it_was_made),
        cmocka_unit_test(the_sender_takes_its_place_in_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
