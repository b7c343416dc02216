/* test_store_doubts.c - what two nodes, a lost COMMIT and a crash make doubtful in the queue, on a
 * real database. */
#include "tests/support/outbox_rig.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
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
    assert_int_equal(outbox_claim(two, &request, 1, NOW, &b, &other), RC_OK);
    assert_int_equal(other.n, 1); /* node 2 has 3, and puts it on its wire */
    assert_int_equal(other.messages[0].id, 3);
    /* node 1: 1, 2 and 4 were answered long ago; some COMMIT of it had no answer */
    testdb_sql("UPDATE message SET state = 'delivered' WHERE id IN (1, 2, 4)");
    assert_int_equal(outbox_recover(db, OUTBOX_NEVER_SENT, NOW, NOW, &n), RC_OK);
    state_of(3, name);
    assert_string_equal(name, "submitting");
    arena_close(&a);
    arena_close(&b);
    db_close(two);
}

static enum rc half_a_claim(struct db *claimer, void *arg)
{
    size_t n;
    enum rc rc =
        db_run(claimer, "UPDATE message SET state = 'submitting', attempts = 1 WHERE id <= 2",
               DB_NO_INPUT, NULL);

    if (!rc)
        rc = db_run(claimer, "UPDATE outbox_slice SET next_id = 3, node_id = 1 WHERE id = 1",
                    DB_NO_INPUT, NULL);
    assert_int_equal(rc, RC_OK);
    *(enum rc *)arg = outbox_recover(db, OUTBOX_NEVER_SENT, NOW, NOW, &n);
    return RC_OK; /* the COMMIT whose answer was lost gets through after all */
}

static void recovery_waits_for_a_claim_that_may_still_be_committed(void **state)
{
    struct db *claimer = testdb_open_lane(7);
    enum rc recovered = RC_OK;

    (void)state;
    five_promotions();
    assert_int_equal(db_transaction(claimer, half_a_claim, &recovered), RC_OK);
    /* either it could not have the locks (RC_AGAIN: asked again), or nothing is left behind */
    if (!recovered)
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
        assert_int_equal(outbox_claim(db, &request, 1, NOW, &arena, &c), RC_OK);
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
    assert_int_equal(outbox_claim(db, requests, 2, NOW, &arena, &c), RC_OK);
    assert_true(c.n == 5 || requests[1].more_promo);
    arena_close(&arena);
}

static int64_t claim_us(void)
{
    struct outbox_claim c;
    struct arena arena;
    int64_t begin = clock_monotonic_us(), took;

    claim(100, &c, &arena);
    took = clock_monotonic_us() - begin;
    arena_close(&arena);
    return took;
}

static void what_is_not_due_costs_a_claim_nothing(void **state)
{
    int64_t before, after;

    (void)state;
    claim_us();
    before = claim_us();
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               " SELECT seq, seq, seq, 'promo', '2030-01-01' FROM seq_1_to_200000");
    claim_us();
    after = claim_us();
    print_message("claim of an empty queue: %lld us, with 200,000 put off: %lld us\n",
                  (long long)before, (long long)after);
    assert_true(after < 20 * before + 5000);
}

/* --- receipts --- */

static void a_whole_text_lost_in_a_crash_is_settled_by_its_receipt(void **state)
{
    struct outbox_event receipt = {
        .kind = OUTBOX_DELIVERED, .carrier_id = 1, .at = NOW, .reference = message_reference(1, 0)
    };
    struct outbox_claim c;
    struct arena arena;
    size_t n;
    char name[20];

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET parts = 3 WHERE id = 1");
    claim(1, &c, &arena);
    assert_int_equal(outbox_recover(db, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    snprintf(receipt.address, sizeof(receipt.address), "+33612345671");
    snprintf(receipt.smsc_message_id, sizeof(receipt.smsc_message_id), "abc");
    record(&receipt, 1, NULL, 0); /* message_payload: the only receipt there will ever be */
    state_of(1, name);
    assert_string_equal(name, "delivered");
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(another_nodes_message_in_flight_is_not_put_back, rig_fresh),
        cmocka_unit_test_setup(recovery_waits_for_a_claim_that_may_still_be_committed, rig_fresh),
        cmocka_unit_test_setup(a_claim_that_ends_with_a_page_of_slices_says_that_there_is_more,
                               rig_fresh),
        cmocka_unit_test_setup(a_request_that_the_claim_had_no_room_for_is_asked_again, rig_fresh),
        cmocka_unit_test_setup(what_is_not_due_costs_a_claim_nothing, rig_fresh),
        cmocka_unit_test_setup(a_whole_text_lost_in_a_crash_is_settled_by_its_receipt, rig_fresh),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
