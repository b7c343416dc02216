/* Claims and the clock on the wall: windows that are shut, caps, and two campaigns at once. */
#include "tests/support/outbox_rig.h"

#include <stdio.h>
#include <string.h>

#include "store/send_window.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

static struct send_rules rules;
static struct send_windows *windows;

static utc_us utc(int year, int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute });
}

static int fresh(void **state)
{
    rig_fresh(state);
    rules = (struct send_rules){ .timezone = "Europe/Paris", .country = "FR" };
    assert_int_equal(hours_add(&rules.promo.hours, "mon-sat 08:00-20:00", NULL), RC_OK);
    windows = send_windows_new(&rules);
    return windows ? 0 : -1;
}

static int done(void **state)
{
    (void)state;
    send_windows_free(windows);
    return 0;
}

static unsigned window_of(const char *zone, const char *region, const char *hours)
{
    struct send_window w = { .promo = true, .hours = hours };
    unsigned id;

    strcpy(w.place.zone, zone);
    strcpy(w.place.country, "FR");
    strcpy(w.place.region, region);
    assert_int_equal(send_window_open(db, &w, &id), RC_OK);
    return id;
}

static size_t claim_at(utc_us now, unsigned limit, struct outbox_claim *out)
{
    struct outbox_request request = { .queue_id = 1, .limit = limit, .limit_promo = limit };
    struct arena arena;
    size_t n;

    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, now, windows, &arena, out), RC_OK);
    n = out->n;
    if (n) /* what the tests look at, beyond the arena */
        out->messages = NULL;
    arena_close(&arena);
    return n;
}

static utc_us due(void)
{
    return (utc_us)number("SELECT CAST(UNIX_TIMESTAMP(CONVERT_TZ(MIN(due_at), '+00:00',"
                          " @@session.time_zone)) AS UNSIGNED) FROM outbox_slice") *
           USEC_PER_SEC;
}

static void a_window_has_one_number(void **state)
{
    unsigned paris = window_of("Europe/Paris", "", "");

    (void)state;
    assert_int_equal(window_of("Europe/Paris", "", ""), paris);
    assert_int_not_equal(window_of("Europe/Paris", "AM", ""), paris);
    assert_int_not_equal(window_of("Indian/Reunion", "974", ""), paris);
    assert_int_not_equal(window_of("Europe/Paris", "", "mon 10:00-12:00"), paris);
    assert_int_equal(number("SELECT COUNT(*) FROM send_window"), 4);
}

static void a_promotion_without_a_window_goes_by_the_house(void **state)
{
    struct outbox_claim c;

    (void)state;
    five_promotions();
    assert_int_equal(claim_at(utc(2026, 11, 29, 12, 0), 10, &c), 0); /* a Sunday */
    assert_int_equal(c.put_off, 1);
    assert_true(due() == utc(2026, 11, 30, 7, 0));
    assert_int_equal(claim_at(utc(2026, 11, 30, 6, 59), 10, &c), 0);
    assert_int_equal(claim_at(utc(2026, 11, 30, 7, 0), 10, &c), 5);
}

static void service_messages_and_alerts_have_no_hours(void **state)
{
    struct outbox_claim c;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET class = 'service'");
    testdb_sql("UPDATE outbox_slice SET class = 'service'");
    assert_int_equal(claim_at(utc(2026, 11, 29, 2, 0), 2, &c), 2);
    testdb_sql("UPDATE message SET class = 'alert' WHERE state = 'queued'");
    testdb_sql("UPDATE outbox_slice SET class = 'alert'");
    assert_int_equal(claim_at(utc(2026, 11, 29, 2, 0), 10, &c), 3);
}

static void each_place_has_its_own_clock(void **state)
{
    struct outbox_claim c;
    unsigned reunion = window_of("Indian/Reunion", "974", "");

    (void)state;
    five_promotions();
    assert_int_equal(
        db_run(db, "UPDATE outbox_slice SET window_id = ?", DB_IN(db_u64(reunion)), NULL), RC_OK);
    assert_int_equal(claim_at(utc(2026, 11, 27, 3, 59), 2, &c), 0);
    assert_int_equal(claim_at(utc(2026, 11, 27, 4, 0), 2, &c), 2); /* 08:00 there, 05:00 in Paris */
    assert_int_equal(claim_at(utc(2026, 11, 27, 16, 0), 10, &c), 0);
    assert_true(due() == utc(2026, 11, 28, 4, 0));
}

static void one_that_closes_in_the_middle_of_a_slice_keeps_the_rest(void **state)
{
    struct outbox_claim c;

    (void)state;
    five_promotions();
    assert_int_equal(claim_at(utc(2026, 11, 28, 18, 59), 2, &c), 2);
    assert_int_equal(claim_at(utc(2026, 11, 28, 19, 0), 10, &c), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 3);
    assert_true(due() == utc(2026, 11, 30, 7, 0));
    assert_int_equal(claim_at(utc(2026, 11, 30, 7, 0), 10, &c), 3);
}

static void a_message_knows_when_its_window_closes(void **state)
{
    struct outbox_request request = { .queue_id = 1, .limit = 1, .limit_promo = 1 };
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, utc(2026, 11, 28, 18, 0), windows, &arena, &c),
                     RC_OK);
    assert_true(c.messages[0].closes_at == utc(2026, 11, 28, 19, 0));
    arena_close(&arena);
}

static void what_goes_back_to_the_queue_keeps_its_window(void **state)
{
    struct outbox_event back = { .message_id = 1, .kind = OUTBOX_REQUEUED };
    struct outbox_claim c;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET window_id = 7");
    testdb_sql("UPDATE outbox_slice SET window_id = 7");
    assert_int_equal(claim_at(utc(2026, 11, 28, 18, 0), 1, &c), 1);
    back.at = back.due_at = utc(2026, 11, 28, 18, 1);
    record(&back, 1, NULL, 0);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE window_id = 7"), 2);
}

static void slices_that_are_shut_hold_up_none_that_is_open(void **state)
{
    struct outbox_claim c;
    unsigned reunion = window_of("Indian/Reunion", "974", "");

    (void)state;
    five_promotions();
    testdb_sql("DELETE FROM outbox_slice");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               " SELECT 1000 + seq, 1000 + seq, 1000 + seq, 'promo', '2024-01-01'"
               "   FROM seq_1_to_400");
    assert_int_equal(db_run(db,
                            "INSERT INTO outbox_slice (id, last_id, next_id, class, due_at,"
                            " window_id) VALUES (1, 5, 1, 'promo', '2024-01-02', ?)",
                            DB_IN(db_u64(reunion)), NULL),
                     RC_OK);
    assert_int_equal(claim_at(utc(2026, 11, 27, 5, 0), 10, &c), 0); /* it is busy putting off */
    assert_int_equal(claim_at(utc(2026, 11, 27, 5, 0), 10, &c), 5);
}

/* --- caps --- */

#define NOON utc(2024, 1, 2, 11, 0) /* a day after these ids were made */

static void promotion_times(utc_us newest, utc_us before)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "UPDATE customer SET promo_times = UNHEX('%08X%08X') WHERE id <= 2",
             (unsigned)(newest / USEC_PER_SEC), (unsigned)(before / USEC_PER_SEC));
    testdb_sql(sql);
}

static void a_customer_who_had_enough_is_left_out(void **state)
{
    struct outbox_claim c;

    (void)state;
    rules.cap = 2;
    rules.cap_period_s = 7 * SEC_PER_DAY;
    five_promotions();
    promotion_times(NOON - 24 * HOUR, NOON - 6 * 24 * HOUR);
    assert_int_equal(claim_at(NOON, 10, &c), 3);
    assert_int_equal(c.withheld, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"
                            " AND reason = 'frequency_cap' AND customer_id <= 2"),
                     2);
}

static void what_is_long_ago_does_not_count(void **state)
{
    struct outbox_claim c;

    (void)state;
    rules.cap = 2;
    rules.cap_period_s = 7 * SEC_PER_DAY;
    five_promotions();
    promotion_times(NOON - 24 * HOUR, NOON - 8 * 24 * HOUR);
    assert_int_equal(claim_at(NOON, 10, &c), 5);
}

/* Campaign 2 writes to the same customers as campaign 1, with messages 11 to 15. */
static void two_campaigns(void)
{
    five_promotions();
    testdb_sql("INSERT INTO template (id, name, created_at, updated_at)"
               " VALUES (1, 't', NOW(), NOW())");
    testdb_sql("INSERT INTO campaign (id, name, state, audience, template_id, body, sender,"
               "                      first_message, last_message, created_at)"
               " VALUES (1, 'one', 'sending', '', 1, 't', 's', 1, 5, NOW()),"
               "        (2, 'two', 'sending', '', 1, 't', 's', 11, 15, NOW())");
    testdb_sql("UPDATE message SET campaign_id = 1");
    testdb_sql("UPDATE outbox_slice SET campaign_id = 1");
    testdb_sql("INSERT INTO message (id, campaign_id, customer_id, channel, class, address, sender,"
               "                     text, encoding, parts, created_at, expires_at)"
               " SELECT id + 10, 2, customer_id, 'sms', 'promo', address, sender, text, encoding,"
               "        1, created_at, expires_at FROM message");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at, campaign_id)"
               " VALUES (11, 15, 11, 'promo', '2024-01-01', 2)");
}

static void two_campaigns_at_once_send_one_message_when_the_cap_is_one(void **state)
{
    struct outbox_claim c;

    (void)state;
    rules.cap = 1;
    rules.cap_period_s = SEC_PER_DAY;
    two_campaigns();
    assert_int_equal(claim_at(NOON, 10, &c), 5);
    assert_int_equal(c.withheld, 5);
    assert_int_equal(number("SELECT COUNT(DISTINCT customer_id) FROM message"
                            " WHERE state = 'submitting'"),
                     5);
}

static void turn_by_turn_as_well(void **state)
{
    struct outbox_claim c;
    size_t claimed = 0;

    (void)state;
    rules.cap = 1;
    rules.cap_period_s = SEC_PER_DAY;
    two_campaigns();
    for (int i = 0; i < 10; i++) {
        testdb_sql(i % 2
                       ? "UPDATE outbox_slice SET due_at = IF(id = 1, '2024-01-01', '2024-01-02')"
                       : "UPDATE outbox_slice SET due_at = IF(id = 1, '2024-01-02', '2024-01-01')");
        claimed += claim_at(NOON, 1, &c);
    }
    assert_int_equal(claimed, 5);
    assert_int_equal(number("SELECT COUNT(DISTINCT customer_id) FROM message"
                            " WHERE state = 'submitting'"),
                     5);
}

static void one_that_went_back_to_the_queue_does_not_count(void **state)
{
    struct outbox_event back = { .message_id = 1, .kind = OUTBOX_REQUEUED };
    struct outbox_claim c;

    (void)state;
    rules.cap = 1;
    rules.cap_period_s = SEC_PER_DAY;
    two_campaigns();
    assert_int_equal(claim_at(NOON, 1, &c), 1);
    back.at = NOON;
    back.due_at = NOON + HOUR;
    record(&back, 1, NULL, 0);
    testdb_sql("UPDATE outbox_slice SET due_at = '2037-01-01' WHERE id < 10");
    assert_int_equal(claim_at(NOON, 1, &c), 1);
    assert_int_equal(number("SELECT id FROM message WHERE state = 'submitting'"), 11);
}

static void one_sent_before_its_customers_times_say_so_counts(void **state)
{
    struct outbox_event taken[5];
    const struct outbox_slice_key slice = { .id = 1 };
    struct outbox_claim c;

    (void)state;
    rules.cap = 1;
    rules.cap_period_s = SEC_PER_DAY;
    two_campaigns();
    testdb_sql(
        "UPDATE campaign SET first_message = 1 WHERE id = 2"); /* others' are among its ids */
    testdb_sql("UPDATE outbox_slice SET due_at = '2037-01-01' WHERE id = 11");
    assert_int_equal(claim_at(NOON, 10, &c), 5);
    for (size_t i = 0; i < 5; i++) {
        taken[i] = (struct outbox_event){ .message_id = i + 1,
                                          .single = true,
                                          .kind = OUTBOX_ACCEPTED,
                                          .at = NOON,
                                          .carrier_id = 1 };
        strcpy(taken[i].smsc_message_id, "x");
    }
    record(taken, 5, &slice, 1);
    testdb_sql("UPDATE outbox_slice SET due_at = '2024-01-01'");
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE campaign_id = 1"), 0);
    assert_int_equal(claim_at(NOON + HOUR, 10, &c), 0);
    assert_int_equal(c.withheld, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)
    const struct CMUnitTest tests[] = {
        TEST(a_window_has_one_number),
        TEST(a_promotion_without_a_window_goes_by_the_house),
        TEST(service_messages_and_alerts_have_no_hours),
        TEST(each_place_has_its_own_clock),
        TEST(one_that_closes_in_the_middle_of_a_slice_keeps_the_rest),
        TEST(a_message_knows_when_its_window_closes),
        TEST(what_goes_back_to_the_queue_keeps_its_window),
        TEST(slices_that_are_shut_hold_up_none_that_is_open),
        TEST(a_customer_who_had_enough_is_left_out),
        TEST(what_is_long_ago_does_not_count),
        TEST(two_campaigns_at_once_send_one_message_when_the_cap_is_one),
        TEST(turn_by_turn_as_well),
        TEST(one_that_went_back_to_the_queue_does_not_count),
        TEST(one_sent_before_its_customers_times_say_so_counts),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
