/* test_store_outbox.c - the queue and its book, on a real database. */
#include <stdio.h>
#include <string.h>

#include "domain/message.h"
#include "store/queue.h"
#include "tests/support/outbox_rig.h"
#include "tests/support/testdb.h"

static void a_claim_commits_submitting_before_anybody_sends(void **state)
{
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    assert_int_equal(claim(3, &c, &arena), 3);
    assert_true(more_promo);
    assert_int_equal(c.messages[0].id, 1);
    assert_string_equal(c.messages[2].address, "+33612345673");
    assert_int_equal(c.messages[0].attempts, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'submitting'"), 3);
    arena_close(&arena);
    assert_int_equal(claim(10, &c, &arena), 2);
    assert_true(c.slices[0].exhausted);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE state = 'waiting'"), 1);
    arena_close(&arena);
    assert_int_equal(claim(10, &c, &arena), 0);
    arena_close(&arena);
}

static void who_withdrew_after_the_message_was_queued_gets_nothing(void **state)
{
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE customer_id = 2");
    testdb_sql("DELETE FROM consent_current WHERE customer_id = 3");
    testdb_sql("INSERT INTO opt_out (channel, address, at) VALUES ('sms', '+33612345674', NOW())");
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 5");
    assert_int_equal(claim(10, &c, &arena), 1);
    assert_int_equal(c.messages[0].id, 1);
    assert_int_equal(c.withheld, 4);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled' AND reason IN"
                            " ('withdrawn', 'no_consent', 'opted_out', 'do_not_contact')"),
                     4);
    assert_int_equal(number("SELECT COUNT(*) FROM message_event WHERE kind = 'cancelled'"), 4);
    arena_close(&arena);
}

static void what_is_too_old_expires_instead_of_leaving(void **state)
{
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET expires_at = '2024-01-01 12:00:00' WHERE id <= 2");
    assert_int_equal(claim(10, &c, &arena), 3);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'expired'"), 2);
    arena_close(&arena);
}

static void an_alert_leaves_before_a_service_message_and_that_before_a_promotion(void **state)
{
    struct outbox_draft draft = { .class = CLASS_SERVICE,
                                  .address = "+33700000001",
                                  .sender = "38500",
                                  .text = "Votre colis arrive",
                                  .encoding = "gsm7",
                                  .parts = 1,
                                  .legal_basis = "contract",
                                  .due_at = NOW - HOUR,
                                  .expires_at = NOW + HOUR };
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    assert_int_equal(outbox_enqueue(db, 100, NOW, &draft), RC_OK);
    draft.class = CLASS_ALERT;
    assert_int_equal(outbox_enqueue(db, 101, NOW, &draft), RC_OK);
    draft.due_at = NOW + HOUR;
    assert_int_equal(outbox_enqueue(db, 102, NOW, &draft), RC_OK);
    assert_int_equal(claim(3, &c, &arena), 3);
    assert_int_equal(c.messages[0].id, 101);
    assert_int_equal(c.messages[1].id, 100);
    assert_int_equal(c.messages[2].id, 1);
    arena_close(&arena);
}

static void a_held_slice_gives_nothing(void **state)
{
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE outbox_slice SET state = 'held'");
    assert_int_equal(claim(10, &c, &arena), 0);
    arena_close(&arena);
}

static void the_life_of_a_message_is_folded_from_its_events(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    bool more = true;
    const struct outbox_event answers[] = {
        { .message_id = 1, .kind = OUTBOX_ACCEPTED, .at = NOW, .smsc_message_id = "a1" },
        { .message_id = 2, .kind = OUTBOX_ACCEPTED, .at = NOW, .smsc_message_id = "a2" },
        { .message_id = 3,
          .kind = OUTBOX_REFUSED,
          .at = NOW,
          .code = 11,
          .detail = "ESME_RINVDSTADR" },
        { .message_id = 4, .kind = OUTBOX_UNKNOWN, .at = NOW, .due_at = NOW + HOUR },
        { .message_id = 5, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW + HOUR },
    };
    const struct outbox_event receipts[] = {
        { .message_id = 1, .kind = OUTBOX_DELIVERED, .at = NOW },
        { .message_id = 1, .kind = OUTBOX_DELIVERED, .at = NOW },
        { .message_id = 2, .kind = OUTBOX_FAILED, .at = NOW, .detail = "undeliverable" },
    };

    (void)state;
    five_promotions();
    assert_int_equal(claim(10, &c, &arena), 5);
    record(answers, 5, &c.slices[0].key, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'accepted'"), 2);
    record(receipts, 3, NULL, 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
    assert_int_equal(number("SELECT state = 'failed' FROM message WHERE id = 2"), 1);
    assert_int_equal(number("SELECT state = 'failed' FROM message WHERE id = 3"), 1);
    assert_int_equal(number("SELECT state = 'unknown' FROM message WHERE id = 4"), 1);
    assert_int_equal(number("SELECT state = 'queued' FROM message WHERE id = 5"), 1);
    /* The slice is closed; only the message that the carrier put off has a new one. */
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 1);
    assert_int_equal(number("SELECT id FROM outbox_slice WHERE round = 1"), 5);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE last_contact_at IS NOT NULL"), 0);
    assert_int_equal(outbox_contacts(db, &more), RC_OK);
    assert_false(more);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE last_contact_at IS NOT NULL"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_due"), 0);
    arena_close(&arena);
}

/* Customer 1 had eight promotions a day apart, the last one a day ago, and comes twice. */
static void who_was_sent_a_promotion_has_its_time_and_its_campaign(void **state)
{
    bool more;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE customer SET promo_times = UNHEX((SELECT GROUP_CONCAT(LPAD(HEX("
               "UNIX_TIMESTAMP('2026-11-25') - seq * 86400), 8, '0') ORDER BY seq SEPARATOR '')"
               " FROM seq_1_to_8)) WHERE id = 1");
    testdb_sql("UPDATE message SET campaign_id = 7, accepted_parts = 1 WHERE id IN (1, 2, 4)");
    testdb_sql("UPDATE message SET customer_id = 1 WHERE id = 2");
    testdb_sql("UPDATE message SET customer_id = 4099 WHERE id = 4"); /* gone since */
    testdb_sql("UPDATE message SET accepted_parts = 1, class = 'service' WHERE id = 5");
    testdb_sql("INSERT INTO message_event (id, message_id, part, kind, at) VALUES"
               " (1, 1, 0, 'accepted', '2026-11-25 10:00:00'),"
               " (2, 2, 0, 'accepted', '2026-11-20 00:00:07'),"
               " (3, 5, 0, 'accepted', '2026-11-25 11:00:00')");
    for (int twice = 0; twice < 2; twice++) {
        testdb_sql("INSERT INTO contact_due VALUES (1, 5)");
        assert_int_equal(outbox_contacts(db, &more), RC_OK);
        assert_int_equal(number("SELECT COUNT(*) FROM contact_due"), 0);
        assert_int_equal(number("SELECT LENGTH(promo_times) FROM customer WHERE id = 1"), 32);
        assert_int_equal(number("SELECT CONV(HEX(SUBSTR(promo_times, 1, 4)), 16, 10)"
                                "     = UNIX_TIMESTAMP('2026-11-25 10:00:00')"
                                "  FROM customer WHERE id = 1"),
                         1);
        assert_int_equal(number("SELECT CONV(HEX(SUBSTR(promo_times, 4 * 5 + 1, 4)), 16, 10)"
                                "     = UNIX_TIMESTAMP('2026-11-20 00:00:07')"
                                "  FROM customer WHERE id = 1"),
                         1);
        assert_int_equal(number("SELECT last_contact_at = '2026-11-25 10:00:00'"
                                "   AND last_campaign_id = 7 AND last_campaign_message_id = 2"
                                "  FROM customer WHERE id = 1"),
                         1);
        assert_int_equal(number("SELECT promo_times = '' AND last_campaign_id IS NULL"
                                "   AND last_contact_at = '2026-11-25 11:00:00'"
                                "  FROM customer WHERE id = 5"),
                         1);
        assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE last_contact_at IS NULL"), 3);
        assert_int_equal(number("SELECT COUNT(*) FROM campaign_member WHERE campaign_id = 7"), 2);
        assert_int_equal(number("SELECT bits = CHAR(2) FROM campaign_member WHERE chunk = 0"), 1);
        assert_int_equal(number("SELECT bits = CHAR(8) FROM campaign_member WHERE chunk = 1"), 1);
    }
    testdb_sql("UPDATE message SET campaign_id = 7, accepted_parts = 1 WHERE id = 3");
    testdb_sql("INSERT INTO contact_due VALUES (3, 3)");
    assert_int_equal(outbox_contacts(db, &more), RC_OK);
    assert_int_equal(number("SELECT bits = CHAR(10) FROM campaign_member WHERE chunk = 0"), 1);
}

/* Every state and every event that the fold knows, against the table of domain/message.c. */
static void the_fold_makes_the_moves_of_the_table_and_no_others(void **state)
{
    static const struct {
        enum outbox_event_kind kind;
        enum message_event event;
    } events[] = {
        { OUTBOX_ACCEPTED, MESSAGE_ON_TAKEN },
        { OUTBOX_REFUSED, MESSAGE_ON_REFUSED },
        { OUTBOX_REQUEUED, MESSAGE_ON_PUT_BACK },
        { OUTBOX_UNKNOWN, MESSAGE_ON_NO_ANSWER },
        { OUTBOX_PROGRESS, MESSAGE_ON_PROGRESS },
        { OUTBOX_DELIVERED, MESSAGE_ON_DELIVERED },
        { OUTBOX_FAILED, MESSAGE_ON_UNDELIVERED },
        { OUTBOX_EXPIRED, MESSAGE_ON_EXPIRED_AT_CARRIER },
    };

    (void)state;
    five_promotions();
    for (int from = 0; from < MESSAGE_STATE_COUNT; from++) {
        for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
            struct outbox_event e = { .message_id = 1, .kind = events[i].kind, .at = NOW };
            enum message_state expected = (enum message_state)from;
            char sql[200], name[20];

            snprintf(sql, sizeof(sql),
                     "UPDATE message SET state = '%s', accepted_parts = 0, delivered_parts = 0,"
                     " failed_parts = 0 WHERE id = 1",
                     message_state_name((enum message_state)from));
            testdb_sql(sql);
            record(&e, 1, NULL, 0);
            if (message_step(CLASS_PROMO, (enum message_state)from, events[i].event, &expected))
                expected = (enum message_state)from;
            state_of(1, name);
            if (strcmp(name, message_state_name(expected)) != 0)
                fail_msg("%s, event %zu: %s instead of %s",
                         message_state_name((enum message_state)from), i, name,
                         message_state_name(expected));
        }
    }
}

/* A COMMIT whose answer was lost: the recorder gives the batch again, and meanwhile the message
 * that went back to the queue may be on its way a second time. */
static void a_batch_given_again_after_it_was_recorded_changes_nothing(void **state)
{
    struct outbox_event again = {
        .message_id = 1, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW
    };
    struct outbox_batch batch = { .events = &again, .n = 1 };
    struct outbox_claim c;
    struct arena arena;
    size_t strays;

    (void)state;
    five_promotions();
    assert_int_equal(claim(1, &c, &arena), 1);
    arena_close(&arena);
    assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
    assert_int_equal(claim(10, &c, &arena), 5); /* the four others, and it again */
    arena_close(&arena);
    assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
    assert_int_equal(number("SELECT state = 'submitting' FROM message WHERE id = 1"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message_event"), 1);
}

static void refusals_for_now_are_counted_apart_from_what_never_left(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    const struct outbox_event back[] = {
        { .message_id = 1, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW, .detail = "unsent" },
        { .message_id = 2, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW, .detail = "put_off" },
    };

    (void)state;
    five_promotions();
    assert_int_equal(claim(5, &c, &arena), 5);
    assert_int_equal(c.messages[1].put_offs, 0);
    arena_close(&arena);
    record(back, 2, NULL, 0);
    assert_int_equal(claim(5, &c, &arena), 2);
    assert_int_equal(c.messages[0].attempts, 2);
    assert_int_equal(c.messages[0].put_offs, 0);
    assert_int_equal(c.messages[1].attempts, 2);
    assert_int_equal(c.messages[1].put_offs, 1);
    arena_close(&arena);
}

static void refusals_before_an_operators_retry_do_not_count(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    const struct outbox_event back[] = {
        { .message_id = 1, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW, .detail = "put_off" },
        { .message_id = 2, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW, .detail = "put_off" },
    };

    (void)state;
    five_promotions();
    assert_int_equal(claim(5, &c, &arena), 5);
    assert_int_equal(c.messages[0].claims, 1);
    assert_int_equal(c.messages[0].put_off_since, 0);
    arena_close(&arena);
    record(back, 2, NULL, 0);
    testdb_sql("INSERT INTO message_event (id, message_id, part, kind, at, detail)"
               "SELECT MAX(id) + 1, 2, 0, 'retried', NOW(), 'by_operator' FROM message_event");
    assert_int_equal(claim(5, &c, &arena), 2);
    assert_int_equal(c.messages[0].claims, 2);
    assert_int_equal(c.messages[0].put_offs, 1);
    assert_int_equal(c.messages[0].put_off_since, NOW);
    assert_int_equal(c.messages[1].put_offs, 0);
    assert_int_equal(c.messages[1].put_off_since, 0);
    arena_close(&arena);
}

static void a_message_of_two_parts_is_delivered_when_both_are(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    const struct outbox_event first[] = {
        { .message_id = 1, .kind = OUTBOX_ACCEPTED, .part = 0, .at = NOW },
        { .message_id = 1, .kind = OUTBOX_DELIVERED, .part = 0, .at = NOW },
        { .message_id = 1, .kind = OUTBOX_DELIVERED, .part = 0, .at = NOW },
    };
    const struct outbox_event second[] = {
        { .message_id = 1, .kind = OUTBOX_DELIVERED, .part = 1, .at = NOW },
        { .message_id = 1, .kind = OUTBOX_ACCEPTED, .part = 1, .at = NOW },
    };

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET parts = 2 WHERE id = 1");
    assert_int_equal(claim(1, &c, &arena), 1);
    record(first, 3, NULL, 0);
    assert_int_equal(number("SELECT state = 'submitting' FROM message WHERE id = 1"), 1);
    record(second, 2, NULL, 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
    arena_close(&arena);
}

static void acceptances_of_a_large_batch_are_folded_when_the_slice_is_closed(void **state)
{
    struct outbox_event events[300];
    struct outbox_slice_key slice;

    (void)state;
    crowd_is_accepted(events, &slice);
    events[0] = (struct outbox_event){ .message_id = 300,
                                       .single = true,
                                       .kind = OUTBOX_REFUSED,
                                       .at = NOW,
                                       .detail = "ESME_RINVDSTADR" };
    events[1] = (struct outbox_event){ .message_id = 1,
                                       .kind = OUTBOX_DELIVERED,
                                       .at = NOW,
                                       .carrier_id = 1,
                                       .smsc_message_id = "s1" };
    assert_int_equal(record_all(events, 2, &slice, 1), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'accepted'"), 298);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE accepted_parts = 1"), 299);
    assert_int_equal(number("SELECT state = 'failed' FROM message WHERE id = 300"), 1);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
}

/* Nothing follows that would tell of them, and their slice may stay open until tomorrow. */
static void acceptances_of_mails_are_folded_at_once(void **state)
{
    struct outbox_event events[300];
    struct outbox_slice_key slice;

    (void)state;
    crowd_is_accepted(events, &slice);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'accepted'"), 0);
    for (size_t i = 0; i < 299; i++)
        events[i].carrier_id = CARRIER_MAIL;
    assert_int_equal(record_all(events, 299, NULL, 0), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'accepted'"
                            "   AND accepted_parts = 1"),
                     299);
}

static void after_a_crash_what_was_accepted_is_accepted_and_not_unknown(void **state)
{
    struct outbox_event events[300];
    struct outbox_slice_key slice;
    size_t n;

    (void)state;
    crowd_is_accepted(events, &slice);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'accepted'"), 299);
    assert_int_equal(number("SELECT state = 'unknown' FROM message WHERE id = 300"), 1);
}

static void a_receipt_that_comes_before_its_response_finds_its_message(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    struct outbox_event early = {
        .kind = OUTBOX_DELIVERED, .at = NOW, .carrier_id = 1, .smsc_message_id = "e1"
    };
    const struct outbox_event answer = { .message_id = 1,
                                         .kind = OUTBOX_ACCEPTED,
                                         .at = NOW,
                                         .carrier_id = 1,
                                         .smsc_message_id = "e1" };
    size_t strays = 0, adopted = 0, looked = 0;
    uint64_t cursor = 0;

    (void)state;
    five_promotions();
    assert_int_equal(claim(1, &c, &arena), 1);
    strays = record_all(&early, 1, NULL, 0);
    assert_int_equal(strays, 1);
    record(&answer, 1, NULL, 0);
    assert_int_equal(outbox_adopt(db, clock_now(), &cursor, &looked, &adopted), RC_OK);
    assert_int_equal(looked, 1);
    assert_int_equal(adopted, 1);
    assert_int_equal(cursor, 0);
    assert_int_equal(number("SELECT COUNT(*) FROM stray_receipt"), 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
    arena_close(&arena);
}

static void a_late_receipt_is_found_by_the_carriers_id(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    const struct outbox_event answer = { .message_id = 1,
                                         .kind = OUTBOX_ACCEPTED,
                                         .at = NOW,
                                         .carrier_id = 1,
                                         .smsc_message_id = "e1" };
    struct outbox_event late = {
        .kind = OUTBOX_DELIVERED, .at = NOW, .carrier_id = 1, .smsc_message_id = "e1"
    };
    struct outbox_event other = {
        .kind = OUTBOX_DELIVERED, .at = NOW, .carrier_id = 2, .smsc_message_id = "e1"
    };
    size_t strays = 9;

    (void)state;
    five_promotions();
    assert_int_equal(claim(1, &c, &arena), 1);
    record(&answer, 1, NULL, 0);
    strays = record_all(&other, 1, NULL, 0);
    assert_int_equal(strays, 1);
    assert_int_equal(number("SELECT state = 'accepted' FROM message WHERE id = 1"), 1);
    strays = record_all(&late, 1, NULL, 0);
    assert_int_equal(strays, 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
    arena_close(&arena);
}

static void after_a_crash_a_promotion_is_unknown_and_never_queued_again(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t n = 0;

    (void)state;
    five_promotions();
    assert_int_equal(claim(2, &c, &arena), 2);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'unknown'"), 2);
    assert_int_equal(claim(10, &c, &arena), 3); /* only those never claimed */
    assert_int_equal(c.messages[0].id, 3);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 0);
}

static void after_a_crash_a_service_message_goes_once_more_after_settling(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t n;

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET class = 'service'");
    testdb_sql("UPDATE outbox_slice SET class = 'service'");
    assert_int_equal(claim(5, &c, &arena), 5);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW + HOUR, &n),
                     RC_OK);
    assert_int_equal(claim(10, &c, &arena), 0);
    arena_close(&arena);
    /* One is settled by its receipt meanwhile. */
    record(&(struct outbox_event){ .message_id = 1, .kind = OUTBOX_DELIVERED, .at = NOW }, 1, NULL,
           0);
    testdb_sql("UPDATE outbox_slice SET due_at = '2024-01-01'");
    assert_int_equal(claim(10, &c, &arena), 4);
    assert_int_equal(c.messages[0].attempts, 2);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 0); /* twice is enough */
}

static void a_claim_that_was_never_used_goes_back_to_the_queue(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t n = 0;

    (void)state;
    five_promotions();
    assert_int_equal(claim(2, &c, &arena), 2);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_NEVER_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(claim(10, &c, &arena), 5);
    arena_close(&arena);
}

static void a_requeued_message_of_a_cancelled_campaign_is_cancelled(void **state)
{
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    testdb_sql(
        "INSERT INTO campaign (id, name, state, audience, template_id, body, sender, created_at)"
        " VALUES (1, 'c', 'sending', '', 1, '', '36105', NOW())");
    testdb_sql("UPDATE message SET campaign_id = 1");
    assert_int_equal(claim(1, &c, &arena), 1);
    testdb_sql("UPDATE campaign SET state = 'cancelled'");
    record(
        &(struct outbox_event){
            .message_id = 1, .kind = OUTBOX_REQUEUED, .at = NOW, .due_at = NOW },
        1, NULL, 0);
    assert_int_equal(number("SELECT state = 'cancelled' FROM message WHERE id = 1"), 1);
    arena_close(&arena);
}

static void the_depth_of_the_queue_is_told_by_class(void **state)
{
    struct outbox_depth depth;

    (void)state;
    five_promotions();
    assert_int_equal(outbox_depth_read(db, NOW, 0, &depth), RC_OK);
    assert_int_equal(depth.messages[CLASS_PROMO], 5);
    assert_int_equal(depth.messages[CLASS_ALERT], 0);
    assert_true(depth.oldest_due > 0);
}

static void a_carrier_keeps_its_number(void **state)
{
    unsigned first, second, again;

    (void)state;
    assert_int_equal(carrier_open(db, "orange", &first), RC_OK);
    assert_int_equal(carrier_open(db, "sfr", &second), RC_OK);
    assert_int_equal(carrier_open(db, "orange", &again), RC_OK);
    assert_int_equal(first, again);
    assert_int_not_equal(first, second);
}

#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_claim_commits_submitting_before_anybody_sends),
        TEST(who_withdrew_after_the_message_was_queued_gets_nothing),
        TEST(what_is_too_old_expires_instead_of_leaving),
        TEST(an_alert_leaves_before_a_service_message_and_that_before_a_promotion),
        TEST(a_held_slice_gives_nothing),
        TEST(the_life_of_a_message_is_folded_from_its_events),
        TEST(who_was_sent_a_promotion_has_its_time_and_its_campaign),
        TEST(the_fold_makes_the_moves_of_the_table_and_no_others),
        TEST(a_batch_given_again_after_it_was_recorded_changes_nothing),
        TEST(refusals_for_now_are_counted_apart_from_what_never_left),
        TEST(a_message_of_two_parts_is_delivered_when_both_are),
        TEST(acceptances_of_a_large_batch_are_folded_when_the_slice_is_closed),
        TEST(acceptances_of_mails_are_folded_at_once),
        TEST(refusals_before_an_operators_retry_do_not_count),
        TEST(after_a_crash_what_was_accepted_is_accepted_and_not_unknown),
        TEST(a_receipt_that_comes_before_its_response_finds_its_message),
        TEST(a_late_receipt_is_found_by_the_carriers_id),
        TEST(after_a_crash_a_promotion_is_unknown_and_never_queued_again),
        TEST(after_a_crash_a_service_message_goes_once_more_after_settling),
        TEST(a_claim_that_was_never_used_goes_back_to_the_queue),
        TEST(a_requeued_message_of_a_cancelled_campaign_is_cancelled),
        TEST(the_depth_of_the_queue_is_told_by_class),
        TEST(a_carrier_keeps_its_number),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
