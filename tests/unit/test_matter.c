/* test_matter.c - what people do to what they are reminded of: it is settled once, acknowledged,
 * put off, handed over, and what waits in the queues because of it does not leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/contact_task.h"
#include "store/db.h"
#include "store/matter.h"
#include "store/matter_view.h"
#include "store/notice.h"
#include "tests/support/testdb.h"

#define LONG_AGO 1
#define HOUR     (3600 * USEC_PER_SEC)
#define NOON     INT64_C(1795176000000000) /* 2026-11-20T12:00:00Z */

static struct db *db;

static uint64_t number(const char *sql)
{
    uint64_t n = UINT64_MAX;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    testdb_sql(
        "INSERT INTO escalation_policy (id, name, rules, ack_minutes, created_at, updated_at)"
        " VALUES (1, 'usual', '', 0, '2026-01-01', '2026-01-01'),"
        "        (2, 'strict', '', 60, '2026-01-01', '2026-01-01')");
    testdb_sql("INSERT INTO team (id, code, label, policy_id, created_at, updated_at)"
               " VALUES (1, 'north', 'North', 1, '2026-01-01', '2026-01-01'),"
               "        (2, 'south', 'South', NULL, '2026-01-01', '2026-01-01')");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static void open_task(uint64_t id, unsigned team, uint64_t policy)
{
    const struct matter_draft draft = { .kind = MATTER_TASK,
                                        .subject_id = id,
                                        .team_id = team,
                                        .staff_id = 7,
                                        .policy_id = policy,
                                        .from = NOON };

    assert_int_equal(matter_open(db, &draft, 1), RC_OK);
}

static void a_matter_follows_its_own_policy_or_that_of_its_team(void **state)
{
    (void)state;
    open_task(1, 1, 0);
    open_task(2, 1, 2);
    open_task(3, 2, 0); /* nobody said how: nobody is reminded */
    assert_int_equal(number("SELECT policy_id FROM matter WHERE subject_id = 1"), 1);
    assert_int_equal(number("SELECT policy_id FROM matter WHERE subject_id = 2"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM matter"), 2);
    assert_int_equal(number("SELECT next_at = '2026-11-20 12:00:00' FROM matter"
                            " WHERE subject_id = 1"),
                     1);
    open_task(1, 1, 2); /* opened again: it stays as it is */
    assert_int_equal(number("SELECT policy_id FROM matter WHERE subject_id = 1"), 1);
}

static void a_settled_matter_is_not_looked_at_again_and_takes_no_orders(void **state)
{
    (void)state;
    open_task(1, 1, 0);
    assert_int_equal(matter_settle(db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(matter_settle(db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(matter_settle(db, MATTER_TASK, 99, "result", "anna"), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM matter WHERE state = 'settled'"
                            " AND next_at IS NULL AND why = 'result'"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM matter_event"), 1);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 1, 7, "anna"), RC_CONFLICT);
    assert_int_equal(matter_snooze(db, MATTER_TASK, 1, NOON, "anna"), RC_CONFLICT);
    assert_int_equal(matter_hand_over(db, MATTER_TASK, 1, 8, NOON, "anna"), RC_CONFLICT);
    assert_int_equal(matter_hand_over(db, MATTER_TASK, 99, 8, NOON, "anna"), RC_NOTFOUND);
    assert_int_equal(number("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
}

static void what_was_acknowledged_is_quiet_unless_the_policy_comes_back_to_it(void **state)
{
    (void)state;
    open_task(1, 1, 1);
    open_task(2, 1, 2);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 1, 7, "anna"), RC_OK);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 1, 7, "anna"), RC_OK);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 2, 7, "anna"), RC_OK);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 99, 7, "anna"), RC_NOTFOUND);
    assert_int_equal(number("SELECT next_at IS NULL FROM matter WHERE subject_id = 1"), 1);
    assert_int_equal(number("SELECT next_at IS NULL FROM matter WHERE subject_id = 2"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM matter_event WHERE who = 'anna'"), 2);
}

static void another_person_is_reminded_from_the_first_step_on(void **state)
{
    (void)state;
    open_task(1, 1, 1);
    testdb_sql("UPDATE matter SET step = 2, round = 1, state = 'exhausted', next_at = NULL");
    assert_int_equal(matter_hand_over(db, MATTER_TASK, 1, 8, NOON + 60 * USEC_PER_SEC, "anna"),
                     RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM matter WHERE staff_id = 8 AND turn = 1"
                            " AND step = 0 AND round = 0 AND state = 'open'"
                            " AND next_at = '2026-11-20 12:01:00' AND base_at = next_at"),
                     1);
}

static void who_puts_it_off_hears_of_it_again_at_that_time(void **state)
{
    (void)state;
    open_task(1, 1, 1);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 1, 7, "anna"), RC_OK);
    assert_int_equal(matter_snooze(db, MATTER_TASK, 1, NOON, "anna"), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM matter WHERE state = 'open' AND turn = 0"
                            " AND wait_until = '2026-11-20 12:00:00' AND next_at = wait_until"),
                     1);
    testdb_sql("UPDATE matter SET state = 'exhausted', step = 3, next_at = NULL, ended_at = NOW()");
    assert_int_equal(matter_snooze(db, MATTER_TASK, 1, NOON, "anna"), RC_OK);
    assert_int_equal(number("SELECT turn FROM matter WHERE step = 0"), 1);
}

/* Its steps were over before; there would be none to hear it by. */
static void who_acknowledged_it_at_last_and_puts_it_off_hears_of_it_too(void **state)
{
    (void)state;
    open_task(1, 1, 1);
    testdb_sql("UPDATE matter SET state = 'exhausted', step = 3, next_at = NULL, ended_at = NOW()");
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 1, 7, "anna"), RC_OK);
    assert_int_equal(matter_snooze(db, MATTER_TASK, 1, NOON, "anna"), RC_OK);
    assert_int_equal(number("SELECT turn FROM matter WHERE step = 0 AND state = 'open'"
                            " AND next_at = '2026-11-20 12:00:00'"),
                     1);
}

/* Notice 1 told of tasks 1 and 2, by SMS; 2 of task 1, by mail. Both still wait. */
static void two_notices_wait(void)
{
    open_task(1, 1, 1);
    open_task(2, 1, 1);
    testdb_sql("INSERT INTO message (id, queue_id, channel, class, state, address, sender, text,"
               " encoding, parts, created_at, expires_at)"
               " VALUES (500, 1, 'sms', 'alert', 'queued', '+33610000001', '36123', 'x', 'gsm7', 1,"
               "         NOW(), NOW() + INTERVAL 1 DAY)");
    testdb_sql("INSERT INTO outbox_slice (id, queue_id, last_id, next_id, class, due_at)"
               " VALUES (490, 1, 510, 490, 'alert', NOW())");
    testdb_sql("INSERT INTO mail_out (id, kind, recipient, subject, body, created_at, next_at)"
               " VALUES (600, 'notice', 'anna@b.example', 's', 'b', NOW(), NOW())");
    testdb_sql("INSERT INTO notice (id, staff_id, channel, sent_as, at)"
               " VALUES (1, 7, 'sms', 500, NOW()), (2, 7, 'email', 600, NOW())");
    testdb_sql("INSERT INTO notice_matter (notice_id, kind, subject_id)"
               " VALUES (1, 'task', 1), (1, 'task', 2), (2, 'task', 1)");
}

static void what_is_settled_before_its_message_left_is_not_sent(void **state)
{
    (void)state;
    two_notices_wait();
    assert_int_equal(matter_settle(db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out WHERE state = 'failed'"
                            " AND next_at IS NULL"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 1);
    assert_int_equal(matter_acknowledge(db, MATTER_TASK, 2, 7, "anna"), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"
                            " AND reason = 'settled'"),
                     1);
}

static void what_a_carrier_may_have_is_not_tried_again_once_it_is_settled(void **state)
{
    (void)state;
    two_notices_wait();
    testdb_sql("UPDATE message SET state = 'unknown'");
    assert_int_equal(matter_settle(db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE expires_at > NOW()"), 1);
    assert_int_equal(matter_settle(db, MATTER_TASK, 2, "result", "anna"), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'unknown'"
                            " AND expires_at <= NOW() + INTERVAL 1 SECOND"),
                     1);
}

static void a_notice_knows_whom_it_told_of_what(void **state)
{
    struct notice_matter list[4];
    struct notice_told told = { .list = list, .room = 4 };
    struct notice n;
    size_t others = 0;
    bool knows = false;

    (void)state;
    two_notices_wait();
    assert_int_equal(notice_last(db, 7, LONG_AGO, clock_now(), &n), RC_NOTFOUND); /* they wait */
    testdb_sql("INSERT INTO message_event (id, message_id, part, kind, at)"
               " VALUES (1, 500, 0, 'accepted', NOW())");
    assert_int_equal(notice_last(db, 7, LONG_AGO, clock_now() + HOUR, &n), RC_OK);
    assert_int_equal(n.id, 1);
    testdb_sql("UPDATE mail_out SET state = 'sent', settled_at = NOW()");
    assert_int_equal(notice_last(db, 7, LONG_AGO, clock_now() + HOUR, &n), RC_OK);
    assert_int_equal(n.id, 2);
    assert_int_equal(n.channel, CHANNEL_EMAIL);
    assert_int_equal(notice_last(db, 7, LONG_AGO, clock_now() - HOUR, &n), RC_NOTFOUND);
    assert_int_equal(notice_last(db, 8, LONG_AGO, clock_now() + HOUR, &n), RC_NOTFOUND);
    assert_int_equal(notice_others(db, 7, LONG_AGO, 2, &others), RC_OK);
    assert_int_equal(others, 1);
    testdb_sql("UPDATE matter SET state = 'settled' WHERE subject_id = 1");
    assert_int_equal(notice_read(db, 1, &n), RC_OK);
    assert_int_equal(notice_matters(db, 1, &told), RC_OK);
    assert_int_equal(told.n, 2);
    assert_int_equal(told.all, 2);
    assert_int_equal(told.open, 1);
    assert_int_equal(list[0].subject_id, 2);
    assert_int_equal(list[0].state, MATTER_OPEN);
    assert_int_equal(notice_knows(db, 7, MATTER_TASK, 2, &knows), RC_OK);
    assert_true(knows);
    assert_int_equal(notice_knows(db, 8, MATTER_TASK, 2, &knows), RC_OK);
    assert_false(knows);
}

/* --- lists --- */

struct listed {
    uint64_t ids[40];
    size_t n;
};

static void take(void *arg, const struct matter_row *m)
{
    struct listed *l = arg;

    if (l->n < sizeof(l->ids) / sizeof(l->ids[0]))
        l->ids[l->n++] = m->subject_id;
}

static uint64_t rows_read(void)
{
    return number("SELECT SUM(variable_value) FROM information_schema.session_status"
                  " WHERE variable_name LIKE 'HANDLER_READ%'");
}

/* The page, and that no more rows were read than a page has, and their names. */
static void expect_page(struct matter_query q, const uint64_t *ids, size_t n)
{
    struct listed l = { .n = 0 };
    const uint64_t before = rows_read();

    q.kind = MATTER_TASK;
    assert_int_equal(matter_list(db, &q, take, &l), RC_OK);
    assert_in_range(rows_read() - before, 0, 300);
    assert_int_equal(l.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(l.ids[i], ids[i]);
}
#define PAGE_OF(...) \
    (const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)

static void a_page_of_a_list_costs_a_page_however_many_there_were(void **state)
{
    (void)state;
    /* Every thousandth is open, acknowledged or exhausted: of person 7 or 8. */
    testdb_sql("INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, state,"
               "                    opened_at, base_at)"
               " SELECT 'task', seq, 1, 1, 7 + seq % 2000 DIV 1000,"
               "        IF(seq % 1000 = 0, ELT(1 + seq DIV 1000 % 3, 'open', 'acknowledged',"
               "                               'exhausted'), 'settled'), NOW(), NOW()"
               "   FROM seq_1_to_9000");
    expect_page((struct matter_query){ .limit = 4 }, PAGE_OF(1000, 2000, 3000, 4000));
    expect_page((struct matter_query){ .limit = 4, .after = 4000 },
                PAGE_OF(5000, 6000, 7000, 8000));
    expect_page((struct matter_query){ .limit = 4, .after = 8000 }, PAGE_OF(9000));
    expect_page((struct matter_query){ .limit = 4, .after = 4999, .ended_too = true },
                PAGE_OF(5000, 5001, 5002, 5003));
    expect_page((struct matter_query){ .limit = 3, .after = 1000, .staff_id = 8 },
                PAGE_OF(3000, 5000, 7000));
    expect_page(
        (struct matter_query){ .limit = 3, .after = 4998, .staff_id = 7, .ended_too = true },
        PAGE_OF(4999, 6000, 6001));
}

/* 70 characters, of which 64 have room. */
static void a_long_reason_is_cut_for_the_task_and_for_its_matter(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at,"
               "                          title, created_at, created_by)"
               " VALUES (15, 1, 1, 7, 'manager', '2026-11-20', '2026-11-20 12:00', 'call',"
               "         '2026-11-20', 'test')");
    open_task(15, 1, 0);
    assert_int_equal(contact_task_cancel(db, 15,
                                         "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"
                                         "ééééééé"
                                         "et six"),
                     RC_OK);
    assert_int_equal(number("SELECT COUNT(*)"
                            "  FROM contact_task t"
                            "  JOIN matter m ON m.kind = 'task' AND m.subject_id = t.id"
                            " WHERE t.state = 'cancelled' AND m.state = 'settled'"
                            "   AND t.why = REPEAT('é', 64) AND m.why = t.why"),
                     1);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_matter_follows_its_own_policy_or_that_of_its_team),
        T(a_settled_matter_is_not_looked_at_again_and_takes_no_orders),
        T(what_was_acknowledged_is_quiet_unless_the_policy_comes_back_to_it),
        T(another_person_is_reminded_from_the_first_step_on),
        T(who_puts_it_off_hears_of_it_again_at_that_time),
        T(who_acknowledged_it_at_last_and_puts_it_off_hears_of_it_too),
        T(a_long_reason_is_cut_for_the_task_and_for_its_matter),
        T(what_is_settled_before_its_message_left_is_not_sent),
        T(what_a_carrier_may_have_is_not_tried_again_once_it_is_settled),
        T(a_notice_knows_whom_it_told_of_what),
        T(a_page_of_a_list_costs_a_page_however_many_there_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
