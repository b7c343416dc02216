/* test_standing.c - what audiences are counted by says what the tables say, whoever changes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "store/consent.h"
#include "store/db.h"
#include "store/standing.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define SHARED "+33600000001"

static struct db *db;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

/* How many customers have that standing; `shared`: and that flag. */
static uint64_t standing(const char *name, int shared)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM customer WHERE sms_standing = '%s' AND sms_shared = %d", name,
             shared);
    return crowd_count(sql);
}

static uint64_t differing(void)
{
    struct standing_sweep sweep = { .next = 0 };
    uint64_t repaired = 0;

    do {
        assert_int_equal(standing_sweep_step(db, &sweep, 3), RC_OK);
        repaired += sweep.repaired;
    } while (sweep.next);
    return repaired;
}

static void every_standing_has_its_reason(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .sms = "granted" });
    crowd_add(&(struct person){ 2, "+33600000002", .sms = "withdrawn" });
    crowd_add(&(struct person){ 3, "+33600000003", .sms = NULL });
    crowd_add(&(struct person){ 4, NULL, .sms = "granted" });
    crowd_add(&(struct person){ 5, "+33600000005", "granted", .state = "invalid" });
    crowd_add(&(struct person){ 6, "+33600000006", "granted", .state = "suppressed" });
    crowd_add(&(struct person){ 7, "+33600000007", .sms = "granted" });
    testdb_sql("INSERT INTO opt_out SET channel = 'sms', address = '+33600000007', at = NOW(6)");
    assert_int_equal(differing(), 1);
    assert_int_equal(standing("", 0), 1);
    assert_int_equal(standing("withdrawn", 0), 1);
    assert_int_equal(standing("no_consent", 0), 1);
    assert_int_equal(standing("no_contact_point", 0), 1);
    assert_int_equal(standing("invalid_address", 0), 1);
    assert_int_equal(standing("suppressed", 0), 1);
    assert_int_equal(standing("opted_out", 0), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE consent_at = '2025-06-01'"),
                     5);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE sms_prefix = 3360000"), 6);
    assert_int_equal(differing(), 0);
}

static void a_prefix_of_a_short_number_ends_in_zeros(void **state)
{
    (void)state;
    assert_int_equal(standing_prefix("+33612345678"), 3361234);
    assert_int_equal(standing_prefix("+12"), 1200000);
    assert_int_equal(standing_prefix(""), 0);
}

static enum rc refresh_body(struct db *in, void *arg)
{
    const uint64_t *id = arg;

    return standing_refresh(in, id, 1);
}

static void who_has_a_number_already_learns_that_it_is_shared(void **state)
{
    uint64_t id = 9;

    (void)state;
    crowd_fill(1, 8);
    assert_int_equal(standing("", 1), 0);
    testdb_sql("INSERT INTO customer SET id = 9, created_at = NOW(6), updated_at = NOW(6)");
    testdb_sql("INSERT INTO contact_point SET customer_id = 9, channel = 'sms',"
               " address = '+33600000004', created_at = NOW(6)");
    assert_int_equal(db_transaction(db, refresh_body, &id), RC_OK);
    assert_int_equal(crowd_count("SELECT SUM(id) FROM customer WHERE sms_shared"), 13);
    assert_int_equal(differing(), 0);
}

static void whose_number_it_was_once_does_not_share_it(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .sms = "granted" });
    crowd_add(&(struct person){ 2, "+33600000002", .sms = "granted" });
    testdb_sql("INSERT INTO contact_point SET customer_id = 2, channel = 'sms', is_primary = FALSE,"
               " address = '+33600000001', created_at = NOW(6)");
    crowd_settle();
    assert_int_equal(standing("", 0), 2);
}

struct stop {
    struct consent_act act;
    struct consent_ids ids;
};

static enum rc stop_body(struct db *in, void *arg)
{
    struct stop *s = arg;
    bool changed;

    return consent_withdraw_address(in, &s->act, &s->ids, &changed);
}

static enum rc start_body(struct db *in, void *arg)
{
    struct stop *s = arg;
    bool changed;

    return consent_restore_address(in, &s->act, &s->ids, &changed);
}

static void a_stop_and_a_start_change_the_standing_of_all_who_have_the_number(void **state)
{
    struct stop s = {
        .act = { CHANNEL_SMS, SHARED, .sender = "", .at = clock_now(), .inbound_id = 5,
                 .source = CONSENT_BY_INBOUND, .source_ref = "5", .wording = "STOP" },
        .ids = { .n = 3 },
    };

    (void)state;
    crowd_add(&(struct person){ 1, SHARED, .sms = "granted" });
    crowd_add(&(struct person){ 2, SHARED, .sms = "withdrawn" });
    crowd_add(&(struct person){ 3, SHARED, .sms = NULL });
    crowd_add(&(struct person){ 4, "+33600000004", .sms = "granted" });
    assert_int_equal(db_new_ids(db, "consent_event", 3, &s.ids.first), RC_OK);
    assert_int_equal(db_transaction(db, stop_body, &s), RC_OK);
    assert_int_equal(standing("opted_out", 1), 3);
    assert_int_equal(differing(), 0);
    assert_int_equal(db_new_ids(db, "consent_event", 3, &s.ids.first), RC_OK);
    s.act.at = clock_now();
    assert_int_equal(db_transaction(db, start_body, &s), RC_OK);
    assert_int_equal(standing("", 1), 3);
    assert_int_equal(differing(), 0);
}

/* --- mail --- */

static uint64_t email_standing(const char *name, int shared)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM customer WHERE email_standing = '%s' AND email_shared = %d",
             name, shared);
    return crowd_count(sql);
}

static void the_two_channels_stand_by_themselves(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .sms = "granted" });
    crowd_add(&(struct person){ 2, "+33600000002", .sms = "withdrawn" });
    for (uint64_t id = 3; id <= 6; id++)
        crowd_add(&(struct person){ id, id == 5 ? "+33600000005" : NULL, .sms = "granted" });
    crowd_add_mail(1, "a@example.com", NULL, NULL);
    crowd_add_mail(2, "b@example.com", "granted", NULL);
    crowd_add_mail(3, "c@example.com", "withdrawn", NULL);
    crowd_add_mail(4, "d@example.com", "granted", "suppressed");
    crowd_add_mail(5, NULL, "granted", NULL);
    crowd_add_mail(6, "f@example.com", "granted", NULL);
    testdb_sql("INSERT INTO opt_out SET channel = 'email', address = 'f@example.com', at = NOW(6)");
    assert_int_equal(differing(), 1);
    assert_int_equal(standing("", 0), 2);
    assert_int_equal(email_standing("", 0), 1);
    assert_int_equal(email_standing("no_consent", 0), 1);
    assert_int_equal(email_standing("withdrawn", 0), 1);
    assert_int_equal(email_standing("suppressed", 0), 1);
    assert_int_equal(email_standing("no_contact_point", 0), 1);
    assert_int_equal(email_standing("opted_out", 0), 1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM customer WHERE email_consent_at = '2025-06-01'"), 4);
    assert_int_equal(differing(), 0);
}

static void a_family_with_one_mail_address_is_known_to_share_it(void **state)
{
    uint64_t id = 2;

    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .sms = "granted" });
    crowd_add(&(struct person){ 2, "+33600000002", .sms = "granted" });
    crowd_add_mail(1, "a@example.com", NULL, NULL);
    testdb_sql("INSERT INTO contact_point SET customer_id = 2, channel = 'email',"
               " address = 'a@example.com', created_at = NOW(6)");
    assert_int_equal(db_transaction(db, refresh_body, &id), RC_OK);
    assert_int_equal(standing("", 0), 2);
    assert_int_equal(email_standing("no_consent", 1), 2);
    assert_int_equal(differing(), 0);
}

static void an_unsubscription_is_told_at_once_and_of_mail_alone(void **state)
{
    struct stop s = {
        .act = { CHANNEL_EMAIL, "a@example.com", .sender = "", .at = clock_now(), .inbound_id = 5,
                 .source = CONSENT_BY_INBOUND, .source_ref = "5", .wording = "unsubscribe" },
        .ids = { .n = 2 },
    };

    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", .sms = "granted" });
    crowd_add(&(struct person){ 2, NULL, .sms = NULL });
    crowd_add_mail(1, "a@example.com", "granted", NULL);
    crowd_add_mail(2, "a@example.com", NULL, NULL);
    assert_int_equal(db_new_ids(db, "consent_event", 2, &s.ids.first), RC_OK);
    assert_int_equal(db_transaction(db, stop_body, &s), RC_OK);
    assert_int_equal(email_standing("opted_out", 1), 2);
    assert_int_equal(standing("", 0), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE email_consent_at IS NULL"),
                     2);
    assert_int_equal(differing(), 0);
}

static enum rc append_body(struct db *in, void *arg)
{
    const struct consent_change grant = {
        .customer_id = 1,
        .channel = CHANNEL_EMAIL,
        .purpose = PURPOSE_PROMO,
        .state = CONSENT_GRANTED,
        .address = "a@example.com",
        .at = clock_now(),
        .source = CONSENT_BY_STAFF,
        .source_ref = "desk",
        .wording = "yes",
    };

    return consent_append(in, &grant, 1, *(const uint64_t *)arg);
}

static void a_grant_by_staff_counts_at_once(void **state)
{
    uint64_t first;

    (void)state;
    crowd_add(&(struct person){ 1, NULL, .sms = NULL });
    crowd_add_mail(1, "a@example.com", NULL, NULL);
    assert_int_equal(db_new_ids(db, "consent_event", 1, &first), RC_OK);
    assert_int_equal(db_transaction(db, append_body, &first), RC_OK);
    assert_int_equal(email_standing("", 0), 1);
    assert_int_equal(differing(), 0);
}

/* 1,200 people behind one number: a new one among them costs what one costs. */
static void a_crowded_number_marks_everybody(void **state)
{
    uint64_t id = 5000;

    (void)state;
    crowd_fill(1, 1200);
    testdb_sql("UPDATE contact_point SET address = '" SHARED "'");
    crowd_settle();
    crowd_settle();
    assert_int_equal(standing("", 1), 1200);
    testdb_sql("INSERT INTO customer SET id = 5000, created_at = NOW(6), updated_at = NOW(6)");
    testdb_sql("INSERT INTO contact_point SET customer_id = 5000, channel = 'sms',"
               " address = '" SHARED "', created_at = NOW(6)");
    assert_int_equal(db_transaction(db, refresh_body, &id), RC_OK);
    assert_int_equal(standing("no_consent", 1), 1);
    assert_int_equal(differing(), 0);
}

static enum rc new_body(struct db *in, void *arg)
{
    const uint64_t *range = arg;

    return standing_refresh_new(in, range[0], range[1]);
}

/* Newcomers 5000 to 5002: one among 1,200 people, two with an address that one other has. */
static void newcomers_learn_that_they_share_and_so_does_who_was_alone(void **state)
{
    uint64_t range[] = { 5000, 5002 };

    (void)state;
    crowd_fill(1, 1200);
    testdb_sql("UPDATE contact_point SET address = '" SHARED "' WHERE customer_id > 2");
    crowd_add_mail(2, "office@example.com", NULL, NULL);
    crowd_settle();
    crowd_settle();
    testdb_sql("INSERT INTO customer (id, sms_standing, sms_prefix, email_standing, created_at,"
               "                      updated_at)"
               "VALUES (5000, 'no_consent', 3360000, 'no_contact_point', NOW(6), NOW(6)),"
               "       (5001, 'no_contact_point', 0, 'no_consent', NOW(6), NOW(6)),"
               "       (5002, 'no_contact_point', 0, 'no_consent', NOW(6), NOW(6))");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (5000, 'sms', '" SHARED "', NOW(6)),"
               "       (5001, 'email', 'office@example.com', NOW(6)),"
               "       (5002, 'email', 'office@example.com', NOW(6))");
    assert_int_equal(db_transaction(db, new_body, range), RC_OK);
    assert_int_equal(standing("no_consent", 1), 1);
    assert_int_equal(email_standing("no_consent", 1), 3);
    assert_int_equal(differing(), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(every_standing_has_its_reason),
        TEST(a_prefix_of_a_short_number_ends_in_zeros),
        TEST(who_has_a_number_already_learns_that_it_is_shared),
        TEST(whose_number_it_was_once_does_not_share_it),
        TEST(a_stop_and_a_start_change_the_standing_of_all_who_have_the_number),
        TEST(newcomers_learn_that_they_share_and_so_does_who_was_alone),
        TEST(a_crowded_number_marks_everybody),
        TEST(the_two_channels_stand_by_themselves),
        TEST(a_family_with_one_mail_address_is_known_to_share_it),
        TEST(an_unsubscription_is_told_at_once_and_of_mail_alone),
        TEST(a_grant_by_staff_counts_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
