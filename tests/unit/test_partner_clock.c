/*
 * test_partner_clock.c - what is done for partners by the clock: each change is told once, each
 * hour is judged once, also when relaisd was down. On a real database, with the clock turned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/partner_status.h"
#include "store/alert.h"
#include "store/db.h"
#include "store/timed_id.h"
#include "tests/support/testdb.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR   (60 * MINUTE)

static char root[64];
static struct db *db;
static struct partner_watch watch;
static utc_us now;

/* "2026-11-23 08:00" as UTC. */
static utc_us utc(const char *text)
{
    struct civil c = { 0 };

    assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute),
                     5);
    return clock_from_civil(&c);
}

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    testdb_sql("INSERT INTO partner (id, code, label, created_at) VALUES (7, 'shop', 'Shop',\n"
               "  '2026-01-01'), (8, 'other', 'Other', '2026-01-01')");
    snprintf(root, sizeof(root), "/tmp/test_clock.XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    local_zone_close(watch.zone);
    profile_free(watch.profile);
    watch = (struct partner_watch){ 0 };
    db_close(db);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void use(const char *text)
{
    struct error err;
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/shop.conf", root);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "field \"customer_number\" { column = \"n\" }\n"
            "field \"order_number\" { column = \"o\" }\n%s",
            text);
    fclose(f);
    if (profile_load(path, &watch.profile, &err))
        fail_msg("%s", err.text);
    assert_int_equal(local_zone_open("Europe/Paris", &watch.zone, &err), RC_OK);
    watch.partner_id = 7;
}

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

/* --- expected files --- */

static void expect_at(const char *at)
{
    now = utc(at);
    assert_int_equal(partner_expect_look(db, root, &watch, utc("2026-01-01 00:00"), now), RC_OK);
}

static void file_comes(const char *name, const char *at, const char *state)
{
    static uint64_t id = 0;
    char sql[512];

    id++;
    snprintf(sql, sizeof(sql),
             "INSERT INTO import (id, partner_id, profile, file_name, sha256, bytes, state,\n"
             "  received_at) VALUES (%d, 7, 'shop', '%s', UNHEX(SHA2(%d, 256)), 1, '%s', '%s')",
             (int)id, name, (int)id, state, at);
    testdb_sql(sql);
}

static uint64_t opened(void)
{
    return count("SELECT COUNT(*) FROM alert");
}

static uint64_t open_now(void)
{
    return count("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL AND kind = 'file_missing'\n"
                 "  AND subject = 'shop'");
}

#define EXPECT "expect { by = \"08:00\" days = \"mon-fri\" files = \"orders*\" }\n"

static void what_was_due_before_anybody_expected_it_is_not_missed(void **state)
{
    (void)state;
    use(EXPECT);
    expect_at("2026-11-24 07:30");
    expect_at("2026-11-24 12:00");
    assert_int_equal(opened(), 0);
}

static void a_file_that_did_not_come_is_an_alert_once(void **state)
{
    struct alert alert;
    size_t n = 1;

    (void)state;
    use(EXPECT);
    expect_at("2026-11-23 12:00"); /* Monday */
    expect_at("2026-11-24 06:59");
    assert_int_equal(opened(), 0);
    expect_at("2026-11-24 07:00");
    assert_int_equal(open_now(), 1);
    expect_at("2026-11-24 07:01");
    expect_at("2026-11-25 07:01"); /* the same again, a day later: it is still the one alert */
    assert_int_equal(opened(), 1);
    assert_int_equal(alerts_list(db, false, 0, &alert, &n), RC_OK);
    assert_string_equal(
        alert.text, "no file orders* of partner shop had come by 2026-11-25 08:00 (Europe/Paris)");
}

static void it_is_closed_when_the_file_comes_and_opened_the_next_time(void **state)
{
    (void)state;
    use(EXPECT);
    expect_at("2026-11-23 12:00");
    expect_at("2026-11-24 07:00");
    file_comes("prices.csv", "2026-11-24 07:10", "done"); /* another file */
    file_comes("orders-0.csv", "2026-11-24 07:15", "failed");
    expect_at("2026-11-24 07:20");
    assert_int_equal(open_now(), 1);
    file_comes("orders-1.csv", "2026-11-24 07:30", "applying");
    expect_at("2026-11-24 07:31");
    assert_int_equal(open_now(), 0);
    expect_at("2026-11-25 06:59");
    expect_at("2026-11-25 07:00"); /* that one came since the deadline before: it counts */
    assert_int_equal(open_now(), 0);
    expect_at("2026-11-26 07:00");
    assert_int_equal(open_now(), 1);
    assert_int_equal(opened(), 2);
}

static void a_file_in_time_opens_nothing(void **state)
{
    (void)state;
    use(EXPECT);
    expect_at("2026-11-20 12:00");                        /* Friday */
    file_comes("orders.csv", "2026-11-21 10:00", "done"); /* on Saturday, for Monday */
    expect_at("2026-11-23 07:00");
    expect_at("2026-11-23 09:00");
    assert_int_equal(opened(), 0);
}

static void what_was_due_while_nobody_was_there_is_made_up(void **state)
{
    (void)state;
    use(EXPECT);
    expect_at("2026-11-20 12:00");
    expect_at("2026-11-25 16:00"); /* down from Friday to Wednesday */
    assert_int_equal(open_now(), 1);
    assert_int_equal(opened(), 1);
}

static void an_alert_closed_by_hand_is_not_opened_for_the_same_hour(void **state)
{
    struct alert alert;
    size_t n = 1;

    (void)state;
    use(EXPECT);
    expect_at("2026-11-23 12:00");
    expect_at("2026-11-24 07:00");
    assert_int_equal(alerts_list(db, false, 0, &alert, &n), RC_OK);
    assert_int_equal(alert_close_by(db, alert.id, "anna"), RC_OK);
    expect_at("2026-11-24 07:01");
    expect_at("2026-11-24 23:00");
    assert_int_equal(open_now(), 0);
    expect_at("2026-11-25 07:00");
    assert_int_equal(open_now(), 1);
}

static void a_file_that_lies_in_the_box_is_waited_for_a_while(void **state)
{
    char command[256];

    (void)state;
    use(EXPECT);
    expect_at("2026-11-23 12:00");
    snprintf(command, sizeof(command), "mkdir -p %s/shop/in && touch %s/shop/in/orders-7.csv", root,
             root);
    assert_int_equal(system(command), 0);
    expect_at("2026-11-24 07:00");
    assert_int_equal(open_now(), 0);
    expect_at("2026-11-24 07:11");
    assert_int_equal(open_now(), 1);
}

static void a_holiday_is_no_day_unless_it_is_said_to_be(void **state)
{
    (void)state;
    use(EXPECT);
    expect_at("2026-07-13 12:00");
    expect_at("2026-07-14 12:00"); /* a Tuesday, the national holiday of France */
    assert_int_equal(opened(), 0);
    expect_at("2026-07-15 12:00");
    assert_int_equal(opened(), 1);
}

static void summer_time_moves_no_deadline(void **state)
{
    (void)state;
    use("expect { by = \"02:30\" files = \"*\" }\n");
    expect_at("2026-03-28 12:00");
    expect_at("2026-03-29 01:29"); /* 03:29 there: 02:30 is never, so it is 03:30 */
    assert_int_equal(opened(), 0);
    expect_at("2026-03-29 01:30");
    assert_int_equal(opened(), 1);
    testdb_sql("DELETE FROM alert");
    file_comes("a.csv", "2026-10-24 12:00", "done");
    expect_at("2026-10-25 00:30");
    expect_at("2026-10-25 01:30"); /* 02:30 for the second time */
    assert_int_equal(opened(), 0);
}

/* --- status files --- */

/* The status file of that name part; "" when it is not there. */
static const char *status_file(const char *pattern)
{
    static char text[65536];
    char path[256];
    glob_t found = { 0 };

    text[0] = '\0';
    snprintf(path, sizeof(path), "%s/shop/out/shop.status.%s", root, pattern);
    if (glob(path, 0, NULL, &found) == 0) {
        FILE *f = fopen(found.gl_pathv[found.gl_pathc - 1], "r");

        assert_non_null(f);
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);
    }
    globfree(&found);
    return text;
}

static unsigned status_files(void)
{
    char path[256];
    glob_t found = { 0 };
    unsigned n = 0;

    snprintf(path, sizeof(path), "%s/shop/out/*", root);
    if (glob(path, 0, NULL, &found) == 0)
        n = (unsigned)found.gl_pathc;
    globfree(&found);
    return n;
}

static void look(utc_us at)
{
    assert_int_equal(partner_status_look(db, root, &watch, at), RC_OK);
}

static void add_order(int id, int partner)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,\n"
             "  import_id, import_row, content_hash)\n"
             "VALUES (%d, %d, 'A%d', %d, '2026-11-01', 1, 1, '')",
             id, partner, id, id);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO customer (id, created_at, updated_at)\n"
             "VALUES (%d, '2026-11-01', '2026-11-01')",
             id);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_ref (partner_id, customer_number, customer_id, content_hash)\n"
             "VALUES (%d, 'C%d', %d, '')",
             partner, id, id);
    testdb_sql(sql);
}

/* The nth event of that second. */
static void order_event(utc_us at, int nth, int order, int partner, const char *status)
{
    char sql[512], time[CLOCK_TEXT_SIZE];

    snprintf(sql, sizeof(sql),
             "INSERT INTO order_event (id, order_id, partner_id, at, status, place, note,\n"
             "  recorded_at)\n"
             "VALUES (%llu, %d, %d, '%.19s', '%s', 'Lyon', '=1;\"x\"', '2026-11-24')",
             (unsigned long long)timed_id_at(at) + (unsigned)nth, order, partner,
             clock_format(at, time), status);
    testdb_sql(sql);
}

static unsigned lines_with(const char *text, const char *part)
{
    unsigned n = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

#define HOURLY "status_file { every = \"1h\" }\n"

static void changes_are_told_by_the_hour_and_once(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    add_order(2, 8);
    order_event(start - HOUR, 0, 1, 7, "planned"); /* before anybody wished to hear */
    look(start);
    order_event(start + MINUTE, 0, 1, 7, "out");
    order_event(start + MINUTE, 1, 2, 8, "out"); /* another partner's */
    look(start + 20 * MINUTE);
    assert_int_equal(status_files(), 0);
    look(start + 30 * MINUTE);
    assert_string_equal(status_file("20261124T110000Z.csv"),
                        "# statuses;1\n# profile;shop\n# number;1\n"
                        "# until;2026-11-24T11:00:00.000000Z\n"
                        "order_number;customer_number;what;status;at;place;note\n"
                        "\"A1\";\"C1\";\"order\";\"out\";\"2026-11-24T10:31:00.000000Z\";\"Lyon\";"
                        "\"'=1;\"\"x\"\"\"\n");
    look(start + 31 * MINUTE);
    look(start + 90 * MINUTE); /* nothing is new: no file */
    assert_int_equal(status_files(), 1);
    order_event(start + 91 * MINUTE, 0, 1, 7, "delivered");
    look(start + 150 * MINUTE);
    assert_int_equal(status_files(), 2);
    assert_int_equal(lines_with(status_file("20261124T130000Z.csv"), "delivered"), 1);
    assert_int_equal(lines_with(status_file("20261124T130000Z.csv"), "# number;2\n"), 1);
}

static void an_empty_file_where_that_is_wished(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");

    (void)state;
    use("status_file { every = \"1h\" empty = true format = \"json\" }\n");
    look(start);
    look(start + HOUR);
    assert_string_equal(status_file("*.json"),
                        "{\"statuses\": 1, \"number\": 1, \"profile\": \"shop\", "
                        "\"until\": \"2026-11-24T11:00:00.000000Z\", \"changes\": [\n]}\n");
}

/* Killed between the file and its checkpoint: the same again, and no change in two files. */
static void a_crash_writes_the_same_file_again(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");
    char first[4096];

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    look(start);
    order_event(start + MINUTE, 0, 1, 7, "out");
    look(start + 30 * MINUTE);
    snprintf(first, sizeof(first), "%s", status_file("20261124T110000Z.csv"));
    testdb_sql("UPDATE partner_schedule SET making_at = done_at, making_to = last_id,\n"
               "  making_to_message = last_message");
    testdb_sql("UPDATE partner_schedule SET done_at = '2026-11-24 10:00', files = 0,\n"
               "  last_id = last_id - (3600 << 20), last_message = last_message - (3600 << 20)");
    order_event(start + 31 * MINUTE, 0, 1, 7, "missed");
    look(start + 32 * MINUTE);
    assert_string_equal(status_file("20261124T110000Z.csv"), first);
    assert_int_equal(status_files(), 1);
    look(start + 95 * MINUTE);
    assert_int_equal(lines_with(status_file("20261124T120000Z.csv"), "\"order\""), 1);
    assert_int_equal(lines_with(status_file("20261124T120000Z.csv"), "missed"), 1);
}

static void hours_missed_are_told_in_one_file(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    look(start);
    order_event(start + 40 * MINUTE, 0, 1, 7, "out");
    order_event(start + 140 * MINUTE, 0, 1, 7, "delivered");
    look(start + 300 * MINUTE); /* down for five hours */
    assert_int_equal(status_files(), 1);
    assert_int_equal(lines_with(status_file("20261124T150000Z.csv"), "\"order\""), 2);
}

/* An import that is under way may commit a smaller id later than a greater one. */
static void what_is_not_committed_yet_is_told_the_next_time(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    look(start);
    file_comes("orders.csv", "2026-11-24 10:58", "applying");
    order_event(start + 29 * MINUTE, 5, 1, 7, "out");
    look(start + 30 * MINUTE);
    assert_int_equal(status_files(), 0);
    order_event(start + 29 * MINUTE, 3, 1, 7, "planned"); /* the smaller one, late */
    testdb_sql("UPDATE import SET state = 'done'");
    look(start + 90 * MINUTE);
    assert_int_equal(lines_with(status_file("20261124T120000Z.csv"), "\"order\""), 2);
}

static void a_carriers_import_is_waited_for_too(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    look(start);
    file_comes("statuses.csv", "2026-11-24 10:58", "applying");
    testdb_sql("UPDATE import SET partner_id = 8");
    order_event(start + 29 * MINUTE, 5, 1, 7, "out");
    look(start + 30 * MINUTE);
    assert_int_equal(status_files(), 0);
    order_event(start + 29 * MINUTE, 3, 1, 7, "planned"); /* committed by now */
    testdb_sql("UPDATE import SET state = 'done'");
    look(start + 90 * MINUTE);
    assert_int_equal(lines_with(status_file("20261124T120000Z.csv"), "\"order\""), 2);
}

static void many_changes_are_told_in_stretches(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");
    char sql[512];

    (void)state;
    use("status_file { every = \"1h\" format = \"xml\" }\n");
    add_order(1, 7);
    look(start);
    snprintf(sql, sizeof(sql),
             "INSERT INTO order_event (id, order_id, partner_id, at, status, recorded_at)\n"
             "SELECT %llu + seq, 1, 7, '2026-11-24', 'out', '2026-11-24'\n"
             "FROM seq_1_to_12001",
             (unsigned long long)timed_id_at(start + MINUTE));
    testdb_sql(sql);
    look(start + 30 * MINUTE);
    snprintf(sql, sizeof(sql), "test $(grep -c '<order ' %s/shop/out/*.xml) = 12001", root);
    assert_int_equal(system(sql), 0);
    snprintf(sql, sizeof(sql),
             "xmllint --noout --nonet --schema %s/conf/schema/relais-status-file.xsd"
             " %s/shop/out/*.xml 2>/dev/null || test $? = 127",
             getenv("srcdir") ? getenv("srcdir") : ".", root);
    assert_int_equal(system(sql), 0);
}

static void edifact_has_the_orders_between_its_envelopes(void **state)
{
    const utc_us start = utc("2026-11-24 10:30");
    const char *text;

    (void)state;
    use("status_file { every = \"1h\" format = \"edifact\" recipient = \"SHOP1\" }\n");
    add_order(1, 7);
    look(start);
    order_event(start + MINUTE, 0, 1, 7, "delivered");
    look(start + 30 * MINUTE);
    text = status_file("20261124T110000Z.edi");
    assert_non_null(strstr(text, "+RELAIS+SHOP1+"));
    assert_int_equal(lines_with(text, "CNI+1+A1'"), 1);
    assert_int_equal(lines_with(text, "STS+1+21'"), 1);
    assert_int_equal(lines_with(text, "UNZ+1+"), 1);
}

/* --- messages about orders --- */

static void add_message(int id, int order, utc_us at)
{
    const unsigned long long message = timed_id_at(at) + (unsigned)id;
    char sql[700];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, campaign_id, customer_id, channel, class, address, sender,\n"
             "  text, encoding, parts, created_at, expires_at)\n"
             "VALUES (%llu, 50, %d, 'sms', 'service', '+33', 'S', 't', 'gsm7', 2, '2026-11-24',\n"
             "  '2026-11-25')",
             message, order);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO occasion_sent (occasion_id, customer_id, subject_id, round, at,\n"
             "  message_id, id) VALUES (9, %d, %d, 1, '2026-11-24', %llu, %llu)",
             order, order, message, message);
    testdb_sql(sql);
}

static void message_event(utc_us at, int nth, int message, utc_us made, int part, const char *kind)
{
    char sql[512], time[CLOCK_TEXT_SIZE];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message_event (id, message_id, part, kind, at, detail)\n"
             "VALUES (%llu, %llu, %d, '%s', '%.19s', 'why')",
             (unsigned long long)timed_id_at(at) + (unsigned)nth,
             (unsigned long long)timed_id_at(made) + (unsigned)message, part, kind,
             clock_format(at, time));
    testdb_sql(sql);
}

static void add_occasion(void)
{
    testdb_sql("INSERT INTO occasion (id, name, kind, audience, template_id, template_version,\n"
               "  body, sender, expires_s, created_at, updated_at)\n"
               "VALUES (9, 'soon', 'delivery_out', 'all', 1, 1, 't', 'S', 60, '2026-01-01',\n"
               "  '2026-01-01')");
    testdb_sql(
        "INSERT IGNORE INTO campaign SET id = 50, name = 'soon 2026-11', class = 'service',\n"
        "  state = 'sending', occasion_id = 9, audience = 'all', template_id = 1,\n"
        "  sender = 'S', created_at = '2026-11-01'");
}

static void messages_about_an_order_are_told_once(void **state)
{
    const utc_us start = utc("2026-11-24 10:30"), made = start + MINUTE;
    const char *text;

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    add_order(2, 8);
    add_occasion();
    look(start);
    add_message(1, 1, made);
    add_message(2, 2, made); /* another partner's order */
    for (int m = 1; m <= 2; m++) {
        message_event(made, 10 * m, m, made, 1, "accepted");
        message_event(made, 10 * m + 1, m, made, 2, "accepted");
        message_event(made, 10 * m + 2, m, made, 1, "delivered");
        message_event(made, 10 * m + 3, m, made, 2, "delivered");
    }
    look(start + 40 * MINUTE);
    text = status_file("20261124T110000Z.csv");
    assert_int_equal(lines_with(text, "\"A1\";\"C1\";\"message\";\"sent\";"), 1);
    assert_int_equal(lines_with(text, "\"A1\";\"C1\";\"message\";\"delivered\";"), 1);
    assert_int_equal(lines_with(text, "message"), 2);
    testdb_sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text,\n"
               "  keyword, customer_id)\n"
               "SELECT MAX(id) + (3600 << 20), '2026-11-24 11:31', 'sms', '+33', '36', 'STOP',\n"
               "  'stop', 1 FROM message");
    look(start + 100 * MINUTE);
    text = status_file("20261124T120000Z.csv");
    assert_int_equal(lines_with(text, "\"A1\";\"C1\";\"message\";\"stop\";"), 1);
    assert_int_equal(lines_with(text, "message"), 1);
}

static void a_result_of_a_moment_ago_waits_for_the_next_file(void **state)
{
    const utc_us start = utc("2026-11-24 10:30"), made = start + 29 * MINUTE;

    (void)state;
    use(HOURLY);
    add_order(1, 7);
    add_occasion();
    look(start);
    add_message(1, 1, made);
    message_event(made, 1, 1, made, 1, "failed");
    look(start + 30 * MINUTE);
    assert_int_equal(status_files(), 0);
    look(start + 90 * MINUTE);
    assert_int_equal(lines_with(status_file("20261124T120000Z.csv"), "\"failed\""), 1);
}

static void a_format_without_a_word_for_messages_makes_no_file_of_them(void **state)
{
    const utc_us start = utc("2026-11-24 10:30"), made = start + MINUTE;

    (void)state;
    use("status_file { every = \"1h\" format = \"edifact\" recipient = \"SHOP1\" }\n");
    add_order(1, 7);
    add_occasion();
    look(start);
    add_message(1, 1, made);
    message_event(made, 1, 1, made, 1, "accepted");
    look(start + 40 * MINUTE);
    assert_int_equal(status_files(), 0);
    order_event(start + 41 * MINUTE, 0, 1, 7, "delivered");
    look(start + 100 * MINUTE);
    assert_int_equal(lines_with(status_file("20261124T120000Z.edi"), "STS+1+21'"), 1);
}

static void messages_are_left_out_where_nobody_wants_them(void **state)
{
    const utc_us start = utc("2026-11-24 10:30"), made = start + MINUTE;

    (void)state;
    use("status_file { at = \"12:00\" messages = false }\n");
    add_order(1, 7);
    add_occasion();
    look(start);
    add_message(1, 1, made);
    message_event(made, 1, 1, made, 1, "accepted");
    look(start + 24 * HOUR);
    assert_int_equal(status_files(), 0);
}

int main(void)
{
#define CLOCK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(what_was_due_before_anybody_expected_it_is_not_missed),
        CLOCK_TEST(a_file_that_did_not_come_is_an_alert_once),
        CLOCK_TEST(it_is_closed_when_the_file_comes_and_opened_the_next_time),
        CLOCK_TEST(a_file_in_time_opens_nothing),
        CLOCK_TEST(what_was_due_while_nobody_was_there_is_made_up),
        CLOCK_TEST(an_alert_closed_by_hand_is_not_opened_for_the_same_hour),
        CLOCK_TEST(a_file_that_lies_in_the_box_is_waited_for_a_while),
        CLOCK_TEST(a_holiday_is_no_day_unless_it_is_said_to_be),
        CLOCK_TEST(summer_time_moves_no_deadline),
        CLOCK_TEST(changes_are_told_by_the_hour_and_once),
        CLOCK_TEST(an_empty_file_where_that_is_wished),
        CLOCK_TEST(a_crash_writes_the_same_file_again),
        CLOCK_TEST(hours_missed_are_told_in_one_file),
        CLOCK_TEST(what_is_not_committed_yet_is_told_the_next_time),
        CLOCK_TEST(a_carriers_import_is_waited_for_too),
        CLOCK_TEST(many_changes_are_told_in_stretches),
        CLOCK_TEST(edifact_has_the_orders_between_its_envelopes),
        CLOCK_TEST(messages_about_an_order_are_told_once),
        CLOCK_TEST(a_result_of_a_moment_ago_waits_for_the_next_file),
        CLOCK_TEST(a_format_without_a_word_for_messages_makes_no_file_of_them),
        CLOCK_TEST(messages_are_left_out_where_nobody_wants_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
