/* test_contact_list.c - the daily list on a real database, with the clock turned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/contact_list.h"
#include "store/contact_news.h"
#include "store/contact_policy.h"
#include "store/contact_result.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/staff.h"
#include "tests/support/crowd.h"
#include "tests/support/list_rig.h"
#include "tests/support/testdb.h"

#define COUNT(what) crowd_count("SELECT COUNT(*) FROM " what)

/* --- making --- */

static void a_list_is_made_at_the_hour_of_its_team_and_once(void **state)
{
    (void)state;
    list_talk(1, "2026-10-01");
    list_clock(list_time(11, 26, 5, 59));
    list_tick();
    assert_int_equal(COUNT("contact_list"), 0);
    list_clock(list_time(11, 26, 6, 0)); /* 07:00 in Paris */
    list_tick();
    assert_int_equal(COUNT("contact_list WHERE state = 'made' AND day = '2026-11-26'"), 2);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1 AND source = 'list'"
                           " AND day = '2026-11-26' AND due_at = '2026-11-26 17:00'"
                           " AND created_by = 'list' AND reasons = 'overdue=37:56'"),
                     1);
    assert_int_equal(COUNT("contact_list WHERE team_id = 1 AND seen_n = 8 AND due_n = 1"
                           " AND listed_n = 1 AND cut_score IS NULL"),
                     1);
    list_talk(2, "2026-10-01");
    list_clock(list_time(11, 26, 12, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 1);
}

static void days_off_have_no_list(void **state)
{
    (void)state;
    testdb_sql("UPDATE team SET country = 'FR'");
    list_clock(list_time(11, 28, 9, 0)); /* Saturday */
    list_tick();
    list_clock(list_time(12, 25, 9, 0)); /* Christmas, a Friday */
    list_tick();
    assert_int_equal(COUNT("contact_list"), 0);
}

static void each_team_lives_by_its_own_clock(void **state)
{
    (void)state;
    testdb_sql("UPDATE team SET timezone = 'Indian/Reunion' WHERE id = 2"); /* UTC+4 */
    list_clock(list_time(11, 26, 3, 0));
    list_tick();
    assert_int_equal(COUNT("contact_list WHERE team_id = 2"), 1);
    assert_int_equal(COUNT("contact_list WHERE team_id = 1"), 0);
}

static void without_a_policy_that_is_on_nothing_happens(void **state)
{
    (void)state;
    testdb_sql("UPDATE contact_policy SET is_on = FALSE");
    list_talk(1, "2026-01-01");
    list_clock(list_time(11, 26, 9, 0));
    list_note(1);
    list_tick();
    assert_int_equal(COUNT("contact_list"), 0);
    assert_int_equal(COUNT("contact_news"), 0);
}

static void owners_get_their_own_and_the_others_share_what_is_left(void **state)
{
    (void)state;
    for (unsigned c = 1; c <= 8; c++)
        list_talk(c, "2026-10-20");
    list_own(1, 10);
    list_own(2, 10);
    list_own(3, 10); /* more than anna has room for */
    list_own(4, 30); /* of the other team */
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE staff_id = 10 AND customer_id IN (1, 2)"), 2);
    assert_int_equal(COUNT("contact_task WHERE staff_id = 20 AND team_id = 1"), 3);
    assert_int_equal(COUNT("contact_task WHERE staff_id = 30 AND customer_id = 4"), 1);
    assert_int_equal(COUNT("contact_task"), 6);
    assert_int_equal(COUNT("contact_list WHERE team_id = 1 AND due_n = 7 AND cut_score = 24"), 1);
    assert_int_equal(COUNT("contact_task WHERE title = 'no contact for 37 days'"), 3);
}

static void who_is_away_is_stood_in_for_and_who_left_is_not(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               " created_by) VALUES (1, 10, '2026-11-23', '2026-11-27', 30, NOW(6), 'x')");
    testdb_sql("UPDATE staff SET left_on = '2026-11-01' WHERE id = 20");
    testdb_sql("INSERT INTO staff (id, login, name, team_id, capacity, created_at, updated_at)"
               " VALUES (40, 'dora', 'Dora', 1, 5, NOW(6), NOW(6))");
    for (unsigned c = 1; c <= 3; c++)
        list_talk(c, "2026-10-20");
    list_own(1, 10);
    list_own(2, 20);
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1 AND staff_id = 30 AND team_id = 1"),
                     1);
    assert_int_equal(COUNT("contact_task WHERE customer_id IN (2, 3) AND staff_id = 40"), 2);
}

static void what_else_is_to_be_done_takes_room_and_keeps_its_customer_off(void **state)
{
    (void)state;
    for (unsigned c = 1; c <= 4; c++) {
        list_talk(c, "2026-10-20");
        list_own(c, 20);
    }
    testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day,"
               " due_at, title, created_at, created_by) VALUES"
               " (1, 1, 1, 20, 'manager', 'open', '2026-11-20', NOW(6), 'x', NOW(6), 'boss'),"
               " (2, 7, 1, 20, 'plan', 'open', '2026-11-26', NOW(6), 'x', NOW(6), 'plan'),"
               " (3, 2, 1, 10, 'call_back', 'open', '2026-12-20', NOW(6), 'x', NOW(6), 'anna')");
    testdb_sql("UPDATE staff SET capacity = 0 WHERE id = 10");
    testdb_sql("UPDATE id_block SET next_id = 100 WHERE kind = 'contact_task'");
    testdb_sql("INSERT IGNORE INTO id_block VALUES ('contact_task', 100)");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE source = 'list'"), 1);
    assert_int_equal(COUNT("contact_task WHERE source = 'list' AND customer_id = 2"), 1);
}

static void who_wants_no_contact_or_has_no_phone_is_left_out(void **state)
{
    (void)state;
    for (unsigned c = 1; c <= 4; c++)
        list_talk(c, "2026-10-20");
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 1");
    testdb_sql("UPDATE customer SET sms_standing = 'no_contact_point' WHERE id = 2");
    testdb_sql("UPDATE customer SET erased_at = NOW(6) WHERE id = 3");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 4"), 1);
}

static void orders_invoices_and_replies_are_reasons(void **state)
{
    (void)state;
    list_missed(1, "2026-11-24 10:00");
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
               " ordered_at, window_from, import_id, import_row, content_hash) VALUES (102, 1,"
               " 'B', 2, 'planned', '2026-11-20', '2026-11-27 09:00', 1, 1, '')");
    testdb_sql("INSERT INTO invoice (id, customer_id, number, due_on, amount_cents, created_at)"
               " VALUES (1, 3, 'F1', '2026-11-20', 4990, NOW(6)),"
               " (2, 4, 'F2', '2026-11-20', 4990, NOW(6))");
    testdb_sql("UPDATE invoice SET paid_at = NOW(6) WHERE id = 2");
    testdb_sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text,"
               " keyword, customer_id) SELECT ((UNIX_TIMESTAMP('2026-11-25 10:00') - 1704067200)"
               " << 20) + seq, '2026-11-25 10:00', 'sms', '+33612345678', '36123', 'Bonjour',"
               " ELT(seq, '', 'complaint', 'stop'), 4 + seq FROM seq_1_to_3");
    testdb_sql("UPDATE staff SET capacity = 20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1 AND reasons = 'missed=50:2'"), 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 2 AND reasons = 'delivery=20:1'"), 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 3 AND reasons = 'invoice=30:-6'"), 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 5 AND reasons = 'reply=40:1'"), 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 6 AND reasons = 'complaint=60:1'"), 1);
    assert_int_equal(COUNT("contact_task"), 5);
}

/* --- once, whatever happens --- */

static void who_dies_in_between_leaves_a_list_that_is_finished_by_the_next(void **state)
{
    struct contact_list_work work;
    struct contact_making *making;
    bool over;

    (void)state;
    for (unsigned c = 1; c <= 4; c++)
        list_talk(c, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    assert_int_equal(contact_list_find_work(list_db, &list_settings, clock_now(), &work), RC_OK);
    assert_int_equal(contact_making_begin(list_db, &list_settings, 1, &making), RC_OK);
    assert_int_equal(contact_making_step(list_db, making, &over),
                     RC_OK); /* walked, nothing written */
    assert_int_equal(COUNT("contact_list WHERE state = 'making'"), 2);

    assert_int_equal(list_make(2), RC_OK); /* another node */
    assert_int_equal(COUNT("contact_task"), 4);
    assert_int_equal(contact_making_step(list_db, making, &over), RC_CONFLICT);
    contact_making_free(making);
    assert_int_equal(COUNT("contact_task"), 4);
    assert_int_equal(COUNT("contact_list WHERE state = 'made' AND fence = 2"), 2);
}

static void made_again_it_fills_what_room_there_is(void **state)
{
    struct error err = { "" };
    int day;

    (void)state;
    for (unsigned c = 1; c <= 6; c++)
        list_talk(c, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 5);
    testdb_sql("UPDATE staff SET capacity = 4 WHERE id = 10");
    assert_int_equal(contact_list_want(list_db, &list_settings, "nord", 0, "boss", &day, &err),
                     RC_OK);
    assert_int_equal(day, 20261126);
    list_tick();
    assert_int_equal(COUNT("contact_task"), 6);
    assert_int_equal(COUNT("contact_list WHERE listed_n = 6 AND wanted_by = 'boss'"), 1);
    assert_int_equal(COUNT("audit_entry WHERE subject = 'contact_list'"), 1);
    assert_int_equal(
        contact_list_want(list_db, &list_settings, "nord", 20261125, "boss", &day, &err),
        RC_INVALID);
    assert_int_equal(contact_list_want(list_db, &list_settings, "west", 0, "boss", &day, &err),
                     RC_NOTFOUND);
}

/* As the day's news would: 20 points more, not of what somebody is at, and nobody on two lists. */
static void made_again_the_urgent_displace_the_least_urgent(void **state)
{
    struct error err = { "" };
    int day;

    (void)state;
    testdb_sql("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
               "VALUES (1, 'usual', '', NOW(6), NOW(6))");
    testdb_sql("UPDATE team SET policy_id = 1");
    for (unsigned c = 1; c <= 5; c++)
        list_talk(c, "2026-10-20");
    list_own(1, 10);
    list_own(2, 10);
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE score = 24"), 5);
    testdb_sql("UPDATE matter m JOIN contact_task t ON t.id = m.subject_id"
               "   SET m.state = 'acknowledged', m.ack_at = NOW(6) WHERE t.customer_id = 1");
    for (unsigned c = 6; c <= 8; c++)
        list_missed(c, "2026-11-26 06:00");
    list_own(6, 10);
    list_own(7, 10); /* anna is at the other one */
    assert_int_equal(contact_list_want(list_db, &list_settings, "nord", 0, "boss", &day, &err),
                     RC_OK);
    assert_int_equal(list_tick().added, 2);
    assert_int_equal(COUNT("contact_task WHERE state = 'open'"), 5);
    assert_int_equal(COUNT("contact_task WHERE state = 'open' AND customer_id IN (1, 6, 8)"), 3);
    assert_int_equal(COUNT("contact_task WHERE why = 'displaced' AND customer_id = 2"), 1);
    assert_int_equal(COUNT("contact_task WHERE why = 'displaced' AND staff_id = 20"), 1);
    assert_int_equal(COUNT("contact_list WHERE team_id = 1 AND cut_score = 50 AND listed_n = 7"),
                     1);
    /* Once more: nothing is left to do. */
    assert_int_equal(contact_list_want(list_db, &list_settings, "nord", 0, "boss", &day, &err),
                     RC_OK);
    assert_int_equal(list_tick().added, 0);
    assert_int_equal(COUNT("contact_task"), 7);
}

static void a_list_of_tomorrow_may_be_wanted_today(void **state)
{
    struct error err = { "" };
    int day;

    (void)state;
    list_talk(1, "2026-10-20");
    list_clock(list_time(11, 26, 17, 30));
    assert_int_equal(
        contact_list_want(list_db, &list_settings, "nord", 20261127, "boss", &day, &err), RC_OK);
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE day = '2026-11-27'"
                           " AND due_at = '2026-11-27 17:00'"),
                     1);
    list_clock(list_time(11, 27, 6, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 1);
}

/* --- news --- */

static void who_becomes_due_is_put_on_the_list_of_today(void **state)
{
    struct contact_news_count count;

    (void)state;
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 0);
    list_missed(1, "2026-11-26 08:00");
    list_own(1, 10);
    list_clock(list_time(11, 26, 8, 30));
    list_note(1);
    list_note(2);
    count = list_tick();
    assert_int_equal(count.looked_at, 2);
    assert_int_equal(count.added, 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1 AND staff_id = 10"
                           " AND title = 'livraison manquée aujourd''hui'"),
                     1);
    assert_int_equal(COUNT("contact_news"), 0);
    assert_int_equal(COUNT("contact_list WHERE team_id = 1 AND listed_n = 1"), 1);
    list_note(1);
    count = list_tick();
    assert_int_equal(count.added, 0);
}

static void before_the_list_is_made_and_after_work_nobody_is_added(void **state)
{
    (void)state;
    testdb_sql("UPDATE team SET list_minute = 600");
    list_missed(1, "2026-11-26 05:00");
    list_clock(list_time(11, 26, 7, 0));
    list_note(1);
    assert_int_equal(list_tick().added, 0);
    list_clock(list_time(11, 26, 9, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 1);
    list_missed(2, "2026-11-26 17:10");
    list_clock(list_time(11, 26, 17, 10)); /* 18:10 in Paris */
    list_note(2);
    assert_int_equal(list_tick().added, 0);
}

static void who_is_not_due_any_more_leaves_the_list(void **state)
{
    (void)state;
    list_missed(1, "2026-11-25 08:00");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE state = 'open'"), 1);
    testdb_sql("UPDATE customer_order SET status = 'delivered'");
    list_note(1);
    assert_int_equal(list_tick().removed, 1);
    assert_int_equal(COUNT("contact_task WHERE state = 'cancelled' AND why = 'not_due'"), 1);
}

static void a_further_reason_changes_the_score(void **state)
{
    (void)state;
    list_talk(1, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    list_missed(1, "2026-11-26 06:00");
    list_note(1);
    assert_int_equal(list_tick().rated, 1);
    assert_int_equal(COUNT("contact_task WHERE score = 74 AND reasons = 'missed=50:0 overdue=24:37'"
                           " AND title LIKE 'delivery missed%'"),
                     1);
}

static void the_urgent_takes_the_place_of_somebody_much_less_urgent(void **state)
{
    (void)state;
    for (unsigned c = 1; c <= 5; c++)
        list_talk(c, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE state = 'open'"), 5);
    list_talk(6, "2026-10-01"); /* 37 points: not enough more than 24 */
    list_note(6);
    assert_int_equal(list_tick().added, 0);
    list_missed(7, "2026-11-26 06:00");
    list_own(7, 10);
    list_note(7);
    assert_int_equal(list_tick().added, 1);
    assert_int_equal(COUNT("contact_task WHERE state = 'open'"), 5);
    assert_int_equal(COUNT("contact_task WHERE state = 'cancelled' AND why = 'displaced'"
                           " AND staff_id = 10"),
                     1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 7 AND staff_id = 10"), 1);
}

static void who_has_said_to_be_at_it_keeps_it(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
               "VALUES (1, 'usual', '', NOW(6), NOW(6))");
    testdb_sql("UPDATE team SET policy_id = 1");
    for (unsigned c = 1; c <= 5; c++)
        list_talk(c, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("matter WHERE state = 'open'"), 5);
    testdb_sql("UPDATE matter SET state = 'acknowledged', ack_at = NOW(6) WHERE staff_id = 10");
    list_missed(7, "2026-11-26 06:00");
    list_own(7, 10);
    list_note(7);
    assert_int_equal(list_tick().added, 0);
    testdb_sql("UPDATE matter SET state = 'open', ack_at = NULL WHERE staff_id = 10 LIMIT 1");
    list_note(7);
    assert_int_equal(list_tick().added, 1);
    assert_int_equal(COUNT("contact_task t JOIN matter m ON m.subject_id = t.id"
                           " WHERE t.state = 'cancelled' AND t.why = 'displaced'"
                           "   AND m.ack_at IS NULL"),
                     1);
}

/* Between the look and the writing: the list is longer by one then. */
static void and_who_says_so_meanwhile_too(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
               "VALUES (1, 'usual', '', NOW(6), NOW(6))");
    testdb_sql("UPDATE team SET policy_id = 1");
    for (unsigned c = 1; c <= 5; c++)
        list_talk(c, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    list_missed(7, "2026-11-26 06:00");
    list_own(7, 10);
    list_note(7);
    /* Ids are taken once it is known who gives up a place, and before that is done. */
    testdb_sql("CREATE TRIGGER meanwhile BEFORE UPDATE ON id_block FOR EACH ROW"
               " UPDATE matter SET state = 'acknowledged', ack_at = NOW(6)");
    list_tick();
    testdb_sql("DROP TRIGGER meanwhile");
    assert_int_equal(COUNT("contact_task WHERE state = 'open'"), 6);
}

static void a_note_that_comes_meanwhile_stays(void **state)
{
    struct contact_news_count count;
    uint64_t next = 0;

    (void)state;
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    list_note(1);
    testdb_sql("CREATE TRIGGER newer BEFORE DELETE ON contact_news FOR EACH ROW"
               " SIGNAL SQLSTATE '45000'");
    assert_int_not_equal(contact_news_step(list_db, &list_settings, &next, &count), RC_OK);
    testdb_sql("DROP TRIGGER newer");
    assert_int_equal(COUNT("contact_news"), 1);
    assert_int_equal(list_tick().looked_at, 1);
    assert_int_equal(COUNT("contact_news"), 0);
}

static void a_result_and_another_owner_are_news(void **state)
{
    struct contact_recorded recorded;
    struct error err = { "" };

    (void)state;
    list_clock(list_time(11, 26, 7, 0));
    assert_int_equal(contact_result_record(list_db,
                                           &(struct contact_report){ .customer_id = 1,
                                                                     .outcome = "no_answer",
                                                                     .note = "",
                                                                     .staff_id = 10,
                                                                     .via = CONTACT_BY_API,
                                                                     .who = "anna" },
                                           &recorded, &err),
                     RC_OK);
    assert_int_equal(customer_set_owner(list_db, 2, "anna", "UTC", "boss", &err), RC_OK);
    assert_int_equal(COUNT("contact_news WHERE customer_id IN (1, 2)"), 2);
}

static void many_news_of_neighbours_are_read_as_a_range(void **state)
{
    (void)state;
    testdb_sql("UPDATE staff SET capacity = 500");
    testdb_sql("INSERT INTO customer (id, sms_standing, created_at, updated_at)"
               " SELECT seq, '', NOW(6), NOW(6) FROM seq_1001_to_1500");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
               " ordered_at, missed_at, import_id, import_row, content_hash)"
               " SELECT seq, 1, seq, seq, 'missed', '2026-11-20', '2026-11-26 06:00', 1, 1, ''"
               "   FROM seq_1001_to_1500 WHERE seq MOD 2");
    testdb_sql("INSERT INTO contact_news SELECT seq, NOW(6) FROM seq_1001_to_1500");
    assert_int_equal(list_tick().added, 250);
    assert_int_equal(COUNT("contact_task"), 250);
}

/* --- explained --- */

static void one_customer_is_explained(void **state)
{
    struct contact_why why;
    struct arena arena;

    (void)state;
    list_talk(1, "2026-10-20");
    list_own(1, 10);
    testdb_sql("UPDATE customer SET category_id = 1 WHERE id = 1");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    arena_init(&arena);
    assert_int_equal(contact_explain(list_db, &list_settings, 1, &arena, &why), RC_OK);
    assert_int_equal(why.score.verdict, CONTACT_DUE);
    assert_int_equal(why.score.points[CONTACT_OVERDUE], 24);
    assert_string_equal(why.category, "vip");
    assert_string_equal(why.owner, "anna");
    assert_string_equal(why.stand_in, "");
    assert_string_equal(why.team, "nord");
    assert_string_equal(why.list_staff, "anna");
    assert_true(why.facts.list_open);
    assert_true(why.listed);
    assert_int_equal(why.list_at, list_time(11, 26, 6, 0));
    assert_int_equal(contact_explain(list_db, &list_settings, 2, &arena, &why), RC_OK);
    assert_int_equal(why.score.verdict, CONTACT_NO_REASON);
    assert_int_equal(why.score.days_since, 25);
    assert_int_equal(contact_explain(list_db, &list_settings, 99, &arena, &why), RC_NOTFOUND);
    arena_close(&arena);
}

/* --- set up --- */

static enum rc set_policy(struct contact_policy_plan plan, const char **field, struct error *err)
{
    plan.on = -1;
    if (!plan.every_days)
        plan.every_days = -1;
    plan.rest_days = plan.value_points = -1;
    return contact_policy_set(list_db, &plan, "boss", field, err);
}

static void a_policy_is_made_and_changed_field_by_field(void **state)
{
    const char *field = "";
    struct error err = { "" };

    (void)state;
    assert_int_equal(set_policy((struct contact_policy_plan){ .category = "vip",
                                                              .team = "sud",
                                                              .every_days = 14,
                                                              .weights[CONTACT_MISSED] = "80/7" },
                                &field, &err),
                     RC_OK);
    assert_int_equal(COUNT("contact_policy WHERE category_id = 1 AND team_id = 2"
                           " AND every_days = 14 AND is_on AND rest_days = 1"),
                     1);
    assert_int_equal(COUNT("contact_reason WHERE category_id = 1"), 8);
    assert_int_equal(set_policy((struct contact_policy_plan){ .category = "vip", .counts = "any" },
                                &field, &err),
                     RC_OK);
    assert_int_equal(COUNT("contact_policy WHERE category_id = 1 AND counts = 'any'"
                           " AND every_days = 14"),
                     1);
    assert_int_equal(COUNT("contact_reason WHERE category_id = 1 AND reason = 'missed'"
                           " AND points = 80 AND days = 7"),
                     1);
    assert_int_equal(COUNT("audit_entry WHERE subject = 'contact_policy' AND who = 'boss'"), 2);
}

static void a_policy_that_cannot_be_is_refused_with_its_reason(void **state)
{
    static const struct {
        struct contact_policy_plan plan;
        const char *field;
    } cases[] = {
        { { .category = "none", .team = "sud" }, "category" },
        { { .category = "vip" }, "team" },
        { { .category = "vip", .team = "west" }, "team" },
        { { .category = "vip", .team = "sud", .counts = "some" }, "counts" },
        { { .category = "vip", .team = "sud", .every_days = 4000 }, "every_days" },
        { { .category = "vip", .team = "sud", .weights[CONTACT_NEWS] = "x" }, "news" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *field = "";
        struct error err = { "" };

        assert_int_equal(set_policy(cases[i].plan, &field, &err), RC_INVALID);
        assert_string_equal(field, cases[i].field);
        assert_true(*err.text);
    }
    assert_int_equal(COUNT("contact_policy"), 1);
}

static void a_topic_is_told_until_it_is_ended(void **state)
{
    const struct contact_topic_plan plan = {
        .name = "hiver", .kind = "terms", .text = "-10 %", .from = "2026-11-20", .to = "2026-12-20"
    };
    struct contact_topic_plan bad = plan;
    const char *field = "";
    struct error err = { "" };

    (void)state;
    assert_int_equal(contact_topic_set(list_db, &plan, "boss", &field, &err), RC_OK);
    bad.name = "bad";
    bad.to = "2026-11-19";
    assert_int_equal(contact_topic_set(list_db, &bad, "boss", &field, &err), RC_INVALID);
    assert_string_equal(field, "to");
    list_talk(1, "2026-11-22"); /* has heard of it */
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE title LIKE '%: -10 \\%'"), 5);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1"), 0);
    assert_int_equal(contact_topic_end(list_db, "hiver", 20261126, "boss"), RC_OK);
    assert_int_equal(contact_topic_end(list_db, "none", 20261126, "boss"), RC_NOTFOUND);
    list_clock(list_time(11, 27, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE day = '2026-11-27'"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, list_scene, list_strike)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_is_made_at_the_hour_of_its_team_and_once),
        TEST(days_off_have_no_list),
        TEST(each_team_lives_by_its_own_clock),
        TEST(without_a_policy_that_is_on_nothing_happens),
        TEST(owners_get_their_own_and_the_others_share_what_is_left),
        TEST(who_is_away_is_stood_in_for_and_who_left_is_not),
        TEST(what_else_is_to_be_done_takes_room_and_keeps_its_customer_off),
        TEST(who_wants_no_contact_or_has_no_phone_is_left_out),
        TEST(orders_invoices_and_replies_are_reasons),
        TEST(who_dies_in_between_leaves_a_list_that_is_finished_by_the_next),
        TEST(made_again_it_fills_what_room_there_is),
        TEST(made_again_the_urgent_displace_the_least_urgent),
        TEST(a_list_of_tomorrow_may_be_wanted_today),
        TEST(who_becomes_due_is_put_on_the_list_of_today),
        TEST(before_the_list_is_made_and_after_work_nobody_is_added),
        TEST(who_is_not_due_any_more_leaves_the_list),
        TEST(a_further_reason_changes_the_score),
        TEST(the_urgent_takes_the_place_of_somebody_much_less_urgent),
        TEST(who_has_said_to_be_at_it_keeps_it),
        TEST(and_who_says_so_meanwhile_too),
        TEST(a_note_that_comes_meanwhile_stays),
        TEST(a_result_and_another_owner_are_news),
        TEST(many_news_of_neighbours_are_read_as_a_range),
        TEST(one_customer_is_explained),
        TEST(a_policy_is_made_and_changed_field_by_field),
        TEST(a_policy_that_cannot_be_is_refused_with_its_reason),
        TEST(a_topic_is_told_until_it_is_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
