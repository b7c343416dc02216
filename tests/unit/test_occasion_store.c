/* test_occasion_store.c - occasions on a real database, with the clock turned over weeks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/occasion_rig.h"
#include "tests/support/testdb.h"

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
    assert_int_equal(occasion_switch(rig_db, id, true, "test", NULL), RC_OK);
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

static void a_cancelled_invoice_reminds_nobody_and_a_partly_paid_one_of_the_rest(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .state = NULL });
    testdb_sql(
        "INSERT INTO invoice (id, customer_id, number, due_on, amount_cents, created_at,"
        " state, cancelled_at, paid_cents)"
        "VALUES (1, 1, 'F1', '2026-11-10', 1250, '2026-11-01', 'cancelled', '2026-11-02', 0),"
        " (2, 1, 'F2', '2026-11-10', 1250, '2026-11-01', 'open', NULL, 450),"
        " (3, 1, 'F3', NULL, 1250, '2026-11-01', 'open', NULL, 0),"
        " (4, 1, 'F4', '2026-11-12', 1250, '2026-11-01', 'open', NULL, 0)");
    set_on(&(struct occasion_plan){ .name = "invoice",
                                    .kind = "invoice_due",
                                    .body = "Facture {{invoice_number}}: {{amount}}",
                                    .delay = "-3d" });
    assert_int_equal(live_until(at(2026, 11, 7, 9, 0)), 1);
    assert_text("Facture F2: 8,00 \xe2\x82\xac");
    testdb_sql("UPDATE invoice SET cancelled_at = '2026-11-08', state = 'cancelled' WHERE id = 4");
    assert_int_equal(live_until(at(2026, 11, 20, 9, 0)), 0);
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
    assert_int_equal(occasion_results(rig_db, id, &results), RC_OK);
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
    assert_int_equal(campaign_find_work(rig_db, work, 16, &n), RC_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(campaign_finish(rig_db, work[i].id, &done), RC_OK);
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
    assert_int_equal(campaign_find(rig_db, "announce 2026-11", &campaign), RC_OK);
    assert_int_equal(campaign_pause(rig_db, campaign, "test", NULL), RC_OK);
    order_is("C2", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    assert_int_equal(tick(), 0);
    assert_int_equal(campaign_resume(rig_db, campaign, "test", NULL), RC_OK);
    assert_int_equal(tick(), 1);
    order_is("C3", ORDER_PLANNED, at(2026, 11, 20, 8, 0));
    assert_int_equal(campaign_cancel(rig_db, campaign, "test", NULL), RC_OK);
    assert_int_equal(tick(), 0);
    assert_int_equal(COUNT("occasion WHERE state = 'off'"), 1);
    assert_int_equal(occasion_switch(rig_db, id, true, "test", NULL), RC_OK);
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
    assert_int_equal(occasion_switch(rig_db, id, false, "test", NULL), RC_OK);
    assert_int_equal(occasion_switch(rig_db, id, false, "test", NULL), RC_CONFLICT);
    set_clock(at(2026, 11, 2, 9, 0));
    assert_int_equal(occasion_switch(rig_db, id, true, "test", NULL), RC_OK);
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
        assert_int_not_equal(occasion_set(rig_db, &plan, &rig_settings, "test", &id, &err), RC_OK);
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
    assert_int_equal(campaign_create(rig_db, &plan, rig_settings.campaign, &id, &err), RC_INVALID);
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
        assert_int_equal(occasion_step(rig_db, 1, &rig_settings, &step), RC_INVALID);
    }
    assert_int_equal(COUNT("occasion WHERE state = 'off'"), 1);
    assert_int_equal(COUNT("message"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
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
        TEST(a_cancelled_invoice_reminds_nobody_and_a_partly_paid_one_of_the_rest),
        TEST(who_must_be_left_out_is_left_out_with_the_reason),
        TEST(a_cap_holds_for_each_customer),
        TEST(each_month_and_wording_has_a_campaign_that_ends),
        TEST(a_pause_of_its_campaign_holds_it_and_a_cancel_ends_it),
        TEST(what_waited_when_it_was_switched_off_is_forgotten),
        TEST(a_shorter_delay_counts_for_those_who_wait_already),
        TEST(what_is_wrong_is_refused_before_anything_is_written),
        TEST(a_campaign_may_not_speak_of_an_order),
        TEST(a_code_that_is_gone_switches_the_occasion_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
