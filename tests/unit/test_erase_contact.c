/*
 * test_erase_contact.c - of an erased customer nothing is left in what people of the house were
 * told, said and answered; what they were told of others stays.
 */
#include "tests/support/escalation_rig.h"

#include <string.h>

#include "store/contact_task_command.h"
#include "store/erase.h"
#include "store/matter_view.h"
#include "tests/support/testdb.h"

/* Contact 15 is with Dupont (1), who is to be erased, 16 with Durand (2); Bruno has both, and Anna
 * has another one with Durand, 17. */
static void dupont_and_durand(const char *policy)
{
    rig_policy(policy);
    testdb_sql("INSERT INTO customer (id, last_name, created_at, updated_at)"
               " VALUES (2, 'Durand', '2026-01-01', '2026-01-01')");
    rig_contacts(15, 2, BRUNO, rig_at(6, 10, 0));
    rig_contacts(17, 1, ANNA, rig_at(6, 10, 0));
    testdb_sql("UPDATE contact_task SET customer_id = 2 WHERE id <> 15");
}

static void told_at_ten(void)
{
    rig_clock(rig_at(6, 10, 0));
    rig_tick();
}

static void erase_steps(void)
{
    struct erase_done done;

    do {
        assert_int_equal(erase_step(rig_db, clock_now(), &done), RC_OK);
    } while (done.customer_id);
}

static void erase_dupont(void)
{
    assert_int_equal(erase_begin(rig_db, 1, "maud", "asked"), RC_OK);
    erase_steps();
}

static void an_hour_later(void)
{
    rig_clock(clock_now() + 3601 * USEC_PER_SEC);
    erase_steps();
    assert_int_equal(COUNT("erasure WHERE step = 'done'"), 1);
}

static void why_a_contact_was_ended_is_forgotten(void **state)
{
    const struct matter_command stop = { .order = MATTER_STOP,
                                         .kind = MATTER_TASK,
                                         .subject_id = 16,
                                         .why = "Mme Dupont est morte",
                                         .who = "maud" };
    struct error err = { "" };

    (void)state;
    dupont_and_durand("after 0m employee by sms");
    testdb_sql("UPDATE contact_task SET customer_id = 1 WHERE id = 16");
    assert_int_equal(contact_task_withdraw(rig_db, 15, stop.why, "maud", &err), RC_OK);
    assert_int_equal(contact_task_withdraw(rig_db, 17, "Durand est morte", "maud", &err), RC_OK);
    assert_int_equal(matter_command(rig_db, &stop), RC_OK);
    erase_dupont();
    assert_int_equal(COUNT("matter WHERE why LIKE '%Dupont%'"), 0);
    assert_int_equal(COUNT("matter_event WHERE detail LIKE '%Dupont%'"), 0);
    assert_int_equal(COUNT("matter_event WHERE detail = 'Durand est morte'"), 1);
    assert_int_equal(COUNT("matter WHERE why = 'Durand est morte'"), 1);
}

/* What a carrier may have is said once more to Bruno, who must hear of Durand. */
static void what_goes_once_more_says_the_rest(void **state)
{
    (void)state;
    dupont_and_durand("after 0m employee by sms");
    told_at_ten();
    testdb_sql("UPDATE message SET state = 'unknown'");
    erase_dupont();
    assert_int_equal(COUNT("message WHERE address = '+33610000002' AND text LIKE '%16 Durand%'"
                           " AND text NOT LIKE '%Dupont%'"),
                     1);
    assert_int_equal(COUNT("message WHERE address = '+33610000001' AND text LIKE '%17 Durand%'"),
                     1);
    testdb_sql("DELETE FROM outbox_slice"); /* it was said once more */
    an_hour_later();
    assert_int_equal(COUNT("message WHERE address = '+33610000002' AND text = ''"), 1);
}

static void what_goes_once_more_and_tells_of_nobody_else_is_emptied(void **state)
{
    (void)state;
    dupont_and_durand("after 0m employee by sms");
    testdb_sql("DELETE FROM matter WHERE subject_id = 16");
    told_at_ten();
    testdb_sql("UPDATE message SET state = 'unknown'");
    erase_dupont();
    assert_int_equal(COUNT("message WHERE address = '+33610000002' AND text = ''"), 1);
}

/* An answer that was read. */
#define ANSWER_BY_SMS(id, staff, at, words)                                                     \
    testdb_sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text)"  \
               " VALUES (" id ", '" at "', 'sms', '+33610000009', '38123', '" words "')");      \
    testdb_sql("INSERT INTO staff_answer (id, at, channel, staff_id, from_address, to_address," \
               "                          text, outcome)"                                       \
               " VALUES (" id ", '" at "', 'sms', " staff ", '+33610000009', '38123', '" words  \
               "', 'unclear')")

static void an_answer_by_sms_that_led_to_no_result_is_forgotten(void **state)
{
    (void)state;
    dupont_and_durand("after 0m employee by sms");
    told_at_ten();
    ANSWER_BY_SMS("1", "2", "2026-11-06 09:30:00", "VU 15 Mme Dupont rappelle jeudi");
    ANSWER_BY_SMS("2", "2", "2026-11-06 08:00:00", "avant");
    ANSWER_BY_SMS("4", "2", "2026-11-06 09:31:00", "Ma commande ?");
    testdb_sql("UPDATE staff_answer SET outcome = 'ordinary' WHERE id = 4");
    ANSWER_BY_SMS("3", "1", "2026-11-06 09:30:00", "VU 17 Durand rappelle");
    testdb_sql("INSERT INTO message (id, channel, class, state, address, sender, text, encoding,"
               "                     parts, created_at, expires_at)"
               " VALUES (99, 'sms', 'alert', 'delivered', '+33610000002', '38123', 'Dupont ?',"
               "         'gsm7', 1, '2026-11-06', '2026-11-07')");
    testdb_sql("UPDATE staff_answer SET answer_id = 99 WHERE id = 1");
    erase_dupont();
    assert_int_equal(COUNT("inbound_message WHERE text = '' AND id = 1"), 1);
    assert_int_equal(COUNT("staff_answer WHERE text = '' AND id = 1"), 1);
    assert_int_equal(COUNT("message WHERE text = '' AND id = 99"), 1);
    assert_int_equal(COUNT("inbound_message WHERE text <> ''"), 3);
}

/* One that nobody has read yet is done first, and forgotten an hour later. */
static void an_answer_that_waits_is_forgotten_once_it_was_read(void **state)
{
    (void)state;
    dupont_and_durand("after 0m employee by sms");
    told_at_ten();
    ANSWER_BY_SMS("1", "2", "2026-11-06 09:30:00", "OK 16 comme Mme Dupont");
    testdb_sql("UPDATE staff_answer SET next_at = '2026-11-06 09:30:00'");
    erase_dupont();
    assert_int_equal(COUNT("staff_answer WHERE text <> ''"), 1);
    testdb_sql("UPDATE staff_answer SET next_at = NULL");
    an_hour_later();
    assert_int_equal(COUNT("staff_answer WHERE text <> ''"), 0);
    assert_int_equal(COUNT("inbound_message WHERE text <> ''"), 0);
}

/* Bruno and Anna answer the mails that named 15 and 16, and 17. */
static void a_mail_that_quotes_the_notice_is_forgotten_whatever_it_says(void **state)
{
    (void)state;
    dupont_and_durand("after 0m employee by mail");
    testdb_sql("UPDATE staff SET mail = 'bruno@relais.example' WHERE id = 2");
    told_at_ten();
    testdb_sql("INSERT INTO mail_in (id, mark, source_id, at, kind, about_id, outcome,"
               "                     envelope_from, recipient, from_address, subject, text, size)"
               " SELECT n.staff_id, REPEAT(n.staff_id, 16), n.staff_id, n.at, 'notice', n.id,"
               "        'recorded', s.mail, 'n-1@x', s.mail, 'Re: Dupont',"
               "        IF(n.staff_id = 2, 'OK 16 > 15 Dupont: Tarifs', 'OK 17 > 17 Durand'), 9"
               "   FROM notice n JOIN staff s ON s.id = n.staff_id");
    testdb_sql("INSERT INTO mail_source VALUES (1, 0, '17 Durand'), (2, 0, '15 Dupont')");
    testdb_sql("INSERT INTO staff_answer (id, at, channel, staff_id, notice_id, from_address,"
               "                          to_address, subject, text, outcome)"
               " SELECT m.id, m.at, 'email', m.id, m.about_id, '', '', m.subject, '', 'done'"
               "   FROM mail_in m");
    erase_dupont();
    assert_int_equal(COUNT("mail_in WHERE id = 2 AND text IS NULL AND subject = ''"), 1);
    assert_int_equal(COUNT("mail_source WHERE id = 2"), 0);
    assert_int_equal(COUNT("staff_answer WHERE id = 2 AND subject = ''"), 1);
    assert_int_equal(COUNT("mail_in WHERE id = 1 AND text LIKE '%Durand%' AND subject <> ''"), 1);
    assert_int_equal(COUNT("mail_source WHERE id = 1"), 1);
}

/* Anna has told by mail how it went with Dupont, too; the notice was of Durand. */
static void the_subject_of_a_mail_with_a_result_is_forgotten(void **state)
{
    (void)state;
    dupont_and_durand("after 0m employee by mail");
    testdb_sql("INSERT INTO contact_result (id, task_id, customer_id, staff_id, outcome_id, note,"
               "                            at, via, via_id, who, spoiled)"
               " VALUES (1, 15, 1, 1, 1, '', '2026-11-06', 'mail', 1, 'anna', '')");
    testdb_sql("INSERT INTO staff_answer (id, at, channel, staff_id, from_address, to_address,"
               "                          subject, text, outcome, answer_id)"
               " VALUES (1, '2026-11-06', 'email', 1, '', '', 'Dupont !', '', 'done', 9)");
    testdb_sql("INSERT INTO mail_out (id, kind, recipient, subject, body, created_at, state,"
               "                      settled_at)"
               " VALUES (9, 'notice', 'anna@relais.example', 'Re: Dupont !', '15 Dupont : joint.',"
               "         '2026-11-06', 'sent', '2026-11-06')");
    erase_dupont();
    assert_int_equal(COUNT("staff_answer WHERE subject <> ''"), 0);
    assert_int_equal(COUNT("mail_out WHERE CONCAT(subject, body) <> ''"), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(why_a_contact_was_ended_is_forgotten),
        T(what_goes_once_more_says_the_rest),
        T(what_goes_once_more_and_tells_of_nobody_else_is_emptied),
        T(an_answer_by_sms_that_led_to_no_result_is_forgotten),
        T(an_answer_that_waits_is_forgotten_once_it_was_read),
        T(the_subject_of_a_mail_with_a_result_is_forgotten),
        T(a_mail_that_quotes_the_notice_is_forgotten_whatever_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
