/* test_contact_list_days.c - a list after its day, before it, and on days on which nobody is there,
 * on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "store/contact_orphan.h"
#include "store/contact_policy.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/list_rig.h"
#include "tests/support/testdb.h"

#define COUNT(what) crowd_count("SELECT COUNT(*) FROM " what)
#define OPEN        "contact_task WHERE state = 'open'"

static enum rc put_body(struct db *db, void *arg)
{
    return contact_task_put(db, arg, 1, NULL);
}

/* A task of team nord; staff 0: nobody's. */
static void put_task(uint64_t id, uint64_t customer, unsigned staff, enum contact_source source,
                     int day)
{
    struct contact_draft draft = { .id = id,
                                   .customer_id = customer,
                                   .team_id = 1,
                                   .staff_id = staff,
                                   .source = source,
                                   .day = day,
                                   .due_at = list_time(day / 100 % 100, day % 100, 17, 0),
                                   .title = "x",
                                   .created_by = "test" };

    assert_int_equal(db_transaction(list_db, put_body, &draft), RC_OK);
}

static void away(unsigned staff, const char *from, const char *to)
{
    char sql[300];

    snprintf(sql, sizeof(sql),
             "INSERT INTO staff_absence (id, staff_id, from_day, to_day, created_at, created_by)"
             " VALUES (%u, %u, '%s', '%s', NOW(6), 'x')",
             staff, staff, from, to);
    testdb_sql(sql);
}

static struct contact_orphan_count give_orphans(void)
{
    struct contact_orphan_count count;
    uint64_t next = 0;

    assert_int_equal(contact_orphan_step(list_db, &list_settings, &next, &count), RC_OK);
    assert_int_equal(next, 0);
    return count;
}

/* --- who can be called --- */

static void whose_first_number_is_dead_is_called_by_the_second(void **state)
{
    (void)state;
    list_talk(1, "2026-10-20");
    list_talk(2, "2026-10-20");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, is_primary, state,"
               " created_at) VALUES (1, 'sms', '+33600000001', TRUE, 'invalid', NOW(6)),"
               " (1, 'sms', '+33600000002', FALSE, 'valid', NOW(6)),"
               " (2, 'sms', '+33600000003', TRUE, 'invalid', NOW(6))");
    testdb_sql("UPDATE customer SET sms_standing = 'invalid_address' WHERE id IN (1, 2)");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT(OPEN " AND customer_id = 1"), 1);
    assert_int_equal(COUNT(OPEN " AND customer_id = 2"), 0);
    list_note(1); /* as the result of a wrong number does */
    assert_int_equal(list_tick().removed, 0);
}

/* --- after its day --- */

static void who_is_not_due_any_more_leaves_the_lists_of_days_before(void **state)
{
    (void)state;
    list_missed(1, "2026-11-25 08:00");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    list_clock(list_time(11, 27, 7, 0));
    list_tick();
    assert_int_equal(COUNT(OPEN " AND day = '2026-11-26'"), 1);
    testdb_sql("UPDATE customer_order SET status = 'delivered'");
    list_note(1);
    assert_int_equal(list_tick().removed, 1);
    assert_int_equal(COUNT("contact_task WHERE state = 'cancelled' AND why = 'not_due'"), 1);
}

static void what_was_left_of_yesterday_is_rated_anew(void **state)
{
    (void)state;
    list_talk(1, "2026-10-20");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    list_missed(1, "2026-11-27 06:00");
    list_clock(list_time(11, 27, 7, 0));
    list_note(1);
    assert_int_equal(list_tick().rated, 1);
    assert_int_equal(COUNT(OPEN " AND reasons LIKE 'missed=50:0 %'"), 1);
    assert_int_equal(COUNT("contact_task"), 1);
}

static void twins_of_several_days_leave_together(void **state)
{
    (void)state;
    put_task(901, 1, 10, CONTACT_OF_LIST, 20261125);
    put_task(902, 1, 20, CONTACT_OF_LIST, 20261126);
    list_clock(list_time(11, 26, 7, 0));
    list_note(1);
    assert_int_equal(list_tick().removed, 1);
    assert_int_equal(COUNT(OPEN), 0);
}

/* --- beside other tasks --- */

static void another_task_of_the_day_takes_a_customer_off_the_list(void **state)
{
    (void)state;
    list_missed(1, "2026-11-25 08:00");
    list_missed(2, "2026-11-25 08:00");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    put_task(900, 1, 20, CONTACT_OF_PLAN, 20261126);
    put_task(901, 2, 20, CONTACT_OF_MANAGER, 20261128); /* of a later day */
    list_tick();
    assert_int_equal(COUNT("contact_task WHERE state = 'cancelled' AND why = 'other_task'"
                           " AND customer_id = 1"),
                     1);
    assert_int_equal(COUNT(OPEN " AND customer_id = 1"), 1);
    assert_int_equal(COUNT(OPEN " AND customer_id = 2"), 2);
}

/* --- before its day --- */

static void want_ahead(int day)
{
    struct error err = { "" };
    int wanted;

    assert_int_equal(contact_list_want(list_db, &list_settings, "nord", day, "boss", &wanted, &err),
                     RC_OK);
    list_tick();
}

static void a_list_made_ahead_is_brought_up_to_date_on_its_day(void **state)
{
    (void)state;
    testdb_sql("UPDATE contact_policy SET every_days = 35");
    list_clock(list_time(11, 26, 8, 0));
    list_tick();
    list_talk(1, "2026-10-20");
    list_talk(3, "2026-10-20");
    want_ahead(20261201);
    assert_int_equal(COUNT(OPEN " AND day = '2026-12-01' AND customer_id IN (1, 3)"), 2);
    list_talk(1, "2026-11-27");
    list_missed(2, "2026-11-30 15:00");
    list_clock(list_time(11, 30, 23, 30)); /* past midnight in Paris */
    list_tick();
    assert_int_equal(COUNT(OPEN " AND day = '2026-12-01' AND customer_id = 1"), 0);
    list_clock(list_time(12, 1, 6, 0));
    list_tick();
    assert_int_equal(COUNT(OPEN " AND day = '2026-12-01' AND customer_id IN (2, 3)"), 2);
    assert_int_equal(COUNT("contact_list WHERE team_id = 1 AND day = '2026-12-01'"
                           " AND state = 'made' AND made_at > '2026-12-01 06:00'"),
                     1);
}

static void a_list_ahead_counts_the_days_until_its_own(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
               " ordered_at, window_from, import_id, import_row, content_hash) VALUES"
               " (1, 1, 'A', 1, 'planned', '2026-11-20', '2026-12-02 09:00', 1, 1, ''),"
               " (2, 1, 'B', 2, 'planned', '2026-11-20', '2026-11-27 09:00', 1, 1, '')");
    list_clock(list_time(11, 26, 8, 0));
    want_ahead(20261130);
    assert_int_equal(COUNT(OPEN " AND day = '2026-11-30' AND reasons = 'delivery=20:2'"), 1);
    assert_int_equal(COUNT(OPEN " AND day = '2026-11-30'"), 1);
}

/* --- policies --- */

static void set_policy(const char *category, const char *team, int on)
{
    const struct contact_policy_plan plan = { .category = category,
                                              .team = team,
                                              .on = on,
                                              .every_days = -1,
                                              .rest_days = -1,
                                              .value_points = -1 };
    const char *field = "";
    struct error err = { "" };

    assert_int_equal(contact_policy_set(list_db, &plan, "boss", &field, &err), RC_OK);
}

static void a_policy_that_is_put_off_takes_its_customers_off_the_list(void **state)
{
    (void)state;
    set_policy("vip", "nord", 1);
    testdb_sql("UPDATE customer SET category_id = 1 WHERE id = 1");
    list_missed(1, "2026-11-25 08:00");
    list_missed(2, "2026-11-25 08:00");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT(OPEN), 2);
    set_policy("vip", NULL, 0);
    list_tick();
    assert_int_equal(COUNT(OPEN " AND customer_id = 2"), 1);
    assert_int_equal(COUNT(OPEN), 1);
    set_policy("others", NULL, 0); /* the last one */
    list_tick();
    assert_int_equal(COUNT(OPEN), 0);
    assert_int_equal(COUNT("contact_news"), 0);
}

/* --- nobody is there --- */

static void a_task_that_is_nobodys_goes_to_whoever_is_there_on_its_day(void **state)
{
    (void)state;
    list_own(1, 10);
    put_task(900, 1, 0, CONTACT_OF_PLAN, 20261126);
    put_task(901, 2, 0, CONTACT_OF_CALL_BACK, 20261127);
    put_task(902, 3, 0, CONTACT_OF_PLAN, 20261124);
    testdb_sql("UPDATE staff SET capacity = 0 WHERE id IN (10, 20)");
    list_clock(list_time(11, 26, 8, 0));
    assert_int_equal(give_orphans().given, 2);
    assert_int_equal(COUNT("contact_task WHERE id = 900 AND staff_id = 10"), 1);
    assert_int_equal(COUNT("contact_task WHERE id = 901 AND staff_id IS NULL"), 1);
    /* Whose it is now is not late with it. */
    assert_int_equal(COUNT("contact_task WHERE id = 902 AND staff_id IN (10, 20)"
                           " AND due_at = '2026-11-26 17:00'"),
                     1);
    assert_int_equal(COUNT("matter WHERE kind = 'task' AND subject_id = 902 AND staff_id IS NULL"),
                     0);
}

static void where_nobody_is_there_it_waits_and_an_alert_says_so(void **state)
{
    (void)state;
    away(10, "2026-11-20", "2026-11-27");
    away(20, "2026-11-20", "2026-11-27");
    put_task(900, 1, 0, CONTACT_OF_PLAN, 20261126);
    list_clock(list_time(11, 26, 8, 0));
    assert_int_equal(give_orphans().given, 0);
    assert_int_equal(give_orphans().waiting, 1);
    assert_int_equal(COUNT("alert WHERE kind = 'contact_list_nobody' AND subject = 'nord'"), 1);
    testdb_sql("UPDATE alert SET closed_at = NOW(6), closed_by = 'boss'");
    give_orphans(); /* who has closed it knows */
    assert_int_equal(COUNT("alert WHERE closed_at IS NULL"), 0);
    list_clock(list_time(11, 30, 8, 0)); /* Monday: they are back */
    assert_int_equal(give_orphans().given, 1);
}

static void a_list_for_nobody_is_an_alert_until_somebody_is_there(void **state)
{
    (void)state;
    away(10, "2026-11-20", "2026-11-27");
    away(20, "2026-11-20", "2026-11-27");
    list_missed(1, "2026-11-25 08:00");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT("contact_task"), 0);
    assert_int_equal(COUNT("alert WHERE kind = 'contact_list_nobody' AND subject = 'nord'"
                           " AND closed_at IS NULL AND text LIKE '1 customers %'"),
                     1);
    assert_int_equal(COUNT("alert"), 1); /* nobody of sud is due */
    testdb_sql("UPDATE staff_absence SET to_day = '2026-11-25' WHERE staff_id = 20");
    give_orphans();
    assert_int_equal(COUNT("alert WHERE closed_at IS NULL"), 0);
    want_ahead(20261126);
    assert_int_equal(COUNT(OPEN " AND staff_id = 20"), 1);
}

static void a_deputy_of_another_team_does_what_a_team_of_one_leaves(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               " created_by) VALUES (1, 30, '2026-11-23', '2026-11-27', 20, NOW(6), 'x')");
    list_own(1, 30);
    list_missed(1, "2026-11-25 08:00");
    list_clock(list_time(11, 26, 7, 0));
    list_tick();
    assert_int_equal(COUNT(OPEN " AND team_id = 2 AND staff_id = 20"), 1);
    assert_int_equal(COUNT("alert"), 0);
}

/* --- calendars --- */

static void days_are_those_of_the_team(void **state)
{
    (void)state;
    testdb_sql("UPDATE team SET timezone = 'Pacific/Noumea' WHERE id = 1");        /* UTC+11 */
    testdb_sql("UPDATE customer SET talked_at = '2026-11-25 23:30' WHERE id = 1"); /* 10:30, 26th */
    list_missed(1, "2026-11-26 00:10");
    list_clock(list_time(11, 26, 1, 30)); /* 12:30: past midnight UTC */
    list_tick();
    assert_int_equal(COUNT(OPEN), 0);
    list_clock(list_time(11, 26, 20, 30)); /* 07:30 of the 27th */
    list_tick();
    assert_int_equal(COUNT(OPEN " AND day = '2026-11-27' AND reasons = 'missed=50:1'"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, list_scene, list_strike)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whose_first_number_is_dead_is_called_by_the_second),
        TEST(who_is_not_due_any_more_leaves_the_lists_of_days_before),
        TEST(what_was_left_of_yesterday_is_rated_anew),
        TEST(twins_of_several_days_leave_together),
        TEST(another_task_of_the_day_takes_a_customer_off_the_list),
        TEST(a_list_made_ahead_is_brought_up_to_date_on_its_day),
        TEST(a_list_ahead_counts_the_days_until_its_own),
        TEST(a_policy_that_is_put_off_takes_its_customers_off_the_list),
        TEST(a_task_that_is_nobodys_goes_to_whoever_is_there_on_its_day),
        TEST(where_nobody_is_there_it_waits_and_an_alert_says_so),
        TEST(a_list_for_nobody_is_an_alert_until_somebody_is_there),
        TEST(a_deputy_of_another_team_does_what_a_team_of_one_leaves),
        TEST(days_are_those_of_the_team),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
