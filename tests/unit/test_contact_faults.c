/*
 * test_contact_faults.c - a result, with the end of the process behind its Nth statement, for
 * every N: all that follows from it is done, or nothing; and said again, it is done once. And
 * two people who report on one task at the same time.
 *
 * What is to end runs in a child (tests/support/mortal.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "tests/support/contact_rig.h"
#include "tests/support/crowd.h"
#include "tests/support/mortal.h"
#include "tests/support/testdb.h"

/* A number that was wrong, and a day for the next attempt: every table has its part in it. */
static enum rc report(struct db *db, uint64_t task_id, struct contact_recorded *out)
{
    const struct contact_report r = { .task_id = task_id,
                                      .outcome = "wrong_number",
                                      .note = "une dame inconnue",
                                      .next_day = DAY + 4,
                                      .via = CONTACT_BY_API,
                                      .who = "anna",
                                      .house = &rig_house };
    struct error err = { "" };

    return contact_result_record(db, &r, out, &err);
}

static int report_in_child(void *arg)
{
    struct contact_recorded out;

    return report(testdb_open_lane(7), *(const uint64_t *)arg, &out) ? 1 : 0;
}

static uint64_t count_of(const char *what, uint64_t customer_id)
{
    uint64_t n = UINT64_MAX;

    assert_int_equal(db_query_u64(rig_db, what, DB_IN(db_u64(customer_id)), &n), RC_OK);
    return n;
}

/* How many of these a result leaves, one each. */
static const char *const traces[] = {
    "SELECT COUNT(*) FROM contact_result WHERE customer_id = ?",
    "SELECT COUNT(*) FROM contact_task WHERE customer_id = ? AND state = 'done'",
    "SELECT COUNT(*) FROM contact_task WHERE customer_id = ? AND state = 'cancelled'",
    "SELECT COUNT(*) FROM contact_task WHERE customer_id = ? AND day = 20261124",
    "SELECT COUNT(*) FROM contact_point WHERE customer_id = ? AND state = 'invalid'",
    "SELECT COUNT(*) FROM message WHERE customer_id = ? AND state = 'cancelled'",
    "SELECT COUNT(*) FROM message_event e JOIN message m ON m.id = e.message_id"
    " WHERE m.customer_id = ?",
    "SELECT COUNT(*) FROM matter m JOIN contact_task t ON t.id = m.subject_id"
    " WHERE t.customer_id = ? AND m.why = 'result'",
    "SELECT COUNT(*) FROM audit_entry a JOIN contact_task t ON t.id = a.subject_id"
    " WHERE t.customer_id = ? AND a.verb = 'result'",
};
#define N_TRACES (sizeof(traces) / sizeof(traces[0]))

/* A customer with a number, a promotion that waits for it, and two tasks; the first one's id. */
static uint64_t scene(uint64_t customer_id)
{
    char phone[E164_SIZE], sql[500];
    const struct person p = { .id = customer_id, .phone = phone, .sms = "granted" };
    uint64_t id;

    snprintf(phone, sizeof(phone), "+33611%06llu", (unsigned long long)customer_id);
    crowd_add(&p);
    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
             "                     encoding, parts, created_at, expires_at)"
             " VALUES (%llu, %llu, 'sms', 'promo', 'queued', '%s', '36000', 'Bonjour', 'gsm7', 1,"
             "         '2026-11-20', '2026-11-22')",
             (unsigned long long)customer_id, (unsigned long long)customer_id, phone);
    testdb_sql(sql);
    id = contact_add(customer_id, CONTACT_OF_LIST, DAY);
    contact_add(customer_id, CONTACT_OF_CALL_BACK, DAY + 3);
    return id;
}

/* Each trace is there `n` times. */
static void check_traces(uint64_t customer_id, uint64_t n, unsigned nth)
{
    for (size_t i = 0; i < N_TRACES; i++) {
        const uint64_t found = count_of(traces[i], customer_id);

        if (found != n)
            fail_msg("statement %u: %llu of trace %zu", nth, (unsigned long long)found, i);
    }
}

/* Behind a statement is before the next one. */
static void a_result_is_recorded_whole_or_not_at_all(void **state)
{
    struct contact_recorded out;
    unsigned whole = 0, n;
    bool ended = false;

    (void)state;
    for (n = 1; !ended; n++) {
        const uint64_t customer_id = 1000 + n;
        uint64_t id = scene(customer_id), is;

        ended = mortal_run(n, true, report_in_child, &id);
        is = count_of(traces[0], customer_id);
        check_traces(customer_id, is, n);
        whole += is == 1;
        assert_int_equal(report(rig_db, id, &out), RC_OK);
        assert_int_equal(out.repeated, is == 1);
        check_traces(customer_id, 1, n);
        assert_true(n < 200);
    }
    /* It was long enough to mean something, and one of them ended behind its COMMIT. */
    assert_true(n > 15);
    assert_true(whole > 1);
}

/* --- two at once --- */

struct reporter {
    unsigned lane;
    uint64_t task_id;
    enum rc rc;
    struct contact_recorded out;
};

static void *report_in_thread(void *arg)
{
    struct reporter *r = arg;
    struct db *db = testdb_open_lane(r->lane);

    r->rc = report(db, r->task_id, &r->out);
    db_close(db);
    return NULL;
}

static void of_two_who_say_the_same_at_once_one_is_recorded(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        const uint64_t customer_id = 900 + i, id = scene(customer_id);
        struct reporter reporters[2] = { { .lane = 8, .task_id = id },
                                         { .lane = 9, .task_id = id } };
        pthread_t threads[2];

        for (int t = 0; t < 2; t++)
            assert_int_equal(pthread_create(&threads[t], NULL, report_in_thread, &reporters[t]), 0);
        for (int t = 0; t < 2; t++)
            assert_int_equal(pthread_join(threads[t], NULL), 0);
        for (int t = 0; t < 2; t++)
            assert_int_equal(reporters[t].rc, RC_OK);
        assert_int_equal(reporters[0].out.id, reporters[1].out.id);
        check_traces(customer_id, 1, 0);
    }
}

#define CONTACT_TEST(name) cmocka_unit_test_setup_teardown(name, contact_set_up, contact_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(a_result_is_recorded_whole_or_not_at_all),
        CONTACT_TEST(of_two_who_say_the_same_at_once_one_is_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
