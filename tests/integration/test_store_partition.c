/* test_store_partition.c - months of the busy tables on a real server, turned by the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/campaign_figures.h"
#include "store/db.h"
#include "store/dossier.h"
#include "store/import.h"
#include "store/import_query.h"
#include "store/partition.h"
#include "store/timed_id.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)

static struct db *db;
static utc_us now;
static struct partitions there;
static struct partition_work work;

/* Two months kept, the rest for ever. */
static const struct campaign_settings campaigns = { .currency = "EUR", .order_days = 7 };
static const struct retention_settings two_months = { .messages_ms = 62 * SEC_PER_DAY * 1000,
                                                      .campaigns = &campaigns };
static const struct retention_settings for_ever = { .messages_ms = 0, .campaigns = &campaigns };

static void sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void sql(const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    testdb_sql(text);
}

/* Each test begins with the months of a database made in November 2026. */
static void recut(const char *table, const char *by)
{
    char text[1024];
    size_t len =
        (size_t)snprintf(text, sizeof(text), "ALTER TABLE %s PARTITION BY RANGE (%s) (", table, by);

    for (int m = 0; m < 4; m++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "PARTITION p%s VALUES LESS THAN (%llu), ",
                                (const char *[]){ "202611", "202612", "202701", "202702" }[m],
                                (unsigned long long)timed_id_at(month_begin(now, m + 1)));
    snprintf(text + len, sizeof(text) - len, "PARTITION p_future VALUES LESS THAN MAXVALUE)");
    testdb_sql(text);
}

static int fresh(void **state)
{
    (void)state;
    now = clock_from_civil(&(struct civil){ .year = 2026, .month = 11, .day = 25 });
    testdb_reset();
    recut("message", "id");
    recut("message_event", "message_id");
    recut("inbound_message", "id");
    db = testdb_open();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static enum rc maintain(const struct retention_settings *settings)
{
    return partition_maintain(db, PARTITION_MESSAGE, settings, now, &work);
}

static const char *names(void)
{
    static char text[PARTITIONS_MAX * 12];
    size_t len = 0;

    assert_int_equal(partition_read(db, PARTITION_MESSAGE, &there), RC_OK);
    text[0] = '\0';
    for (size_t i = 0; i < there.n; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
                                there.list[i].name + 1);
    return text;
}

static void add_message(uint64_t id, uint64_t campaign, const char *state)
{
    sql("INSERT INTO message (id, campaign_id, customer_id, channel, class, state, address, sender,"
        " text, encoding, parts, accepted_parts, created_at, expires_at)"
        " VALUES (%llu, NULLIF(%llu, 0), 7, 'sms', 'promo', '%s', '+33612345678', '36123', 'x',"
        " 'gsm7', 1, 1, '2026-11-25', '2026-11-26')",
        (unsigned long long)id, (unsigned long long)campaign, state);
}

static uint64_t in_november(unsigned n)
{
    return timed_id_at(clock_from_civil(&(struct civil){ .year = 2026, .month = 11, .day = 20 })) +
           n;
}

static void add_campaign(uint64_t id, const char *state, uint64_t first, uint64_t last)
{
    sql("INSERT INTO campaign (id, name, class, state, audience, template_id, body, sender,"
        " message_n, first_message, last_message, created_at, started_at, finished_at)"
        " VALUES (%llu, 'c%llu', 'promo', '%s', '', 1, 'x', '36123', 2, %llu, %llu, '2026-11-20',"
        " '2026-11-20', IF('%s' = 'done', '2026-11-20 01:00:00', NULL))",
        (unsigned long long)id, (unsigned long long)id, state, (unsigned long long)first,
        (unsigned long long)last, state);
}

static void turn_to(int year, int month, int day)
{
    now = clock_from_civil(&(struct civil){ .year = year, .month = month, .day = day });
}

static void every_id_has_its_place(void **state)
{
    (void)state;
    assert_string_equal(names(), "202611 202612 202701 202702 _future");
    add_message(1, 0, "delivered");
    add_message(in_november(0), 0, "delivered");
    add_message(UINT64_C(1) << 53, 0, "delivered");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message PARTITION (p202611)"), 2);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message PARTITION (p_future)"), 1);
}

static void months_ahead_are_made_once(void **state)
{
    (void)state;
    turn_to(2026, 12, 31);
    assert_int_equal(maintain(&for_ever), RC_OK);
    assert_int_equal(work.made, 1);
    assert_string_equal(names(), "202611 202612 202701 202702 202703 _future");
    assert_int_equal(maintain(&for_ever), RC_OK);
    assert_int_equal(work.made, 0);
    assert_int_equal(work.left, 6);
}

static void rows_that_went_to_the_future_are_brought_to_their_month(void **state)
{
    uint64_t id =
        timed_id_at(clock_from_civil(&(struct civil){ .year = 2027, .month = 9, .day = 2 }));

    (void)state;
    add_message(id, 0, "delivered");
    turn_to(2027, 9, 3);
    assert_int_equal(maintain(&for_ever), RC_OK);
    assert_string_equal(names(), "202611 202612 202701 202702 202709 202710 202711 202712 _future");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message PARTITION (p202709)"), 1);
}

static void a_future_with_too_much_in_it_is_left_alone(void **state)
{
    (void)state;
    sql("INSERT INTO message (id, channel, class, address, sender, text, encoding, parts,"
        " created_at, expires_at)"
        " SELECT %llu + seq, 'sms', 'promo', '', '', '', 'gsm7', 1, '2027-09-01', '2027-09-01'"
        " FROM seq_1_to_20001",
        (unsigned long long)timed_id_at(
            clock_from_civil(&(struct civil){ .year = 2027, .month = 9, .day = 1 })));
    turn_to(2027, 9, 3);
    assert_int_equal(maintain(&for_ever), RC_INVALID);
    assert_string_equal(names(), "202611 202612 202701 202702 _future");
    testdb_sql("DELETE FROM message LIMIT 1");
    assert_int_equal(maintain(&for_ever), RC_OK);
}

static void an_old_month_goes_and_says_so(void **state)
{
    utc_us since = 1;

    (void)state;
    add_message(in_november(0), 0, "delivered");
    assert_int_equal(partition_kept_since(db, PARTITION_MESSAGE, &since), RC_OK);
    assert_int_equal(since, 0);
    turn_to(2027, 1, 31);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_false(work.dropped);
    turn_to(2027, 2, 1);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_true(work.dropped);
    assert_string_equal(names(), "202612 202701 202702 202703 202704 202705 _future");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 0);
    assert_int_equal(partition_kept_since(db, PARTITION_MESSAGE, &since), RC_OK);
    assert_int_equal(since,
                     clock_from_civil(&(struct civil){ .year = 2026, .month = 12, .day = 1 }));
}

static void a_look_drops_one_month_at_most(void **state)
{
    (void)state;
    turn_to(2029, 1, 1);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_string_equal(names(), "202612 202701 202702 202901 202902 202903 202904 _future");
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_string_equal(names(), "202701 202702 202901 202902 202903 202904 _future");
}

static void a_month_with_messages_in_the_queue_stays(void **state)
{
    (void)state;
    add_message(in_november(0), 0, "queued");
    sql("INSERT INTO outbox_slice (id, last_id, next_id, class, state, due_at)"
        " VALUES (%llu, %llu, %llu, 'promo', 'held', '2026-11-25')",
        (unsigned long long)in_november(0), (unsigned long long)in_november(0),
        (unsigned long long)in_november(0));
    turn_to(2027, 3, 1);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_true(work.held);
    assert_false(work.dropped);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 1);
    testdb_sql("DELETE FROM outbox_slice");
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_true(work.dropped);
}

static void a_month_of_a_campaign_that_is_not_over_stays(void **state)
{
    (void)state;
    add_campaign(1, "paused", in_november(0), in_november(1));
    add_message(in_november(0), 1, "delivered");
    turn_to(2027, 3, 1);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_true(work.held);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 1);
}

static void a_campaign_keeps_its_figures_when_its_messages_go(void **state)
{
    struct campaign_status before, after;

    (void)state;
    add_campaign(1, "done", in_november(0), in_november(2));
    add_message(in_november(0), 1, "delivered");
    add_message(in_november(1), 1, "delivered");
    add_message(in_november(2), 1, "failed");
    testdb_sql("INSERT INTO campaign_exclusion VALUES (1, 5, 'opted_out')");
    testdb_sql("INSERT INTO campaign_recipient VALUES (1, 1, 1, 0)");
    testdb_sql("INSERT INTO contact_point SET customer_id = 1, channel = 'sms',"
               " address = '+33612345678', created_at = NOW()");
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword)"
        " VALUES (%llu, '2026-11-20 12:00:00', 'sms', '+33612345678', '', 'STOP', 'stop')",
        (unsigned long long)in_november(9));
    assert_int_equal(campaign_status_read(db, 1, &before), RC_OK);
    assert_int_equal(before.by_state[MESSAGE_DELIVERED], 2);
    assert_int_equal(before.opted_out, 1);
    turn_to(2027, 3, 1);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_true(work.dropped);
    testdb_sql("DELETE FROM campaign_exclusion");
    assert_int_equal(campaign_status_read(db, 1, &after), RC_OK);
    assert_memory_equal(after.by_state, before.by_state, sizeof(after.by_state));
    assert_memory_equal(after.excluded, before.excluded, sizeof(after.excluded));
    assert_int_equal(after.sent, 3);
    assert_int_equal(after.segments, 3);
    assert_int_equal(after.opted_out, 1);
    assert_true(after.campaign.figures_at > 0);
    assert_int_equal(campaign_figures_keep(db, 1, &campaigns), RC_OK);
}

static void a_table_that_is_cut_otherwise_is_left_alone(void **state)
{
    (void)state;
    testdb_sql("ALTER TABLE message REMOVE PARTITIONING");
    turn_to(2027, 3, 1);
    assert_int_equal(maintain(&two_months), RC_INVALID);
    assert_string_equal(names(), "");
}

/* A transaction that reads the table holds its shape; nobody waits behind us for long. */
static void a_busy_table_is_changed_another_time(void **state)
{
    struct db *reader = testdb_open();

    (void)state;
    assert_int_equal(db_run(reader, "SET autocommit = 0", DB_NO_INPUT, NULL), RC_OK);
    assert_int_equal(db_run(reader, "SELECT COUNT(*) INTO @n FROM message", DB_NO_INPUT, NULL),
                     RC_OK);
    turn_to(2027, 3, 1);
    assert_int_equal(maintain(&two_months), RC_AGAIN);
    assert_string_equal(names(), "202611 202612 202701 202702 _future");
    assert_int_equal(db_run(reader, "COMMIT", DB_NO_INPUT, NULL), RC_OK);
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_true(work.dropped);
    db_close(reader);
}

static void a_drop_whose_end_was_not_noted_is_noted_later(void **state)
{
    utc_us since;

    (void)state;
    sql("INSERT INTO partition_drop (table_name, before_id) VALUES ('message', %llu)",
        (unsigned long long)timed_id_at(month_begin(now, 1)));
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_int_equal(partition_kept_since(db, PARTITION_MESSAGE, &since), RC_OK);
    assert_int_equal(since, 0); /* intended, not done */
    testdb_sql("ALTER TABLE message DROP PARTITION p202611");
    assert_int_equal(maintain(&two_months), RC_OK);
    assert_int_equal(partition_kept_since(db, PARTITION_MESSAGE, &since), RC_OK);
    assert_int_equal(since, month_begin(now, 1));
}

static void what_single_mails_answer_goes_with_them(void **state)
{
    const unsigned long long old = timed_id_at(now - 2 * DAY_US), young = timed_id_at(now);
    char sql[200];
    uint64_t n;

    (void)state;
    snprintf(sql, sizeof(sql),
             "INSERT INTO message_reply VALUES (%llu, 'a@x'), (%llu, 'b@x'), (%llu, 'c@x')", old,
             old + 1, young);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql), "INSERT INTO message_template VALUES (%llu, 1, 1), (%llu, 1, 1)",
             old, young);
    testdb_sql(sql);
    assert_int_equal(retention_prune_letters(db, now - DAY_US, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(retention_prune_letters(db, now - DAY_US, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(retention_prune_letters(db, now - DAY_US, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message_reply"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message_template"), 1);
}

static void old_rows_go_in_batches_and_those_of_running_campaigns_stay(void **state)
{
    const utc_us before = now;
    uint64_t n, id;

    (void)state;
    add_campaign(1, "done", 0, 0);
    add_campaign(2, "paused", 0, 0);
    testdb_sql(
        "INSERT INTO campaign_recipient SELECT 1 + (seq > 2500), seq, seq, 0 FROM seq_1_to_2600");
    testdb_sql("INSERT INTO campaign_exclusion SELECT 1 + (seq > 10), seq, 'no_consent'"
               " FROM seq_1_to_20");
    assert_int_equal(retention_prune_recipients(db, before, &n), RC_OK);
    assert_int_equal(n, 0); /* its figures first */
    assert_int_equal(campaign_figures_keep_next(db, before, &campaigns, &id), RC_OK);
    assert_int_equal(id, 1);
    assert_int_equal(campaign_figures_keep_next(db, before, &campaigns, &id), RC_OK);
    assert_int_equal(id, 0);
    assert_int_equal(retention_prune_recipients(db, before, &n), RC_OK);
    assert_int_equal(n, RETENTION_BATCH);
    assert_int_equal(retention_prune_recipients(db, before, &n), RC_OK);
    assert_int_equal(n, 500);
    assert_int_equal(retention_prune_recipients(db, before, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(retention_prune_exclusions(db, before, &n), RC_OK);
    assert_int_equal(n, 10);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_recipient"), 100);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion"), 10);
}

static void add_import(unsigned id, const char *state, const char *finished, unsigned node)
{
    sql("INSERT INTO import (id, partner_id, file_name, sha256, bytes, state, received_at,"
        " finished_at, node_id) VALUES (%u, 1, 'f', REPEAT(CHAR(%u), 32), 1, '%s', '2026-01-01',"
        " NULLIF('%s', ''), %u)",
        id, id, state, finished, node);
}

static void old_rejects_go_and_newer_ones_stay(void **state)
{
    uint64_t n;

    (void)state;
    add_import(1, "done", "2026-01-02", 1);
    add_import(2, "done", "2026-11-24", 1);
    add_import(3, "applying", "", 1);
    testdb_sql("INSERT INTO import_reject SELECT 1 + seq % 3, seq, seq, 'f', 'c', 'v', 'r', ''"
               " FROM seq_1_to_30");
    assert_int_equal(retention_prune_rejects(db, now - 90 * DAY_US, &n), RC_OK);
    assert_int_equal(n, 10);
    assert_int_equal(retention_prune_rejects(db, now - 90 * DAY_US, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM import_reject"), 20);
}

/* The test's connections are node 1. */
static void a_node_sees_the_unfinished_imports_of_its_own(void **state)
{
    struct import list[8];
    size_t n = 8;

    (void)state;
    testdb_sql(
        "INSERT INTO partner (id, code, label, created_at) VALUES (1, 'p', 'P', '2026-01-01')");
    add_import(1, "applying", "", 1);
    add_import(2, "checking", "", 2);
    add_import(3, "checking", "", 0);
    assert_int_equal(import_unfinished(db, 1, 0, list, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(list[0].id, 1);
    assert_int_equal(list[1].id, 3);
}

static void content_that_another_node_is_at_is_its_own(void **state)
{
    struct import imp = {
        .id = 9, .partner_id = 1, .file_name = "f", .bytes = 1, .received_at = 1
    };

    (void)state;
    testdb_sql(
        "INSERT INTO partner (id, code, label, created_at) VALUES (1, 'p', 'P', '2026-01-01')");
    add_import(2, "checking", "", 2);
    memset(imp.sha256, 2, sizeof(imp.sha256));
    assert_int_equal(import_begin(db, &imp), RC_CONFLICT);
    assert_int_equal(imp.id, 2);
    assert_true(import_is_elsewhere(db, &imp));
    testdb_sql("UPDATE import SET state = 'failed'");
    imp.id = 9;
    assert_int_equal(import_begin(db, &imp), RC_OK);
    assert_int_equal(imp.node_id, 1);
    assert_false(import_is_elsewhere(db, &imp));
}

static void count_inbound(void *arg, const struct dossier_entry *entry)
{
    *(unsigned *)arg += entry->kind == DOSSIER_INBOUND;
}

static void a_dossier_has_each_reply_once_by_customer_or_address(void **state)
{
    unsigned n = 0;
    const struct dossier_sink sink = { count_inbound, &n };

    (void)state;
    crowd_add(&(struct person){ .id = 7, .phone = "+33612345678" });
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, customer_id)"
        " VALUES (%llu, '2026-11-20', 'sms', '+33612345678', '', 'both', 7),"
        " (%llu, '2026-11-20', 'sms', '+33612345678', '', 'address', NULL),"
        " (%llu, '2026-11-20', 'sms', '+33699999999', '', 'customer', 7),"
        " (%llu, '2026-11-20', 'sms', '+33688888888', '', 'neither', 8)",
        (unsigned long long)in_november(1), (unsigned long long)in_november(2),
        (unsigned long long)in_november(3), (unsigned long long)in_november(4));
    assert_int_equal(dossier_read(db, 7, &sink, NULL), RC_OK);
    assert_int_equal(n, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_id_has_its_place),
        TEST(months_ahead_are_made_once),
        TEST(rows_that_went_to_the_future_are_brought_to_their_month),
        TEST(a_future_with_too_much_in_it_is_left_alone),
        TEST(an_old_month_goes_and_says_so),
        TEST(a_look_drops_one_month_at_most),
        TEST(a_month_with_messages_in_the_queue_stays),
        TEST(a_month_of_a_campaign_that_is_not_over_stays),
        TEST(a_campaign_keeps_its_figures_when_its_messages_go),
        TEST(a_table_that_is_cut_otherwise_is_left_alone),
        TEST(a_busy_table_is_changed_another_time),
        TEST(a_drop_whose_end_was_not_noted_is_noted_later),
        TEST(what_single_mails_answer_goes_with_them),
        TEST(old_rows_go_in_batches_and_those_of_running_campaigns_stay),
        TEST(old_rejects_go_and_newer_ones_stay),
        TEST(a_node_sees_the_unfinished_imports_of_its_own),
        TEST(content_that_another_node_is_at_is_its_own),
        TEST(a_dossier_has_each_reply_once_by_customer_or_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
