/* test_alert_look.c - what relaisd finds wrong by itself, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "flow/alert_look.h"
#include "store/alert_compare.h"
#include "store/db.h"
#include "store/node_beat.h"
#include "store/timed_id.h"
#include "tests/support/testdb.h"

#define MINUTES(n) ((n)*60 * USEC_PER_SEC)

static struct db *db;
static struct alert_campaigns known;
static const struct alert_watch_settings settings = {
    .carrier_down_us = MINUTES(5),
    .queue_age_us = MINUTES(15),
    .node_down_us = MINUTES(2),
    .stopped_us = MINUTES(5),
    .campaigns = { .least = 10, .failures = 10, .stops = 3, .receipts_us = MINUTES(60) },
};

/* "subject: text" of the one that is open; "": none is. */
static const char *open_alert(const char *kind)
{
    static char said[ALERT_SUBJECT_SIZE + ALERT_TEXT_SIZE + 2];
    struct alert list[10];
    size_t n = 10;

    *said = '\0';
    assert_int_equal(alerts_list(db, false, 0, list, &n), RC_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].kind, kind) == 0)
            snprintf(said, sizeof(said), "%s: %s", list[i].subject, list[i].text);
    }
    return said;
}

#define assert_said(kind, words) assert_non_null(strstr(open_alert(kind), words))

static void sql(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void sql(const char *format, ...)
{
    char text[1000];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    testdb_sql(text);
}

static uint64_t count(const char *text)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, text, DB_NO_INPUT, &n), RC_OK);
    return n;
}

/* --- carriers --- */

static void a_carrier_without_a_session_for_long_is_an_alert_until_it_has_one(void **state)
{
    struct alert_carrier c = { "orange", clock_now() - MINUTES(4) };

    (void)state;
    assert_int_equal(alert_look_carriers(db, 1, &c, 1, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_CARRIER_DOWN), "");
    c.down_since = clock_now() - MINUTES(6);
    assert_int_equal(alert_look_carriers(db, 1, &c, 1, &settings), RC_OK);
    assert_said(ALERT_CARRIER_DOWN, "node 1: orange: no session with carrier orange since ");
    assert_int_equal(alert_look_carriers(db, 2, NULL, 0, &settings), RC_OK);
    assert_said(ALERT_CARRIER_DOWN, "node 1: orange");
    c.down_since = 0;
    assert_int_equal(alert_look_carriers(db, 1, &c, 1, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_CARRIER_DOWN), "");
}

static void what_a_full_list_has_no_room_for_is_not_taken_for_over(void **state)
{
    static struct alert_carrier c[ALERT_TROUBLES_MAX + 5];
    const size_t n = sizeof(c) / sizeof(c[0]);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        snprintf(c[i].name, sizeof(c[i].name), "c%zu", i);
        c[i].down_since = clock_now() - MINUTES(6);
    }
    assert_int_equal(alert_look_carriers(db, 1, c, n, &settings), RC_OK);
    assert_int_equal(alert_look_carriers(db, 1, c + 5, n - 5, &settings), RC_OK);
    assert_said(ALERT_CARRIER_DOWN, "node 1: c");
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NOT NULL"), 0);
    assert_int_equal(alert_look_carriers(db, 1, c, 1, &settings), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL AND subject = "
                           "'node 1: c0'"),
                     1);
}

/* --- queues --- */

static void add_slice(const char *class, int minutes_ago, const char *state)
{
    static unsigned id = 1;

    sql("INSERT INTO outbox_slice (id, queue_id, last_id, next_id, class, due_at, state)"
        " VALUES (%u, 65535, %u, %u, '%s', UTC_TIMESTAMP(6) - INTERVAL %d MINUTE, '%s')",
        id, id, id, class, minutes_ago, state);
    id++;
}

static void a_service_message_that_does_not_leave_is_an_alert(void **state)
{
    (void)state;
    add_slice("service", 14, "ready");
    add_slice("service", 60, "held");
    add_slice("promo", 600, "ready");
    assert_int_equal(alert_look_queues(db, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_QUEUE_AGE), "");
    add_slice("alert", 16, "ready");
    assert_int_equal(alert_look_queues(db, &settings), RC_OK);
    assert_said(ALERT_QUEUE_AGE, "mail: service messages or alerts of the queue mail should");
    testdb_sql("DELETE FROM outbox_slice");
    assert_int_equal(alert_look_queues(db, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_QUEUE_AGE), "");
}

static void a_queue_that_an_operator_holds_is_no_alert(void **state)
{
    (void)state;
    add_slice("service", 60, "ready");
    testdb_sql("UPDATE queue SET state = 'held'");
    assert_int_equal(alert_look_queues(db, &settings), RC_OK);
    testdb_sql("UPDATE queue SET state = 'open'");
    assert_string_equal(open_alert(ALERT_QUEUE_AGE), "");
}

/* --- nodes --- */

static void add_node(unsigned id, int minutes_ago, const char *stopped)
{
    sql("INSERT INTO node_beat (node_id, host, started_at, beat_at, stopped_at)"
        " VALUES (%u, 'two', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL %d MINUTE, %s)",
        id, minutes_ago, stopped);
}

static void another_node_that_gives_no_sign_of_life_is_an_alert(void **state)
{
    (void)state;
    add_node(1, 60, "NULL"); /* this one, which looks */
    add_node(2, 1, "NULL");
    add_node(3, 60, "UTC_TIMESTAMP(6)");
    assert_int_equal(alert_look_nodes(db, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_NODE_DOWN), "");
    testdb_sql("UPDATE node_beat SET beat_at = UTC_TIMESTAMP(6) - INTERVAL 3 MINUTE"
               " WHERE node_id = 2");
    assert_int_equal(alert_look_nodes(db, &settings), RC_OK);
    assert_said(ALERT_NODE_DOWN, "node 2: relaisd of node 2 (two) gives no sign of life since ");
    testdb_sql("UPDATE node_beat SET beat_at = UTC_TIMESTAMP(6) WHERE node_id = 2");
    assert_int_equal(alert_look_nodes(db, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_NODE_DOWN), "");
}

static void what_is_wrong_with_a_node_that_does_not_run_is_over(void **state)
{
    const struct alert_carrier c = { "orange", clock_now() - MINUTES(6) };

    (void)state;
    for (unsigned node = 2; node < 5; node++) {
        char subject[20];

        snprintf(subject, sizeof(subject), "node %u", node);
        assert_int_equal(alert_look_carriers(db, node, &c, 1, &settings), RC_OK);
        assert_int_equal(alert_open(db, ALERT_MAIL_RELAY, subject, "t"), RC_OK);
    }
    add_node(2, 1, "NULL");
    add_node(3, 1, "UTC_TIMESTAMP(6)");
    add_node(4, 60, "NULL");
    assert_int_equal(alert_look_nodes(db, &settings), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL"
                           " AND kind <> 'node_down' AND subject LIKE 'node 2%'"),
                     2);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NOT NULL"), 4);
    assert_said(ALERT_NODE_DOWN, "node 4: ");
}

static void a_node_that_was_away_for_long_says_so_and_how_it_ended(void **state)
{
    (void)state;
    assert_int_equal(alert_look_stopped(db, &settings), RC_OK);
    add_node(1, 4, "NULL");
    assert_int_equal(alert_look_stopped(db, &settings), RC_OK);
    assert_string_equal(open_alert(ALERT_STOPPED), "");
    testdb_sql("UPDATE node_beat SET beat_at = UTC_TIMESTAMP(6) - INTERVAL 6 MINUTE");
    assert_int_equal(alert_look_stopped(db, &settings), RC_OK);
    assert_said(ALERT_STOPPED, "node 1: relaisd of node 1 was not running from ");
    assert_said(ALERT_STOPPED, "had ended without a word");
    testdb_sql("UPDATE node_beat SET stopped_at = beat_at");
    assert_int_equal(alert_look_stopped(db, &settings), RC_OK);
    assert_said(ALERT_STOPPED, "had been stopped in order");
}

/* --- campaigns --- */

static void add_campaign(unsigned id, const char *state, int sent, int failed, const char *became)
{
    const uint64_t first = timed_id_at(clock_now()) + id * 1000;

    sql("INSERT INTO campaign SET id = %u, name = 'Soldes %u', state = '%s', audience = '',"
        " template_id = 1, body = 'x', sender = '36123', created_at = UTC_TIMESTAMP(6),"
        " started_at = UTC_TIMESTAMP(6), first_message = %llu, last_message = %llu"
        "%s",
        id, id, state, (unsigned long long)first, (unsigned long long)first + 999,
        strcmp(state, "done") == 0 ? ", finished_at = UTC_TIMESTAMP(6) - INTERVAL 2 DAY" : "");
    sql("INSERT INTO message (id, campaign_id, customer_id, channel, class, state, address, sender,"
        "  text, encoding, parts, accepted_parts, created_at, expires_at)"
        " SELECT %llu + seq, %u, seq, 'sms', 'promo', IF(seq <= %d, 'failed', '%s'), '+1', 's',"
        "  't', 'gsm7', 1, IF(seq <= %d, 0, 1), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)"
        "   FROM seq_1_to_100 WHERE seq <= %d",
        (unsigned long long)first, id, failed, became, failed, sent + failed);
}

static void look_at_campaigns(void)
{
    assert_int_equal(alert_look_campaigns(db, &settings, &known), RC_OK);
}

static void a_campaign_whose_messages_fail_is_an_alert(void **state)
{
    (void)state;
    add_campaign(12, "sending", 80, 20, "delivered");
    add_campaign(13, "sending", 95, 5, "delivered");
    add_campaign(14, "done", 10, 90, "delivered");
    add_campaign(15, "sending", 1, 8, "delivered");
    look_at_campaigns();
    assert_said(ALERT_CAMPAIGN_ANOMALY,
                "campaign 12: failures: Soldes 12: 20 of 100 messages failed: more than 10 %");
    testdb_sql("UPDATE alert SET closed_at = UTC_TIMESTAMP(6), closed_by = 'anna'");
    look_at_campaigns();
    assert_string_equal(open_alert(ALERT_CAMPAIGN_ANOMALY), "");
}

static void what_was_wrong_with_a_campaign_is_closed_by_a_person_when_it_is_long_over(void **state)
{
    (void)state;
    add_campaign(12, "sending", 80, 20, "delivered");
    look_at_campaigns();
    testdb_sql("UPDATE campaign SET state = 'done', finished_at = UTC_TIMESTAMP(6)"
               " - INTERVAL 2 DAY");
    look_at_campaigns();
    assert_said(ALERT_CAMPAIGN_ANOMALY, "campaign 12: failures: ");
}

static void a_campaign_without_any_receipt_is_an_alert_after_a_while(void **state)
{
    (void)state;
    add_campaign(12, "sending", 50, 0, "accepted");
    look_at_campaigns();
    assert_string_equal(open_alert(ALERT_CAMPAIGN_ANOMALY), "");
    clock_shift(MINUTES(61));
    look_at_campaigns();
    assert_said(ALERT_CAMPAIGN_ANOMALY, "campaign 12: no receipts: Soldes 12: 50 SMS were taken");
    testdb_sql("UPDATE message SET state = 'delivered' LIMIT 1");
    look_at_campaigns();
    clock_shift(-MINUTES(61));
    assert_string_equal(open_alert(ALERT_CAMPAIGN_ANOMALY), "");
}

/* --- the scene --- */

static int setup(void **state)
{
    (void)state;
    testdb_reset();
    known.n = 0;
    testdb_sql("INSERT IGNORE INTO queue (id, name, channel) VALUES (65535, 'mail', 'email')");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_carrier_without_a_session_for_long_is_an_alert_until_it_has_one,
                               setup),
        cmocka_unit_test_setup(what_a_full_list_has_no_room_for_is_not_taken_for_over, setup),
        cmocka_unit_test_setup(what_is_wrong_with_a_node_that_does_not_run_is_over, setup),
        cmocka_unit_test_setup(
            what_was_wrong_with_a_campaign_is_closed_by_a_person_when_it_is_long_over, setup),
        cmocka_unit_test_setup(a_service_message_that_does_not_leave_is_an_alert, setup),
        cmocka_unit_test_setup(a_queue_that_an_operator_holds_is_no_alert, setup),
        cmocka_unit_test_setup(another_node_that_gives_no_sign_of_life_is_an_alert, setup),
        cmocka_unit_test_setup(a_node_that_was_away_for_long_says_so_and_how_it_ended, setup),
        cmocka_unit_test_setup(a_campaign_whose_messages_fail_is_an_alert, setup),
        cmocka_unit_test_setup(a_campaign_without_any_receipt_is_an_alert_after_a_while, setup),
    };
    int failed;

    db = testdb_open();
    failed = cmocka_run_group_tests_name("alert look", tests, NULL, NULL);
    db_close(db);
    return failed;
}
