/* test_campaign.c - campaigns on a real database, from the plan to the last slice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "store/campaign.h"
#include "store/db.h"
#include "store/outbox.h"
#include "store/template.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

static struct db *db;
static struct arena arena;

static const struct campaign_settings settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4550,
    .currency = "EUR",
    .page = 3,
};

static const struct campaign_plan plain = {
    .name = "Soldes",
    .class = CLASS_PROMO,
    .audience = "",
    .body = "Bonjour {{first_name|cher client}}, offre a Lyon. STOP au 36123",
};

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    crowd_codes();
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

static enum campaign_state state_of(uint64_t id)
{
    struct campaign c;

    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    return c.state;
}

/* Steps until it is complete or `steps` are done; says whether it is. */
static bool expand(uint64_t id, unsigned steps)
{
    struct campaign_step step = { .complete = false };

    while (!step.complete && steps-- > 0)
        assert_int_equal(campaign_expand_step(db, id, &settings, &step), RC_OK);
    return step.complete;
}

static void start_and_expand(uint64_t id)
{
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    assert_true(expand(id, 1000));
}

/* One customer or more for every reason to be left out; 5 messages to 5 addresses. */
static void a_mixed_crowd(void)
{
    const struct person people[] = {
        { 1, "+33600000001", "granted", .more = "first_name = 'Ana', city = 'Lyon'" },
        { 2, "+33600000002", "granted", .more = "first_name = 'Bob'" },
        { 3, "+33600000003", "granted", .more = "first_name = 'Zo\xc3\xab'" },
        { 4, "+33600000004", "granted", .more = "first_name = 'Li'" },
        { 5, "+33600000001", "granted", .more = "first_name = 'Ana''s brother'" },
        { 6, "+33600000001", "granted", .more = "first_name = 'Ana''s sister'" },
        { 7, "+33600000007", NULL, .more = "first_name = 'Unasked'" },
        { 8, "+33600000008", NULL, .more = "first_name = 'Unasked'" },
        { 9, "+33600000009", "withdrawn", .more = "first_name = 'No'" },
        { 10, "+33600000010", "granted", .more = "first_name = 'Stop'" },
        { 11, NULL, "granted", .more = "first_name = 'Deaf'" },
        { 12, "+33600000012", "granted", "invalid", "first_name = 'Wrong'" },
        { 13, "+33600000013", "granted", "suppressed", "first_name = 'Bounced'" },
        { 14, "+33600000014", "granted", .more = "first_name = 'Dnc', do_not_contact = TRUE" },
        { 15, "+33600000015", "granted", .more = "first_name = '', erased_at = '2026-01-01'" },
        { 16, "+33600000016", "granted", .more = "first_name = ''" },
        { 17, "+33600000017", "granted", .more = "first_name = 'Last'" },
    };

    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
        crowd_add(&people[i]);
    testdb_sql("INSERT INTO opt_out SET channel = 'sms', address = '+33600000010', at = NOW(6)");
    crowd_settle();
}

static void a_bad_plan_is_refused_before_anything_is_written(void **state)
{
    static const struct {
        struct campaign_plan plan;
        const char *says;
    } cases[] = {
        { { .name = "", .class = CLASS_PROMO, .body = "x" }, "campaign: a name is needed" },
        { { .name = "a", .class = CLASS_ALERT, .body = "x" }, "class: expected promo or service" },
        { { .name = "a", .class = CLASS_PROMO }, "expected a template or a text" },
        { { .name = "a", .class = CLASS_PROMO, .body = "" }, "text: it is empty" },
        { { .name = "a", .class = CLASS_PROMO, .template = "none" },
          "no template is named \"none\"" },
        { { .name = "a", .class = CLASS_PROMO, .body = "{{frist_name}}" }, "unknown placeholder" },
        { { .name = "a", .class = CLASS_PROMO, .body = "x", .audience = "citty = Lyon" },
          "audience: at character 1" },
        { { .name = "a", .class = CLASS_PROMO, .body = "x", .audience = "category = gold" },
          "audience: at character 12: unknown category \"gold\"" },
        { { .name = "a", .class = CLASS_PROMO, .body = "x", .sender = "A long name indeed" },
          "sender: expected" },
        { { .name = "a", .class = CLASS_PROMO, .body = "x", .expires_s = 5 }, "expires: expected" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { "" };
        uint64_t id = 0;
        enum rc rc = campaign_create(db, &cases[i].plan, &settings, &id, &err);
        if (rc == RC_OK || !strstr(err.text, cases[i].says))
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, err.text, cases[i].says);
    }
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM template"), 0);
}

static void a_name_is_taken_once(void **state)
{
    struct error err = { "" };
    uint64_t id;

    (void)state;
    create(&plain);
    assert_int_equal(campaign_create(db, &plain, &settings, &id, &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "Soldes"));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM template"), 1);
}

static void a_campaign_keeps_the_text_its_template_had(void **state)
{
    struct campaign_plan plan = { .name = "c", .class = CLASS_PROMO, .template = "t" };
    char *audience, *body;
    uint64_t id, first, second;

    (void)state;
    assert_int_equal(template_put(db, "t", "one", &first, NULL), RC_OK);
    id = create(&plan);
    assert_int_equal(template_put(db, "t", "two", &second, NULL), RC_OK);
    assert_int_equal(first, second);
    assert_int_equal(campaign_read_texts(db, id, &arena, &audience, &body), RC_OK);
    assert_string_equal(body, "one");
}

static void the_preview_says_what_a_start_then_makes(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;
    struct campaign_status s;
    uint64_t id;

    (void)state;
    plan.body = "Bonjour {{first_name}}, offre. STOP au 36123";
    a_mixed_crowd();
    id = create(&plan);
    assert_int_equal(campaign_preview(db, id, &settings, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.audience, 17);
    assert_int_equal(p.recipients, 5);
    assert_int_equal(p.excluded[EXCLUDED_NO_CONSENT], 2);
    assert_int_equal(p.excluded[EXCLUDED_WITHDRAWN], 1);
    assert_int_equal(p.excluded[EXCLUDED_OPTED_OUT], 1);
    assert_int_equal(p.excluded[EXCLUDED_NO_CONTACT_POINT], 1);
    assert_int_equal(p.excluded[EXCLUDED_INVALID_ADDRESS], 1);
    assert_int_equal(p.excluded[EXCLUDED_SUPPRESSED], 1);
    assert_int_equal(p.excluded[EXCLUDED_DO_NOT_CONTACT], 1);
    assert_int_equal(p.excluded[EXCLUDED_ERASED], 1);
    assert_int_equal(p.excluded[EXCLUDED_TEMPLATE], 1);
    assert_int_equal(p.excluded[EXCLUDED_DUPLICATE_ADDRESS], 2);
    assert_true(p.exact);
    assert_int_equal(p.rendered, 5);
    assert_int_equal(p.gsm7, 4);
    assert_int_equal(p.ucs2, 1);
    assert_string_equal(p.ucs2_character, "\xc3\xab");
    assert_int_equal(p.bill.segments, 5);
    assert_int_equal(p.bill.cents, 23); /* 5 * 4.55, rounded up */
    assert_int_equal(p.n_samples, 3);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 0);

    start_and_expand(id);
    assert_int_equal(campaign_status_read(db, id, &s), RC_OK);
    assert_int_equal(s.campaign.audience, p.audience);
    assert_int_equal(s.campaign.messages, p.recipients);
    assert_int_equal(s.by_state[MESSAGE_QUEUED], p.recipients);
    assert_memory_equal(s.excluded, p.excluded, sizeof(p.excluded));
    assert_true(s.campaign.expanded);
    assert_int_equal(s.campaign.state, CAMPAIGN_SENDING);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text ="
                                 " 'Bonjour Ana, offre. STOP au 36123' AND customer_id = 1"
                                 " AND consent_event_id = 1 AND class = 'promo'"
                                 " AND sender = '36123' AND encoding = 'gsm7' AND parts = 1"
                                 " AND expires_at = created_at + INTERVAL 1 DAY"),
                     1);
}

static void a_preview_of_many_reckons_from_some(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;

    (void)state;
    crowd_fill(1, 1500);
    plan.audience = "city in (Lyon, Paris)";
    plan.body = "Bonjour {{first_name}}";
    assert_int_equal(campaign_preview_plan(db, &plan, &settings, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.recipients, 1500);
    assert_false(p.exact);
    assert_int_equal(p.rendered, CAMPAIGN_TRIAL_TEXTS);
    assert_int_equal(p.bill.segments, 1500);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign"), 0);
}

/* --- two carriers --- */

static const char *const belgium[] = { "+32" };
static const char *const monaco[] = { "+377" };
static const char *const vip[] = { "vip" };
static const struct route_tariff belgian[] = { { "+32", 9000 } };
static const struct route_carrier two_carriers[] = {
    { .name = "orange", .millicents = 4000, .tariffs = belgian, .n_tariffs = 1 },
    { .name = "sfr", .millicents = 6000 },
};
static const struct route some_routes[] = {
    { .name = "vip",
      .categories = vip,
      .n_categories = 1,
      .choice = ROUTE_BY_ORDER,
      .ways = { { 1, 1 }, { 0, 1 } },
      .n_ways = 2 },
    { .name = "be",
      .prefixes = belgium,
      .n_prefixes = 1,
      .choice = ROUTE_BY_COST,
      .ways = { { 0, 1 }, { 1, 1 } },
      .n_ways = 2 },
    { .name = "monaco", .prefixes = monaco, .n_prefixes = 1 },
    { .name = "rest", .ways = { { 0, 3 }, { 1, 1 } }, .n_ways = 2 },
};
static const struct route_table some_table = {
    .routes = some_routes,
    .n = 4,
    .carriers = two_carriers,
    .n_carriers = 2,
};
static const struct campaign_settings routed = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4550,
    .currency = "EUR",
    .routes = &some_table,
};

static void the_preview_reckons_by_the_route_of_each_recipient(void **state)
{
    static const struct person people[] = {
        { 1, "+33600000001", "granted", .more = "category_id = 1" },
        { 2, "+32470000002", "granted", .more = "category_id = 2" },
        { 3, "+32470000003", .sms = "granted" },
        { 4, "+37761000004", .sms = "granted" },
        { 5, "+33600000005", "granted", .more = "category_id = 2" },
        { 6, "+33600000006", "granted", .more = "first_name = 'Zo\xc3\xab'" },
        { 7, "+33600000007", .sms = "granted" },
        { 8, "+33600000008", .sms = "granted" },
    };
    struct campaign_plan plan = plain;
    struct campaign_preview p;
    struct campaign_status s;
    struct campaign_step step;
    struct error err = { "" };
    uint64_t id;

    (void)state;
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
        crowd_add(&people[i]);
    plan.body = "Bonjour {{first_name|cher client}}, les soldes commencent samedi a Lyon et Lille. "
                "STOP au 36123";
    if (campaign_create(db, &plan, &routed, &id, &err))
        fail_msg("%s", err.text);
    assert_int_equal(campaign_preview(db, id, &routed, &arena, &p, NULL), RC_OK);
    assert_true(p.exact);
    assert_int_equal(p.recipients, 8);
    assert_int_equal(p.bill.refused, 1);
    assert_int_equal(p.bill.segments, 8); /* that of ZoÃ« has two, that to Monaco is not sent */
    assert_int_equal(p.plain_bill.segments, 7);

    assert_int_equal(p.bill.n_routes, 4);
    assert_string_equal(p.bill.routes[0].name, "vip");
    assert_int_equal(p.bill.routes[0].cents, 6);  /* sfr comes first */
    assert_int_equal(p.bill.routes[1].cents, 12); /* twice sfr: orange asks for 9 */
    assert_true(p.bill.routes[2].refused);
    assert_int_equal(p.bill.routes[2].cents, 0);
    assert_int_equal(p.bill.routes[3].segments, 5);
    assert_int_equal(p.bill.routes[3].cents, 23); /* 5 * (3/4 * 4 + 1/4 * 6), rounded up */
    assert_int_equal(p.bill.cents, 41);
    assert_int_equal(p.plain_bill.cents, 36);

    assert_int_equal(p.bill.n_carriers, 2);
    assert_int_equal(p.bill.carriers[0].segments + p.bill.carriers[1].segments, 8);
    assert_int_equal(p.bill.carriers[1].segments, 4); /* 1 vip, 2 to Belgium, a quarter of 5 */

    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    assert_int_equal(campaign_expand_step(db, id, &routed, &step), RC_OK);
    assert_int_equal(campaign_status_read(db, id, &s), RC_OK);
    assert_int_equal(s.campaign.messages, p.recipients);
    for (size_t i = 0; i < p.bill.n_routes; i++) {
        char sql[200];
        snprintf(sql, sizeof(sql),
                 "SELECT COUNT(*) FROM message m JOIN queue q ON q.id = m.queue_id"
                 " WHERE q.name = '%s'",
                 p.bill.routes[i].name);
        assert_int_equal(crowd_count(sql), p.bill.routes[i].texts);
    }
}

/* Those tried are the first ones, all to France: the others are counted all the same. */
static void a_preview_of_many_counts_destinations_that_no_tried_text_has(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;

    (void)state;
    crowd_fill(1, 1500);
    testdb_sql("UPDATE contact_point SET address = CONCAT('+32', SUBSTR(address, 4))"
               " WHERE customer_id > 1100");
    testdb_sql("UPDATE contact_point SET address = CONCAT('+377', SUBSTR(address, 4))"
               " WHERE customer_id > 1450");
    crowd_settle();
    plan.body = "Bonjour";
    assert_int_equal(campaign_preview_plan(db, &plan, &routed, &arena, &p, NULL), RC_OK);
    assert_false(p.exact);
    assert_int_equal(p.rendered, CAMPAIGN_TRIAL_TEXTS);
    assert_int_equal(p.bill.n_routes, 3);
    assert_int_equal(p.bill.routes[0].texts, 350);
    assert_int_equal(p.bill.routes[0].cents, 350 * 6);
    assert_int_equal(p.bill.refused, 50);
    assert_int_equal(p.bill.segments, 1450);
    assert_int_equal(p.bill.cents, 1100 * 45 / 10 + 350 * 6);
    assert_int_equal(p.bill.carriers[0].segments, 825);
    assert_int_equal(p.bill.carriers[0].cents, 825 * 4);
    assert_int_equal(p.bill.carriers[1].segments, 275 + 350);
    assert_int_equal(p.bill.carriers[1].cents, (275 + 350) * 6);
}

static void a_preview_of_many_takes_lengths_from_the_texts_it_tried(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;

    (void)state;
    crowd_fill(1, 3000);
    testdb_sql("UPDATE customer SET first_name = REPEAT('a', 80) WHERE id % 4 = 0");
    testdb_sql("UPDATE contact_point SET address = CONCAT('+32', SUBSTR(address, 4))"
               " WHERE customer_id % 2 = 0");
    crowd_settle();
    plan.body = "{{first_name}} {{first_name}}";
    assert_int_equal(campaign_preview_plan(db, &plan, &routed, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.rendered, CAMPAIGN_TRIAL_TEXTS);
    assert_string_equal(p.bill.routes[0].name, "be"); /* half of these have two parts */
    assert_int_equal(p.bill.routes[0].texts, 1500);
    assert_int_equal(p.bill.routes[0].segments, 2250);
    assert_int_equal(p.bill.routes[1].texts, 1500);
    assert_int_equal(p.bill.routes[1].segments, 1500);
}

/* Every address of crowd_fill() once, in consecutive ids that the slices cover exactly. */
static void assert_all_queued_once(uint64_t n)
{
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), n);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT address) FROM message"), n);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_recipient"), n);
    assert_int_equal(crowd_count("SELECT CAST(SUM(last_id - id + 1) AS UNSIGNED)"
                                 "  FROM outbox_slice WHERE next_id = id"),
                     n);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m JOIN outbox_slice s"
                                 "    ON m.id BETWEEN s.id AND s.last_id"),
                     n);
}

static void an_expansion_goes_on_where_it_was_stopped(void **state)
{
    (void)state;
    for (unsigned stop_after = 0; stop_after <= 4; stop_after++) {
        uint64_t id;
        testdb_reset();
        crowd_fill(1, 10);
        id = create(&plain);
        assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
        assert_int_equal(expand(id, stop_after), stop_after == 4);
        db_close(db); /* another run, with nothing but the database */
        db = testdb_open();
        if (stop_after < 4)
            assert_true(expand(id, 1000));
        assert_all_queued_once(10);
        assert_int_equal(state_of(id), CAMPAIGN_SENDING);
    }
}

static void a_step_that_fails_anywhere_leaves_nothing(void **state)
{
    static const char *const tables[] = { "message", "campaign_recipient", "campaign_exclusion",
                                          "outbox_slice" };

    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct campaign_step step;
        char sql[200];
        uint64_t id;

        testdb_reset();
        crowd_fill(1, 10);
        crowd_add(&(struct person){ 11, "+33611111111", .sms = NULL });
        id = create(&plain);
        assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
        expand(id, 3);
        snprintf(sql, sizeof(sql),
                 "CREATE TRIGGER fails BEFORE INSERT ON %s FOR EACH ROW"
                 " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the test says no'",
                 tables[i]);
        testdb_sql(sql);
        assert_int_not_equal(campaign_expand_step(db, id, &settings, &step), RC_OK);
        assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 9);
        testdb_sql("DROP TRIGGER fails");
        assert_true(expand(id, 1000));
        assert_all_queued_once(10);
        assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion"), 1);
    }
}

static void an_address_gets_one_message_however_many_share_it(void **state)
{
    uint64_t id;

    (void)state;
    for (uint64_t i = 1; i <= 11; i++)
        crowd_add(&(struct person){ i, i % 2 ? "+33600000001" : "+33600000002", .sms = "granted" });
    id = create(&plain);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 2);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id IN (1, 2)"), 2);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion"
                                 " WHERE reason = 'duplicate_address'"),
                     9);
}

static void of_two_primary_numbers_the_valid_one_is_used_once(void **state)
{
    uint64_t id;

    (void)state;
    crowd_add(&(struct person){ 1, "+33600000001", "granted", .state = "invalid" });
    testdb_sql("INSERT INTO contact_point SET customer_id = 1, channel = 'sms',"
               " address = '+33600000002', created_at = NOW(6)");
    testdb_sql("INSERT INTO contact_point SET customer_id = 1, channel = 'sms',"
               " address = '+33600000003', created_at = NOW(6)");
    id = create(&plain);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE address = '+33600000002'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 1);
}

static void a_service_campaign_needs_no_consent_and_honours_an_objection(void **state)
{
    struct campaign_plan plan = plain;
    uint64_t id;

    (void)state;
    plan.class = CLASS_SERVICE;
    a_mixed_crowd();
    testdb_sql("INSERT INTO consent_current VALUES (2, 'sms', 'service', 'withdrawn', 9, NOW(6))");
    id = create(&plan);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE class = 'service'"
                                 " AND legal_basis = 'contract' AND consent_event_id IS NULL"
                                 " AND sender = '38123'"),
                     crowd_count("SELECT COUNT(*) FROM message"));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id IN (7, 8, 9)"), 3);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion WHERE customer_id = 2"
                                 " AND reason = 'withdrawn'"),
                     1);
}

static void transliteration_keeps_a_text_in_the_gsm_alphabet(void **state)
{
    struct campaign_plan plan = plain;
    uint64_t id;

    (void)state;
    plan.transliterate = true;
    crowd_add(
        &(struct person){ 1, "+33600000001", "granted", .more = "first_name = 'Zo\xc3\xab'" });
    id = create(&plan);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE encoding = 'gsm7'"
                                 " AND text LIKE 'Bonjour Zoe,%'"),
                     1);
}

static enum rc claim_some(unsigned limit, struct arena *in, struct outbox_claim *claim)
{
    struct outbox_request request = { .queue_id = 1, .limit = limit, .limit_promo = limit };

    return outbox_claim(db, &request, 1, clock_now() + 1, NULL, in, claim);
}

static void a_pause_holds_what_is_queued_and_a_resume_lets_it_go(void **state)
{
    struct campaign_step step;
    struct outbox_claim claim;
    struct error err = { "" };
    uint64_t id;

    (void)state;
    crowd_fill(1, 10);
    id = create(&plain);
    assert_int_equal(campaign_pause(db, id, "test", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "is draft: it cannot be paused"));
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_CONFLICT);
    expand(id, 2);
    assert_int_equal(campaign_pause(db, id, "test", NULL), RC_OK);
    assert_int_equal(campaign_expand_step(db, id, &settings, &step), RC_CONFLICT);
    assert_int_equal(claim_some(100, &arena, &claim), RC_OK);
    assert_int_equal(claim.n, 0);
    assert_int_equal(campaign_resume(db, id, "test", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
    assert_true(expand(id, 1000));
    assert_all_queued_once(10);
    assert_int_equal(campaign_pause(db, id, "test", NULL), RC_OK);
    assert_int_equal(campaign_resume(db, id, "test", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_SENDING);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM outbox_slice WHERE state = 'ready'"), 4);
}

static void clear_all(uint64_t id)
{
    bool more = true;

    while (more)
        assert_int_equal(campaign_clear_step(db, id, &more), RC_OK);
}

static size_t work_left(void)
{
    struct campaign_work work[4];
    size_t n;

    assert_int_equal(campaign_find_work(db, work, 4, &n), RC_OK);
    return n;
}

static void a_cancelled_campaign_sends_nothing_more(void **state)
{
    struct outbox_claim claim;
    struct campaign_status s;
    uint64_t id;

    (void)state;
    crowd_fill(1, 10);
    id = create(&plain);
    start_and_expand(id);
    assert_int_equal(claim_some(4, &arena, &claim), RC_OK);
    assert_int_equal(claim.n, 4); /* the first slice whole, one message of the second */
    assert_int_equal(campaign_cancel(db, id, "test", NULL), RC_OK);
    assert_int_equal(claim_some(100, &arena, &claim), RC_OK);
    assert_int_equal(claim.n, 0);
    assert_int_equal(work_left(), 1);
    clear_all(id);
    assert_int_equal(work_left(), 0);
    assert_int_equal(campaign_status_read(db, id, &s), RC_OK);
    assert_int_equal(s.by_state[MESSAGE_SUBMITTING], 4);
    assert_int_equal(s.by_state[MESSAGE_CANCELLED], 6);
    assert_int_equal(s.campaign.state, CAMPAIGN_CANCELLED);
    assert_int_equal(campaign_resume(db, id, "test", NULL), RC_CONFLICT);

    /* What was claimed is still waited for: its slices go with the answers. */
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM outbox_slice"), 2);
    assert_int_equal(claim_some(100, &arena, &claim), RC_OK);
    assert_int_equal(claim.n, 0);
    assert_int_equal(claim.n_slices, 1);
    assert_true(claim.slices[0].exhausted);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM outbox_slice WHERE state = 'waiting'"), 2);
}

static void a_draft_is_cancelled_without_a_trace(void **state)
{
    uint64_t id = create(&plain);

    (void)state;
    assert_int_equal(campaign_cancel(db, id, "test", NULL), RC_OK);
    assert_int_equal(work_left(), 0);
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_CONFLICT);
    assert_int_equal(campaign_start(db, 999, "test", NULL), RC_NOTFOUND);
}

static void it_is_done_when_the_queue_holds_nothing_of_it(void **state)
{
    struct campaign c;
    uint64_t id;
    bool done;

    (void)state;
    crowd_fill(1, 4);
    id = create(&plain);
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    testdb_sql("DELETE FROM outbox_slice");
    assert_int_equal(campaign_finish(db, id, &done), RC_OK);
    assert_false(done); /* still expanding */
    assert_true(expand(id, 1000));
    assert_int_equal(campaign_finish(db, id, &done), RC_OK);
    assert_false(done);
    testdb_sql("DELETE FROM outbox_slice LIMIT 1");
    assert_int_equal(campaign_finish(db, id, &done), RC_OK);
    assert_false(done);
    testdb_sql("DELETE FROM outbox_slice");
    assert_int_equal(campaign_finish(db, id, &done), RC_OK);
    assert_true(done);
    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    assert_int_equal(c.state, CAMPAIGN_DONE);
    assert_true(c.finished_at >= c.started_at);
    assert_int_equal(campaign_cancel(db, id, "test", NULL), RC_CONFLICT);
}

static void an_audience_of_nobody_is_done_at_once(void **state)
{
    uint64_t id = create(&plain);
    bool done;

    (void)state;
    start_and_expand(id);
    assert_int_equal(campaign_finish(db, id, &done), RC_OK);
    assert_true(done);
}

static void the_status_counts_receipts_and_stops(void **state)
{
    struct campaign_status s;
    uint64_t id;

    (void)state;
    crowd_fill(1, 5);
    id = create(&plain);
    start_and_expand(id);
    testdb_sql("UPDATE message SET state = 'delivered', accepted_parts = 1, delivered_parts = 1"
               " WHERE customer_id <= 2");
    testdb_sql("UPDATE message SET state = 'failed', accepted_parts = 3, parts = 2"
               " WHERE customer_id = 3");
    testdb_sql("INSERT INTO inbound_message SET id = (UNIX_TIMESTAMP() + 2 - 1704067200) << 20,"
               " at = NOW(6) + INTERVAL 2 SECOND, channel = 'sms', from_address = '+33600000001',"
               " to_address = '36123', text = 'STOP', keyword = 'stop'");
    testdb_sql("INSERT INTO inbound_message SET id = 1, at = '2025-01-01', channel = 'sms',"
               " from_address = '+33600000002', to_address = '36123', text = 'STOP',"
               " keyword = 'stop'");
    assert_int_equal(campaign_status_read(db, id, &s), RC_OK);
    assert_int_equal(s.by_state[MESSAGE_DELIVERED], 2);
    assert_int_equal(s.by_state[MESSAGE_FAILED], 1);
    assert_int_equal(s.by_state[MESSAGE_QUEUED], 2);
    assert_int_equal(s.sent, 3);
    assert_int_equal(s.segments, 4);
    assert_int_equal(s.opted_out, 1);
    assert_true(s.per_second > 0);
}

static void count_row(void *arg, const struct campaign *c)
{
    (void)c;
    ++*(int *)arg;
}

static void add_id(void *arg, uint64_t customer_id)
{
    *(uint64_t *)arg = *(uint64_t *)arg * 100 + customer_id;
}

static void campaigns_and_their_excluded_are_listed(void **state)
{
    struct campaign_plan other = plain;
    uint64_t id, found, ids = 0;
    int n = 0;

    (void)state;
    a_mixed_crowd();
    other.name = "Autre";
    create(&other);
    id = create(&plain);
    assert_int_equal(campaign_list(db, 10, count_row, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(campaign_find(db, "Soldes", &found), RC_OK);
    assert_int_equal(found, id);
    start_and_expand(id);
    assert_int_equal(campaign_excluded_list(db, id, EXCLUDED_NO_CONSENT, 0, 10, add_id, &ids),
                     RC_OK);
    assert_int_equal(ids, 708);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(a_bad_plan_is_refused_before_anything_is_written),
        TEST(a_name_is_taken_once),
        TEST(a_campaign_keeps_the_text_its_template_had),
        TEST(the_preview_says_what_a_start_then_makes),
        TEST(a_preview_of_many_reckons_from_some),
        TEST(the_preview_reckons_by_the_route_of_each_recipient),
        TEST(a_preview_of_many_counts_destinations_that_no_tried_text_has),
        TEST(a_preview_of_many_takes_lengths_from_the_texts_it_tried),
        TEST(an_expansion_goes_on_where_it_was_stopped),
        TEST(a_step_that_fails_anywhere_leaves_nothing),
        TEST(an_address_gets_one_message_however_many_share_it),
        TEST(of_two_primary_numbers_the_valid_one_is_used_once),
        TEST(a_service_campaign_needs_no_consent_and_honours_an_objection),
        TEST(transliteration_keeps_a_text_in_the_gsm_alphabet),
        TEST(a_pause_holds_what_is_queued_and_a_resume_lets_it_go),
        TEST(a_cancelled_campaign_sends_nothing_more),
        TEST(a_draft_is_cancelled_without_a_trace),
        TEST(it_is_done_when_the_queue_holds_nothing_of_it),
        TEST(an_audience_of_nobody_is_done_at_once),
        TEST(the_status_counts_receipts_and_stops),
        TEST(campaigns_and_their_excluded_are_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
