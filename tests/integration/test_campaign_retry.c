/* test_campaign_retry.c - a campaign is tried again, and a cancelled one is settled, on a real
 * database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/campaign.h"
#include "store/campaign_retry.h"
#include "store/message_command.h"
#include "store/outbox.h"
#include "tests/support/testdb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct db *db;
static struct error err;
static struct campaign_retry retry;

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

static void sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void sql(const char *fmt, ...)
{
    char text[900];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    testdb_sql(text);
}

/* Campaign 7 of `n` messages with ids from 1 on, all failed; nothing of it is in the queue. */
static void failed_campaign(unsigned n)
{
    sql("INSERT INTO customer (id, created_at, updated_at) SELECT seq, NOW(), NOW() FROM "
        "seq_1_to_%u",
        n);
    sql("INSERT INTO consent_current"
        " SELECT seq, 'sms', 'promo', 'granted', seq, NOW() FROM seq_1_to_%u",
        n);
    sql("INSERT INTO campaign (id, name, state, audience, template_id, body, sender, created_at,"
        "                      started_at, finished_at, next_customer, audience_n, message_n,"
        "                      first_message, last_message)"
        " VALUES (7, 'sale', 'done', '', 1, '', '36105', NOW(), NOW(), NOW(), ~0, %u, %u, 1, %u)",
        n, n, n);
    sql("INSERT INTO message (id, campaign_id, customer_id, channel, class, state, address, sender,"
        "                     text, encoding, parts, created_at, expires_at, attempts, reason)"
        " SELECT seq, 7, seq, 'sms', 'promo', 'failed', CONCAT('+336', 10000000 + seq), '36105',"
        "        'Bonjour', 'gsm7', 1, NOW(), '2037-01-01', 1, 'ESME_RINVDSTADR'"
        "   FROM seq_1_to_%u",
        n);
}

static enum rc ask(const char *states, const char *reason)
{
    const struct campaign_retry_plan plan = { .states = states, .reason = reason, .who = "test" };

    err.text[0] = '\0';
    return campaign_retry_ask(db, 7, &plan, &retry, &err);
}

static void run_to_the_end(void)
{
    uint64_t id, queued;
    bool over;

    while (campaign_retry_next(db, &id) == RC_OK)
        assert_int_equal(campaign_retry_step(db, id, &queued, &over), RC_OK);
}

static size_t claim(unsigned limit)
{
    struct outbox_request request = { .queue_id = 1, .limit = limit, .limit_promo = limit };
    struct outbox_claim c;
    struct arena arena;
    size_t n;

    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, clock_now(), NULL, &arena, &c), RC_OK);
    n = c.n;
    arena_close(&arena);
    return n;
}

static void what_failed_is_queued_again_in_few_slices(void **state)
{
    (void)state;
    failed_campaign(4500);
    assert_int_equal(ask("failed,expired", ""), RC_OK);
    assert_int_equal(retry.wanted, 4500);
    assert_int_equal(retry.barred, 0);
    assert_int_equal(number("SELECT state = 'sending' FROM campaign"), 1);
    run_to_the_end();
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 3);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 4500);
    assert_int_equal(number("SELECT COUNT(*) FROM message_event WHERE kind = 'retried'"), 4500);
    assert_int_equal(campaign_retry_read(db, 7, &retry), RC_OK);
    assert_int_equal(retry.queued, 4500);
    assert_true(retry.finished_at > 0);
    assert_int_equal(claim(2000), 2000);
    assert_int_equal(claim(2000), 2000);
    assert_int_equal(claim(2000), 500);
    assert_int_equal(claim(2000), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'retry'"), 1);
}

static void only_the_state_and_the_reason_asked_for(void **state)
{
    (void)state;
    failed_campaign(10);
    testdb_sql("UPDATE message SET state = 'expired', reason = 'expired' WHERE id < 4");
    testdb_sql("UPDATE message SET reason = 'too_many_attempts' WHERE id > 8");
    assert_int_equal(ask("failed", "too_many_attempts"), RC_OK);
    assert_int_equal(retry.wanted, 2);
    run_to_the_end();
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 2);
    assert_int_equal(ask("queued", ""), RC_INVALID);
    assert_int_equal(ask("failed,", ""), RC_INVALID);
    assert_int_equal(ask("", ""), RC_INVALID);
}

static void asked_twice_it_says_how_far_it_is(void **state)
{
    uint64_t queued;
    bool over;

    (void)state;
    failed_campaign(3000);
    assert_int_equal(ask("failed", ""), RC_OK);
    assert_int_equal(campaign_retry_step(db, 7, &queued, &over), RC_OK);
    assert_false(over);
    assert_int_equal(ask("failed", ""), RC_CONFLICT);
    assert_non_null(strstr(err.text, "2000 of 3000 messages are queued"));
    run_to_the_end();
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 3000);
    assert_int_equal(ask("failed", ""), RC_OK);
    assert_int_equal(retry.wanted, 0); /* nothing was begun */
    assert_int_equal(campaign_retry_next(db, &queued), RC_NOTFOUND);
}

static void a_campaign_is_not_done_while_it_is_tried_again(void **state)
{
    struct campaign_work work[2];
    size_t n;
    bool done;

    (void)state;
    failed_campaign(3);
    assert_int_equal(ask("failed", ""), RC_OK);
    assert_int_equal(campaign_finish(db, 7, &done), RC_OK);
    assert_false(done);
    assert_int_equal(campaign_find_work(db, work, 2, &n), RC_OK);
    assert_int_equal(n, 0);
    run_to_the_end();
    testdb_sql("DELETE FROM outbox_slice");
    assert_int_equal(campaign_finish(db, 7, &done), RC_OK);
    assert_true(done);
}

/* Another campaign's messages among the ids, whose own slices are held: they stay where they are.
 */
static void others_among_the_ids_are_left_alone(void **state)
{
    (void)state;
    failed_campaign(9);
    testdb_sql("UPDATE message SET campaign_id = 8, state = 'queued' WHERE id IN (4, 5)");
    testdb_sql("DELETE FROM message WHERE id = 8");
    testdb_sql("UPDATE message SET queue_id = 2 WHERE id = 3");
    assert_int_equal(ask("failed", ""), RC_OK);
    run_to_the_end();
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 1 AND last_id = 2"), 1);
    assert_int_equal(number("SELECT queue_id FROM outbox_slice WHERE id = 3 AND last_id = 3"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 6 AND last_id = 7"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 9 AND last_id = 9"), 1);
    assert_int_equal(claim(100), 5);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 3);
}

static void of_a_paused_campaign_it_waits(void **state)
{
    (void)state;
    failed_campaign(3);
    testdb_sql("UPDATE campaign SET state = 'paused'");
    assert_int_equal(ask("failed", ""), RC_OK);
    run_to_the_end();
    assert_int_equal(claim(10), 0);
    assert_int_equal(campaign_resume(db, 7, "test", NULL), RC_OK);
    assert_int_equal(claim(10), 3);
}

static void cancelled_while_it_is_tried_again_it_ends(void **state)
{
    uint64_t queued;
    bool over, more = true;

    (void)state;
    failed_campaign(3000);
    assert_int_equal(ask("failed", ""), RC_OK);
    assert_int_equal(campaign_retry_step(db, 7, &queued, &over), RC_OK);
    assert_int_equal(campaign_cancel(db, 7, "test", NULL), RC_OK);
    assert_int_equal(campaign_retry_step(db, 7, &queued, &over), RC_OK);
    assert_true(over);
    assert_int_equal(queued, 0);
    while (more)
        assert_int_equal(campaign_clear_step(db, 7, &more), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"), 2000);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'failed'"), 1000);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 0);
    assert_int_equal(ask("failed", ""), RC_CONFLICT);
}

/* Each combination of what the rule looks at: the page's SQL says what the rule for one says. */
static void the_rule_for_many_is_the_rule_for_one(void **state)
{
    static const char *const classes[] = { "promo", "service" };
    static const char *const states[] = { "failed", "expired", "cancelled", "unknown" };
    static const char *const pasts[] = {
        "",
        "'accepted', 3", /* by carrier 3 */
        "'progress', 3",
        "'unknown', 3",
        "'failed', 3",
        "'expired', 0",
        "'expired', 3",
        "'refused', 3",
    };
    static const char *const slices[] = { "", "1, 0, 9, 5", "2, 1, 2, 3" }; /* id round last next */
    unsigned allowed = 0, n = 0;

    (void)state;
    failed_campaign(3);
    for (size_t i = 0; i < COUNT(classes) * COUNT(states) * COUNT(pasts) * COUNT(slices) * 2; i++) {
        size_t of = i;
        const char *class = classes[of % 2], *from = states[of / 2 % 4], *past = pasts[of / 8 % 8];
        const char *slice = slices[of / 64 % 3];
        unsigned parts = (unsigned)(of / 192 % 2 + 1);
        const struct message_command command = { .message_id = 2,
                                                 .order = ORDER_RETRY,
                                                 .who = "test" };
        struct message_result result;
        enum rc one;

        testdb_sql("DELETE FROM message_event");
        testdb_sql("DELETE FROM outbox_slice");
        testdb_sql("DELETE FROM campaign_retry");
        sql("UPDATE message SET state = IF(id = 2, '%s', 'delivered'), class = '%s', parts = %u,"
            "                   attempts = 1",
            from, class, parts);
        if (*past)
            sql("INSERT INTO message_event (id, message_id, part, at, kind, carrier_id)"
                " VALUES (1, 2, 0, NOW(), %s)",
                past);
        if (*slice)
            sql("INSERT INTO outbox_slice (id, round, last_id, next_id, class, state, due_at)"
                " VALUES (%s, '%s', 'waiting', NOW())",
                slice, class);
        assert_int_equal(ask("failed,expired,cancelled,unknown", ""), RC_OK);
        testdb_sql("DELETE FROM campaign_retry");
        one = message_command(db, &command, &result, &err);
        if ((one == RC_OK) != (retry.wanted == 1))
            fail_msg("%s %s of %u parts, past {%s}, slice {%s}: one says %s, many say %d", from,
                     class, parts, past, slice, one ? err.text : "yes", (int)retry.wanted);
        allowed += one == RC_OK;
        n++;
    }
    assert_int_equal(n, 384);
    assert_true(allowed > 50 && allowed < 250);
}

/* --- cancel --- */

static void a_cancelled_campaign_leaves_nothing_unsaid(void **state)
{
    struct campaign_status s;
    struct campaign_work work[2];
    size_t n;
    bool more = true;

    (void)state;
    failed_campaign(12000);
    testdb_sql("UPDATE campaign SET state = 'sending'");
    testdb_sql("UPDATE message SET state = IF(id % 3 = 0, 'held', 'queued') WHERE id > 2000");
    testdb_sql(
        "INSERT INTO outbox_slice (id, last_id, next_id, class, due_at, campaign_id)"
        " VALUES (1, 9000, 2001, 'promo', NOW(), 7), (10000, 12000, 10000, 'promo', NOW(), 7)");
    assert_int_equal(campaign_cancel(db, 7, "test", NULL), RC_OK);
    assert_int_equal(campaign_clear_step(db, 7, &more), RC_OK);
    assert_int_equal(campaign_status_read(db, 7, &s), RC_OK);
    assert_true(s.campaign.clearing); /* and after a crash here the next start goes on */
    assert_int_equal(campaign_find_work(db, work, 2, &n), RC_OK);
    assert_int_equal(n, 1);
    while (more)
        assert_int_equal(campaign_clear_step(db, 7, &more), RC_OK);
    assert_int_equal(campaign_find_work(db, work, 2, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(campaign_status_read(db, 7, &s), RC_OK);
    assert_false(s.campaign.clearing);
    assert_int_equal(s.by_state[MESSAGE_CANCELLED], 10000);
    assert_int_equal(s.by_state[MESSAGE_FAILED], 2000);
    /* Of the slice that was begun, what was claimed is still waited for. */
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice WHERE id = 1 AND last_id = 2000"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM outbox_slice"), 1);
}

static void anothers_messages_among_the_ids_of_a_cancelled_campaign_stay(void **state)
{
    bool more = true;

    (void)state;
    failed_campaign(10);
    testdb_sql("UPDATE campaign SET state = 'sending'");
    testdb_sql("UPDATE message SET state = 'queued'");
    testdb_sql("UPDATE message SET campaign_id = IF(id = 4, NULL, 8) WHERE id IN (4, 5)");
    assert_int_equal(campaign_cancel(db, 7, "test", NULL), RC_OK);
    while (more)
        assert_int_equal(campaign_clear_step(db, 7, &more), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"), 8);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE id IN (4, 5) AND state = 'queued'"),
                     2);
}

#define TEST(f) cmocka_unit_test_setup(f, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_failed_is_queued_again_in_few_slices),
        TEST(only_the_state_and_the_reason_asked_for),
        TEST(asked_twice_it_says_how_far_it_is),
        TEST(a_campaign_is_not_done_while_it_is_tried_again),
        TEST(others_among_the_ids_are_left_alone),
        TEST(of_a_paused_campaign_it_waits),
        TEST(cancelled_while_it_is_tried_again_it_ends),
        TEST(the_rule_for_many_is_the_rule_for_one),
        TEST(a_cancelled_campaign_leaves_nothing_unsaid),
        TEST(anothers_messages_among_the_ids_of_a_cancelled_campaign_stay),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
