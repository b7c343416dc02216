/* test_store_doubts.c - what two nodes, a lost COMMIT and a crash make doubtful in the queue, on a
 * real database. */
#include "tests/support/outbox_rig.h"

#include <stdio.h>
#include <string.h>

#include "domain/message.h"
#include "tests/support/testdb.h"

static struct db *open_node(unsigned node, struct db_settings *settings)
{
    *settings = *testdb_settings();
    settings->node_id = node;
    return db_open(settings, 1);
}

/* --- recovery --- */

static void another_nodes_message_in_flight_is_not_put_back(void **state)
{
    struct outbox_request request = { .queue_id = 1, .limit = 5, .limit_promo = 5 };
    struct outbox_event off = {
        .message_id = 3, .single = true, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW
    };
    struct db_settings settings;
    struct db *two = open_node(2, &settings);
    struct outbox_claim one, other;
    struct arena a, b;
    size_t n;
    char name[20];

    (void)state;
    five_promotions();
    assert_int_equal(claim(4, &one, &a), 4); /* node 1: slice 1 is open, 5 is still to come */
    record(&off, 1, NULL, 0);                /* the carrier puts 3 off: a slice of its own */
    testdb_sql("UPDATE outbox_slice SET state = 'held' WHERE round = 0");
    arena_init(&b);
    assert_int_equal(outbox_claim(two, &request, 1, NOW, NULL, &b, &other), RC_OK);
    assert_int_equal(other.n, 1); /* node 2 has 3, and puts it on its wire */
    assert_int_equal(other.messages[0].id, 3);
    /* node 1: 1, 2 and 4 were answered long ago; some COMMIT of it had no answer */
    testdb_sql("UPDATE message SET state = 'delivered' WHERE id IN (1, 2, 4)");
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_NEVER_SENT, NOW, NOW, &n), RC_OK);
    state_of(3, name);
    assert_string_equal(name, "submitting");
    arena_close(&a);
    arena_close(&b);
    db_close(two);
}

/* The other way round: the slice of one is ours, and the one that it came from is another's. */
static void a_message_that_was_put_off_by_another_node_is_recovered_by_who_has_it(void **state)
{
    struct outbox_request request = { .queue_id = 1, .limit = 4, .limit_promo = 4 };
    struct outbox_event off = {
        .message_id = 3, .single = true, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW
    };
    struct db_settings settings;
    struct db *two = open_node(2, &settings);
    struct outbox_claim one, other;
    struct arena a, b;
    size_t n;

    (void)state;
    five_promotions();
    arena_init(&b);
    assert_int_equal(outbox_claim(two, &request, 1, NOW, NULL, &b, &other), RC_OK);
    assert_int_equal(other.n, 4);
    record(&off, 1, NULL, 0);
    assert_int_equal(claim(5, &one, &a), 1);
    assert_int_equal(one.messages[0].id, 3);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(number("SELECT state = 'unknown' FROM message WHERE id = 3"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'submitting'"), 3);
    arena_close(&a);
    arena_close(&b);
    db_close(two);
}

static enum rc half_a_claim(struct db *claimer, void *arg)
{
    struct db_settings settings = *testdb_settings();
    struct db *other;
    uint64_t connection, still;
    size_t n;
    enum rc rc =
        db_run(claimer, "UPDATE message SET state = 'submitting', attempts = 1 WHERE id <= 2",
               DB_NO_INPUT, NULL);

    if (!rc)
        rc = db_run(claimer, "UPDATE outbox_slice SET next_id = 3, node_id = 1 WHERE id = 1",
                    DB_NO_INPUT, NULL);
    assert_int_equal(rc, RC_OK);
    settings.timeout_ms = 2000; /* it waits for half of it */
    other = db_open(&settings, 8);
    assert_non_null(other);
    assert_int_equal(db_query_u64(other, "SELECT CONNECTION_ID()", DB_NO_INPUT, &connection),
                     RC_OK);
    *(enum rc *)arg = outbox_recover(other, CHANNEL_SMS, OUTBOX_NEVER_SENT, NOW, NOW, &n);
    /* waiting in vain costs it a moment, not its connection */
    assert_int_equal(db_query_u64(other, "SELECT CONNECTION_ID()", DB_NO_INPUT, &still), RC_OK);
    assert_int_equal(still, connection);
    db_close(other);
    return RC_OK; /* the COMMIT whose answer was lost gets through after all */
}

static void recovery_waits_for_a_claim_that_may_still_be_committed(void **state)
{
    struct db *claimer = testdb_open_lane(7);
    enum rc recovered = RC_OK;
    size_t n;

    (void)state;
    five_promotions();
    assert_int_equal(db_transaction(claimer, half_a_claim, &recovered), RC_OK);
    assert_int_equal(recovered, RC_AGAIN); /* it could not have the locks */
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_NEVER_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'submitting'"), 0);
    db_close(claimer);
}

/* --- claims --- */

static void a_claim_that_ends_with_a_page_of_slices_says_that_there_is_more(void **state)
{
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    testdb_sql("INSERT INTO customer (id, created_at, updated_at)"
               " SELECT seq, NOW(), NOW() FROM seq_1_to_100");
    testdb_sql("INSERT INTO consent_current"
               " SELECT seq, 'sms', 'promo', 'granted', seq, NOW() FROM seq_1_to_100");
    testdb_sql("INSERT INTO message (id, customer_id, channel, class, address, sender, text,"
               "                     encoding, parts, created_at, expires_at)"
               " SELECT seq, seq, 'sms', 'promo', CONCAT('+336', seq), '36105', 'B', 'gsm7',"
               "        1, '2024-01-01', '2037-01-01' FROM seq_1_to_100");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               " SELECT seq, seq, seq, 'promo', '2024-01-01' FROM seq_1_to_100");
    {
        struct outbox_request request = { .queue_id = 1, .limit = 64, .limit_promo = 48 };
        arena_init(&arena);
        assert_int_equal(outbox_claim(db, &request, 1, NOW, NULL, &arena, &c), RC_OK);
        assert_int_equal(c.n, 48);
        arena_close(&arena);
        assert_true(request.more_promo);
    }
}

static void a_request_that_the_claim_had_no_room_for_is_asked_again(void **state)
{
    struct outbox_request requests[2] = { { .queue_id = 1, .limit = 3000, .limit_promo = 3000 },
                                          { .queue_id = 2, .limit = 3000, .limit_promo = 3000 } };
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    testdb_sql("INSERT INTO queue (id, name) VALUES (2, 'other')");
    five_promotions();
    testdb_sql("UPDATE outbox_slice SET queue_id = 2");
    arena_init(&arena);
    assert_int_equal(outbox_claim(db, requests, 2, NOW, NULL, &arena, &c), RC_OK);
    assert_true(c.n == 5 || requests[1].more_promo);
    arena_close(&arena);
}

/* Index entries that a claim of `limit` walks over. */
static uint64_t rows_walked(unsigned limit)
{
    static const char SQL[] = "SELECT CAST(SUM(VARIABLE_VALUE) AS UNSIGNED)"
                              "  FROM information_schema.SESSION_STATUS"
                              " WHERE VARIABLE_NAME = 'HANDLER_READ_NEXT'";
    struct outbox_claim c;
    struct arena arena;
    uint64_t before = number(SQL);

    claim(limit, &c, &arena);
    arena_close(&arena);
    return number(SQL) - before;
}

static void what_is_not_due_costs_a_claim_nothing(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               " SELECT seq, seq, seq, ELT(1 + seq % 3, 'alert', 'service', 'promo'), '2030-01-01'"
               "   FROM seq_1_to_3000");
    assert_in_range(rows_walked(100), 0, 10);
    testdb_sql("UPDATE outbox_slice SET due_at = '2024-01-01'");
    assert_in_range(rows_walked(100), 100, 1000); /* it would be seen */
}

/* --- receipts --- */

static void a_whole_text_lost_in_a_crash_is_settled_by_its_receipt(void **state)
{
    struct outbox_event receipt = {
        .kind = OUTBOX_DELIVERED,
        .carrier_id = 1,
        .at = NOW,
        .reference = message_reference(1, 0),
        .whole_text = true,
    };
    struct outbox_claim c;
    struct arena arena;
    size_t n;
    char name[20];

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET parts = 3 WHERE id = 1");
    claim(1, &c, &arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    snprintf(receipt.address, sizeof(receipt.address), "+33612345671");
    snprintf(receipt.smsc_message_id, sizeof(receipt.smsc_message_id), "abc");
    assert_int_equal(number("SELECT COUNT(*) FROM message_unknown WHERE message_id = 1"), 3);
    record(&receipt, 1, NULL, 0); /* message_payload: the only receipt there will ever be */
    state_of(1, name);
    assert_string_equal(name, "delivered");
    assert_int_equal(number("SELECT COUNT(*) FROM message_unknown WHERE message_id = 1"), 0);
    arena_close(&arena);
}

static void a_receipt_for_a_whole_text_may_come_before_it_is_known_to_be_lost(void **state)
{
    const struct outbox_event receipt = { .kind = OUTBOX_DELIVERED,
                                          .carrier_id = 1,
                                          .at = NOW,
                                          .reference = message_reference(1, 0),
                                          .whole_text = true,
                                          .address = "+33612345671",
                                          .smsc_message_id = "abc" };
    struct outbox_event copy = receipt;
    struct outbox_claim c;
    struct arena arena;
    uint64_t cursor = 0;
    size_t n, looked, adopted;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET parts = 3 WHERE id = 1");
    claim(1, &c, &arena);
    arena_close(&arena);
    assert_int_equal(record_all(&copy, 1, NULL, 0), 1);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(outbox_adopt(db, NOW, &cursor, &looked, &adopted), RC_OK);
    assert_int_equal(adopted, 1);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
}

static void a_receipt_for_one_part_of_a_lost_text_counts_for_that_part(void **state)
{
    const struct outbox_event receipt = { .kind = OUTBOX_DELIVERED,
                                          .carrier_id = 1,
                                          .at = NOW,
                                          .reference = message_reference(1, 0),
                                          .address = "+33612345671",
                                          .smsc_message_id = "abc" };
    struct outbox_claim c;
    struct arena arena;
    size_t n;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET parts = 3 WHERE id = 1");
    claim(1, &c, &arena);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    record(&receipt, 1, NULL, 0);
    assert_int_equal(number("SELECT delivered_parts FROM message WHERE id = 1"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message_unknown WHERE message_id = 1"), 2);
}

static void a_reference_that_another_carrier_repeats_settles_nothing(void **state)
{
    const struct outbox_event silence = { .message_id = 1,
                                          .single = true,
                                          .kind = OUTBOX_UNKNOWN,
                                          .at = NOW,
                                          .carrier_id = 1,
                                          .reference = message_reference(1, 0),
                                          .address = "+33612345671" };
    const struct outbox_event other = { .kind = OUTBOX_DELIVERED,
                                        .carrier_id = 2,
                                        .at = NOW,
                                        .reference = message_reference(1, 0),
                                        .address = "+33612345671",
                                        .smsc_message_id = "abc" };
    struct outbox_event own = other;
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    claim(1, &c, &arena);
    arena_close(&arena);
    record(&silence, 1, NULL, 0);
    record(&other, 1, NULL, 0);
    assert_int_equal(number("SELECT state = 'unknown' FROM message WHERE id = 1"), 1);
    own.carrier_id = 1;
    assert_int_equal(record_all(&own, 1, NULL, 0), 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
}

static void what_went_to_two_carriers_is_settled_by_either(void **state)
{
    struct outbox_event silence = { .message_id = 1,
                                    .single = true,
                                    .kind = OUTBOX_UNKNOWN,
                                    .at = NOW,
                                    .carrier_id = 1,
                                    .reference = message_reference(1, 0),
                                    .address = "+33612345671" };
    struct outbox_event receipt = { .kind = OUTBOX_DELIVERED,
                                    .carrier_id = 1,
                                    .at = NOW,
                                    .reference = message_reference(1, 0),
                                    .address = "+33612345671",
                                    .smsc_message_id = "abc" };
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    claim(1, &c, &arena);
    arena_close(&arena);
    record(&silence, 1, NULL, 0);
    silence.carrier_id = 2; /* a service message goes once more, perhaps another way */
    record(&silence, 1, NULL, 0);
    assert_int_equal(record_all(&receipt, 1, NULL, 0), 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(another_nodes_message_in_flight_is_not_put_back, rig_fresh),
        cmocka_unit_test_setup(
            a_message_that_was_put_off_by_another_node_is_recovered_by_who_has_it, rig_fresh),
        cmocka_unit_test_setup(recovery_waits_for_a_claim_that_may_still_be_committed, rig_fresh),
        cmocka_unit_test_setup(a_claim_that_ends_with_a_page_of_slices_says_that_there_is_more,
                               rig_fresh),
        cmocka_unit_test_setup(a_request_that_the_claim_had_no_room_for_is_asked_again, rig_fresh),
        cmocka_unit_test_setup(what_is_not_due_costs_a_claim_nothing, rig_fresh),
        cmocka_unit_test_setup(a_whole_text_lost_in_a_crash_is_settled_by_its_receipt, rig_fresh),
        cmocka_unit_test_setup(a_receipt_for_a_whole_text_may_come_before_it_is_known_to_be_lost,
                               rig_fresh),
        cmocka_unit_test_setup(a_receipt_for_one_part_of_a_lost_text_counts_for_that_part,
                               rig_fresh),
        cmocka_unit_test_setup(a_reference_that_another_carrier_repeats_settles_nothing, rig_fresh),
        cmocka_unit_test_setup(what_went_to_two_carriers_is_settled_by_either, rig_fresh),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
