/* test_occasion_store.c - occasions on a real database, with the clock turned over weeks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/import.h"
#include "store/occasion.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

static const struct campaign_settings campaign_settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4500,
    .currency = "EUR",
};
static const struct occasion_settings settings = { .campaign = &campaign_settings,
                                                   .timezone = "Europe/Paris" };

static struct db *db;
static struct import_apply *apply;
static struct import imp;

/* --- the clock --- */

static utc_us at(int year, int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute });
}

static void set_clock(utc_us now)
{
    clock_shift(now - clock_now());
}

/* What the runner does until nothing is left to do. */
static uint64_t tick(void)
{
    struct occasion_work work[16];
    uint64_t messages = 0;
    size_t n = 1;

    for (int turns = 0; n && turns < 1000; turns++) {
        assert_int_equal(occasion_find_work(db, clock_now(), work, 16, &n), RC_OK);
        for (size_t i = 0; i < n; i++) {
            struct occasion_step step = { .events = 0 };
            if (work[i].new_month)
                assert_int_equal(occasion_leave_campaign(db, work[i].id, clock_now()), RC_OK);
            if (work[i].pass)
                assert_int_equal(occasion_pass(db, work[i].id, &settings, &step), RC_OK);
            step.messages = 0;
            if (work[i].events)
                assert_int_equal(occasion_step(db, work[i].id, &settings, &step), RC_OK);
            messages += step.messages;
        }
    }
    assert_int_equal(n, 0);
    return messages;
}

/* A look every hour, as if relaisd ran. */
static uint64_t live_until(utc_us end)
{
    uint64_t messages = 0;

    while (clock_now() < end) {
        messages += tick();
        set_clock(clock_now() + 3600 * USEC_PER_SEC);
    }
    set_clock(end);
    return messages + tick();
}

/* --- a scene --- */

static int fresh(void **state)
{
    const struct import_rules rules = { .create_categories = true, .create_sources = true };

    (void)state;
    testdb_reset();
    db = testdb_open();
    crowd_codes();
    set_clock(at(2026, 11, 2, 8, 0)); /* a Monday */
    imp = (struct import){ .id = 1, .partner_id = 0, .file_name = "a.csv", .next_row = 1 };
    assert_int_equal(import_partner(db, "shop", "Shop", &imp.partner_id), RC_OK);
    testdb_sql("INSERT INTO import (id, partner_id, file_name, sha256, bytes, state, received_at)"
               "VALUES (1, 1, 'a.csv', '', 1, 'applying', '2026-11-02')");
    imp.received_at = clock_now();
    apply = import_apply_new(&rules);
    return apply ? 0 : -1;
}

static int close_db(void **state)
{
    (void)state;
    import_apply_free(apply);
    db_close(db);
    set_clock(at(2026, 11, 2, 8, 0));
    return 0;
}

struct delivery {
    const char *customer, *order, *phone;
    enum order_status status;
    utc_us from; /* the window, of two hours; 0: none */
    utc_us ordered_at;
};

static void take(const struct delivery *d)
{
    const struct order_row row = {
        .row_no = imp.next_row,
        .customer_number = d->customer,
        .first_name = "Ana",
        .last_name = "",
        .company = "",
        .phone = d->phone,
        .email = "",
        .street = "",
        .postcode = "",
        .city = "Lyon",
        .country = "FR",
        .language = "fr",
        .category = "shop",
        .source = "",
        .consent = { CONSENT_GRANTED, CONSENT_UNKNOWN },
        .consent_wording = "oui",
        .has_order = true,
        .order_number = d->order,
        .ordered_at = d->ordered_at,
        .goods = "",
        .window_from = d->from,
        .window_to = d->from ? d->from + 7200 * USEC_PER_SEC : 0,
        .collect_cents = 4990,
        .currency = "EUR",
        .status = d->status,
    };
    const struct import_chunk chunk = { .rows = &row, .n_rows = 1, .next_row = imp.next_row + 1 };

    assert_int_equal(import_apply_chunk(db, apply, &imp, &chunk), RC_OK);
}

static void order_is(const char *order, enum order_status status, utc_us from)
{
    char customer[40], phone[40];

    snprintf(customer, sizeof(customer), "K%s", order);
    snprintf(phone, sizeof(phone), "+3361234%04u", (unsigned)atoi(order + 1));
    take(&(struct delivery){ customer, order, phone, status, from, clock_now() });
}

static uint64_t set(const struct occasion_plan *plan)
{
    struct occasion_plan p = *plan;
    struct error err = { "" };
    uint64_t id = 0;

    if (!p.days)
        p.days = -1;
    if (!p.expires_s)
        p.expires_s = -1;
    p.transliterate = -1;
    if (occasion_set(db, &p, &settings, "test", &id, &err))
        fail_msg("%s", err.text);
    return id;
}

static uint64_t set_on(const struct occasion_plan *plan)
{
    uint64_t id = set(plan);

    assert_int_equal(occasion_switch(db, id, true, "test", NULL), RC_OK);
    return id;
}

#define COUNT(sql) crowd_count("SELECT COUNT(*) FROM " sql)

static void assert_text(const char *expected)
{
    struct db_rows *rows;

    assert_int_equal(
        db_query(db, "SELECT text FROM message ORDER BY id DESC LIMIT 1", DB_NO_INPUT, &rows),
        RC_OK);
    assert_true(db_next(rows));
    assert_string_equal(db_get_text(rows, 0), expected);
    assert_int_equal(db_rows_end(rows), RC_OK);
}

/* --- deliveries --- */

static void a_planned_delivery_is_announced_once(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce",
        .kind = "delivery_announced",
        .body = "Colis {{order_number}} le {{delivery_date}}, {{delivery_window}}: {{amount}}" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    assert_int_equal(tick(), 1);
    assert_text("Colis C1 le 03/11/2026, 09:00-11:00: 49,90 \xe2\x82\xac");
    order_is("C1", ORDER_PLANNED, at(2026, 11, 4, 8, 0)); /* moved: another occasion's business */
    assert_int_equal(live_until(at(2026, 11, 5, 8, 0)), 0);
    assert_int_equal(COUNT("message WHERE class = 'service' AND legal_basis = 'contract'"
                           " AND sender = '38123' AND expires_at = '2026-11-03 08:00:00'"),
                     1);
    assert_int_equal(COUNT("outbox_slice s JOIN message m ON m.id = s.id AND m.id = s.last_id"
                           " AND m.campaign_id = s.campaign_id"),
                     1);
    assert_int_equal(COUNT("occasion_sent WHERE message_id IS NOT NULL"), 1);
    assert_int_equal(COUNT("occasion_event"), 0);
}

static void the_evening_before_speaks_of_the_window_as_it_is_then(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){ .name = "evening",
                                    .kind = "delivery_announced",
                                    .body = "Demain {{delivery_date}} {{delivery_window}}",
                                    .delay = "-1d before the window",
                                    .at = "18:00" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 6, 8, 0));
    assert_int_equal(live_until(at(2026, 11, 4, 8, 0)), 0);
    order_is("C1", ORDER_PLANNED, at(2026, 11, 9, 13, 0));
    assert_int_equal(live_until(at(2026, 11, 8, 16, 59)), 0);
    assert_int_equal(live_until(at(2026, 11, 8, 17, 0)), 1);
    assert_text("Demain 09/11/2026 14:00-16:00");
    assert_int_equal(live_until(at(2026, 11, 12, 8, 0)), 0);
}

static void nothing_is_announced_once_its_window_has_begun(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Bonjour", .delay = "-2h" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    assert_int_equal(tick(), 0);
    set_clock(at(2026, 11, 3, 8, 0)); /* relaisd was down from before it was due */
    assert_int_equal(tick(), 0);
    assert_int_equal(COUNT("occasion_sent WHERE reason = 'expired'"), 1);
    assert_int_equal(COUNT("message"), 0);
}

static void an_order_that_has_turned_is_not_announced_any_more(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Bonjour", .delay = "-2h" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 12, 0));
    order_is("C2", ORDER_PLANNED, at(2026, 11, 3, 12, 0));
    tick();
    order_is("C1", ORDER_CANCELLED, at(2026, 11, 3, 12, 0));
    assert_int_equal(live_until(at(2026, 11, 3, 11, 0)), 1);
    assert_int_equal(COUNT("occasion_sent WHERE reason = 'overtaken'"), 1);
}

static void each_turn_of_an_order_is_told_once(void **state)
{
    static const char *const kinds[] = { "delivery_moved", "delivery_out", "delivery_done",
                                         "delivery_missed" };
    const utc_us window = at(2026, 11, 3, 8, 0), next = at(2026, 11, 4, 8, 0);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        set_on(&(struct occasion_plan){ .name = kinds[i], .kind = kinds[i], .body = kinds[i] });
    order_is("C1", ORDER_PLANNED, window);
    assert_int_equal(tick(), 0);
    order_is("C1", ORDER_OUT, window);
    assert_int_equal(tick(), 1);
    assert_text("delivery_out");
    order_is("C1", ORDER_OUT, window);
    assert_int_equal(tick(), 0);
    order_is("C1", ORDER_MISSED, window);
    assert_int_equal(tick(), 1);
    assert_text("delivery_missed");
    order_is("C1", ORDER_PLANNED, next);
    assert_int_equal(tick(), 1);
    assert_text("delivery_moved");
    set_clock(at(2026, 11, 4, 7, 0));
    order_is("C1", ORDER_OUT, next); /* another day, another attempt */
    assert_int_equal(tick(), 1);
    order_is("C1", ORDER_DELIVERED, next);
    assert_int_equal(tick(), 1);
    assert_text("delivery_done");
    order_is("C1", ORDER_MISSED, next); /* a file in the wrong order, and back */
    order_is("C1", ORDER_DELIVERED, next);
    assert_int_equal(tick(), 0);
}

static void a_first_file_of_old_orders_sends_nothing(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){ .name = "done", .kind = "delivery_done", .body = "Bonjour" });
    set_on(&(struct occasion_plan){ .name = "first", .kind = "first_order", .body = "Bonjour" });
    take(&(struct delivery){ "K1", "C1", "+33612340001", ORDER_DELIVERED, at(2026, 9, 1, 8, 0),
                             at(2026, 8, 30, 8, 0) });
    take(&(struct delivery){ "K2", "C2", "+33612340002", ORDER_DELIVERED, 0,
                             at(2026, 8, 30, 8, 0) });
    assert_int_equal(live_until(at(2026, 11, 4, 8, 0)), 0);
    assert_int_equal(COUNT("occasion_event"), 0);
}

static void nothing_is_noted_when_no_occasion_waits_for_it(void **state)
{
    uint64_t id = set(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Bonjour" });

    (void)state;
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    assert_int_equal(COUNT("occasion_event"), 0);
    assert_int_equal(occasion_switch(db, id, true, "test", NULL), RC_OK);
    assert_int_equal(tick(), 0); /* not of what was before */
    order_is("C2", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    assert_int_equal(COUNT("occasion_event"), 1);
}

static void two_parcels_of_a_family_are_announced_each(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis {{order_number}}" });
    for (int i = 0; i < 2; i++) {
        take(&(struct delivery){ i ? "Ben" : "Ana", i ? "C2" : "C1", "+33612340001", ORDER_PLANNED,
                                 at(2026, 11, 3, 8, 0), clock_now() });
        take(&(struct delivery){ i ? "Ben" : "Ana", i ? "C4" : "C3", "+33612340001", ORDER_PLANNED,
                                 at(2026, 11, 3, 8, 0), clock_now() });
    }
    assert_int_equal(tick(), 4);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT text) FROM message"), 4);
}

/* --- promotions --- */

static void the_first_order_is_thanked_for_once(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){ .name = "welcome",
                                    .kind = "first_order",
                                    .body = "{{first_name}}, merci pour {{order_number}}",
                                    .delay = "+1d",
                                    .at = "10:00" });
    take(&(struct delivery){ "K1", "C1", "+33612340001", ORDER_PLANNED, 0, clock_now() });
    take(&(struct delivery){ "K1", "C2", "+33612340001", ORDER_PLANNED, 0, clock_now() });
    assert_int_equal(live_until(at(2026, 11, 3, 8, 59)), 0);
    assert_int_equal(live_until(at(2026, 11, 3, 9, 0)), 1);
    assert_text("Ana, merci pour C1");
    assert_int_equal(COUNT("message m JOIN consent_event e ON e.id = m.consent_event_id"
                           " AND e.customer_id = m.customer_id WHERE m.class = 'promo'"),
                     1);
    take(&(struct delivery){ "K1", "C3", "+33612340001", ORDER_PLANNED, 0, clock_now() });
    assert_int_equal(live_until(at(2026, 11, 8, 8, 0)), 0);
}

static void a_birthday_comes_once_a_year_at_ten_in_the_morning(void **state)
{
    (void)state;
    crowd_add(
        &(struct person){ 1, "+33600000001", "granted", .more = "birth_date = '1980-11-25'" });
    crowd_add(
        &(struct person){ 2, "+33600000002", "granted", .more = "birth_date = '1996-02-29'" });
    crowd_add(
        &(struct person){ 3, "+33600000003", "granted", .more = "birth_date = '1990-06-01'" });
    crowd_add(&(struct person){ 4, "+33600000004", NULL, .more = "birth_date = '1980-11-25'" });
    crowd_add(&(struct person){ 5, "+33600000005", "granted",
                                .more = "birth_date = '1980-11-25', timezone = 'Indian/Reunion'" });
    set_on(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    assert_int_equal(live_until(at(2026, 11, 25, 5, 59)), 0);
    assert_int_equal(live_until(at(2026, 11, 25, 6, 0)), 1); /* 10:00 in Saint-Denis */
    assert_int_equal(live_until(at(2026, 11, 25, 8, 59)), 0);
    assert_int_equal(live_until(at(2026, 11, 25, 9, 0)), 1);
    assert_int_equal(COUNT("occasion_sent WHERE customer_id = 4 AND reason = 'no_consent'"), 1);
    set_clock(at(2027, 2, 27, 12, 0)); /* nobody's birthday was missed meanwhile */
    assert_int_equal(live_until(at(2027, 2, 28, 8, 59)), 0);
    assert_int_equal(live_until(at(2027, 2, 28, 9, 0)), 1);
    assert_int_equal(live_until(at(2027, 3, 2, 9, 0)), 0);
    set_clock(at(2027, 11, 24, 12, 0));
    assert_int_equal(live_until(at(2027, 11, 26, 12, 0)), 2);
    set_clock(at(2028, 2, 28, 8, 0));
    assert_int_equal(live_until(at(2028, 2, 28, 20, 0)), 0);
    assert_int_equal(live_until(at(2028, 2, 29, 9, 0)), 1);
}

static void a_birthday_that_was_missed_is_made_up_the_same_day_only(void **state)
{
    (void)state;
    crowd_add(
        &(struct person){ 1, "+33600000001", "granted", .more = "birth_date = '1980-11-25'" });
    crowd_add(
        &(struct person){ 2, "+33600000002", "granted", .more = "birth_date = '1980-11-27'" });
    set_on(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    tick();
    set_clock(at(2026, 11, 25, 18, 0)); /* down since the 2nd */
    assert_int_equal(tick(), 1);
    assert_int_equal(COUNT("message WHERE customer_id = 1 AND expires_at = '2026-11-25 23:00:00'"),
                     1);
    set_clock(at(2026, 11, 27, 23, 30)); /* the 28th in Paris */
    assert_int_equal(tick(), 0);
    assert_int_equal(COUNT("message"), 1);
}

static void who_came_in_the_morning_of_a_birthday_is_not_forgotten(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    live_until(at(2026, 11, 25, 7, 0));
    crowd_add(
        &(struct person){ 1, "+33600000001", "granted", .more = "birth_date = '1980-11-25'" });
    assert_int_equal(live_until(at(2026, 11, 25, 9, 0)), 1);
}

static void a_clock_set_back_does_not_repeat_a_birthday(void **state)
{
    (void)state;
    crowd_add(
        &(struct person){ 1, "+33600000001", "granted", .more = "birth_date = '1980-11-25'" });
    set_on(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    assert_int_equal(live_until(at(2026, 11, 25, 10, 0)), 1);
    set_clock(at(2026, 11, 24, 10, 0));
    assert_int_equal(live_until(at(2026, 11, 26, 10, 0)), 0);
}

static void order_of_day(uint64_t customer, const char *day)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,"
             " import_id, import_row, content_hash)"
             " SELECT COALESCE(MAX(id), 0) + 1, 1, CONCAT('X', COALESCE(MAX(id), 0) + 1), %llu,"
             " '%s 12:00', 1, 1, '' FROM customer_order",
             (unsigned long long)customer, day);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "UPDATE customer SET last_order_at = '%s 12:00', order_count = order_count + 1"
             " WHERE id = %llu",
             day, (unsigned long long)customer);
    testdb_sql(sql);
}

static void who_stays_away_is_asked_back_once_and_again_after_coming_back(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        crowd_add(&(struct person){ id,
                                    id == 1   ? "+33600000001"
                                    : id == 2 ? "+33600000002"
                                              : "+33600000003",
                                    "granted", .state = NULL });
    order_of_day(1, "2026-10-10"); /* 30 days: 9 November */
    order_of_day(2, "2026-10-10");
    order_of_day(3, "2026-06-01"); /* away for long: a campaign's business */
    set_on(&(struct occasion_plan){
        .name = "back", .kind = "inactive", .body = "Revenez", .days = 30 });
    assert_int_equal(live_until(at(2026, 11, 9, 8, 0)), 0);
    order_of_day(2, "2026-11-09");
    assert_int_equal(live_until(at(2026, 11, 10, 9, 0)), 1);
    assert_int_equal(live_until(at(2026, 12, 1, 9, 0)), 0);
    order_of_day(1, "2026-12-01");
    set_clock(at(2027, 1, 20, 9, 0)); /* a long down-time: any time will do */
    assert_int_equal(tick(), 2);
    assert_int_equal(COUNT("message WHERE customer_id = 1"), 2);
    assert_int_equal(live_until(at(2027, 3, 1, 9, 0)), 0);
}

static void an_unpaid_invoice_is_told_of_before_its_day(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .state = NULL });
    testdb_sql("INSERT INTO invoice (id, customer_id, number, due_on, amount_cents, created_at,"
               " paid_at) VALUES (1, 1, 'F1', '2026-11-10', 1250, '2026-11-01', NULL),"
               " (2, 1, 'F2', '2026-11-10', 900, '2026-11-01', '2026-11-03'),"
               " (3, 1, 'F3', '2026-11-20', 900, '2026-11-01', NULL)");
    set_on(&(struct occasion_plan){ .name = "invoice",
                                    .kind = "invoice_due",
                                    .body = "Facture {{order_number}}: {{amount}}",
                                    .delay = "-3d" });
    assert_int_equal(live_until(at(2026, 11, 7, 8, 59)), 0);
    assert_int_equal(live_until(at(2026, 11, 7, 9, 0)), 1);
    assert_text("Facture F1: 12,50 \xe2\x82\xac");
    testdb_sql("UPDATE invoice SET paid_at = '2026-11-17 08:00' WHERE id = 3");
    assert_int_equal(live_until(at(2026, 11, 25, 9, 0)), 0);
}

/* --- rights, caps, audience --- */

static void who_must_be_left_out_is_left_out_with_the_reason(void **state)
{
    uint64_t id = set_on(&(struct occasion_plan){
        .name = "birthday", .kind = "birthday", .body = "Bravo", .audience = "city = Lyon" });
    struct occasion_results results;

    (void)state;
#define BORN "birth_date = '1980-11-25', city = 'Lyon'"
    crowd_add(&(struct person){ 1, "+33600000001", "granted", .more = BORN });
    crowd_add(&(struct person){ 2, "+33600000002", NULL, .more = BORN });
    crowd_add(&(struct person){ 3, "+33600000003", "withdrawn", .more = BORN });
    crowd_add(&(struct person){ 4, NULL, NULL, .more = BORN });
    crowd_add(
        &(struct person){ 5, "+33600000005", "granted", .more = BORN ", do_not_contact = 1" });
    crowd_add(
        &(struct person){ 6, "+33600000006", "granted", .more = "birth_date = '1980-11-25'" });
    crowd_add(&(struct person){ 7, "+33600000007", "granted", .more = BORN });
    testdb_sql(
        "INSERT INTO opt_out (channel, address, at) VALUES ('sms', '+33600000007', '2026-11-01')");
    assert_int_equal(live_until(at(2026, 11, 26, 9, 0)), 1);
    assert_int_equal(occasion_results(db, id, &results), RC_OK);
    assert_int_equal(results.n_left_out, 5);
    assert_int_equal(results.n_campaigns, 1);
    assert_int_equal(COUNT("campaign_exclusion"), 5);
    assert_int_equal(COUNT("campaign WHERE audience_n = 6 AND message_n = 1"), 1);
    assert_int_equal(COUNT("occasion_sent WHERE customer_id = 6"), 0);
}

static void a_cap_holds_for_each_customer(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis", .cap = "2 in 7d" });
    for (int i = 1; i <= 4; i++) {
        char order[8];
        snprintf(order, sizeof(order), "C%d", i);
        take(&(struct delivery){ "K1", order, "+33612340001", ORDER_PLANNED, at(2026, 11, 20, 8, 0),
                                 clock_now() });
    }
    assert_int_equal(tick(), 2);
    assert_int_equal(COUNT("occasion_sent WHERE reason = 'occasion_cap'"), 2);
    set_clock(at(2026, 11, 9, 8, 1));
    take(&(struct delivery){ "K1", "C5", "+33612340001", ORDER_PLANNED, at(2026, 11, 20, 8, 0),
                             clock_now() });
    assert_int_equal(tick(), 1);
}

/* --- the life of an occasion and its campaigns --- */

static void finish_campaigns(void)
{
    struct campaign_work work[16];
    size_t n;
    bool done;

    testdb_sql("DELETE FROM outbox_slice");
    assert_int_equal(campaign_find_work(db, work, 16, &n), RC_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(campaign_finish(db, work[i].id, &done), RC_OK);
}

static void each_month_and_wording_has_a_campaign_that_ends(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    tick();
    finish_campaigns();
    assert_int_equal(COUNT("campaign WHERE name = 'announce 2026-11' AND state = 'sending'"), 1);
    order_is("C2", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    tick();
    assert_int_equal(COUNT("campaign WHERE message_n = 2"), 1);
    set(&(struct occasion_plan){ .name = "announce", .template = "announce", .cap = "3 in 30d" });
    order_is("C3", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    tick();
    finish_campaigns();
    assert_int_equal(COUNT("campaign WHERE name = 'announce 2026-11' AND state = 'done'"), 1);
    assert_int_equal(COUNT("campaign WHERE name = 'announce 2026-11 (2)' AND state = 'sending'"),
                     1);
    set_clock(at(2026, 11, 30, 23, 0)); /* December in Paris */
    order_is("C4", ORDER_PLANNED, at(2026, 12, 20, 8, 0));
    tick();
    finish_campaigns();
    assert_int_equal(COUNT("campaign WHERE state = 'done'"), 2);
    assert_int_equal(COUNT("campaign WHERE name = 'announce 2026-12' AND state = 'sending'"), 1);
    set_clock(at(2027, 1, 1, 12, 0)); /* idle over the year's end */
    tick();
    finish_campaigns();
    assert_int_equal(COUNT("campaign WHERE state = 'done'"), 3);
}

static void a_pause_of_its_campaign_holds_it_and_a_cancel_ends_it(void **state)
{
    uint64_t id = set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis" });
    uint64_t campaign;

    (void)state;
    order_is("C1", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    tick();
    assert_int_equal(campaign_find(db, "announce 2026-11", &campaign), RC_OK);
    assert_int_equal(campaign_pause(db, campaign, "test", NULL), RC_OK);
    order_is("C2", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    assert_int_equal(tick(), 0);
    assert_int_equal(campaign_resume(db, campaign, "test", NULL), RC_OK);
    assert_int_equal(tick(), 1);
    order_is("C3", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    assert_int_equal(campaign_cancel(db, campaign, "test", NULL), RC_OK);
    assert_int_equal(tick(), 0);
    assert_int_equal(COUNT("occasion WHERE state = 'off'"), 1);
    assert_int_equal(occasion_switch(db, id, true, "test", NULL), RC_OK);
    order_is("C4", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    assert_int_equal(tick(), 1);
    assert_int_equal(COUNT("campaign WHERE name = 'announce 2026-11 (2)'"), 1);
}

static void what_waited_when_it_was_switched_off_is_forgotten(void **state)
{
    uint64_t id = set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis", .delay = "-1h" });

    (void)state;
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    tick();
    assert_int_equal(occasion_switch(db, id, false, "test", NULL), RC_OK);
    assert_int_equal(occasion_switch(db, id, false, "test", NULL), RC_CONFLICT);
    set_clock(at(2026, 11, 2, 9, 0));
    assert_int_equal(occasion_switch(db, id, true, "test", NULL), RC_OK);
    assert_int_equal(live_until(at(2026, 11, 4, 8, 0)), 0);
    assert_int_equal(COUNT("occasion_event"), 0);
    assert_int_equal(COUNT("occasion_sent"), 0);
}

static void a_shorter_delay_counts_for_those_who_wait_already(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){
        .name = "done", .kind = "delivery_done", .body = "Merci", .delay = "+2d" });
    order_is("C1", ORDER_PLANNED, 0);
    order_is("C1", ORDER_DELIVERED, 0);
    assert_int_equal(tick(), 0);
    set(&(struct occasion_plan){ .name = "done", .delay = "+1h" });
    assert_int_equal(live_until(at(2026, 11, 2, 9, 1)), 1);
}

static void what_is_wrong_is_refused_before_anything_is_written(void **state)
{
    static const struct {
        struct occasion_plan plan;
        const char *sentence;
    } bad[] = {
        { { .kind = "delivery_done", .body = "x" }, "name" },
        { { .name = "a", .body = "x" }, "kind: expected one of delivery_announced" },
        { { .name = "a", .kind = "wedding", .body = "x" }, "wedding" },
        { { .name = "a", .kind = "birthday" }, "template or a text" },
        { { .name = "a", .kind = "birthday", .template = "none" }, "none" },
        { { .name = "a", .kind = "birthday", .body = "{{oups}}" }, "oups" },
        { { .name = "a", .kind = "birthday", .body = "{{order_number}}" }, "order_number" },
        { { .name = "a", .kind = "birthday", .body = "x", .audience = "citty = x" }, "citty" },
        { { .name = "a", .kind = "birthday", .body = "x", .audience = "category = zip" }, "zip" },
        { { .name = "a", .kind = "birthday", .body = "x", .delay = "+2h" }, "whole days" },
        { { .name = "a", .kind = "birthday", .body = "x", .at = "25:00" }, "at: expected" },
        { { .name = "a", .kind = "birthday", .body = "x", .cap = "lots" }, "cap: expected" },
        { { .name = "a", .kind = "inactive", .body = "x" }, "days: expected" },
        { { .name = "a", .kind = "birthday", .body = "x", .sender = "much too long a name" },
          "sender" },
        { { .name = "one", .kind = "delivery_out" }, "of kind birthday" },
    };

    (void)state;
    set(&(struct occasion_plan){ .name = "one", .kind = "birthday", .body = "Bravo" });
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct occasion_plan plan = bad[i].plan;
        struct error err = { "" };
        uint64_t id;
        plan.days = plan.expires_s = plan.transliterate = -1;
        assert_int_not_equal(occasion_set(db, &plan, &settings, "test", &id, &err), RC_OK);
        if (!strstr(err.text, bad[i].sentence))
            fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.text, bad[i].sentence);
    }
    assert_int_equal(COUNT("occasion"), 1);
    assert_int_equal(COUNT("template"), 1);
    assert_int_equal(COUNT("occasion WHERE version = 1 AND state = 'off'"), 1);
}

static void a_campaign_may_not_speak_of_an_order(void **state)
{
    const struct campaign_plan plan = { .name = "Soldes",
                                        .class = CLASS_PROMO,
                                        .body = "Colis {{order_number}}" };
    struct error err = { "" };
    uint64_t id;

    (void)state;
    assert_int_equal(campaign_create(db, &plan, &campaign_settings, &id, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "order_number"));
}

static void a_code_that_is_gone_switches_the_occasion_off(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){ .name = "announce",
                                    .kind = "delivery_announced",
                                    .body = "Colis",
                                    .audience = "source = web" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    testdb_sql("DELETE FROM acquisition_source WHERE code = 'web'");
    {
        struct occasion_step step;
        assert_int_equal(occasion_step(db, 1, &settings, &step), RC_INVALID);
    }
    assert_int_equal(COUNT("occasion WHERE state = 'off'"), 1);
    assert_int_equal(COUNT("message"), 0);
}

/* --- two at once --- */

struct racer {
    pthread_t thread;
    struct db *db;
    uint64_t messages, lost;
    bool failed;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct occasion_work work[16];
    size_t n = 1;

    while (n && !r->failed) {
        if (occasion_find_work(r->db, clock_now(), work, 16, &n)) {
            r->failed = true;
            break;
        }
        for (size_t i = 0; i < n; i++) {
            struct occasion_step step = { .events = 0 };
            enum rc rc = occasion_step(r->db, work[i].id, &settings, &step);
            r->messages += rc ? 0 : step.messages;
            r->lost += rc == RC_CONFLICT;
            r->failed |= rc && rc != RC_CONFLICT && rc != RC_AGAIN;
        }
    }
    return r;
}

static void two_runners_at_once_send_each_message_once(void **state)
{
    struct racer racers[2] = { { .db = testdb_open_lane(20) }, { .db = testdb_open_lane(21) } };

    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis {{order_number}}" });
    crowd_fill(1, 3000);
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
               " window_from, ordered_at, import_id, import_row, content_hash)"
               " SELECT seq, 1, CONCAT('X', seq), seq, 'planned', '2026-11-20', '2026-11-01', 1, 1,"
               " '' FROM seq_1_to_3000");
    testdb_sql("INSERT INTO occasion_event SELECT 1, seq, seq, 0, '2026-11-02 08:00:01',"
               " '2026-11-02 08:00:01' FROM seq_1_to_3000");
    set_clock(at(2026, 11, 2, 9, 0));
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(racers[i].thread, NULL);
        db_close(racers[i].db);
        assert_false(racers[i].failed);
    }
    assert_int_equal(racers[0].messages + racers[1].messages, 3000);
    assert_int_equal(COUNT("message"), 3000);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id, text) FROM message"), 3000);
    assert_int_equal(
        crowd_count("SELECT CAST(SUM(last_id + 1 - id) AS UNSIGNED) FROM outbox_slice"), 3000);
    assert_int_equal(COUNT("occasion_event"), 0);
    assert_int_equal(crowd_count("SELECT CAST(SUM(message_n) AS UNSIGNED) FROM campaign"), 3000);
}

/* --- rehearsal --- */

struct expected {
    char text[4000];
};

static void add_row(void *arg, const struct occasion_trial_row *row)
{
    struct expected *e = arg;
    size_t len = strlen(e->text);

    snprintf(e->text + len, sizeof(e->text) - len, "%llu %s%s;",
             (unsigned long long)row->customer_id, row->text, row->reason);
}

static struct occasion_trial try_day(const char *name, int month, int day, struct expected *rows)
{
    const struct civil date = { .year = 2026, .month = month, .day = day };
    struct occasion_trial trial;
    struct error err = { "" };
    struct arena arena;
    uint64_t id;

    rows->text[0] = '\0';
    arena_init(&arena);
    assert_int_equal(occasion_find(db, name, &id), RC_OK);
    if (occasion_try(db, id, &date, &settings, 100, &arena, add_row, rows, &trial, &err))
        fail_msg("%s", err.text);
    arena_close(&arena);
    return trial;
}

/* What really happened, in the same form. */
static void read_log(const char *name, struct expected *rows)
{
    struct db_rows *r;

    rows->text[0] = '\0';
    assert_int_equal(db_query(db,
                              "SELECT s.customer_id, COALESCE(m.text, ''), s.reason"
                              "  FROM occasion_sent s JOIN occasion o ON o.id = s.occasion_id"
                              "  LEFT JOIN message m ON m.id = s.message_id"
                              " WHERE o.name = ? ORDER BY s.reason = 'occasion_cap', s.customer_id",
                              DB_IN(db_text(name)), &r),
                     RC_OK);
    while (db_next(r)) {
        size_t len = strlen(rows->text);
        snprintf(rows->text + len, sizeof(rows->text) - len, "%llu %s%s;",
                 (unsigned long long)db_get_u64(r, 0), db_get_text(r, 1), db_get_text(r, 2));
    }
    assert_int_equal(db_rows_end(r), RC_OK);
}

static void a_rehearsal_of_a_past_day_says_what_then_happened(void **state)
{
    struct expected real, rehearsed;
    struct occasion_trial trial;

    (void)state;
    set_on(&(struct occasion_plan){ .name = "evening",
                                    .kind = "delivery_announced",
                                    .body = "Demain {{order_number}} {{delivery_window}}",
                                    .delay = "-1d",
                                    .at = "18:00",
                                    .cap = "1 in 3d",
                                    .audience = "city = Lyon" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 5, 8, 0));
    order_is("C2", ORDER_PLANNED, at(2026, 11, 5, 10, 0));
    order_is("C3", ORDER_PLANNED, at(2026, 11, 6, 8, 0)); /* another day */
    order_is("C4", ORDER_PLANNED, at(2026, 11, 5, 8, 0));
    take(&(struct delivery){ "KC1", "C9", "+33612340001", ORDER_PLANNED, at(2026, 11, 5, 8, 0),
                             clock_now() });
    set_clock(at(2026, 11, 4, 8, 0));
    order_is("C4", ORDER_CANCELLED, at(2026, 11, 5, 8, 0));
    live_until(at(2026, 11, 5, 12, 0));
    order_is("C1", ORDER_DELIVERED, at(2026, 11, 5, 8, 0));
    read_log("evening", &real);
    trial = try_day("evening", 11, 4, &rehearsed);
    assert_string_equal(rehearsed.text, real.text);
    assert_int_equal(trial.messages, 2);
    assert_int_equal(trial.overtaken, 1);
    assert_int_equal(trial.capped, 1);
    assert_int_equal(trial.bill.segments, 2);
    assert_int_equal(trial.bill.cents, 9);
    assert_int_equal(try_day("evening", 11, 5, &rehearsed).messages, 1);
    assert_int_equal(COUNT("message"), 2);
}

static void a_rehearsal_needs_no_occasion_that_was_on(void **state)
{
    struct expected rows;

    (void)state;
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    order_is("C2", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    set_clock(at(2026, 11, 3, 8, 30));
    order_is("C1", ORDER_OUT, at(2026, 11, 3, 8, 0));
    set_clock(at(2026, 11, 3, 9, 30));
    order_is("C1", ORDER_DELIVERED, at(2026, 11, 3, 8, 0));
    order_is("C2", ORDER_MISSED, at(2026, 11, 3, 8, 0));
    crowd_add(
        &(struct person){ 100, "+33600000001", "granted", .more = "birth_date = '1980-11-03'" });
    crowd_add(&(struct person){ 101, "+33600000002", NULL, .more = "birth_date = '1980-11-03'" });
    order_of_day(100, "2026-10-03");
    set(&(struct occasion_plan){ .name = "out", .kind = "delivery_out", .body = "Parti" });
    set(&(struct occasion_plan){ .name = "done", .kind = "delivery_done", .body = "Merci" });
    set(&(struct occasion_plan){ .name = "missed", .kind = "delivery_missed", .body = "Absent" });
    set(&(struct occasion_plan){ .name = "first", .kind = "first_order", .body = "Merci" });
    set(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    set(&(struct occasion_plan){ .name = "back", .kind = "inactive", .body = "Ici", .days = 30 });
    set_clock(at(2026, 11, 20, 8, 0));
    try_day("out", 11, 3, &rows);
    assert_string_equal(rows.text, "1 Parti;");
    try_day("done", 11, 3, &rows);
    assert_string_equal(rows.text, "1 Merci;");
    try_day("missed", 11, 3, &rows);
    assert_string_equal(rows.text, "2 Absent;");
    try_day("first", 11, 2, &rows);
    assert_string_equal(rows.text, "1 Merci;2 Merci;");
    try_day("birthday", 11, 3, &rows);
    assert_string_equal(rows.text, "100 Bravo;101 no_consent;");
    try_day("back", 11, 3, &rows);
    assert_string_equal(rows.text, "100 Ici;");
    assert_int_equal(COUNT("message"), 0);
    assert_int_equal(COUNT("occasion_sent"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(a_planned_delivery_is_announced_once),
        TEST(the_evening_before_speaks_of_the_window_as_it_is_then),
        TEST(nothing_is_announced_once_its_window_has_begun),
        TEST(an_order_that_has_turned_is_not_announced_any_more),
        TEST(each_turn_of_an_order_is_told_once),
        TEST(a_first_file_of_old_orders_sends_nothing),
        TEST(nothing_is_noted_when_no_occasion_waits_for_it),
        TEST(two_parcels_of_a_family_are_announced_each),
        TEST(the_first_order_is_thanked_for_once),
        TEST(a_birthday_comes_once_a_year_at_ten_in_the_morning),
        TEST(a_birthday_that_was_missed_is_made_up_the_same_day_only),
        TEST(who_came_in_the_morning_of_a_birthday_is_not_forgotten),
        TEST(a_clock_set_back_does_not_repeat_a_birthday),
        TEST(who_stays_away_is_asked_back_once_and_again_after_coming_back),
        TEST(an_unpaid_invoice_is_told_of_before_its_day),
        TEST(who_must_be_left_out_is_left_out_with_the_reason),
        TEST(a_cap_holds_for_each_customer),
        TEST(each_month_and_wording_has_a_campaign_that_ends),
        TEST(a_pause_of_its_campaign_holds_it_and_a_cancel_ends_it),
        TEST(what_waited_when_it_was_switched_off_is_forgotten),
        TEST(a_shorter_delay_counts_for_those_who_wait_already),
        TEST(what_is_wrong_is_refused_before_anything_is_written),
        TEST(a_campaign_may_not_speak_of_an_order),
        TEST(a_code_that_is_gone_switches_the_occasion_off),
        TEST(two_runners_at_once_send_each_message_once),
        TEST(a_rehearsal_of_a_past_day_says_what_then_happened),
        TEST(a_rehearsal_needs_no_occasion_that_was_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
