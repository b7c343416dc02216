/* test_message_command.c - an operator's orders to a message, on a real database: what each does,
 * what is refused, and that a message goes out once whichever of two slices comes to it first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/message_command.h"
#include "store/outbox.h"
#include "store/slice.h"
#include "tests/support/testdb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOUR     (3600 * USEC_PER_SEC)

static struct db *db;
static struct error err;
static struct message_result result;

static int setup(void **state)
{
    (void)state;
    db = testdb_open();
    return db ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    return 0;
}

static uint64_t number(const char *sql)
{
    uint64_t n = UINT64_MAX;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

/* Messages 1 to 5 of campaign 7 to people who consented, in one slice. */
static void five(const char *class)
{
    char sql[600];

    testdb_sql("INSERT INTO customer (id, created_at, updated_at)"
               " SELECT seq, NOW(), NOW() FROM seq_1_to_5");
    testdb_sql("INSERT INTO consent_current"
               " SELECT seq, 'sms', 'promo', 'granted', seq, NOW() FROM seq_1_to_5");
    testdb_sql("INSERT INTO campaign (id, name, state, audience, template_id, body, sender,"
               "                      created_at)"
               " VALUES (7, 'sale', 'sending', '', 1, '', '36105', NOW())");
    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, campaign_id, customer_id, channel, class, address, sender,"
             "                     text, encoding, parts, created_at, expires_at)"
             " SELECT seq, 7, seq, 'sms', '%s', CONCAT('+3361234567', seq), '36105', 'Bonjour',"
             "        'gsm7', 1, NOW(), '2037-01-01' FROM seq_1_to_5",
             class);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO outbox_slice (id, last_id, next_id, class, due_at, campaign_id)"
             " VALUES (1, 5, 1, '%s', '2026-01-01', 7)",
             class);
    testdb_sql(sql);
}

static enum rc give(enum message_order order, uint64_t id)
{
    const struct message_command command = { .message_id = id, .order = order, .who = "test" };

    err.text[0] = '\0';
    return message_command(db, &command, &result, &err);
}

static void done(enum message_order order, uint64_t id)
{
    if (give(order, id) != RC_OK)
        fail_msg("%s", err.text);
}

static void refused(enum message_order order, uint64_t id, const char *because)
{
    assert_int_equal(give(order, id), RC_CONFLICT);
    if (!strstr(err.text, because))
        fail_msg("\"%s\" does not say \"%s\"", err.text, because);
}

/* Claims all there is, the ids as "1 2 3", and closes what is exhausted. */
static const char *claim_all(char ids[80])
{
    struct outbox_request request = { .queue_id = 1, .limit = 100, .limit_promo = 100 };
    struct outbox_claim c;
    struct arena arena;
    size_t strays, at = 0;

    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, clock_now(), NULL, &arena, &c), RC_OK);
    ids[0] = '\0';
    for (size_t i = 0; i < c.n; i++)
        at += (size_t)snprintf(ids + at, 80 - at, "%s%d", at ? " " : "", (int)c.messages[i].id);
    for (size_t i = 0; i < c.n_slices; i++) {
        struct outbox_batch batch = { .closed = &c.slices[i].key, .n_closed = 1 };
        assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
    }
    arena_close(&arena);
    return ids;
}

static void claims(const char *expected)
{
    char ids[80];

    assert_string_equal(claim_all(ids), expected);
}

/* One event for one message, as the gateway records it. */
static void happens(uint64_t id, enum outbox_event_kind kind)
{
    struct outbox_event e = { .message_id = id,
                              .single = true,
                              .kind = kind,
                              .carrier_id = 3,
                              .at = clock_now(),
                              .due_at = kind == OUTBOX_REQUEUED ? clock_now() + HOUR : 0 };
    struct outbox_batch batch = { .events = &e, .n = 1 };
    size_t strays;

    assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
}

static void is(uint64_t id, const char *state)
{
    char sql[120];

    snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM message WHERE id = %d AND state = '%s'",
             (int)id, state);
    if (number(sql) != 1)
        fail_msg("message %d is not %s", (int)id, state);
}

/* --- hold and release --- */

static void a_held_message_stays_while_the_rest_of_its_slice_leaves(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 3);
    claims("1 2 4 5");
    is(3, "held");
    assert_int_equal(number("SELECT COUNT(*) FROM message_event WHERE message_id = 3"
                            " AND kind = 'held' AND detail = 'by_operator'"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE who = 'test' AND verb = 'hold'"
                            " AND subject = 'message' AND subject_id = 3"),
                     1);
}

static void released_before_its_slice_comes_to_it_it_goes_out_once(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 3);
    done(ORDER_RELEASE, 3);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 1);
    claims("1 2 3 4 5");
    claims("");
}

static void released_after_its_slice_passed_it_goes_out_once(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 3);
    claims("1 2 4 5");
    done(ORDER_RELEASE, 3);
    claims("3");
    claims("");
    assert_int_equal(number("SELECT attempts FROM message WHERE id = 3"), 1);
}

/* The first of a slice that is still open: the slice of its own needs another key. */
static void the_first_message_of_an_open_slice_gets_a_slice_beside_it(void **state)
{
    struct outbox_request request = { .queue_id = 1, .limit = 2, .limit_promo = 2 };
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five("promo");
    done(ORDER_HOLD, 1);
    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, clock_now(), NULL, &arena, &c), RC_OK);
    assert_int_equal(c.messages[0].id, 2);
    done(ORDER_RELEASE, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 1"), 2);
    assert_int_equal(number("SELECT MAX(round) FROM outbox_slice"), OPERATOR_ROUND);
    arena_close(&arena);
    claims("4 5 1");
    claims("");
}

/* However a message came to be covered twice, the claim takes it once. */
static void covered_twice_a_message_is_claimed_once(void **state)
{
    (void)state;
    five("promo");
    testdb_sql("INSERT INTO outbox_slice (id, round, last_id, next_id, class, due_at)"
               " VALUES (3, 256, 3, 3, 'promo', '2025-01-01')");
    claims("3 1 2 4 5");
    claims("");
    assert_int_equal(number("SELECT MAX(attempts) FROM message"), 1);
}

static void a_requeue_of_a_released_message_is_not_lost(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 1);
    claims("2 3 4 5");
    done(ORDER_RELEASE, 1);
    claims("1");
    happens(1, OUTBOX_REQUEUED);
    is(1, "queued");
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 1 AND next_id = 1"), 1);
}

static void a_message_of_a_paused_campaign_waits_for_it_after_its_release(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 2);
    claims("1 3 4 5");
    testdb_sql("UPDATE campaign SET state = 'paused'");
    done(ORDER_RELEASE, 2);
    assert_true(result.waits_for_campaign);
    claims("");
    testdb_sql("UPDATE outbox_slice SET state = 'ready'");
    claims("2");
}

static void a_message_back_in_the_queue_makes_its_campaign_sending_again(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 2);
    claims("1 3 4 5");
    testdb_sql("UPDATE campaign SET state = 'done', finished_at = NOW()");
    done(ORDER_RELEASE, 2);
    assert_int_equal(number("SELECT state = 'sending' AND finished_at IS NULL FROM campaign"), 1);
}

static void what_is_on_the_wire_or_over_cannot_be_held(void **state)
{
    (void)state;
    five("promo");
    claims("1 2 3 4 5");
    refused(ORDER_HOLD, 1, "being sent right now");
    happens(2, OUTBOX_ACCEPTED);
    refused(ORDER_HOLD, 2, "a carrier has it");
    happens(3, OUTBOX_REFUSED);
    refused(ORDER_HOLD, 3, "it has ended");
    happens(4, OUTBOX_UNKNOWN);
    refused(ORDER_HOLD, 4, "nobody knows");
    refused(ORDER_RELEASE, 3, "it is not held");
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry"), 0);
    assert_int_equal(give(ORDER_HOLD, 99), RC_NOTFOUND);
    assert_string_equal(err.text, "there is no message 99");
}

static void held_twice_and_released_twice_says_so(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 1);
    refused(ORDER_HOLD, 1, "it is held already");
    refused(ORDER_RETRY, 1, "it is held; release it");
    done(ORDER_RELEASE, 1);
    refused(ORDER_RELEASE, 1, "nobody holds it");
}

/* --- cancel --- */

static void a_cancelled_message_never_leaves(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_CANCEL, 2);
    done(ORDER_HOLD, 3);
    done(ORDER_CANCEL, 3);
    claims("1 4 5");
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"
                            " AND reason = 'cancelled_by_operator'"),
                     2);
    refused(ORDER_CANCEL, 1, "being sent right now");
    refused(ORDER_CANCEL, 2, "it has ended");
}

/* --- retry --- */

static void what_failed_without_being_taken_is_sent_again(void **state)
{
    (void)state;
    five("promo");
    claims("1 2 3 4 5");
    happens(1, OUTBOX_REFUSED);
    done(ORDER_RETRY, 1);
    claims("1");
    assert_int_equal(number("SELECT attempts FROM message WHERE id = 1"), 1);
    happens(1, OUTBOX_REQUEUED); /* put off by the carrier: rounds and attempts are in step */
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 1 AND round = 1"), 1);
}

static void a_promotion_that_was_ever_unknown_is_never_tried_again(void **state)
{
    (void)state;
    five("promo");
    claims("1 2 3 4 5");
    happens(1, OUTBOX_UNKNOWN);
    refused(ORDER_RETRY, 1, "never sent twice");
    happens(1, OUTBOX_REFUSED); /* failed now; the past stays */
    is(1, "failed");
    refused(ORDER_RETRY, 1, "never sent twice");
}

static void what_a_carrier_took_is_not_tried_again(void **state)
{
    static const char *const classes[] = { "promo", "service" };

    (void)state;
    for (size_t i = 0; i < COUNT(classes); i++) {
        testdb_reset();
        five(classes[i]);
        claims("1 2 3 4 5");
        happens(1, OUTBOX_ACCEPTED);
        refused(ORDER_RETRY, 1, "a carrier has it");
        happens(1, OUTBOX_FAILED); /* its receipt says: not delivered */
        is(1, "failed");
        refused(ORDER_RETRY, 1, "a carrier took it");
    }
}

static void an_unknown_service_message_may_be_tried_again_by_an_operator(void **state)
{
    (void)state;
    five("service");
    claims("1 2 3 4 5");
    happens(1, OUTBOX_UNKNOWN);
    done(ORDER_RETRY, 1);
    claims("1");
}

static void a_message_put_off_is_tried_at_once(void **state)
{
    (void)state;
    five("promo");
    claims("1 2 3 4 5");
    happens(1, OUTBOX_REQUEUED);
    claims("");
    done(ORDER_RETRY, 1);
    claims("1");
    assert_int_equal(number("SELECT attempts FROM message WHERE id = 1"), 2);
    refused(ORDER_RETRY, 1, "being sent right now");
}

static void a_message_whose_time_has_come_is_in_the_queue_already(void **state)
{
    (void)state;
    five("promo");
    refused(ORDER_RETRY, 1, "in the queue already");
}

static void what_expired_gets_new_time(void **state)
{
    struct message_command longer = {
        .message_id = 2, .order = ORDER_RETRY, .expires_s = 7200, .who = "test"
    };

    (void)state;
    five("promo");
    testdb_sql("UPDATE message SET created_at = '2026-01-01', expires_at = '2026-01-02'"
               " WHERE id < 3");
    claims("3 4 5");
    is(1, "expired");
    done(ORDER_RETRY, 1);
    assert_true(result.expires_at > clock_now() + 23 * HOUR);
    assert_int_equal(message_command(db, &longer, &result, &err), RC_OK);
    assert_true(result.expires_at < clock_now() + 3 * HOUR);
    claims("1 2");
}

static void of_several_parts_all_must_have_ended(void **state)
{
    (void)state;
    five("promo");
    testdb_sql("UPDATE message SET parts = 2");
    testdb_sql("UPDATE message SET state = 'failed', attempts = 1 WHERE id = 1");
    testdb_sql("UPDATE outbox_slice SET next_id = 3");
    refused(ORDER_RETRY, 1, "ask again in a moment");
    testdb_sql("DELETE FROM outbox_slice");
    done(ORDER_RETRY, 1);
    claims("1");
}

static void nothing_of_a_cancelled_campaign_comes_back(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_HOLD, 1);
    done(ORDER_CANCEL, 2);
    testdb_sql("UPDATE campaign SET state = 'cancelled'");
    refused(ORDER_RELEASE, 1, "its campaign was cancelled");
    refused(ORDER_RETRY, 2, "its campaign was cancelled");
    done(ORDER_CANCEL, 1);
}

static void nothing_of_a_campaign_that_was_counted_for_the_last_time_comes_back(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_CANCEL, 2);
    testdb_sql("UPDATE campaign SET state = 'done', figures_at = NOW()");
    refused(ORDER_RETRY, 2, "counted for the last time");
}

static void consent_is_looked_at_again_when_a_message_is_tried_again(void **state)
{
    (void)state;
    five("promo");
    done(ORDER_CANCEL, 1);
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE customer_id = 1");
    done(ORDER_RETRY, 1);
    claims("2 3 4 5");
    is(1, "cancelled");
    assert_int_equal(number("SELECT reason = 'withdrawn' FROM message WHERE id = 1"), 1);
}

#define TEST(f) cmocka_unit_test_setup(f, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_held_message_stays_while_the_rest_of_its_slice_leaves),
        TEST(released_before_its_slice_comes_to_it_it_goes_out_once),
        TEST(released_after_its_slice_passed_it_goes_out_once),
        TEST(the_first_message_of_an_open_slice_gets_a_slice_beside_it),
        TEST(covered_twice_a_message_is_claimed_once),
        TEST(a_requeue_of_a_released_message_is_not_lost),
        TEST(a_message_of_a_paused_campaign_waits_for_it_after_its_release),
        TEST(a_message_back_in_the_queue_makes_its_campaign_sending_again),
        TEST(what_is_on_the_wire_or_over_cannot_be_held),
        TEST(held_twice_and_released_twice_says_so),
        TEST(a_cancelled_message_never_leaves),
        TEST(what_failed_without_being_taken_is_sent_again),
        TEST(a_promotion_that_was_ever_unknown_is_never_tried_again),
        TEST(what_a_carrier_took_is_not_tried_again),
        TEST(an_unknown_service_message_may_be_tried_again_by_an_operator),
        TEST(a_message_put_off_is_tried_at_once),
        TEST(a_message_whose_time_has_come_is_in_the_queue_already),
        TEST(what_expired_gets_new_time),
        TEST(of_several_parts_all_must_have_ended),
        TEST(nothing_of_a_cancelled_campaign_comes_back),
        TEST(nothing_of_a_campaign_that_was_counted_for_the_last_time_comes_back),
        TEST(consent_is_looked_at_again_when_a_message_is_tried_again),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
