/* test_campaign_results.c - what a campaign brought, counted by the database and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/share.h"
#include "store/campaign_figures.h"
#include "store/campaign_life.h"
#include "store/campaign_recipients.h"
#include "store/campaign_results.h"
#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define PEOPLE 600

static struct db *db;
static struct arena arena;

static struct campaign_settings settings;

static const struct campaign_settings usual = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4550,
    .currency = "EUR",
    .page = 100,
    .order_days = 7,
};

static const struct campaign_plan plain = {
    .name = "Soldes",
    .class = CLASS_PROMO,
    .audience = "",
    .body = "Bonjour, offre A. STOP au 36123",
    .who = "marie",
};

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    settings = usual;
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

static uint64_t create(const struct campaign_plan *plan)
{
    struct error err = { "" };
    uint64_t id = 0;

    if (campaign_create(db, plan, &settings, &id, &err))
        fail_msg("%s", err.text);
    return id;
}

static void expand(uint64_t id)
{
    struct campaign_step step = { .complete = false };

    while (!step.complete)
        assert_int_equal(campaign_expand_step(db, id, &settings, &step), RC_OK);
}

static void start_and_expand(uint64_t id)
{
    assert_int_equal(campaign_start(db, id, "marie", NULL), RC_OK);
    expand(id);
}

/* As after every message was sent and delivered. */
static void deliver_all(void)
{
    testdb_sql("UPDATE message SET state = 'delivered', accepted_parts = 1, delivered_parts = 1");
    testdb_sql("DELETE FROM outbox_slice");
}

static void sql(const char *fmt, unsigned long long n)
{
    char text[1500];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), fmt, n);
#pragma GCC diagnostic pop
    testdb_sql(text);
}

/* A campaign of which everything happened: every kind of row, some of them beside the point. */
static uint64_t an_eventful_campaign(void)
{
    struct campaign_plan plan = plain;
    uint64_t id;

    plan.variants[0] = "Bonjour, offre B. STOP au 36123";
    plan.n_variants = 1;
    plan.hold_out = 1000;
    crowd_fill(1, PEOPLE);
    id = create(&plan);
    start_and_expand(id);
    deliver_all();
    sql("UPDATE message SET state = 'failed', delivered_parts = 0, reason = 'absent'"
        " WHERE campaign_id = %llu AND customer_id %% 10 = 3",
        id);
    sql("UPDATE message SET state = 'failed', accepted_parts = 0, delivered_parts = 0,"
        "       reason = 'blocked' WHERE campaign_id = %llu AND customer_id %% 50 = 4",
        id);
    sql("UPDATE message SET parts = 2, accepted_parts = 3 WHERE campaign_id = %llu"
        " AND customer_id %% 7 = 0 AND state = 'delivered'",
        id);
    /* Answers: some twice, some STOP, some to nothing of ours, some by a mailbox's absence. */
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword,"
        "                             customer_id, answers_message_id)"
        "SELECT m.id + 2000000 + s.seq, m.created_at + INTERVAL 3 HOUR, 'sms', m.address, '36123',"
        "       'oui', '', m.customer_id, m.id"
        "  FROM message m JOIN seq_1_to_2 s ON s.seq = 1 OR m.customer_id %% 4 = 0"
        " WHERE m.campaign_id = %llu AND m.customer_id %% 6 = 0",
        id);
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword,"
        "                             customer_id, answers_message_id)"
        "SELECT m.id + 4000000, m.created_at + INTERVAL 3 HOUR, 'sms', m.address, '36123',"
        "       'STOP', 'stop', m.customer_id, IF(m.customer_id %% 2, m.id, NULL)"
        "  FROM message m WHERE m.campaign_id = %llu AND m.customer_id %% 11 = 0",
        id);
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword)"
        "SELECT m.id + 6000000, m.created_at + INTERVAL 50 HOUR, 'sms', m.address, '36123', 'STOP',"
        "       'stop'"
        "  FROM message m WHERE m.campaign_id = %llu AND m.customer_id %% 13 = 0",
        id);
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword,"
        "                             customer_id, answers_message_id)"
        "SELECT m.id + 7000000, m.created_at + INTERVAL 3 HOUR, 'email', m.address, 'r-1@x',"
        "       'absente', '', m.customer_id, m.id"
        "  FROM message m WHERE m.campaign_id = %llu AND m.customer_id %% 9 = 0",
        id);
    testdb_sql("INSERT INTO mail_in (id, mark, source_id, at, kind, outcome, automatic,"
               "                     envelope_from, recipient, from_address, size)"
               "SELECT i.id, UNHEX(MD5(i.id)), i.id, i.at, 'reply', 'recorded', 'reply', '', '',"
               "       '', 1"
               "  FROM inbound_message i WHERE i.channel = 'email'");
    sql("INSERT INTO link_visit (message_id, n, at, visitor, class, campaign_id)"
        "SELECT m.id, s.seq, m.created_at + INTERVAL 1 HOUR, 'x', IF(m.customer_id %% 8, 'human',"
        "       'bot'), m.campaign_id"
        "  FROM message m JOIN seq_1_to_2 s WHERE m.campaign_id = %llu AND m.customer_id %% 4 = 0",
        id);
    /* Orders: before, in time, too late, cancelled, in another currency. */
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,"
               "       status, collect_cents, currency, import_id, import_row, content_hash)"
               "SELECT c.id * 10 + s.seq, 1, c.id * 10 + s.seq, c.id,"
               "       UTC_TIMESTAMP(6) + INTERVAL 1 HOUR + INTERVAL CASE s.seq WHEN 1 THEN 0"
               "         WHEN 2 THEN 24 WHEN 3 THEN -48 WHEN 4 THEN 240 ELSE 1 END HOUR,"
               "       IF(s.seq = 5, 'cancelled', 'delivered'), 100 * c.id,"
               "       IF(c.id % 10 = 5, 'CHF', 'EUR'), 1, 1, ''"
               "  FROM customer c JOIN seq_1_to_5 s"
               " WHERE c.id % 5 = 0 AND (s.seq <> 2 OR c.id % 3 = 0)");
    testdb_sql("UPDATE campaign SET state = 'done', finished_at = NOW(6)");
    return id;
}

/* The same by plain counting, customer by customer. */
static void count_by_hand(uint64_t id, struct campaign_outcome texts[2],
                          struct campaign_outcome *held)
{
    memset(texts, 0, 2 * sizeof(texts[0]));
    memset(held, 0, sizeof(*held));
    for (uint64_t c = 1; c <= PEOPLE; c++) {
        bool out = share_of(id, SHARE_HOLD_OUT, c) < 1000;
        struct campaign_outcome *o = out ? held : &texts[share_variant(id, c, 2)];
        bool blocked = c % 50 == 4, absent = !blocked && c % 10 == 3;
        bool stop_answers = c % 11 == 0;
        o->messages++;
        if (c % 5 == 0) {
            unsigned orders = 1 + (c % 3 == 0);
            o->buyers++;
            o->orders += orders;
            o->revenue_cents += c % 10 == 5 ? 0 : (int64_t)(100 * c * orders);
        }
        if (out)
            continue;
        o->sent += !blocked;
        o->failed += blocked || absent;
        o->delivered += !blocked && !absent;
        o->segments += blocked ? 0 : c % 7 == 0 && !absent ? 2 : 1;
        o->replied += c % 6 == 0;
        o->visited += c % 8 == 4;
        o->opted_out += stop_answers;
    }
    for (int i = 0; i < 2; i++)
        texts[i].cost_millicents = 4550 * (int64_t)texts[i].segments;
}

static void assert_outcome(const struct campaign_outcome *got,
                           const struct campaign_outcome *by_hand)
{
    assert_int_equal(got->messages, by_hand->messages);
    assert_int_equal(got->sent, by_hand->sent);
    assert_int_equal(got->delivered, by_hand->delivered);
    assert_int_equal(got->failed, by_hand->failed);
    assert_int_equal(got->segments, by_hand->segments);
    assert_int_equal(got->replied, by_hand->replied);
    assert_int_equal(got->opted_out, by_hand->opted_out);
    assert_int_equal(got->visited, by_hand->visited);
    assert_int_equal(got->buyers, by_hand->buyers);
    assert_int_equal(got->orders, by_hand->orders);
    assert_int_equal(got->revenue_cents, by_hand->revenue_cents);
    assert_int_equal(got->cost_millicents, by_hand->cost_millicents);
}

static void what_it_brought_is_what_one_counts_by_hand(void **state)
{
    struct campaign_outcome texts[2], held;
    struct campaign_results r;
    uint64_t id = an_eventful_campaign();

    (void)state;
    count_by_hand(id, texts, &held);
    assert_true(texts[0].opted_out > 5 && held.buyers > 3);
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &r, NULL), RC_OK);
    assert_outcome(&r.variants[0], &texts[0]);
    assert_outcome(&r.variants[1], &texts[1]);
    assert_outcome(&r.held_out, &held);
    assert_int_equal(r.all.messages + r.held_out.messages, PEOPLE);
    assert_int_equal(r.all.sent, texts[0].sent + texts[1].sent);
    assert_int_equal(r.all.orders, texts[0].orders + texts[1].orders);
    assert_int_equal(r.n_failures, 2);
    assert_string_equal(r.failures[0].reason, "absent");
    assert_string_equal(r.failures[1].reason, "blocked");
    assert_int_equal(r.failures[0].n + r.failures[1].n, r.all.failed);
    assert_int_equal(r.waiting, 0);
    assert_true(r.orders_open);
    assert_int_equal(campaign_results_read(db, id, 20, &settings, &r, NULL), RC_OK);
    assert_true(r.all.orders > texts[0].orders + texts[1].orders); /* those ten days later */
    assert_int_equal(campaign_results_read(db, id, 29, &settings, &r, NULL), RC_INVALID);
    assert_int_equal(campaign_results_read(db, 999, 0, &settings, &r, NULL), RC_NOTFOUND);
}

static void a_campaign_of_one_text_is_counted_the_same(void **state)
{
    struct campaign_results several, one;
    uint64_t id = an_eventful_campaign();

    (void)state;
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &several, NULL), RC_OK);
    testdb_sql("UPDATE campaign SET variant_n = 1");
    testdb_sql("UPDATE campaign_recipient SET variant = 0");
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &one, NULL), RC_OK);
    assert_memory_equal(&one.all, &several.all, sizeof(one.all));
    assert_outcome(&one.variants[0], &one.all);
}

static void what_it_brought_stays_when_its_messages_go(void **state)
{
    struct campaign_results before, after;
    struct error err;
    uint64_t id = an_eventful_campaign();

    (void)state;
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &before, NULL), RC_OK);
    assert_int_equal(campaign_figures_keep(db, id, &settings), RC_OK);
    testdb_sql("DELETE FROM message");
    testdb_sql("DELETE FROM inbound_message");
    testdb_sql("DELETE FROM campaign_exclusion");
    testdb_sql("DELETE FROM campaign_recipient");
    testdb_sql("DELETE FROM customer_order");
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &after, NULL), RC_OK);
    assert_memory_equal(&after.all, &before.all, sizeof(after.all));
    assert_memory_equal(after.variants, before.variants, sizeof(after.variants));
    assert_memory_equal(&after.held_out, &before.held_out, sizeof(after.held_out));
    assert_int_equal(after.n_failures, before.n_failures);
    for (unsigned i = 0; i < after.n_failures; i++) {
        assert_string_equal(after.failures[i].reason, before.failures[i].reason);
        assert_int_equal(after.failures[i].n, before.failures[i].n);
    }
    assert_int_equal(after.order_days, 7);
    assert_int_equal(campaign_results_read(db, id, 7, &settings, &after, NULL), RC_OK);
    assert_int_equal(campaign_results_read(db, id, 3, &settings, &after, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "were kept with 7 days"));
}

static void add_up_one(void *arg, const struct campaign_recipient *r)
{
    struct campaign_outcome *o = (struct campaign_outcome *)arg + r->variant;

    o->messages++;
    o->replied += r->replies > 0;
    o->visited += r->visits > 0;
    o->buyers += r->orders > 0;
    o->orders += r->orders;
}

static void the_list_of_recipients_says_the_same_one_by_one(void **state)
{
    struct campaign_outcome texts[CAMPAIGN_VARIANTS_MAX] = { { 0 } }, by_hand[2], held;
    uint64_t id = an_eventful_campaign(), next = 1;
    struct recipients_query query = {
        .campaign_id = id, .state = "", .reason = "", .limit = 250, .order_days = 7
    };

    (void)state;
    for (query.after = 0; next; query.after = next)
        assert_int_equal(campaign_recipients(db, &query, add_up_one, texts, &next), RC_OK);
    count_by_hand(id, by_hand, &held);
    for (int v = 0; v < 2; v++) {
        assert_int_equal(texts[v].messages, by_hand[v].messages);
        assert_int_equal(texts[v].replied, by_hand[v].replied);
        assert_int_equal(texts[v].visited, by_hand[v].visited);
        assert_int_equal(texts[v].buyers, by_hand[v].buyers);
        assert_int_equal(texts[v].orders, by_hand[v].orders);
    }
}

static void a_campaign_that_was_never_started_brought_nothing(void **state)
{
    struct campaign_results r;
    uint64_t id = create(&plain);

    (void)state;
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &r, NULL), RC_OK);
    assert_int_equal(r.all.messages, 0);
    assert_int_equal(r.all.cost_millicents, 0);
    assert_true(r.orders_open);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(what_it_brought_is_what_one_counts_by_hand),
        TEST(a_campaign_of_one_text_is_counted_the_same),
        TEST(what_it_brought_stays_when_its_messages_go),
        TEST(the_list_of_recipients_says_the_same_one_by_one),
        TEST(a_campaign_that_was_never_started_brought_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
