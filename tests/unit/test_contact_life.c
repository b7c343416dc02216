/* test_contact_life.c - contacts belong to a customer: they stand in the dossier, follow when two
 * are one, are forgotten with the customer, and are not kept for ever. And what people do to tasks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/contact_task_command.h"
#include "store/customer_merge.h"
#include "store/dossier.h"
#include "store/erase.h"
#include "store/retention.h"
#include "tests/support/contact_rig.h"
#include "tests/support/testdb.h"

static struct contact_recorded out;

/* --- what people do --- */

static struct contact_draft draft_for(uint64_t customer_id)
{
    return (struct contact_draft){ .customer_id = customer_id,
                                   .team_id = NORTH,
                                   .staff_id = BRUNO,
                                   .day = DAY,
                                   .due_at = TODAY_END,
                                   .title = "Explain the prices",
                                   .expected = "an order" };
}

static void a_managers_task_is_in_the_audit(void **state)
{
    const struct contact_draft draft = draft_for(1);
    uint64_t id;
    bool again;

    (void)state;
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &id, &again, &contact_why), RC_OK);
    assert_int_equal(contact_task_give(rig_db, id, ANNA, "carla", &contact_why), RC_OK);
    assert_int_equal(contact_task_remark(rig_db, id, "le matin", "anna", &contact_why), RC_OK);
    assert_int_equal(contact_task_withdraw(rig_db, id, "déménagé", "carla", &contact_why), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE subject_id = "
                                    "(SELECT id FROM contact_task) AND subject = 'contact_task'"
                                    "   AND (verb IN ('add', 'give', 'cancel') AND who = 'carla'"
                                    "        OR verb = 'note' AND who = 'anna')"),
                     4);
    /* What people write about somebody is not in the book of commands. */
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry"
                                    " WHERE detail IN ('le matin', 'déménagé')"),
                     0);
}

static void the_same_task_said_twice_is_there_once(void **state)
{
    struct contact_draft draft = draft_for(1);
    uint64_t first, id;
    bool again;

    (void)state;
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &first, &again, &contact_why),
                     RC_OK);
    assert_false(again);
    assert_int_equal(contact_task_add(rig_db, &draft, "eva", &id, &again, &contact_why), RC_OK);
    assert_true(again && id == first);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'add'"), 1);
    draft.due_at += 1;
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &id, &again, &contact_why), RC_OK);
    assert_false(again);
    draft.due_at -= 1;
    assert_int_equal(contact_task_withdraw(rig_db, first, "", "carla", &contact_why), RC_OK);
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &id, &again, &contact_why), RC_OK);
    assert_true(!again && id != first);
}

static void nobody_is_to_contact_who_is_erased_or_does_not_want_it(void **state)
{
    struct contact_draft draft = draft_for(1);
    uint64_t id;
    bool again;

    (void)state;
    testdb_sql("UPDATE customer SET erased_at = '2026-11-20' WHERE id = 1");
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 2");
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &id, &again, &contact_why),
                     RC_CONFLICT);
    draft = draft_for(2);
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &id, &again, &contact_why),
                     RC_CONFLICT);
    draft = draft_for(99);
    assert_int_equal(contact_task_add(rig_db, &draft, "carla", &id, &again, &contact_why),
                     RC_NOTFOUND);
}

static void a_task_is_given_to_another_who_works_here(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_int_equal(contact_task_give(rig_db, id, ANNA, "carla", &contact_why), RC_CONFLICT);
    assert_string_equal(contact_why.text, "task 1 is of anna already");
    testdb_sql("UPDATE staff SET left_on = '2026-11-01' WHERE id = 2");
    assert_int_equal(contact_task_give(rig_db, id, BRUNO, "carla", &contact_why), RC_INVALID);
    assert_string_equal(contact_why.text, "bruno does not work here any more");
    assert_int_equal(contact_task_give(rig_db, id + 9, BRUNO, "carla", &contact_why), RC_NOTFOUND);
}

/* --- the dossier --- */

struct found {
    unsigned tasks, results, notes;
};

static void see(void *arg, const struct dossier_entry *e)
{
    struct found *f = arg;

    f->tasks += e->kind == DOSSIER_TASK && strcmp(e->title, "Appeler") == 0;
    f->results += e->kind == DOSSIER_RESULT && strcmp(e->title, "reached") == 0;
    f->notes += e->kind == DOSSIER_NOTE && strcmp(e->title, "le matin") == 0;
}

static struct found dossier(uint64_t customer_id)
{
    struct found f = { .tasks = 0 };
    const struct dossier_sink sink = { .entry = see, .arg = &f };

    assert_int_equal(dossier_read(rig_db, customer_id, &sink, NULL), RC_OK);
    return f;
}

/* A task with a note and a result, and one that is open. */
static uint64_t some_contacts(uint64_t customer_id)
{
    const uint64_t id = contact_add(customer_id, CONTACT_OF_LIST, DAY);

    contact_add(customer_id, CONTACT_OF_MANAGER, DAY);
    assert_int_equal(contact_task_remark(rig_db, id, "le matin", "anna", &contact_why), RC_OK);
    assert_int_equal(contact_say(id, "reached", "elle hésite", &out), RC_OK);
    return id;
}

static void contacts_stand_in_the_dossier(void **state)
{
    struct found f;

    (void)state;
    some_contacts(1);
    f = dossier(1);
    assert_int_equal(f.tasks, 2);
    assert_int_equal(f.results, 1);
    assert_int_equal(f.notes, 1);
}

/* --- two customers are one --- */

static void merge(uint64_t keep, uint64_t gone)
{
    struct merge_done done = { .customer_id = 1 };

    assert_int_equal(customer_merge(rig_db, keep, gone, "test", &contact_why), RC_OK);
    while (done.customer_id)
        assert_int_equal(customer_merge_step(rig_db, clock_now(), &done), RC_OK);
}

static void contacts_follow_the_one_who_stays_and_go_back(void **state)
{
    uint64_t keep;

    (void)state;
    some_contacts(2);
    testdb_sql("UPDATE customer SET talked_at = '2026-01-01' WHERE id = 1");
    merge(1, 2);
    assert_int_equal(dossier(1).results, 1);
    assert_int_equal(dossier(1).notes, 1);
    assert_int_equal(dossier(1).tasks, 2);
    assert_int_equal(contact_number("SELECT owner_id = 1 AND talked_at > '2026-11-01'"
                                    "  FROM customer WHERE id = 1"),
                     1);
    assert_int_equal(customer_unmerge(rig_db, 2, "test", &keep, &contact_why), RC_OK);
    assert_int_equal(dossier(1).tasks, 0);
    assert_int_equal(dossier(2).tasks, 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer"
                                    " WHERE (id = 2 AND owner_id = 1)"
                                    "    OR (id = 1 AND owner_id IS NULL)"),
                     2);
}

static void of_two_tasks_of_one_day_one_stays(void **state)
{
    (void)state;
    contact_add(1, CONTACT_OF_LIST, DAY);
    contact_add(2, CONTACT_OF_LIST, DAY);
    merge(1, 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE customer_id = 1 AND state = 'open'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE state = 'cancelled' AND why = 'same_person'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'open'"), 1);
}

static void a_contact_that_was_made_stays_and_the_open_one_goes(void **state)
{
    (void)state;
    contact_add(1, CONTACT_OF_LIST, DAY);
    some_contacts(2);
    merge(1, 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 1"
                                    "   AND source = 'list' AND state = 'done'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 1"
                                    "   AND source = 'list' AND state = 'cancelled'"),
                     1);
}

static void who_was_called_twice_that_day_was_called_twice(void **state)
{
    (void)state;
    some_contacts(1);
    some_contacts(2);
    merge(1, 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 1"
                                    "   AND source = 'list' AND state = 'done'"),
                     2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 2"), 0);
}

static void who_stays_with_somebody_who_wants_no_contact_gets_none(void **state)
{
    (void)state;
    contact_add(1, CONTACT_OF_CALL_BACK, DAY + 3);
    contact_add(2, CONTACT_OF_MANAGER, DAY);
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 2");
    merge(1, 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 1"
                                    "   AND state = 'cancelled' AND why = 'do_not_contact'"),
                     2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'open'"), 0);
}

/* --- erased --- */

static void what_was_said_is_forgotten_with_the_customer(void **state)
{
    (void)state;
    some_contacts(2);
    some_contacts(1);
    testdb_sql("UPDATE contact_result SET via = 'sms', via_id = 7 WHERE customer_id = 2");
    testdb_sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text)"
               " VALUES (7, '2026-11-20', 'sms', '+33600000077', '38000', '1 joint Dupont hesite'),"
               "        (8, '2026-11-20', 'sms', '+33600000077', '38000', '2 absent')");
    testdb_sql("INSERT INTO message (id, channel, class, state, address, sender, text, encoding,"
               "                     parts, created_at, expires_at)"
               " VALUES (70, 'sms', 'alert', 'delivered', '+33600000077', '38000', '1 Dupont',"
               "         'gsm7', 1, '2026-11-20', '2026-11-22')");
    testdb_sql("INSERT INTO notice (id, staff_id, channel, sent_as, at)"
               " VALUES (9, 1, 'sms', 70, '2026-11-20')");
    testdb_sql("INSERT INTO notice_matter (notice_id, kind, subject_id)"
               " SELECT 9, 'task', id FROM contact_task"
               " WHERE customer_id = 2");
    assert_int_equal(erase_begin(rig_db, 2, "test", "asked"), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 2"
                                    "   AND (title <> '' OR expected <> '' OR state = 'open')"),
                     0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note <> ''"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_note"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM inbound_message WHERE text <> ''"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE text <> ''"), 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'open'"), 1);
    assert_int_equal(contact_number("SELECT owner_id IS NULL FROM customer WHERE id = 2"), 1);
    /* That it was done, in time, and with which outcome, is the house's. */
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"
                                    "  WHERE customer_id = 2 AND outcome_id = 1"),
                     1);
}

static void a_task_that_came_meanwhile_goes_with_the_second_look(void **state)
{
    struct erase_done done = { .customer_id = 1 };

    (void)state;
    assert_int_equal(erase_begin(rig_db, 1, "test", "asked"), RC_OK);
    contact_add(1, CONTACT_OF_LIST, DAY);
    for (int turn = 0; turn < 2; turn++) {
        for (done.customer_id = 1; done.customer_id;)
            assert_int_equal(erase_step(rig_db, clock_now(), &done), RC_OK);
        contact_clock(NOON + 2 * HOUR);
    }
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'cancelled'"
                                    "   AND why = 'erased' AND title = ''"),
                     1);
}

/* --- and long after --- */

static void old_contacts_go_with_all_that_is_said_of_them(void **state)
{
    const utc_us later = NOON + 400 * 24 * HOUR;
    uint64_t n;

    (void)state;
    some_contacts(1);
    contact_clock(later);
    some_contacts(2);
    testdb_sql("UPDATE contact_task SET day = '2027-12-25' WHERE customer_id = 2");
    assert_int_equal(retention_prune_contacts(rig_db, later - 24 * HOUR, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(retention_prune_contacts(rig_db, later - 24 * HOUR, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE customer_id = 1"
                                    "   AND state = 'open'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"), 3);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_note"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), 3);
}

static void old_days_of_lists_go_too(void **state)
{
    const utc_us later = NOON + 400 * 24 * HOUR; /* 25 December 2027 */
    uint64_t n, all = 0;

    (void)state;
    testdb_sql("INSERT INTO contact_list (team_id, day, state, wanted_at, wanted_by)"
               "SELECT t.id, d.day, 'made', d.day, '' FROM team t"
               "  JOIN (SELECT '2027-12-23' AS day UNION SELECT '2027-12-24') d");
    testdb_sql("INSERT INTO contact_told (staff_id, day, at)"
               "VALUES (1, '2027-12-22', '2027-12-22'), (1, '2027-12-24', '2027-12-24'),"
               "       (2, '2027-12-23', '2027-12-23')");
    do {
        assert_int_equal(retention_prune_contacts(rig_db, later - 24 * HOUR, &n), RC_OK);
        all += n;
    } while (n);
    assert_int_equal(all, 4);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_list WHERE day = '2027-12-24'"),
                     2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_told"), 1);
}

#define CONTACT_TEST(name) cmocka_unit_test_setup_teardown(name, contact_set_up, contact_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(a_managers_task_is_in_the_audit),
        CONTACT_TEST(the_same_task_said_twice_is_there_once),
        CONTACT_TEST(nobody_is_to_contact_who_is_erased_or_does_not_want_it),
        CONTACT_TEST(a_task_is_given_to_another_who_works_here),
        CONTACT_TEST(contacts_stand_in_the_dossier),
        CONTACT_TEST(contacts_follow_the_one_who_stays_and_go_back),
        CONTACT_TEST(of_two_tasks_of_one_day_one_stays),
        CONTACT_TEST(a_contact_that_was_made_stays_and_the_open_one_goes),
        CONTACT_TEST(who_was_called_twice_that_day_was_called_twice),
        CONTACT_TEST(who_stays_with_somebody_who_wants_no_contact_gets_none),
        CONTACT_TEST(what_was_said_is_forgotten_with_the_customer),
        CONTACT_TEST(a_task_that_came_meanwhile_goes_with_the_second_look),
        CONTACT_TEST(old_contacts_go_with_all_that_is_said_of_them),
        CONTACT_TEST(old_days_of_lists_go_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
