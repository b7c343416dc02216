/* Campaigns with a rate or a budget: what is given out, when, and that two nodes double nothing. */
#include "tests/support/outbox_rig.h"

#include <string.h>

#include "store/campaign_pace.h"
#include "tests/support/testdb.h"

#define SEC USEC_PER_SEC

static const struct campaign_settings settings = { .segment_cost_millicents = 4500 };

/* Campaign 1: messages 1 to 1000, 2 parts each of the even ones, in two slices. */
static int fresh(void **state)
{
    rig_fresh(state);
    testdb_sql("INSERT INTO template (id, name, created_at, updated_at)"
               " VALUES (1, 't', NOW(), NOW())");
    testdb_sql("INSERT INTO campaign (id, name, state, audience, template_id, body, sender,"
               "                      next_customer, first_message, last_message, created_at)"
               " VALUES (1, 'one', 'sending', '', 1, 't', 's', 18446744073709551615, 1, 1000,"
               "         NOW())");
    testdb_sql("INSERT INTO message (id, campaign_id, channel, class, address, sender, text,"
               "                     encoding, parts, created_at, expires_at)"
               " SELECT seq, 1, 'sms', 'service', '+33700000000', '36105', 'Bonjour', 'gsm7',"
               "        IF(seq MOD 2, 1, 2), '2024-01-01', '2037-01-01' FROM seq_1_to_1000");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, state, due_at, campaign_id)"
               " VALUES (1, 400, 1, 'service', 'paced', '2024-01-01', 1),"
               "        (401, 1000, 401, 'service', 'paced', '2024-01-01', 1)");
    return 0;
}

static uint64_t step_of(struct db *node, utc_us now, struct campaign_piece *piece)
{
    assert_int_equal(campaign_pace_step(node, 1, &settings, NULL, now, piece), RC_OK);
    return piece->given;
}

static uint64_t step(utc_us now)
{
    struct campaign_piece piece;

    return step_of(db, now, &piece);
}

static void all_is_claimed(void)
{
    testdb_sql("UPDATE message m JOIN outbox_slice s ON m.id BETWEEN s.id AND s.last_id"
               "   SET m.state = 'submitting', m.attempts = 1 WHERE s.state = 'ready'");
    testdb_sql("UPDATE outbox_slice SET state = 'waiting', next_id = last_id + 1"
               " WHERE state = 'ready'");
}

static void all_is_answered(void)
{
    testdb_sql("UPDATE message SET state = 'accepted', accepted_parts = (1 << parts) - 1"
               " WHERE state = 'submitting'");
    testdb_sql("DELETE FROM outbox_slice WHERE state = 'waiting'");
}

static void nothing_is_lost_and_nothing_is_there_twice(uint64_t messages)
{
    assert_int_equal(number("SELECT CAST(SUM(last_id + 1 - id) AS UNSIGNED) FROM outbox_slice"),
                     messages);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice a JOIN outbox_slice b"
                            "    ON a.id < b.id AND a.last_id >= b.id"),
                     0);
}

static void the_first_leaves_at_once_and_the_others_by_the_hours_share(void **state)
{
    (void)state;
    testdb_sql("UPDATE campaign SET rate_per_hour = 3600");
    assert_int_equal(step(NOW), 1);
    all_is_claimed();
    assert_int_equal(step(NOW), 0);
    assert_int_equal(step(NOW + SEC - 1), 0);
    assert_int_equal(step(NOW + SEC), 1);
    all_is_claimed();
    assert_int_equal(step(NOW + 3 * SEC), 2);
    nothing_is_lost_and_nothing_is_there_twice(1000);
}

static void time_without_sending_is_not_made_up_for(void **state)
{
    (void)state;
    testdb_sql("UPDATE campaign SET rate_per_hour = 36000");
    assert_int_equal(step(NOW), 1);
    all_is_claimed();
    assert_int_equal(step(NOW + 12 * HOUR), 20); /* two seconds' worth */
}

static void what_is_given_out_and_not_claimed_is_waited_for(void **state)
{
    (void)state;
    testdb_sql("UPDATE campaign SET rate_per_hour = 3600");
    assert_int_equal(step(NOW), 1);
    assert_int_equal(step(NOW + 1 * SEC), 1);
    assert_int_equal(step(NOW + 2 * SEC), 0);
    assert_int_equal(step(NOW + 60 * SEC), 0);
    all_is_claimed();
    assert_int_equal(step(NOW + 61 * SEC), 2);
}

static void two_nodes_double_no_rate(void **state)
{
    struct db *other = testdb_open_lane(1);
    struct campaign_piece piece;
    uint64_t given = 0;

    (void)state;
    testdb_sql("UPDATE campaign SET rate_per_hour = 360000"); /* a hundred a second */
    for (int tenth = 0; tenth <= 20; tenth++) {
        given += step_of(tenth % 2 ? db : other, NOW + tenth * SEC / 10, &piece);
        given += step_of(tenth % 2 ? other : db, NOW + tenth * SEC / 10, &piece);
        all_is_claimed();
    }
    assert_int_equal(given, 201);
    nothing_is_lost_and_nothing_is_there_twice(1000);
    db_close(other);
}

static void a_budget_is_kept_to_the_part(void **state)
{
    struct campaign_piece piece;

    (void)state;
    testdb_sql("UPDATE campaign SET budget_cents = 45"); /* ten parts */
    assert_int_equal(step_of(db, NOW, &piece), 7);       /* of one and two parts in turn */
    assert_int_equal(number("SELECT spent_millicents FROM campaign"), 10 * 4500);
    all_is_claimed();
    assert_int_equal(step_of(db, NOW, &piece), 0);
    assert_false(piece.paused); /* not before all is answered */
    all_is_answered();
    assert_int_equal(step_of(db, NOW, &piece), 0);
    assert_true(piece.paused);
    assert_int_equal(number("SELECT state = 'paused' AND pause_reason = 'budget' FROM campaign"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE who = 'relaisd'"
                            "    AND verb = 'pause' AND detail = 'budget'"),
                     1);
}

static void what_was_not_paid_for_is_given_out_again(void **state)
{
    struct campaign_piece piece;

    (void)state;
    testdb_sql("UPDATE campaign SET budget_cents = 45");
    step(NOW);
    step(NOW);
    all_is_claimed();
    testdb_sql("UPDATE message SET state = 'cancelled' WHERE id IN (1, 3)"); /* said STOP */
    all_is_answered();
    assert_int_equal(step_of(db, NOW, &piece), 0);
    assert_true(piece.more);
    assert_int_equal(number("SELECT spent_millicents FROM campaign"), 8 * 4500);
    assert_int_equal(step_of(db, NOW, &piece), 1); /* message 8: two parts */
    assert_int_equal(number("SELECT spent_millicents FROM campaign"), 10 * 4500);
}

static void a_whole_campaign_within_its_budget_goes_slice_by_slice(void **state)
{
    struct campaign_piece piece;

    (void)state;
    testdb_sql("UPDATE campaign SET budget_cents = 100000");
    assert_int_equal(step_of(db, NOW, &piece), 1000);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE state = 'ready'"), 2);
    assert_int_equal(number("SELECT spent_millicents FROM campaign"), 1500 * 4500);
}

static void a_rate_given_later_takes_back_what_is_not_claimed(void **state)
{
    const struct campaign_extension e = { .has_rate = true, .rate_per_hour = 3600 };
    const struct campaign_extension none = { .has_rate = true };
    struct outbox_claim c;
    struct arena arena;
    struct error err;

    (void)state;
    testdb_sql("UPDATE outbox_slice SET state = 'ready'");
    assert_int_equal(claim(100, &c, &arena), 100);
    arena_close(&arena);
    assert_int_equal(campaign_extend(db, 1, &e, "me", &err), RC_OK);
    assert_int_equal(number("SELECT CAST(SUM(last_id + 1 - next_id) AS UNSIGNED)"
                            "  FROM outbox_slice WHERE state = 'paced'"),
                     900);
    nothing_is_lost_and_nothing_is_there_twice(1000);
    /* The slice that was cut ends with what was claimed of it. */
    assert_int_equal(claim(100, &c, &arena), 0);
    assert_int_equal(c.n_slices, 1);
    assert_true(c.slices[0].exhausted);
    arena_close(&arena);
    assert_int_equal(campaign_extend(db, 1, &none, "me", &err), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE state = 'paced'"), 0);
    assert_int_equal(claim(1000, &c, &arena), 900);
    arena_close(&arena);
}

static void a_paused_campaign_gives_out_nothing(void **state)
{
    struct campaign_piece piece;
    struct error err;
    uint64_t ids[4];
    size_t n;

    (void)state;
    testdb_sql("UPDATE campaign SET rate_per_hour = 3600");
    assert_int_equal(campaign_pace_find(db, NOW, ids, 4, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(campaign_pause(db, 1, "me", &err), RC_OK);
    assert_int_equal(campaign_pace_find(db, NOW, ids, 4, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(campaign_pace_step(db, 1, &settings, NULL, NOW, &piece), RC_CONFLICT);
    assert_int_equal(campaign_resume(db, 1, "me", &err), RC_OK);
    assert_int_equal(step(NOW), 1);
}

static void a_cancelled_one_leaves_nothing_in_the_queue(void **state)
{
    struct error err;
    bool more = true;

    (void)state;
    testdb_sql("UPDATE campaign SET rate_per_hour = 3600");
    assert_int_equal(step(NOW), 1);
    assert_int_equal(campaign_cancel(db, 1, "me", &err), RC_OK);
    for (int i = 0; more && i < 20; i++)
        assert_int_equal(campaign_clear_step(db, 1, &more), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"), 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
    const struct CMUnitTest tests[] = {
        TEST(the_first_leaves_at_once_and_the_others_by_the_hours_share),
        TEST(time_without_sending_is_not_made_up_for),
        TEST(what_is_given_out_and_not_claimed_is_waited_for),
        TEST(two_nodes_double_no_rate),
        TEST(a_budget_is_kept_to_the_part),
        TEST(what_was_not_paid_for_is_given_out_again),
        TEST(a_whole_campaign_within_its_budget_goes_slice_by_slice),
        TEST(a_rate_given_later_takes_back_what_is_not_claimed),
        TEST(a_paused_campaign_gives_out_nothing),
        TEST(a_cancelled_one_leaves_nothing_in_the_queue),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
