/* test_store_queue.c - receipts of what nobody knows about, and queues by route, on a real
 * database. */
#include <stdio.h>
#include <string.h>

#include "domain/message.h"
#include "store/outbox_private.h"
#include "store/queue.h"
#include "tests/support/outbox_rig.h"
#include "tests/support/testdb.h"

/* --- receipts of what nobody knows about --- */

static void a_receipt_that_repeats_the_reference_settles_what_a_crash_left_unknown(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t n;
    struct outbox_event receipt = { .kind = OUTBOX_PROGRESS,
                                    .at = NOW,
                                    .carrier_id = 1,
                                    .reference = message_reference(2, 0),
                                    .address = "+33612345672",
                                    .smsc_message_id = "r2" };
    struct outbox_event end = {
        .kind = OUTBOX_DELIVERED, .at = NOW, .carrier_id = 1, .smsc_message_id = "r2"
    };

    (void)state;
    five_promotions();
    assert_int_equal(claim(3, &c, &arena), 3);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message_unknown"), 3);
    assert_int_equal(record_all(&receipt, 1, NULL, 0), 0);
    assert_int_equal(number("SELECT state = 'accepted' FROM message WHERE id = 2"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message_unknown WHERE message_id = 2"), 0);
    /* The first receipt taught the carrier's id: the next one needs no reference. */
    assert_int_equal(record_all(&end, 1, NULL, 0), 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 2"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'unknown'"), 2);
}

static void a_reference_to_another_handset_settles_nothing(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t n;
    struct outbox_event receipt = { .kind = OUTBOX_DELIVERED,
                                    .at = NOW,
                                    .carrier_id = 1,
                                    .reference = message_reference(2, 0),
                                    .address = "+33612345673",
                                    .smsc_message_id = "r2" };

    (void)state;
    five_promotions();
    assert_int_equal(claim(3, &c, &arena), 3);
    arena_close(&arena);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(record_all(&receipt, 1, NULL, 0), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'unknown'"), 3);
}

static void a_stray_receipt_finds_what_became_unknown_after_it_came(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t n, looked, adopted;
    uint64_t cursor = 0;
    struct outbox_event receipt = { .kind = OUTBOX_DELIVERED,
                                    .at = NOW,
                                    .carrier_id = 1,
                                    .reference = message_reference(1, 0),
                                    .address = "+33612345671",
                                    .smsc_message_id = "r1" };

    (void)state;
    five_promotions();
    assert_int_equal(claim(1, &c, &arena), 1);
    arena_close(&arena);
    assert_int_equal(record_all(&receipt, 1, NULL, 0), 1);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(outbox_adopt(db, NOW, &cursor, &looked, &adopted), RC_OK);
    assert_int_equal(adopted, 1);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
}

static void a_late_answer_settles_an_unknown_part(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    const struct outbox_event silence = { .message_id = 1,
                                          .kind = OUTBOX_UNKNOWN,
                                          .at = NOW,
                                          .reference = 7,
                                          .address = "+33612345671" };
    const struct outbox_event answer = { .message_id = 1,
                                         .late = true,
                                         .kind = OUTBOX_ACCEPTED,
                                         .at = NOW,
                                         .carrier_id = 1,
                                         .smsc_message_id = "l1" };

    (void)state;
    five_promotions();
    assert_int_equal(claim(1, &c, &arena), 1);
    arena_close(&arena);
    record(&silence, 1, NULL, 0);
    assert_int_equal(number("SELECT state = 'unknown' FROM message WHERE id = 1"), 1);
    record(&answer, 1, NULL, 0);
    assert_int_equal(number("SELECT state = 'accepted' FROM message WHERE id = 1"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message_unknown"), 0);
}

static void answers_that_a_process_noted_and_lost_are_recorded_once(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    size_t replayed, n;
    struct outbox_event answers[] = {
        { .message_id = 1,
          .single = true,
          .kind = OUTBOX_ACCEPTED,
          .at = NOW,
          .carrier_id = 1,
          .smsc_message_id = "j1" },
        { .message_id = 2,
          .single = true,
          .kind = OUTBOX_REFUSED,
          .at = NOW,
          .carrier_id = 1,
          .detail = "ESME_RINVDSTADR" },
        { .message_id = 5,
          .single = true,
          .kind = OUTBOX_ACCEPTED,
          .at = NOW,
          .carrier_id = 1,
          .smsc_message_id = "j5" },
        { .message_id = 99,
          .single = true,
          .kind = OUTBOX_ACCEPTED,
          .at = NOW,
          .carrier_id = 1,
          .smsc_message_id = "j99" },
    };
    struct outbox_event again[4];

    (void)state;
    memcpy(again, answers, sizeof(again));
    five_promotions();
    assert_int_equal(claim(4, &c, &arena), 4);
    arena_close(&arena);
    assert_int_equal(outbox_replay(db, answers, 4, &replayed), RC_OK);
    assert_int_equal(replayed, 2); /* 5 was never claimed, and 99 is nobody */
    assert_int_equal(outbox_replay(db, again, 4, &replayed), RC_OK);
    assert_int_equal(replayed, 0);
    assert_int_equal(outbox_recover(db, CHANNEL_SMS, OUTBOX_MAYBE_SENT, NOW, NOW, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(number("SELECT state = 'accepted' FROM message WHERE id = 1"), 1);
    assert_int_equal(number("SELECT state = 'failed' FROM message WHERE id = 2"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'unknown'"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM message_event WHERE kind = 'accepted'"), 1);
}

static void one_answer_for_the_whole_text_counts_for_all_of_its_parts(void **state)
{
    struct outbox_claim c;
    struct arena arena;
    const struct outbox_event events[] = {
        { .message_id = 1,
          .kind = OUTBOX_ACCEPTED,
          .part = OUTBOX_ALL_PARTS,
          .at = NOW,
          .carrier_id = 1,
          .smsc_message_id = "w1" },
    };
    struct outbox_event receipt = {
        .kind = OUTBOX_DELIVERED, .at = NOW, .carrier_id = 1, .smsc_message_id = "w1"
    };

    (void)state;
    five_promotions();
    testdb_sql("UPDATE message SET parts = 3 WHERE id = 1");
    assert_int_equal(claim(1, &c, &arena), 1);
    arena_close(&arena);
    record(events, 1, NULL, 0);
    assert_int_equal(number("SELECT state = 'accepted' FROM message WHERE id = 1"), 1);
    assert_int_equal(number("SELECT accepted_parts FROM message WHERE id = 1"), 7);
    assert_int_equal(record_all(&receipt, 1, NULL, 0), 0);
    assert_int_equal(number("SELECT state = 'delivered' FROM message WHERE id = 1"), 1);
}

static void deliveries_of_single_parts_are_folded_by_ranges_and_lists_alike(void **state)
{
    struct outbox_event events[300];
    struct outbox_slice_key slice;
    size_t n = 0;

    (void)state;
    crowd_is_accepted(events, &slice);
    for (uint64_t id = 1; id <= 299; id++) {
        if (id > 100 && id % 3 == 0) /* a long run, and then holes */
            continue;
        events[n++] = (struct outbox_event){
            .message_id = id, .single = true, .kind = OUTBOX_DELIVERED, .at = NOW, .carrier_id = 1
        };
    }
    assert_int_equal(record_all(events, n, NULL, 0), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'delivered'"), n);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'delivered'"
                            " AND id > 100 AND id % 3 = 0"),
                     0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE delivered_parts = 1"), n);
}

/* --- queues --- */

static void a_queue_gives_its_own_messages_and_keeps_room_for_urgent_ones(void **state)
{
    struct outbox_request requests[] = {
        { .queue_id = 1, .limit = 4, .limit_promo = 2 },
        { .queue_id = 7, .limit = 4, .limit_promo = 4 },
    };
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
    testdb_sql("UPDATE outbox_slice SET queue_id = 7, last_id = 5 WHERE id = 1");
    testdb_sql("INSERT INTO outbox_slice (id, round, last_id, next_id, class, due_at)"
               " VALUES (4, 1, 5, 4, 'promo', '2024-01-01')");
    testdb_sql("UPDATE outbox_slice SET last_id = 3 WHERE id = 1");
    arena_init(&arena);
    assert_int_equal(outbox_claim(db, requests, 2, NOW, NULL, &arena, &c), RC_OK);
    assert_int_equal(c.n, 6);
    assert_int_equal(c.messages[0].id, 100);
    assert_int_equal(c.messages[0].queue_id, 1);
    assert_int_equal(c.messages[1].id, 4);
    assert_int_equal(c.messages[3].id, 1);
    assert_int_equal(c.messages[3].queue_id, 7);
    arena_close(&arena);
}

static void promotions_stop_at_their_own_limit_and_say_that_there_are_more(void **state)
{
    struct outbox_request request = { .queue_id = 1, .limit = 4, .limit_promo = 2 };
    struct outbox_claim c;
    struct arena arena;

    (void)state;
    five_promotions();
    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, NOW, NULL, &arena, &c), RC_OK);
    assert_int_equal(c.n, 2);
    assert_true(request.more_promo);
    assert_false(request.more_urgent);
    arena_close(&arena);
}

static void a_route_is_held_with_the_queues_of_its_senders(void **state)
{
    struct queue_row rows[8];
    uint64_t changed;
    unsigned id;
    size_t n;

    (void)state;
    assert_int_equal(queue_open(db, "fr", CHANNEL_SMS, &id), RC_OK);
    assert_int_equal(queue_open(db, "fr 36000", CHANNEL_SMS, &id), RC_OK);
    assert_int_equal(queue_open(db, "france", CHANNEL_SMS, &id), RC_OK);
    assert_int_equal(queue_hold(db, "fr", true, &changed), RC_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(queue_hold(db, "fr", true, &changed), RC_OK);
    assert_int_equal(changed, 0);
    assert_int_equal(queue_hold(db, "nowhere", true, &changed), RC_NOTFOUND);
    assert_int_equal(queue_list(db, CHANNEL_SMS, rows, 8, &n), RC_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rows[i].held, strncmp(rows[i].name, "fr", 2) == 0 &&
                                           strcmp(rows[i].name, "france") != 0);
}

static void what_a_carrier_accepted_is_counted_by_day_and_sender(void **state)
{
    const struct outbox_traffic traffic[] = { { 1, "36000", 3 }, { 1, "38000", 2 } };
    struct outbox_batch batch = { .traffic = traffic, .n_traffic = 2, .day = "2024-01-02" };
    uint64_t parts;
    size_t strays;

    (void)state;
    assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
    assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
    assert_int_equal(traffic_read(db, "2024-01-02", 1, "", &parts), RC_OK);
    assert_int_equal(parts, 10);
    assert_int_equal(traffic_read(db, "2024-01-02", 0, "36000", &parts), RC_OK);
    assert_int_equal(parts, 6);
    assert_int_equal(traffic_read(db, "2024-01-03", 1, "", &parts), RC_OK);
    assert_int_equal(parts, 0);
}

/* The recorder writes numbers where the column has names. */
static void the_kinds_of_events_have_the_numbers_of_the_column(void **state)
{
    static const struct {
        enum outbox_event_kind kind;
        const char *name;
    } kinds[] = {
        { OUTBOX_ACCEPTED, "accepted" },   { OUTBOX_REFUSED, "refused" },
        { OUTBOX_DELIVERED, "delivered" }, { OUTBOX_FAILED, "failed" },
        { OUTBOX_EXPIRED, "expired" },     { OUTBOX_UNKNOWN, "unknown" },
        { OUTBOX_REQUEUED, "requeued" },   { OUTBOX_CANCELLED, "cancelled" },
        { OUTBOX_PROGRESS, "progress" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct outbox_event e = { .message_id = i + 1, .kind = kinds[i].kind, .at = NOW };
        char sql[120];

        record(&e, 1, NULL, 0);
        snprintf(sql, sizeof(sql), "SELECT kind = '%s' FROM message_event WHERE message_id = %zu",
                 kinds[i].name, i + 1);
        assert_int_equal(number(sql), 1);
    }
}

#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_that_repeats_the_reference_settles_what_a_crash_left_unknown),
        TEST(a_reference_to_another_handset_settles_nothing),
        TEST(a_stray_receipt_finds_what_became_unknown_after_it_came),
        TEST(a_late_answer_settles_an_unknown_part),
        TEST(answers_that_a_process_noted_and_lost_are_recorded_once),
        TEST(one_answer_for_the_whole_text_counts_for_all_of_its_parts),
        TEST(deliveries_of_single_parts_are_folded_by_ranges_and_lists_alike),
        TEST(a_queue_gives_its_own_messages_and_keeps_room_for_urgent_ones),
        TEST(promotions_stop_at_their_own_limit_and_say_that_there_are_more),
        TEST(a_route_is_held_with_the_queues_of_its_senders),
        TEST(what_a_carrier_accepted_is_counted_by_day_and_sender),
        TEST(the_kinds_of_events_have_the_numbers_of_the_column),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
