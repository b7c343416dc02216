/*
 * test_staff_answer_failed.c - an answer of somebody of the house that cannot be done, whatever is
 * wrong with it: the words are kept, the person is told, an alert is open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/staff_answer.h"
#include "store/staff_reply.h"
#include "tests/support/contact_rig.h"
#include "tests/support/testdb.h"

/* Here, nobody knows the time zone of the house. */
static const struct staff_reply_rules rules = { .timezone = "Europe/Atlantis",
                                                .sender = "38012",
                                                .expires_s = 86400 };

static int set_up(void **state)
{
    contact_set_up(state);
    testdb_sql("UPDATE staff SET phone = '+33611111111', mail = 'anna@house.example' WHERE id = 1");
    testdb_sql("UPDATE staff SET phone = '+33622222222' WHERE id = 2");
    return 0;
}

static void bruno_writes(const char *text)
{
    bool kept = false;

    assert_int_equal(
        staff_answer_of_sms(rig_db, 7000, clock_now(), "+33622222222", "38012", text, &kept),
        RC_OK);
    assert_true(kept);
}

/* The answer that waits, until it is given up. */
static struct staff_reply_done try_to_the_end(void)
{
    struct staff_reply_done done;
    struct arena arena;

    for (int i = 0; i < STAFF_ANSWER_TRIES; i++) {
        arena_init(&arena);
        assert_int_equal(staff_reply_next(rig_db, &rules, clock_now(), &arena, &done), RC_OK);
        arena_close(&arena);
        clock_shift(HOUR);
    }
    assert_string_equal(done.outcome, "failed");
    return done;
}

static void who_answers_by_sms_is_told(void **state)
{
    struct staff_reply_done done;

    (void)state;
    bruno_writes("REFUS 1 elle est furieuse");
    done = try_to_the_end();
    assert_int_equal(done.staff_id, BRUNO);
    assert_true(done.messages);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message m JOIN staff_answer a"
                                    " ON a.answer_id = m.id WHERE m.address = '+33622222222'"
                                    " AND m.text LIKE 'Your answer could not be noted.%'"),
                     1);
}

static void who_answers_by_mail_is_told(void **state)
{
    const struct staff_answer mail = { .id = 7000,
                                       .at = NOON,
                                       .channel = CHANNEL_EMAIL,
                                       .notice_id = 5,
                                       .from = "x@home.example",
                                       .to = "n-x@in.example",
                                       .subject = "Re: Contacts",
                                       .message_id = "",
                                       .text = "OK 1" };

    (void)state;
    testdb_sql("INSERT INTO notice (id, staff_id, channel, sent_as, at)"
               " VALUES (5, 1, 'email', 7005, '2026-11-20 10:59:00')");
    assert_int_equal(staff_answer_of_mail(rig_db, &mail), RC_OK);
    assert_true(try_to_the_end().mails);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM mail_out WHERE subject = 'Re: Contacts'"
                                    " AND recipient = 'anna@house.example'"
                                    " AND body LIKE 'Votre réponse n''a pas pu être notée%'"),
                     1);
}

static void the_words_are_kept_and_an_alert_is_open(void **state)
{
    (void)state;
    bruno_writes("REFUS 1 elle est furieuse");
    try_to_the_end();
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'failed'"
                                    " AND text = 'REFUS 1 elle est furieuse'"
                                    " AND next_at IS NULL"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM alert WHERE kind = 'answer_failed'"
                                    " AND subject = 'bruno' AND closed_at IS NULL"
                                    " AND text LIKE 'answer 7000 of Bruno%by sms%'"
                                    " AND text NOT LIKE '%furieuse%'"),
                     1);
}

static void what_cannot_even_be_told_holds_up_nobody(void **state)
{
    (void)state;
    bruno_writes("REFUS 1");
    testdb_sql("RENAME TABLE alert TO alert_away");
    try_to_the_end();
    testdb_sql("RENAME TABLE alert_away TO alert");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'failed'"
                                    " AND text = 'REFUS 1' AND next_at IS NULL"),
                     1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, contact_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(who_answers_by_sms_is_told),
        T(who_answers_by_mail_is_told),
        T(the_words_are_kept_and_an_alert_is_open),
        T(what_cannot_even_be_told_holds_up_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
