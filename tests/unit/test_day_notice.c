/*
 * test_day_notice.c - everybody gets the contacts of the day once, when he or she works, and is
 * told of what is handed over.
 */
#include "tests/support/escalation_rig.h"

#include <string.h>

#include "store/contact_result.h"
#include "store/contact_task.h"
#include "store/day_notice.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/notice.h"
#include "store/staff.h"
#include "tests/support/mortal.h"
#include "tests/support/testdb.h"

static size_t tell(void)
{
    struct day_notice_done done;
    size_t notices = 0;

    do {
        assert_int_equal(day_notice_step(rig_db, &rig_settings, clock_now(), &done), RC_OK);
        notices += done.notices;
    } while (done.more);
    return notices;
}

static void make_list(void)
{
    testdb_sql("INSERT INTO contact_list (team_id, day, state, wanted_at, wanted_by)"
               " VALUES (1, '2026-11-06', 'made', '2026-11-06', '')");
}

/* Two of the list, with a number to call and a reason. */
static void morning(void)
{
    rig_policy("after 0m employee by sms");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               " VALUES (1, 'sms', '+33612345678', '2026-01-01')");
    rig_contacts(15, 2, BRUNO, rig_at(6, 18, 0));
    testdb_sql(
        "UPDATE contact_task SET source = 'list', reasons = 'missed=50:3 value=2', score = 52,"
        "                        title = 'livraison manquée il y a 3 jours',"
        "                        day = IF(id = 15, '2026-11-06', '2026-11-05')");
}

static void the_contacts_of_the_day_come_when_work_begins(void **state)
{
    (void)state;
    morning();
    rig_clock(rig_at(6, 9, 30));
    assert_int_equal(tell(), 0); /* there is no list yet */
    rig_clock(rig_at(6, 8, 59));
    make_list();
    assert_int_equal(tell(), 0);
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    assert_string_equal(
        rig_last_sms(),
        "Relais: 2 contacts à faire : 15 Dupont +33612345678 livraison manquée il y "
        "a 3 jours, 16 Dupont +33612345678 livraison manquée il y a 3 jours. "
        "Répondez OK 15, ABSENT 15 ou RAPPEL 15 14h.");
    assert_int_equal(COUNT("message m JOIN staff s ON s.phone = m.address WHERE s.id = 2"), 1);
    assert_int_equal(tell(), 0);
    rig_clock(rig_at(6, 17, 0));
    assert_int_equal(tell(), 0);
}

static void who_has_a_mail_address_gets_a_mail_unless_the_team_says_otherwise(void **state)
{
    static const struct {
        const char *tell;
        uint64_t sms, mails;
    } cases[] = { { "mail", 0, 1 }, { "sms", 1, 0 }, { "both", 1, 1 }, { "none", 0, 0 } };

    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 1, ANNA, rig_at(6, 18, 0));
    make_list();
    rig_clock(rig_at(6, 11, 0)); /* at once: the day has begun */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        testdb_sql("DELETE FROM contact_told");
        testdb_sql("DELETE FROM message");
        testdb_sql("DELETE FROM mail_out");
        assert_int_equal(
            db_run(rig_db, "UPDATE team SET tell = ?", DB_IN(db_text(cases[i].tell)), NULL), RC_OK);
        assert_int_equal(tell(), cases[i].sms + cases[i].mails);
        assert_int_equal(COUNT("message"), cases[i].sms);
        assert_int_equal(COUNT("mail_out WHERE recipient = 'anna@relais.example'"
                               " AND body LIKE '%  15  Dupont: Tarifs%OK 15%'"),
                         cases[i].mails);
    }
}

static void without_a_relay_nobody_waits_for_a_mail(void **state)
{
    struct escalation_settings settings = rig_settings;
    struct day_notice_done done;

    (void)state;
    settings.no_mail = true;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 1, ANNA, rig_at(6, 18, 0));
    make_list();
    rig_clock(rig_at(6, 11, 0));
    assert_int_equal(day_notice_step(rig_db, &settings, clock_now(), &done), RC_OK);
    assert_int_equal(done.notices, 1);
    assert_int_equal(COUNT("message"), 1);
    assert_int_equal(COUNT("mail_out"), 0);
}

static void who_stands_in_gets_the_other_one_s_too(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 1, ANNA, rig_at(6, 18, 0));
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               "                           created_by)"
               " VALUES (1, 1, '2026-11-06', '2026-11-06', 2, '2026-11-01', 'test')");
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "15 Dupont Tarifs (Anna)"));
    assert_int_equal(COUNT("notice WHERE staff_id = 2"), 1);
}

static uint64_t asked(void)
{
    return rig_number("SELECT CAST(VARIABLE_VALUE AS UNSIGNED)"
                      "  FROM information_schema.SESSION_STATUS"
                      " WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'");
}

/* All of them are at work, and their team has its list: most of the day it is like that. */
static void a_look_that_finds_nobody_asks_who_and_nothing_else(void **state)
{
    uint64_t before;

    (void)state;
    make_list();
    rig_clock(rig_at(6, 11, 0));
    assert_int_equal(tell(), 0);
    before = asked();
    assert_int_equal(tell(), 0);
    assert_int_equal(asked() - before, 3); /* whose day, who was handed something; and this */
}

static void forty_contacts_are_three_parts_and_a_number_of_others(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(100, 40, BRUNO, rig_at(6, 18, 0));
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    assert_int_equal(COUNT("message WHERE parts = 3 AND text LIKE 'Relais: 40 contacts%autres. %'"),
                     1);
    assert_int_equal(COUNT("notice_matter"), 40);
}

/* As the list of tasks shows it, and as "wrong number" means it. */
static void a_number_that_is_known_to_be_wrong_is_not_told(void **state)
{
    (void)state;
    morning();
    testdb_sql("UPDATE contact_point SET state = 'invalid'");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, is_primary, created_at)"
               " VALUES (1, 'sms', '+33699999999', FALSE, '2026-01-01')");
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "15 Dupont +33699999999 livraison"));
    assert_null(strstr(rig_last_sms(), "+33612345678"));
}

static enum rc hand_over(struct db *db, void *arg)
{
    return contact_task_hand_over(db, *(uint64_t *)arg, BRUNO, "maud");
}

static enum rc cancel(struct db *db, void *arg)
{
    return contact_task_cancel(db, *(uint64_t *)arg, "moved");
}

/* Of no policy, too: there is no matter then. */
static void what_got_its_result_before_the_message_left_is_not_in_it(void **state)
{
    struct notice_matter list[8];
    struct notice_told told = { .list = list, .room = 8 };
    struct notice last = { .id = 0 };

    (void)state;
    morning();
    testdb_sql("DELETE FROM matter WHERE subject_id = 16");
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    last.id = rig_number("SELECT id FROM notice");
    assert_int_equal(notice_matters(rig_db, last.id, &told), RC_OK);
    assert_int_equal(told.open, 2);
    testdb_sql("UPDATE contact_task SET state = 'done' WHERE id = 15");
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 15, "done", "anna"), RC_OK);
    assert_string_equal(rig_last_sms(),
                        "Relais: contact à faire : 16 Dupont +33612345678 livraison "
                        "manquée il y a 3 jours. Répondez OK 16, ABSENT 16 ou "
                        "RAPPEL 16 14h.");
    assert_int_equal(notice_matters(rig_db, last.id, &told), RC_OK);
    assert_int_equal(told.open, 1);
    assert_int_equal(db_transaction(rig_db, cancel, &(uint64_t){ 16 }), RC_OK);
    assert_int_equal(COUNT("message WHERE state = 'cancelled' AND reason = 'settled'"), 1);
}

static void a_result_withdraws_the_mail_of_the_day_without_policy_too(void **state)
{
    const struct contact_report report = { .task_id = 15,
                                           .outcome = "reached",
                                           .staff_id = ANNA,
                                           .via = CONTACT_BY_CONSOLE,
                                           .who = "anna" };
    struct contact_recorded recorded;
    struct error err = { "" };

    (void)state;
    rig_policy("after 0m employee by sms");
    testdb_sql("UPDATE team SET policy_id = NULL");
    rig_contacts(15, 2, ANNA, rig_at(6, 18, 0));
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    assert_int_equal(COUNT("matter"), 0);
    assert_int_equal(contact_result_record(rig_db, &report, &recorded, &err), RC_OK);
    assert_int_equal(COUNT("mail_out WHERE state = 'waiting' AND body NOT LIKE '%  15  %'"
                           " AND body LIKE '%  16  %'"),
                     1);
    assert_int_equal(db_transaction(rig_db, hand_over, &(uint64_t){ 16 }), RC_OK);
    assert_int_equal(COUNT("mail_out WHERE state = 'failed'"), 1); /* it is Bruno's */
}

static void the_message_of_the_day_is_gone_with_the_customer(void **state)
{
    struct erase_done done;

    (void)state;
    morning();
    testdb_sql("UPDATE team SET policy_id = NULL, tell = 'both'");
    testdb_sql("UPDATE staff SET mail = 'bruno@relais.example' WHERE id = 2");
    testdb_sql("DELETE FROM matter");
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 2);
    assert_int_equal(erase_begin(rig_db, 1, "maud", "asked"), RC_OK);
    for (bool more = true; more; more = done.customer_id)
        assert_int_equal(erase_step(rig_db, clock_now(), &done), RC_OK);
    assert_int_equal(COUNT("message WHERE state = 'cancelled' AND text = ''"), 1);
    assert_int_equal(COUNT("mail_out WHERE state = 'failed' AND body = ''"), 1);
}

static void who_is_handed_a_contact_is_told_when_he_works(void **state)
{
    uint64_t id = 15;

    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 1, ANNA, rig_at(9, 18, 0));
    rig_clock(rig_at(6, 19, 0));
    assert_int_equal(db_transaction(rig_db, hand_over, &id), RC_OK);
    assert_int_equal(tell(), 0); /* it is evening */
    rig_clock(rig_at(9, 9, 0));
    assert_int_equal(tell(), 1);
    assert_string_equal(rig_last_sms(), "Relais: un contact pour vous : 15 Dupont Tarifs. Répondez "
                                        "OK 15, ABSENT 15 ou RAPPEL 15 14h.");
    assert_int_equal(tell(), 0);
    assert_int_equal(COUNT("contact_handed"), 0);
}

static enum rc hand_over_230(struct db *db, void *arg)
{
    enum rc rc = RC_OK;

    (void)arg;
    for (uint64_t id = 1000; !rc && id < 1230; id++)
        rc = contact_task_hand_over(db, id, BRUNO, "maud");
    return rc;
}

/* As whoever takes over a full desk; what is somebody else's again is not told. */
static void however_many_are_handed_over_each_is_told(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(1000, 231, ANNA, rig_at(9, 18, 0));
    assert_int_equal(db_transaction(rig_db, hand_over_230, NULL), RC_OK);
    testdb_sql("UPDATE contact_task SET staff_id = 1 WHERE id = 1229");
    rig_clock(rig_at(9, 9, 0));
    assert_int_equal(tell(), 2);
    assert_non_null(strstr(rig_last_sms(), "29 contacts pour vous"));
    assert_int_equal(COUNT("notice_matter"), 229);
    assert_int_equal(COUNT("contact_handed"), 0);
    assert_int_equal(tell(), 0);
}

/* With what the day's message says, no other one comes; what had no room in it does. */
static void what_has_no_room_in_the_message_of_the_day_is_told_as_handed_over(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(1000, 230, ANNA, rig_at(6, 18, 0));
    assert_int_equal(db_transaction(rig_db, hand_over_230, NULL), RC_OK);
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 2);
    assert_int_equal(COUNT("notice_matter"), 230);
    assert_int_equal(COUNT("contact_handed"), 0);
}

static enum rc put(struct db *db, void *arg)
{
    return contact_task_put(db, arg, 1, NULL);
}

/* For Bruno, as the rig's customer is. */
static void put_task(uint64_t id, enum contact_source source, int day, const char *who,
                     unsigned by_staff_id)
{
    struct contact_draft draft = { .id = id,
                                   .customer_id = id, /* once a day on a list */
                                   .team_id = 1,
                                   .staff_id = BRUNO,
                                   .source = source,
                                   .day = day,
                                   .due_at = rig_at(day % 100, 17, 0),
                                   .title = "Tarifs",
                                   .created_by = who,
                                   .by_staff_id = by_staff_id };

    assert_int_equal(db_transaction(rig_db, put, &draft), RC_OK);
}

static void what_another_gives_for_today_is_told_at_once(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_clock(rig_at(6, 11, 0));
    put_task(15, CONTACT_OF_MANAGER, 20261106, "bruno", 0); /* who knows that */
    put_task(16, CONTACT_OF_CALL_BACK, 20261106, "token holder", BRUNO);
    assert_int_equal(tell(), 0);
    put_task(17, CONTACT_OF_MANAGER, 20261106, "maud", 0);
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "un contact pour vous : 17 Tarifs"));
    put_task(18, CONTACT_OF_CALL_BACK, 20261106, "anna", ANNA);
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "un contact pour vous : 18 Tarifs"));
    assert_int_equal(tell(), 0);
}

/* With the message of that day or, where there is no list, when work begins. */
static void what_another_gives_for_a_later_day_is_told_on_that_day(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_clock(rig_at(6, 11, 0));
    put_task(15, CONTACT_OF_MANAGER, 20261109, "maud", 0);
    assert_int_equal(tell(), 0);
    rig_clock(rig_at(9, 8, 59));
    assert_int_equal(tell(), 0);
    rig_clock(rig_at(9, 9, 0));
    assert_int_equal(tell(), 1);
    assert_int_equal(tell(), 0);
}

static void what_the_list_adds_in_the_course_of_the_day_is_told_once_an_hour(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_clock(rig_at(6, 8, 0));
    put_task(15, CONTACT_OF_LIST, 20261106, "list", 0);
    assert_int_equal(COUNT("contact_handed"), 0); /* the message of the day says it */
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 1);
    rig_clock(rig_at(6, 9, 10));
    put_task(16, CONTACT_OF_LIST, 20261106, "list", 0);
    rig_clock(rig_at(6, 9, 30));
    put_task(17, CONTACT_OF_PLAN, 20261106, "plan", 0);
    rig_clock(rig_at(6, 9, 58));
    assert_int_equal(tell(), 0);
    rig_clock(rig_at(6, 10, 1)); /* the clock of the rig goes on */
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "2 contacts pour vous : 16 Tarifs, 17 Tarifs"));
    put_task(18, CONTACT_OF_LIST, 20261106, "list", 0);
    rig_clock(rig_at(6, 10, 30));
    assert_int_equal(tell(), 0);
    put_task(19, CONTACT_OF_MANAGER, 20261106, "maud", 0); /* is told, and takes it along */
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "2 contacts pour vous : 18 Tarifs, 19 Tarifs"));
    assert_int_equal(COUNT("contact_handed"), 0);
    /* After a quiet while: what comes within a minute is one message. */
    rig_clock(rig_at(6, 14, 0));
    put_task(20, CONTACT_OF_LIST, 20261106, "list", 0);
    assert_int_equal(tell(), 0);
    put_task(21, CONTACT_OF_LIST, 20261106, "list", 0);
    rig_clock(rig_at(6, 14, 2));
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "20 Tarifs, 21 Tarifs"));
}

static void who_becomes_a_stand_in_in_the_course_of_the_day_is_told(void **state)
{
    static const struct absence_plan away = { .login = "anna",
                                              .from = "2026-11-06",
                                              .deputy = "bruno" };
    const char *field;
    struct error err;
    uint64_t id;

    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 1, ANNA, rig_at(6, 18, 0));
    rig_contacts(25, 1, BRUNO, rig_at(6, 18, 0));
    make_list();
    rig_clock(rig_at(6, 9, 0));
    assert_int_equal(tell(), 2);
    rig_clock(rig_at(6, 10, 0));
    assert_int_equal(absence_add(rig_db, &away, "maud", &id, &field, &err), RC_OK);
    assert_int_equal(tell(), 1);
    assert_non_null(strstr(rig_last_sms(), "un contact pour vous : 15 Dupont Tarifs (Anna)"));
    assert_int_equal(tell(), 0);
    /* Who is back before it was told has it again alone. */
    assert_int_equal(absence_cancel(rig_db, id, "maud"), RC_OK);
    assert_int_equal(absence_add(rig_db, &away, "maud", &id, &field, &err), RC_OK);
    assert_int_equal(absence_cancel(rig_db, id, "maud"), RC_OK);
    assert_int_equal(tell(), 0);
    assert_int_equal(COUNT("contact_handed"), 0);
}

/* Everybody, by a connection of the child's own. */
static int tell_all(void *arg)
{
    struct db *db = testdb_open_lane(7);
    struct day_notice_done done;
    enum rc rc = day_notice_step(db, &rig_settings, clock_now(), &done);

    (void)arg;
    db_close(db);
    return rc ? 1 : 0;
}

static void whenever_the_process_ends_the_day_is_told_once(void **state)
{
    bool whole = false;

    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 2, ANNA, rig_at(6, 18, 0));
    rig_contacts(25, 2, BRUNO, rig_at(6, 18, 0));
    make_list();
    rig_clock(rig_at(6, 9, 0));
    for (unsigned nth = 1; !whole; nth++) {
        testdb_sql("DELETE FROM contact_told");
        testdb_sql("DELETE FROM notice");
        testdb_sql("DELETE FROM message");
        testdb_sql("DELETE FROM mail_out");
        whole = mortal_run(nth, true, tell_all, NULL);
        tell();
        assert_int_equal(COUNT("notice"), 2);
        assert_int_equal(COUNT("message"), 1);
        assert_int_equal(COUNT("mail_out"), 1);
        assert_int_equal(COUNT("contact_told"), 2);
    }
}

static void whenever_the_process_ends_what_is_given_is_told_once(void **state)
{
    bool whole = false;

    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(15, 2, ANNA, rig_at(6, 18, 0));
    rig_contacts(25, 2, BRUNO, rig_at(6, 18, 0));
    rig_clock(rig_at(6, 11, 0));
    for (unsigned nth = 1; !whole; nth++) {
        testdb_sql("DELETE FROM notice");
        testdb_sql("DELETE FROM message");
        testdb_sql("DELETE FROM mail_out");
        testdb_sql("REPLACE INTO contact_handed SELECT id, staff_id, '2026-11-06' FROM"
                   " contact_task");
        whole = mortal_run(nth, true, tell_all, NULL);
        tell();
        assert_int_equal(COUNT("notice"), 2);
        assert_int_equal(COUNT("message"), 1);
        assert_int_equal(COUNT("mail_out"), 1);
        assert_int_equal(COUNT("contact_handed"), 0);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_contacts_of_the_day_come_when_work_begins),
        T(who_has_a_mail_address_gets_a_mail_unless_the_team_says_otherwise),
        T(without_a_relay_nobody_waits_for_a_mail),
        T(who_stands_in_gets_the_other_one_s_too),
        T(forty_contacts_are_three_parts_and_a_number_of_others),
        T(a_look_that_finds_nobody_asks_who_and_nothing_else),
        T(a_number_that_is_known_to_be_wrong_is_not_told),
        T(what_got_its_result_before_the_message_left_is_not_in_it),
        T(a_result_withdraws_the_mail_of_the_day_without_policy_too),
        T(the_message_of_the_day_is_gone_with_the_customer),
        T(who_is_handed_a_contact_is_told_when_he_works),
        T(however_many_are_handed_over_each_is_told),
        T(what_has_no_room_in_the_message_of_the_day_is_told_as_handed_over),
        T(what_another_gives_for_today_is_told_at_once),
        T(what_another_gives_for_a_later_day_is_told_on_that_day),
        T(what_the_list_adds_in_the_course_of_the_day_is_told_once_an_hour),
        T(who_becomes_a_stand_in_in_the_course_of_the_day_is_told),
        T(whenever_the_process_ends_the_day_is_told_once),
        T(whenever_the_process_ends_what_is_given_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
