/* test_unsubscribe.c - what the button of a mail changes: all promotions by mail to its address. */
#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/unsubscribe.h"
#include "tests/support/outbox_rig.h"
#include "tests/support/testdb.h"

#define MAIL 77

/* Anne (1) and whoever shares her mailbox (2), both consenting; a mail to it, and an SMS. */
static void scene(void)
{
    testdb_sql("INSERT INTO customer (id, created_at, updated_at)"
               " VALUES (1, '2024-01-01', '2024-01-01'), (2, '2024-01-01', '2024-01-01')");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               " VALUES (1, 'email', 'anne@b.example', '2024-01-01'),"
               "        (2, 'email', 'anne@b.example', '2024-01-01'),"
               "        (1, 'sms', '+33610000001', '2024-01-01')");
    testdb_sql("INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
               " VALUES (1, 'email', 'promo', 'granted', 1, '2024-01-01'),"
               "        (2, 'email', 'promo', 'granted', 2, '2024-01-01'),"
               "        (1, 'sms', 'promo', 'granted', 3, '2024-01-01')");
    testdb_sql(
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
        " encoding, parts, created_at, expires_at)"
        " VALUES (77, 1, 'email', 'promo', 'accepted', 'anne@b.example', 'a@shop.example',"
        "         'x', 'utf8', 1, '2024-01-01', '2024-01-02'),"
        "        (78, 1, 'sms', 'promo', 'accepted', '+33610000001', '36123', 'x', 'gsm7', 1,"
        "         '2024-01-01', '2024-01-02')");
}

static bool press(uint64_t message_id, bool one_click)
{
    const struct unsubscribe u = {
        .message_id = message_id, .one_click = one_click, .remote_address = "192.0.2.7", .at = NOW
    };
    bool changed = false;

    assert_int_equal(unsubscribe(db, &u, &changed), RC_OK);
    return changed;
}

static void all_who_have_the_address_get_no_more_promotions_by_mail(void **state)
{
    (void)state;
    scene();
    assert_true(press(MAIL, true));
    assert_int_equal(number("SELECT COUNT(*) FROM opt_out WHERE channel = 'email' AND"
                            " address = 'anne@b.example' AND sender = ''"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE channel = 'email' AND"
                            " state = 'withdrawn'"),
                     2);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE channel = 'sms' AND"
                            " state = 'granted'"),
                     1);
}

static void the_ledger_says_which_button_and_from_where(void **state)
{
    (void)state;
    scene();
    press(MAIL, true);
    assert_int_equal(
        number("SELECT COUNT(*) FROM consent_event WHERE source = 'form' AND"
               " source_ref = 'one-click:77' AND wording = 'List-Unsubscribe=One-Click' AND"
               " remote_address = '192.0.2.7' AND state = 'withdrawn' AND channel = 'email'"),
        2);
}

static void pressing_it_again_changes_nothing(void **state)
{
    (void)state;
    scene();
    assert_true(press(MAIL, false));
    assert_false(press(MAIL, false));
    assert_false(press(MAIL, true));
    assert_int_equal(number("SELECT COUNT(*) FROM consent_event"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_event WHERE source_ref = 'page:77'"), 2);
}

static void nobody_has_the_address_any_more_and_it_is_refused_all_the_same(void **state)
{
    (void)state;
    scene();
    testdb_sql("DELETE FROM contact_point WHERE channel = 'email'");
    assert_true(press(MAIL, true));
    assert_int_equal(number("SELECT COUNT(*) FROM opt_out WHERE channel = 'email'"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_event"), 0);
}

static void only_a_mail_that_is_there_has_a_button(void **state)
{
    static const uint64_t others[] = { 76, 78, UINT64_MAX };
    bool changed;

    (void)state;
    scene();
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct unsubscribe u = { .message_id = others[i], .remote_address = "", .at = NOW };
        assert_int_equal(unsubscribe(db, &u, &changed), RC_NOTFOUND);
    }
    assert_int_equal(number("SELECT COUNT(*) FROM opt_out"), 0);
}

static void a_reader_who_was_erased_has_nothing_left_to_refuse(void **state)
{
    (void)state;
    scene();
    testdb_sql("UPDATE message SET address = '~0123456789abcdef0123456789abcdef' WHERE id = 77");
    assert_false(press(MAIL, true));
    assert_int_equal(number("SELECT COUNT(*) FROM opt_out"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_who_have_the_address_get_no_more_promotions_by_mail, rig_fresh),
        cmocka_unit_test_setup(the_ledger_says_which_button_and_from_where, rig_fresh),
        cmocka_unit_test_setup(pressing_it_again_changes_nothing, rig_fresh),
        cmocka_unit_test_setup(nobody_has_the_address_any_more_and_it_is_refused_all_the_same,
                               rig_fresh),
        cmocka_unit_test_setup(only_a_mail_that_is_there_has_a_button, rig_fresh),
        cmocka_unit_test_setup(a_reader_who_was_erased_has_nothing_left_to_refuse, rig_fresh),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
