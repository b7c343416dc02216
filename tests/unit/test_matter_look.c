/* test_matter_look.c - what is looked at again when hours, people or policies are others: those
 * matters alone that it can be about, a page at a time; and open contacts of a team that gets a
 * policy. */
#include "tests/support/escalation_rig.h"

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/escalation_policy.h"
#include "store/matter_look.h"
#include "store/staff.h"
#include "tests/support/mortal.h"
#include "tests/support/testdb.h"

static const char *field;
static struct error err;

/* One of each; 400 is nobody's. Next week, so that nothing is due. Eva (4) leads another team. */
static void one_of_each(void)
{
    testdb_sql("INSERT INTO team (id, code, label, timezone, created_at, updated_at)"
               " VALUES (2, 'south', 'South', 'Europe/Paris', '2026-01-01', '2026-01-01')");
    testdb_sql("INSERT INTO staff (id, login, name, role, team_id, mail, created_at, updated_at)"
               " VALUES (4, 'eva', 'Eva', 'manager', 2, 'eva@relais.example', '2026-01-01',"
               "         '2026-01-01')");
    rig_policy("after 0m employee by mail; after 1h manager by mail");
    rig_contacts(100, 1, ANNA, rig_at(11, 10, 0));
    rig_contacts(200, 1, BRUNO, rig_at(11, 10, 0));
    rig_contacts(300, 1, MAUD, rig_at(11, 10, 0));
    rig_contacts(400, 1, 0, rig_at(11, 10, 0));
    rig_contacts(500, 1, 4, rig_at(11, 10, 0));
    testdb_sql("UPDATE matter SET team_id = 2 WHERE subject_id = 500");
    rig_looks();
    testdb_sql("UPDATE matter SET version = 1");
}

/* "100 200": those that were touched since. */
static void expect_touched(const char *numbers)
{
    char sql[300];

    rig_looks();
    snprintf(
        sql, sizeof(sql),
        "SELECT COALESCE(GROUP_CONCAT(subject_id ORDER BY subject_id SEPARATOR ' '), '') = '%s'"
        "  FROM matter WHERE version > 1",
        numbers);
    assert_int_equal(rig_number(sql), 1);
    assert_int_equal(COUNT("matter WHERE version > 2"), 0); /* once each */
    testdb_sql("UPDATE matter SET version = 1");
}

static void set_hours(const char *login, const char *hours)
{
    const struct staff_plan plan = { .login = login, .hours = hours, .capacity = -1 };
    unsigned id;

    assert_int_equal(staff_set(rig_db, &plan, "test", &id, &field, &err), RC_OK);
}

static void set_team(const struct team_plan plan)
{
    unsigned id;

    assert_int_equal(team_set(rig_db, &plan, "test", &id, &field, &err), RC_OK);
}

static void only_those_are_looked_at_again_whom_a_change_is_about(void **state)
{
    const struct absence_plan eva = {
        .login = "eva", .from = "2026-11-10", .to = "2026-11-12", .deputy = "anna"
    };
    uint64_t absence;

    (void)state;
    one_of_each();
    set_hours("bruno", "mon-fri 10:00-16:00");
    expect_touched("200 400"); /* what is nobody's goes to somebody of the team */
    set_hours("maud", "mon-fri 10:00-16:00");
    expect_touched("100 200 300 400"); /* she is told of what they do not do */
    assert_int_equal(absence_add(rig_db, &eva, "test", &absence, &field, &err), RC_OK);
    expect_touched("500");
    set_hours("anna", "mon-fri 10:00-16:00"); /* who stands in for Eva */
    expect_touched("100 400 500");
    assert_int_equal(absence_cancel(rig_db, absence, "test"), RC_OK);
    expect_touched("500");
    set_team((struct team_plan){ .code = "north", .hours = "mon-fri 07:00-15:00" });
    expect_touched("100 200 300 400");
    set_team((struct team_plan){ .code = "north", .label = "The north" });
    expect_touched("");
}

static void who_is_named_by_a_policy_is_told_at_other_hours_too(void **state)
{
    uint64_t id;

    (void)state;
    one_of_each();
    assert_int_equal(escalation_policy_set(rig_db, "other", "after 0m person eva by mail", "test",
                                           &id, &field, &err),
                     RC_OK);
    testdb_sql("UPDATE matter SET policy_id = (SELECT id FROM escalation_policy"
               "                                WHERE name = 'other')"
               " WHERE subject_id = 200");
    set_hours("eva", "mon-fri 10:00-16:00");
    expect_touched("200 500");
    assert_int_equal(escalation_policy_set(rig_db, "other", "after 5m person eva by mail", "test",
                                           &id, &field, &err),
                     RC_OK);
    expect_touched("200");
}

static void many_are_looked_at_a_page_at_a_time_and_what_is_over_is_not(void **state)
{
    struct matter_looks done;
    size_t steps = 0, n = 0;

    (void)state;
    rig_policy("after 0m employee by mail; after 1h manager by mail");
    rig_looks();
    testdb_sql("INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, state,"
               "                    opened_at, base_at, next_at)"
               " SELECT 'task', seq, 1, 1, 1,"
               "        ELT(1 + seq % 4, 'open', 'acknowledged', 'exhausted', 'settled'), NOW(),"
               "        NOW(), IF(seq % 4 < 2, '2026-12-01', NULL)"
               "   FROM seq_1_to_2600");
    set_hours("anna", "mon-fri 10:00-16:00");
    do {
        assert_int_equal(matter_look_step(rig_db, clock_now(), &done), RC_OK);
        assert_in_range(done.looked, 0, 2 * MATTER_LOOK_PAGE);
        n += done.looked;
        steps++;
    } while (done.more);
    assert_int_equal(n, 1300);
    assert_in_range(steps, 3, 6);
    assert_int_equal(COUNT("matter WHERE version = 2 AND next_at < '2026-12-01'"), 1300);
    assert_int_equal(COUNT("matter WHERE version = 1 AND next_at IS NULL"), 1300);
    assert_int_equal(COUNT("matter_look"), 0);
}

/* --- a team that gets a policy --- */

/* Open contacts of team 1, whose matters there are not yet. */
static void contacts_without_a_policy(void)
{
    rig_policy("after 0m employee by mail; after 1h manager by mail; late skip 2h");
    testdb_sql("UPDATE team SET policy_id = NULL");
    rig_contacts(1, 3, ANNA, rig_at(2, 10, 0)); /* overdue for days */
    rig_contacts(10, 1, ANNA, rig_at(6, 14, 0));
    rig_contacts(20, 3, BRUNO, rig_at(2, 10, 0));
    testdb_sql("UPDATE contact_task SET state = 'done' WHERE id = 20");
    testdb_sql("UPDATE contact_task SET policy_id = 9 WHERE id = 21"); /* its own */
    testdb_sql("UPDATE contact_task SET team_id = 2 WHERE id = 22");
    rig_looks();
    assert_int_equal(COUNT("matter"), 0);
    rig_clock(rig_at(6, 10, 0));
}

static void open_contacts_of_a_team_that_gets_a_policy_are_told_from_now_on(void **state)
{
    struct escalation_done done;

    (void)state;
    contacts_without_a_policy();
    set_team((struct team_plan){ .code = "north", .policy = "usual" });
    assert_int_equal(rig_looks(), 4);
    assert_int_equal(COUNT("matter WHERE subject_id IN (1, 2, 3, 10) AND staff_id = 1"
                           " AND team_id = 1 AND policy_id = 1"),
                     4);
    done = rig_tick();
    assert_int_equal(done.told, 3);
    assert_int_equal(done.skipped, 0);
    assert_int_equal(done.notices, 1); /* one mail for all of them */
    rig_clock(rig_at(6, 10, 59));
    assert_int_equal(rig_tick().told, 0);
    rig_clock(rig_at(6, 11, 1));
    assert_int_equal(rig_tick().told, 3);
    rig_clock(rig_at(6, 14, 0));
    assert_int_equal(rig_tick().told, 1); /* its due time is now */
    /* Said again, or another policy: what is under way goes on as it is. */
    set_team((struct team_plan){ .code = "north", .policy = "" });
    set_team((struct team_plan){ .code = "north", .policy = "usual" });
    assert_int_equal(rig_looks(), 0);
    assert_int_equal(COUNT("matter"), 4);
}

static int look_in_child(void *arg)
{
    struct db *db = testdb_open_lane(7);
    struct matter_looks done;
    enum rc rc;

    (void)arg;
    do
        rc = matter_look_step(db, clock_now(), &done);
    while (!rc && done.more);
    db_close(db);
    return rc ? 1 : 0;
}

static void wherever_the_process_ends_each_contact_gets_its_matter(void **state)
{
    bool whole = false;
    size_t scenes = 0;

    (void)state;
    contacts_without_a_policy();
    for (unsigned nth = 1; !whole; nth++) {
        testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day,"
                   "                          due_at, title, created_at, created_by)"
                   " SELECT 10000 + (SELECT COUNT(*) FROM contact_task) + seq, 1 + seq % 300, 1, 1,"
                   "        'manager', '2026-11-06', '2026-11-06 09:00:00', 'Tarifs', NOW(), 'test'"
                   "   FROM seq_1_to_600");
        set_team((struct team_plan){ .code = "north", .policy = "" });
        set_team((struct team_plan){ .code = "north", .policy = "usual" });
        whole = mortal_run(nth, true, look_in_child, NULL);
        rig_looks();
        assert_int_equal(COUNT("matter"), 4 + 600 * ++scenes);
        assert_int_equal(COUNT("matter_look"), 0);
    }
    assert_in_range(scenes, 5, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_those_are_looked_at_again_whom_a_change_is_about),
        TEST(who_is_named_by_a_policy_is_told_at_other_hours_too),
        TEST(many_are_looked_at_a_page_at_a_time_and_what_is_over_is_not),
        TEST(open_contacts_of_a_team_that_gets_a_policy_are_told_from_now_on),
        TEST(wherever_the_process_ends_each_contact_gets_its_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
